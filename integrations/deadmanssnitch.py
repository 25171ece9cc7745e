"""Dead Man's Snitch: a snitch is missing, reports an error, or reports again."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="deadmanssnitch",
    title="Dead Man's Snitch",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://deadmanssnitch.com/docs/integrations/webhook",
)

_SAYS = {"missing": "has not reported", "errored": "reported an error"}


def read(request: Request) -> Reading:
    """The one snitch of a body."""
    body = _read.fields(request)
    snitch = _read.part(body, "data", "snitch") or _read.part(body, "snitch")
    event = _read.first(body, "type", "event")
    said = event.rpartition(".")[2] or _read.first(snitch, "status")
    name, token = _read.first(snitch, "name"), _read.first(snitch, "token")
    if not said or not (name or token):
        raise Malformed("there is no snitch in it", "data.snitch")
    name = name or f"snitch {token}"
    at = body.get("timestamp")
    firing = _read.state(said, _uptime.STATES) is _read.FIRING
    alert = _uptime.check(
        said,
        token or name,
        name,
        reason=f"{name} {_SAYS[said]}" if said in _SAYS else "",
        type=AlertType.HEARTBEAT,
        description=_read.first(snitch, "notes"),
        labels={
            **_read.flat(snitch, ("name", "notes", "status", "previous_status", "check_in_url")),
            "tags": ", ".join(_read.words(snitch.get("tags"))),
        },
        links=(("Source", _read.first(snitch, "href")),),
        starts=at if firing else None,
        ends=at,
    )
    return Reading((alert,))
