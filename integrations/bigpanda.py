"""BigPanda: alerts in the form of its own API, and incidents it shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="bigpanda",
    title="BigPanda",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.bigpanda.io/en/alerts-api.html",
)

_STATES = {"critical": _read.FIRING, "warning": _read.FIRING, "warning_suspect": _read.FIRING,
           "ok": _read.RESOLVED, "ok_suspect": _read.RESOLVED, "active": _read.FIRING,
           "acknowledged": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED}  # fmt: skip
_NO_LABELS = ("description", "app_key", "timestamp", "status", "host", "check")


def read(request: Request) -> Reading:
    """The alerts of a body, or the one incident."""
    body = _read.fields(request)
    return Reading(tuple(_alerts(body)))


def _alerts(body: dict[str, Any]) -> Iterator[AlertReading]:
    if incident := _read.part(body, "incident"):
        yield _incident(incident, body)
    elif isinstance(body.get("alerts"), list):
        outer = {name: value for name, value in body.items() if name != "alerts"}
        for i, each in enumerate(_read.objects(body["alerts"], "alerts")):
            yield _alert({**outer, **each}, f"alerts[{i}]")
    else:
        yield _alert(body, "body")


def _alert(alert: dict[str, Any], where: str) -> AlertReading:
    first, second = _read.first(alert, "primary_property"), _read.first(alert, "secondary_property")
    place = _read.first(alert, first or "host", "host", "service", "application", "cluster")
    check = _read.first(alert, second or "check", "check", "sensor", "metric")
    title = check or _read.first(alert, "description")
    if not title and not place:
        raise Malformed("there is no host and no check in it", where)
    word = _read.raw(alert, "status")
    return _read.alert(
        _read.state(word, _STATES),
        _read.first(alert, "incident_identifier") or f"{place} {check}".strip(),
        _read.on(title, place),
        type=AlertType.CUSTOM,
        word=word,
        description=_read.first(alert, "description"),
        resource=place,
        labels=_read.flat(alert, _NO_LABELS),
        links=(("Source", _read.first(alert, "link", "url")),),
        starts=alert.get("timestamp"),
    )


def _incident(incident: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    alerts = _read.parts(incident.get("alerts"))
    about = _read.first(incident, "title", "description", "subtitle")
    inner = alerts[0] if alerts else {}
    about = about or _read.first(inner, "description", "condition_name", "primary_property")
    return _read.alert(
        _read.state(_read.first(incident, "status"), _STATES),
        _read.first(incident, "id"),
        about or "An incident of BigPanda",
        type=AlertType.CUSTOM,
        word=_read.raw(incident, "severity", "status"),
        description=_read.first(incident, "description"),
        resource=_read.first(inner, "host", "primary_property"),
        labels={**_read.tags(incident.get("incident_tags")), **_read.flat(incident)},
        links=(("Source", _read.first(body, "link", "preview_url", "url")),),
        starts=incident.get("start") or incident.get("started_on"),
        ends=incident.get("end") or incident.get("ended_on"),
    )
