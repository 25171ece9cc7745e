"""Incidents of PagerDuty as alerts: webhooks v3, and the bundles of messages of v2 and v1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from integrations import _read, _text
from integrations._severity import known
from integrations.base import Malformed
from store.model import AlertReading, AlertStatus, AlertType

_EVENTS = {
    "trigger": _read.FIRING, "triggered": _read.FIRING, "reopened": _read.FIRING,
    "unacknowledge": _read.FIRING, "unacknowledged": _read.FIRING, "reopen": _read.FIRING,
    "acknowledge": _read.ACKNOWLEDGED, "acknowledged": _read.ACKNOWLEDGED,
    "resolve": _read.RESOLVED, "resolved": _read.RESOLVED,
}  # fmt: skip
"""All other events (assigned, annotated, escalated, priority_updated, …) change no state."""


def readings(body: dict[str, Any], prefix: str) -> tuple[AlertReading, ...]:
    """The incidents a body tells of, without those that PixelView itself opened there."""
    if "messages" in body:
        messages = _read.objects(body["messages"], "messages")
        found = [_old(message, f"messages[{i}]") for i, message in enumerate(messages)]
    elif event := _read.part(body, "event"):
        found = [_event(event)]
    elif _read.part(body, "payload") and "event_action" in body:
        found = [_sent(body)]
    else:
        raise Malformed("there are neither messages nor an event in it", "event")
    return tuple(reading for key, reading in found if not _ours(key, prefix))


def _ours(key: str, prefix: str) -> bool:
    """Without this each page to PagerDuty would come back as a new alert."""
    return bool(prefix) and key.startswith(f"{prefix}-")


def _event(event: dict[str, Any]) -> tuple[str, AlertReading]:
    kind = _read.first(event, "event_type")
    found = _read.part(event, "data")
    if not kind.startswith("incident.") or not found:
        return "", _other(kind, found)
    happened = kind.removeprefix("incident.")
    incident = _read.part(found, "incident") or found
    status = _EVENTS.get(happened, _read.INFO)
    key, told = _incident(incident, status, happened, _read.first(event, "occurred_at"))
    back = happened == "unacknowledged"
    if status is _read.ACKNOWLEDGED or back:
        by = _read.first(_read.part(event, "agent"), "summary")
        told = replace(told, by=_text.title(by, 100), unacknowledged=back)
    return key, told


def _other(kind: str, found: dict[str, Any]) -> AlertReading:
    """A ping, or the settings of a service."""
    name = _read.first(found, "summary", "message", "name")
    return _read.alert(
        _read.INFO,
        f"{kind} {_read.first(found, 'id')}".strip(),
        f"PagerDuty: {kind or 'event'} {name}".strip(),
        type=AlertType.CHANGE if kind.startswith("service.") else AlertType.CUSTOM,
        resource=name if kind.startswith("service.") else "",
        links=(("Source", _read.first(found, "html_url")),),
    )


def _old(message: dict[str, Any], where: str) -> tuple[str, AlertReading]:
    """Version 1 has the incident in ``data``, version 2 beside ``event``."""
    incident = _read.part(message, "incident") or _read.part(message, "data", "incident")
    kind = _read.first(message, "event", "type")
    if not incident:
        if not kind:
            raise Malformed("there is no incident in it", where)
        return "", _other(kind, _read.part(message, "data"))
    happened = kind.removeprefix("incident.")
    status = _EVENTS.get(happened)
    if status is None:
        status = _read.INFO if happened else _read.state(_read.first(incident, "status"))
    return _incident(incident, status, happened, _read.first(message, "created_on", "created_at"))


def _incident(
    incident: dict[str, Any], status: AlertStatus, happened: str, at: str
) -> tuple[str, AlertReading]:
    trigger = _read.part(incident, "trigger_summary_data")
    service = _read.part(incident, "service")
    key = _read.first(incident, "incident_key")
    priority = _read.first(_read.part(incident, "priority"), "summary", "name")
    number = _read.first(incident, "number", "incident_number")
    title = (
        _read.first(incident, "title", "description")
        or _read.first(trigger, "subject", "description")
        or _read.first(incident, "summary")
        or key
        or f"Incident {number}".strip()
    )
    urgency = _read.first(incident, "urgency")
    policy = _read.part(incident, "escalation_policy")
    return key, _read.alert(
        status,
        _read.first(incident, "id") or key,
        title,
        type=AlertType.CUSTOM,
        word=urgency or priority,
        severity=known(priority) if priority else None,
        description="\n".join(_notes(incident)),
        resource=_read.first(service, "name", "summary"),
        labels={
            "service": _read.first(service, "name", "summary"),
            "number": number,
            "priority": priority,
            "event": happened,
            "incident_key": key,
            "escalation_policy": _read.first(policy, "name", "summary"),
            "assignee": ", ".join(_people(incident)),
        },
        links=(("Source", _read.first(incident, "html_url")),),
        ends=at or None,
    )


def _notes(incident: dict[str, Any]) -> Iterator[str]:
    trigger = _read.part(incident, "trigger_summary_data")
    if detail := _read.first(trigger, "description", "details"):
        yield detail
    for alert in _read.parts(incident.get("alerts"), 5):
        if said := _read.first(alert, "summary", "alert_key"):
            yield said


def _people(incident: dict[str, Any]) -> Iterator[str]:
    for each in _read.parts(incident.get("assignees"), 10):
        yield _read.first(each, "summary", "name")
    for each in _read.parts(incident.get("assigned_to"), 10):
        yield _read.first(_read.part(each, "object"), "name")


def _sent(body: dict[str, Any]) -> tuple[str, AlertReading]:
    """An event in the form that PagerDuty itself takes (Events API v2)."""
    payload = _read.part(body, "payload")
    key = _read.first(body, "dedup_key")
    return key, _read.alert(
        _EVENTS.get(_read.first(body, "event_action"), _read.INFO),
        key,
        _read.first(payload, "summary") or key or "An event without a summary",
        type=AlertType.CUSTOM,
        word=_read.first(payload, "severity"),
        resource=_read.first(payload, "source"),
        labels={
            **_read.flat(payload, ("summary", "timestamp", "severity")),
            **_read.tags(payload.get("custom_details")),
        },
        links=[(_read.first(each, "text") or "Link", _read.first(each, "href"))
               for each in _read.parts(body.get("links"), 10)],
        ends=payload.get("timestamp"),
    )  # fmt: skip
