"""Cronitor: a monitor fails or recovers, job, heartbeat or check."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="cronitor",
    title="Cronitor",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://cronitor.io/docs/using-webhooks",
)

_STATES = {"alert": _read.FIRING, "recovery": _read.RESOLVED, "test": _read.INFO}
_LATE = ("schedule", "late", "missed", "not_on")


def read(request: Request) -> Reading:
    """The one monitor of a body; environments of it fail on their own."""
    body = _read.fields(request)
    name, own = _read.first(body, "monitor", "name"), _read.first(body, "id", "code", "key")
    if not name and not own:
        raise Malformed("there is no monitor in it", "monitor")
    said = _read.first(body, "type", "alert_type", "event")
    told = _read.first(body, "description", "message")
    rule = _read.first(body, "rule")
    environment = _read.first(body, "environment")
    late = any(word in rule.casefold() for word in _LATE)
    alert = _uptime.check(
        said,
        f"{own or name} {environment}".strip(),
        name or own,
        status=_STATES.get(_read.word(said)) or _read.state(said, _uptime.STATES),
        reason=told.partition("\n")[0] or rule,
        place=_read.first(body, "url", "request_url"),
        type=AlertType.HEARTBEAT if late or not body.get("url") else AlertType.UPTIME,
        word=_read.first(body, "severity", "priority"),
        description=told,
        labels=_read.flat(body, ("description", "message", "type", "monitor")),
        links=(
            ("Issue", _read.first(body, "issue_url")),
            ("Source", _read.first(body, "monitor_url")),
        ),
    )
    return Reading((alert,))
