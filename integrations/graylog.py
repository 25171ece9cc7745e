"""Graylog: HTTP notifications of events, and the alarm callbacks of before version 3.1.

Neither tells when it is over, so its sources need a time to resolve by themselves.
"""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="graylog",
    title="Graylog",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://go2docs.graylog.org/current/interacting_with_your_log_data/notifications.html",
)

_PRIORITIES = {
    "1": Severity.INFO, "2": Severity.WARNING, "3": Severity.ERROR, "4": Severity.CRITICAL,
    "low": Severity.INFO, "normal": Severity.WARNING, "high": Severity.ERROR,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one event, or the one result of a check."""
    body = _read.fields(request)
    if result := _read.part(body, "check_result"):
        return Reading((_old(result, _read.part(body, "stream")),))
    event = _read.part(body, "event")
    if not event and not _read.first(body, "event_definition_title", "event_definition_id"):
        raise Malformed("there is neither an event nor a check result in it", "event")
    return Reading((_event(event, body),))


def _event(event: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    fields = _read.tags(event.get("fields"))
    groups = _read.tags(event.get("group_by_fields"))
    title = _read.first(body, "event_definition_title") or _read.first(event, "message")
    key = _read.first(event, "key") or " ".join(groups.values())
    definition = _read.first(body, "event_definition_id") or _read.first(
        event, "event_definition_id"
    )
    priority = _read.first(event, "priority")
    message = _read.first(event, "message")
    backlog = [_read.first(one, "message") for one in _read.parts(body.get("backlog"), 5)]
    place = _read.first(groups, "source", "host") or _read.first(fields, "source", "host")
    return _read.alert(
        _read.INFO if _is_test(event, definition) else _read.FIRING,
        f"{definition} {key}".strip(),
        message if title and title in message else _read.on(title or message, key),
        type=AlertType.LOG,
        word=priority,
        severity=_PRIORITIES.get(priority.casefold()),
        description="\n".join(
            each for each in (_read.first(body, "event_definition_description"), *backlog) if each
        ),
        resource=place or _read.first(event, "source"),
        labels={**fields, **groups, **_read.flat(body, ("event_definition_description",))},
        links=(("Source", _read.first(body, "url", "link", "event_url")),),
    )


def _is_test(event: dict[str, Any], definition: str) -> bool:
    kind = _read.first(event, "event_definition_type")
    return kind.startswith("notification-test") or "TEST_NOTIFICATION_ID" in (
        definition, _read.first(event, "event_definition_id")
    )  # fmt: skip


def _old(result: dict[str, Any], stream: dict[str, Any]) -> AlertReading:
    condition = _read.part(result, "triggered_condition")
    said = _read.first(result, "result_description")
    name = _read.first(condition, "title", "type")
    messages = _read.parts(result.get("matching_messages"), 1)
    return _read.alert(
        _read.RESOLVED if result.get("triggered") is False else _read.FIRING,
        " ".join((_read.first(stream, "id"), _read.first(condition, "id"))).strip(),
        name or said or "An alert without a condition",
        type=AlertType.LOG,
        description=said,
        resource=_read.first(messages[0], "source") if messages else "",
        labels={"stream": _read.first(stream, "title"), **_read.flat(condition)},
        ends=result.get("triggered_at"),
    )
