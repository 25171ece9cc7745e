"""NodePing: a check fails and passes, in the fields of its webhook's template."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="nodeping",
    title="NodePing",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://nodeping.com/docs-notifications.html",
)

_STATES = {"down": _read.FIRING, "up": _read.RESOLVED, "fail": _read.FIRING,
           "resolve": _read.RESOLVED, "disabled": _read.INFO, "first": _read.INFO,
           "first_result": _read.INFO}  # fmt: skip


def read(request: Request) -> Reading:
    """The one check of a body, or of the address where the webhook has no body."""
    sent = _uptime.fields(request)
    body = _read.folded(sent)
    name = _read.first(body, "label", "name", "check", "title")
    place = _read.first(body, "target", "t", "url", "host")
    if not name and not place:
        raise Malformed("there is no check in it: send {label} as label", "label")
    said = _read.first(body, "event", "status", "state")
    passed = _read.first(body, "success", "su")
    said = said or {"true": "up", "1": "up", "false": "down", "0": "down"}.get(passed, passed)
    alert = _uptime.check(
        said,
        _read.first(body, "checkid", "ci", "id", "uuid") or f"{name} {place}".strip(),
        name or place,
        status=_STATES.get(_read.word(said)),
        reason=_read.first(body, "message", "m", "error"),
        place=place,
        word=_read.first(body, "severity", "priority"),
        labels=_read.flat(sent, ("message", "title")),
        links=(("Checked", place),),
    )
    return Reading((alert,))
