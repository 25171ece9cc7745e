"""Rollbar: items, occurrences and deploys; what an item's last event was is its state."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="rollbar",
    title="Rollbar",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.rollbar.com/docs/webhooks",
)

_EVENTS = {
    "new_item": _read.FIRING, "occurrence": _read.FIRING, "exp_repeat_item": _read.FIRING,
    "item_velocity": _read.FIRING, "reactivated_item": _read.FIRING,
    "reopened_item": _read.FIRING, "resolved_item": _read.RESOLVED,
}  # fmt: skip
"""All others (test, deploy, ignored and snoozed items, comments, assignments) change no state."""

_LEVELS = {"10": "debug", "20": "info", "30": "warning", "40": "error", "50": "critical"}


def read(request: Request) -> Reading:
    """The one item, deploy or test of a body."""
    body = _read.fields(request)
    event = _read.first(body, "event_name")
    found = _read.part(body, "data")
    if not event or (not found and event != "test"):
        raise Malformed("there is no event with its data in it", "event_name")
    if deploy := _read.part(found, "deploy"):
        return Reading((_deploy(deploy),))
    item = _read.part(found, "item")
    return Reading((_item(item, found, event) if item else _test(found, event),))


def _item(item: dict[str, Any], found: dict[str, Any], event: str) -> AlertReading:
    seen = _read.part(found, "occurrence") or _read.part(item, "last_occurrence")
    project = _read.part(item, "project")
    level = _read.first(seen, "level") or _read.first(item, "level", "level_lock")
    place = _read.first(project, "name") or _read.first(_read.part(seen, "server"), "host")
    number = _read.first(item, "id", "public_item_id", "counter")
    rule = _read.part(found, "trigger")
    return _read.alert(
        _EVENTS.get(event, _read.INFO),
        f"item {number}" if number else "",
        _read.first(item, "title") or _read.first(seen, "title") or f"Rollbar: {event}",
        type=AlertType.LOG,
        word=_LEVELS.get(level, level),
        description=_read.first(_read.part(rule, "threshold_description"), "text")
        or _read.first(rule, "window_size_description", "threshold_description"),
        resource=place or _read.first(item, "project_id"),
        labels={
            "event": event,
            "project": _read.first(project, "name"),
            "host": _read.first(_read.part(seen, "server"), "host"),
            "language": _read.first(seen, "language"),
            **_read.flat(item, ("title", "level", "status", "total_occurrences",
                                "last_occurrence_timestamp", "last_occurrence_id",
                                "unique_occurrences", "last_activated_timestamp", "hash")),
        },
        links=(("Source", _read.first(found, "url") or _read.first(item, "url")),),
        ends=item.get("last_resolved_timestamp"),
    )  # fmt: skip


def _deploy(deploy: dict[str, Any]) -> AlertReading:
    what, where = _read.first(deploy, "revision")[:12], _read.first(deploy, "environment")
    return _read.alert(
        _read.INFO,
        f"deploy {_read.first(deploy, 'id') or what}",
        f"Deployed {what} to {where}" if where else f"Deployed {what}",
        type=AlertType.CHANGE,
        description=_read.first(deploy, "comment"),
        resource=where,
        labels=_read.flat(deploy, ("comment",)),
        starts=deploy.get("start_time"),
    )


def _test(found: dict[str, Any], event: str) -> AlertReading:
    return _read.alert(
        _EVENTS.get(event, _read.INFO),
        event,
        _read.first(found, "message") or f"Rollbar: {event}",
        type=AlertType.LOG,
    )
