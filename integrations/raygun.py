"""Raygun: errors, and what people do with an error group, known by its address."""

from __future__ import annotations

import re
from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="raygun",
    title="Raygun",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://raygun.com/documentation/product-guides/crash-reporting/integrations/webhooks/",
)

_STATUSES = {
    "resolved": _read.RESOLVED, "resolvedin": _read.RESOLVED, "active": _read.FIRING,
    "ignored": _read.INFO, "permanentlyignored": _read.INFO, "permanently_ignored": _read.INFO,
}  # fmt: skip
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read(request: Request) -> Reading:
    """The one error of a body."""
    body = _read.fields(request)
    error = _read.part(body, "error")
    if alert := _read.part(body, "alert"):
        return Reading((_rule(alert, body),))
    if not error and not _read.first(body, "event", "eventType"):
        raise Malformed("there is no error in it", "error")
    return Reading((_alert(error, body),))


def _rule(alert: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    """A rule of its alerting, which is about many errors or slow pages."""
    application = _read.part(body, "application") or _read.part(alert, "application")
    place, name = _read.first(application, "name"), _read.first(alert, "name", "title")
    kind = _read.first(body, "eventType", "event")
    said = _read.first(alert, "status", "state") or _WORDS.sub(" ", kind).rpartition(" ")[2]
    return _read.alert(
        _read.state(said),
        _read.first(alert, "id", "url") or f"{name} {place}".strip(),
        _read.on(name or "An alert of Raygun", place),
        type=AlertType.METRIC,
        word=_read.first(alert, "severity", "priority"),
        description=_read.first(alert, "description", "message", "condition"),
        resource=place,
        labels=_read.flat(alert, ("name", "description", "message")),
        links=(("Source", _read.first(alert, "url")),),
    )


def _alert(error: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    application = _read.part(body, "application")
    place = _read.first(application, "name")
    kind = _read.first(body, "eventType", "event")
    happened = _WORDS.sub(" ", kind).capitalize()
    instance = _read.part(error, "instance")
    title = _read.first(error, "message") or f"{happened} in {place}"
    return _read.alert(
        _status(error, body, kind),
        _read.first(error, "url"),
        title,
        type=AlertType.LOG,
        description=_read.first(error, "description", "comment") or happened,
        resource=place,
        labels={
            "event": kind,
            "user": _read.first(error, "user"),
            "assigned_to": _read.first(error, "assignedTo"),
            "users_affected": _read.first(error, "usersAffected"),
            **_read.tags(instance.get("tags")),
            **_read.tags(instance.get("customData")),
        },
        links=(("Source", _read.first(error, "url")),
               ("Application", _read.first(application, "url"))),
        ends=error.get("activityDate"),
    )  # fmt: skip


def _status(error: dict[str, Any], body: dict[str, Any], kind: str) -> AlertStatus:
    if kind == "StatusChanged":
        return _read.state(_read.first(error, "status"), _STATUSES, _read.INFO)
    activity = _read.first(body, "event") == "error_activity"
    return _read.INFO if activity or kind in ("AssignedToUser", "CommentAdded") else _read.FIRING
