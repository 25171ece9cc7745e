"""OnlineOrNot: checks and heartbeats go down and up; incidents of its status pages beside them."""

from __future__ import annotations

from integrations import _read, _statuspages, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="onlineornot",
    title="OnlineOrNot",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://onlineornot.com/docs/webhook-alerts",
)


def read(request: Request) -> Reading:
    """The one check or incident of a body."""
    body = _read.fields(request)
    event = _read.first(body, "event")
    what, _, said = event.partition(".")
    said = _read.first(body, "trigger") or said
    name, place = _read.first(body, "name", "title"), _read.first(body, "url")
    if not name and not place:
        raise Malformed("there is no check in it", "name")
    page = "status" in what or "incident" in event
    told = _read.first(body, "status") or said
    alert = _uptime.check(
        said,
        f"{what or 'uptime'} {_read.first(body, 'id') or place or name}",
        name or place,
        status=_read.state(told, _statuspages.STATES) if page else None,
        reason=_read.first(body, "error", "message", "reason"),
        place=place,
        type=AlertType.HEARTBEAT if what == "heartbeat" else AlertType.UPTIME,
        labels={"event": event},
        links=(("Checked", place),),
    )
    return Reading((alert,))
