"""Zenduty's outgoing webhooks: incidents are triggered, acknowledged, resolved; and alerts in the
form its own API takes."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="zenduty",
    title="Zenduty",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://zenduty.com/docs/outgoing-webhooks/",
)

_STATES = {
    "1": _read.FIRING, "2": _read.ACKNOWLEDGED, "3": _read.RESOLVED, "triggered": _read.FIRING,
    "acknowledged": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED, "critical": _read.FIRING,
    "error": _read.FIRING, "warning": _read.FIRING, "info": _read.INFO,
}  # fmt: skip
_URGENCY = {"0": Severity.WARNING, "1": Severity.ERROR}
_NO_LABELS = ("summary", "title", "message", "creation_date", "status", "urgency", "unique_id")


def read(request: Request) -> Reading:
    """The one incident or alert of a body."""
    body = _read.fields(request)
    payload = _read.part(body, "payload") or body
    incident = _read.part(payload, "incident") or _read.part(body, "incident") or payload
    title = _read.first(incident, "title", "message", "summary")
    if not title:
        raise Malformed("there is no incident in it", "payload.incident")
    event = _read.word(_read.first(payload, "event_type") or _read.first(body, "event_type"))
    said = event if event in _STATES else _read.first(incident, "status", "alert_type")
    service = _read.part(incident, "service_object") or _read.part(incident, "service")
    status = _read.INFO if event and event not in _STATES else _read.state(said, _STATES)
    alert = _read.alert(
        status,
        _read.first(incident, "unique_id", "incident_key", "entity_id", "incident_number"),
        title,
        type=AlertType.CUSTOM,
        word=_read.raw(incident, "alert_type", "urgency"),
        severity=_URGENCY.get(_read.first(incident, "urgency")),
        description=_read.first(incident, "summary"),
        resource=_read.first(service, "name"),
        labels={**_read.flat(incident, _NO_LABELS), "event": event},
        links=(("Source", _read.first(incident, "url", "incident_url")),),
        starts=incident.get("creation_date"),
        ends=incident.get("resolved_date"),
    )
    return Reading((alert,))
