"""Bugsnag: its webhook, and the small bodies others send in its name."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="bugsnag",
    title="Bugsnag",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.bugsnag.com/product/integrations/webhook",
)

_STATES = {
    "open": _read.FIRING, "reopened": _read.FIRING, "in_progress": _read.ACKNOWLEDGED,
    "fixed": _read.RESOLVED, "resolved": _read.RESOLVED, "ignored": _read.INFO,
    "snoozed": _read.INFO, "discarded": _read.INFO, "for_review": _read.FIRING,
}  # fmt: skip
_QUIET = frozenset(("comment", "release", "projectApproachingRateLimit", "assigned"))


def read(request: Request) -> Reading:
    """The one error, spike or release of a body."""
    body = _read.fields(request)
    error = _read.part(body, "error")
    if not error and _read.first(body, "error_id", "errorId", "summary"):
        return Reading((_small(body),))
    trigger = _read.part(body, "trigger")
    if not error and not trigger:
        raise Malformed("there is neither an error nor a trigger in it", "error")
    return Reading((_alert(error, trigger, body),))


def _alert(error: dict[str, Any], trigger: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    kind = _read.first(trigger, "type")
    project = _read.part(body, "project")
    place = _read.first(project, "name", "id")
    release = _read.part(body, "release")
    number = _read.first(error, "errorId", "id")
    name, said = _read.first(error, "exceptionClass"), _read.first(error, "message")
    title = ": ".join(each for each in (name, said) if each)
    app = _read.part(error, "app")
    return _read.alert(
        _status(kind, _read.first(error, "status")),
        number or f"{kind} {_read.first(project, 'id') or place}",
        title or f"{_read.first(trigger, 'message') or kind} in {place}",
        type=AlertType.CHANGE if kind == "release" else AlertType.LOG,
        word=_read.first(error, "severity"),
        description=_read.first(error, "context") or _read.first(trigger, "message"),
        resource=place,
        labels={
            "trigger": kind,
            "release_stage": _read.first(app, "releaseStage")
            or _read.first(error, "releaseStage") or _read.first(release, "releaseStage"),
            "version": _read.first(app, "version") or _read.first(release, "version"),
            "host": _read.first(_read.part(error, "device"), "hostname"),
            **_read.flat(error, ("message", "receivedAt", "occurrences", "usersAffected",
                                 "status", "severity")),
        },
        links=(("Source", _read.first(error, "url") or _read.first(release, "url")),
               ("Project", _read.first(project, "url"))),
    )  # fmt: skip


def _status(kind: str, said: str) -> AlertStatus:
    """A change by hand tells its state in the error's; any other trigger is something new."""
    if kind in _QUIET:
        return _read.INFO
    if kind.startswith("errorState") or kind in ("reopened", "errorStateManualChange"):
        return _read.state(said, _STATES)
    return _read.state(said, _STATES) if said and not kind else _read.FIRING


def _small(body: dict[str, Any]) -> AlertReading:
    said = _read.first(body, "status")
    return _read.alert(
        _read.state(said, _STATES) if said else _read.FIRING,
        _read.first(body, "error_id", "errorId"),
        _read.first(body, "summary", "message", "title") or "An error without a message",
        type=AlertType.LOG,
        word=_read.first(body, "severity"),
        resource=_read.first(body, "project", "project_name", "project_id"),
        labels=_read.flat(body, ("summary", "last_seen", "status", "severity")),
        links=(("Source", _read.first(body, "url")),),
    )
