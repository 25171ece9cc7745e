"""Bodies of Better Stack Uptime (once Better Uptime): incidents, monitors, who is on call."""

from __future__ import annotations

from typing import Any

from integrations import _read, _statuspages
from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

_STATES = {
    "started": _read.FIRING, "reopened": _read.FIRING, "unconfirmed": _read.FIRING,
    "validating": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED,
    "created": _read.FIRING, "commented": _read.INFO, "escalated": _read.INFO,
}  # fmt: skip
_FINE = frozenset(("resolved", "operational", "up"))
_NO_LABELS = ("name", "cause", "started_at", "acknowledged_at", "resolved_at", "response_content",
              "response_url", "screenshot_url", "status", "url", "call", "sms", "email",
              "push")  # fmt: skip


def read(request: Request) -> Reading:
    """The incident of a body; changes of monitors and of on-call are information."""
    body = _read.fields(request)
    if _read.part(body, "page") and (told := _read.part(body, "incident")
                                     or _read.part(body, "maintenance")):  # fmt: skip
        return Reading((_told(body, told),))
    data = _read.part(body, "data") or body
    inside = _read.part(data, "attributes") or data
    kind = _read.first(data, "type")
    event = _read.first(body, "event").rpartition(".")[2]
    if kind in ("incident", "") and ("cause" in inside or "started_at" in inside):
        return Reading((_incident(event, data, inside),))
    name = _read.first(inside, "pronounceable_name", "name", "url", "message") or kind
    if not name:
        raise Malformed("there is no incident in it", "data")
    note = _read.alert(
        _read.INFO,
        f"{kind} {_read.first(data, 'id')}",
        f"{name} was {event}" if event else name,
        type=AlertType.UPTIME,
        severity=Severity.INFO,
        labels=_read.flat(inside),
    )
    return Reading((note,))


def _told(body: dict[str, Any], told: dict[str, Any]) -> AlertReading:
    """What a status page tells those who follow it."""
    updates = _read.parts(told.get("incident_updates") or told.get("maintenance_updates"))
    last = updates[0] if updates else {}
    page = _read.part(body, "page")
    maintenance = "incident" not in body
    said = _read.first(told, "status") or _read.first(last, "status")
    said = said or _read.first(page, "status_indicator")
    over = _read.text(told.get("resolved_at")) or _read.word(said) in _FINE
    status = _read.RESOLVED if over else _read.state(said, _statuspages.STATES, _read.FIRING)
    return _read.alert(
        _read.INFO if maintenance else status if status is not _read.INFO else _read.FIRING,
        f"report {_read.first(told, 'id')}",
        _read.first(told, "name") or "A report without a name",
        type=AlertType.UPTIME,
        severity=Severity.INFO if maintenance else None,
        description=_read.first(last, "body"),
        labels={"page": _read.first(page, "id"), "status": said},
        links=(("Source", _read.first(told, "shortlink")),),
        starts=told.get("created_at"),
        ends=told.get("resolved_at") or told.get("updated_at"),
    )


def _incident(event: str, data: dict[str, Any], inside: dict[str, Any]) -> AlertReading:
    cause, name = _read.first(inside, "cause"), _read.first(inside, "name")
    place = _read.first(inside, "url")
    what = name or place or "An incident"
    monitor = _read.part(data, "relationships", "monitor", "data")
    beat = _read.part(data, "relationships", "heartbeat", "data")
    return _read.alert(
        _status(event or _read.first(inside, "status"), inside),
        _read.first(data, "id") or f"{name} {place}",
        f"{what}: {cause}" if cause and cause not in what else what,
        type=AlertType.HEARTBEAT if beat else AlertType.UPTIME,
        word=_read.first(inside, "severity", "priority"),
        description=_read.first(inside, "response_content") or cause,
        resource=place or name,
        labels={**_read.flat(inside, _NO_LABELS), "monitor": _read.first(monitor, "id")},
        links=(
            ("Source", _read.first(inside, "origin_url", "incident_url")),
            ("Checked", place),
            ("Response", _read.first(inside, "response_url")),
            ("Screenshot", _read.first(inside, "screenshot_url")),
        ),
        starts=inside.get("started_at"),
        ends=inside.get("resolved_at"),
    )


def _status(said: str, inside: dict[str, Any]) -> AlertStatus:
    """The event tells; without one what has already been reached."""
    if said:
        return _read.state(said, _STATES)
    if _read.text(inside.get("resolved_at")):
        return _read.RESOLVED
    return _read.ACKNOWLEDGED if _read.text(inside.get("acknowledged_at")) else _read.FIRING
