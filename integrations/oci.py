"""Oracle Cloud Infrastructure: alarms of its Monitoring, as its Notifications post them."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="oci",
    title="Oracle Cloud Infrastructure",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.oracle.com/en-us/iaas/Content/Monitoring/alarm-message-format.htm",
)

_STATES = {
    "ok_to_firing": _read.FIRING, "firing_to_ok": _read.RESOLVED, "repeat": _read.FIRING,
    "split_firing": _read.FIRING, "reset": _read.RESOLVED, "reset_to_firing": _read.FIRING,
    "firing": _read.FIRING, "ok": _read.RESOLVED, "suspended": _read.INFO,
}  # fmt: skip
_PLACES = ("resourceDisplayName", "instanceName", "resourceName", "resourceId", "hostName")


def read(request: Request) -> Reading:
    """The one alarm of a body; the confirmation of a subscription names an address to open."""
    body = _read.fields(request)
    found = _read.part(body, "data") or body
    name = _read.first(found, "title", "alarmName", "alarmSummary")
    if url := _read.first(body, "ConfirmationURL", "confirmationUrl"):
        told = _read.alert(
            _read.INFO,
            "subscription",
            "Oracle Cloud asks for a subscription to be confirmed",
            type=AlertType.CLOUD,
            links=(("Confirm", url),),
        )
        return Reading((told,))
    if not name:
        raise Malformed("there is no alarm in it", "title")
    return Reading((_alarm(body, found, name),))


def _alarm(body: dict[str, Any], found: dict[str, Any], name: str) -> AlertReading:
    details = _read.parts(found.get("alarmMetaData"), 20)
    detail = details[0] if details else {}
    listed = _read.parts(detail.get("dimensions"), 20)
    dimensions = _read.tags(listed[0]) if listed else {}
    place = _read.first(dimensions, *_PLACES)
    own = _read.first(detail, "id") or _read.first(found, "alarmId", "dedupeKey")
    message = _read.first(found, "body") or _read.first(detail, "alarmSummary")
    return _read.alert(
        _status(found, detail),
        own or f"{name} {place}".strip(),
        _read.on(name, place if not place.startswith("ocid1.") else ""),
        type=AlertType.CLOUD,
        word=_read.first(detail, "severity") or _read.first(found, "severity"),
        description=message,
        resource=place,
        labels={
            "namespace": _read.first(detail, "namespace"),
            "query": _read.first(detail, "query"),
            "event": _read.first(found, "type") or _read.first(body, "type"),
            **dimensions,
        },
        links=(("Alarm", _read.first(detail, "alarmUrl")),),
        starts=found.get("timestamp") or found.get("timestampEpochMillis"),
        ends=found.get("timestamp") or found.get("timestampEpochMillis"),
    )


def _status(found: dict[str, Any], detail: dict[str, Any]) -> AlertStatus:
    """What changed counts before how it stands."""
    kind = _read.word(_read.first(found, "type"))
    if kind in _STATES:
        return _STATES[kind]
    return _read.state(_read.first(found, "status") or _read.first(detail, "status"), _STATES)
