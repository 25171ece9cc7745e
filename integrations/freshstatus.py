"""Freshstatus: incidents of a status page open, are told of, and close; maintenance beside them."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="freshstatus",
    title="Freshstatus",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.freshstatus.io/",
)

_OPEN = ("open", "investigating", "identified", "monitoring", "in_progress")
_CLOSED = ("closed", "resolved", "completed", "close", "resolve")


def read(request: Request) -> Reading:
    """The one incident, maintenance or note of a body; a note bears the incident's id."""
    body = _read.fields(request)
    about = _read.part(body, "event_data")
    event = _read.first(about, "event_type").upper()
    title = _read.first(body, "title") or _read.first(body, "message", "description")
    if not title:
        raise Malformed("there is no title in it", "title")
    services = _read.words(_read.first(body, "affected_services"))
    said = _read.first(body, "incident_status", "status")
    maintenance = "MAINTENANCE" in event
    alert = _read.alert(
        _status(event, said),
        _read.first(body, "incident_id", "id"),
        title,
        type=AlertType.UPTIME,
        severity=Severity.INFO if maintenance else None,
        description=_read.first(body, "message", "description"),
        resource=services[0].strip("'\" ") if services else "",
        labels={
            "event": event,
            "page": _read.first(about, "account_name"),
            "source": _read.first(body, "source"),
            "services": ", ".join(services[:20]),
        },
        starts=body.get("start_time"),
        ends=about.get("event_created_on"),
    )
    return Reading((alert,))


def _status(event: str, said: str) -> AlertStatus:
    word = _read.word(said)
    if "MAINTENANCE" in event:
        return _read.INFO
    if word in _CLOSED or event.endswith(("_CLOSE", "_CLOSED", "_RESOLVE", "_RESOLVED")):
        return _read.RESOLVED
    return _read.FIRING if word in _OPEN or event.endswith("_OPEN") else _read.INFO
