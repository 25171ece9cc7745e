"""Opsgenie: its outgoing webhooks, and alerts in the form of its own Alert API."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="opsgenie",
    title="Opsgenie",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/",
)

_ACTIONS = {
    "create": _read.FIRING, "unacknowledge": _read.FIRING, "acknowledge": _read.ACKNOWLEDGED,
    "close": _read.RESOLVED, "delete": _read.RESOLVED, "resolve": _read.RESOLVED,
    "open": _read.FIRING, "closed": _read.RESOLVED, "acked": _read.ACKNOWLEDGED,
    "reopen": _read.FIRING,
}  # fmt: skip
"""All other actions (notes, tags, owners, snoozes, one's own) change no state."""


def read(request: Request) -> Reading:
    """The alert an action was taken on, or one to be created."""
    body = _read.fields(request)
    alert = _read.part(body, "alert") or _read.part(body, "incident")
    if alert:
        return Reading((_alert(alert, body, _read.first(body, "action")),))
    if not any(name in body for name in ("message", "alias", "alertId")):
        if "integrationId" not in body and "integrationName" not in body:
            raise Malformed("there is no alert in it", "alert")
        action = _read.first(body, "action") or "test"
        name = _read.first(body, "integrationName")
        title = f"Opsgenie: {action} {name}".strip()
        return Reading((_read.alert(_read.INFO, "", title, type=AlertType.CUSTOM),))
    return Reading((_alert(body, {}, _read.first(body, "action", "status") or "Create"),))


def _alert(alert: dict[str, Any], body: dict[str, Any], action: str) -> AlertReading:
    alias = _read.first(alert, "alias", "alertId", "incidentId", "id")
    details = _read.tags(alert.get("details"))
    word = _read.first(alert, "priority", "severity")
    note = _read.first(alert, "note")
    status = _ACTIONS.get(_read.word(action), _read.INFO) if action else _read.FIRING
    return _read.alert(
        status,
        alias,
        _read.first(alert, "message", "title") or f"Opsgenie alert {alias}: {action}",
        type=AlertType.CUSTOM,
        word=word,
        severity=_read.severity_of(f"P{word}") if word in set("12345") else None,
        description=note or _read.first(alert, "description"),
        resource=_read.first(alert, "entity") or _read.first(details, "host", "resource"),
        labels={
            **dict.fromkeys(_read.words(alert.get("tags")), "true"),
            **details,
            **_read.flat(alert, ("message", "description", "updatedAt", "createdAt", "note",
                                 "tags", "priority", "addedTags", "removedTags")),
            "action": action,
            "integration": _read.first(body, "integrationName"),
        },
        links=(("Source", _read.first(alert, "url")),),
        starts=alert.get("createdAt"),
        ends=alert.get("updatedAt"),
        by=_read.first(alert, "username") if "acknowledge" in _read.word(action) else "",
        unacknowledged=_read.word(action) == "unacknowledge",
    )  # fmt: skip
