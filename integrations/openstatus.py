"""OpenStatus: a monitor errs, is slow, and recovers."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="openstatus",
    title="OpenStatus",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.openstatus.dev/alerting/providers/webhook",
)


def read(request: Request) -> Reading:
    """The one monitor of a body."""
    body = _read.fields(request)
    monitor = _read.part(body, "monitor")
    name, place = _read.first(monitor, "name"), _read.first(monitor, "url")
    if not name and not place:
        raise Malformed("there is no monitor in it", "monitor")
    said, code = _read.first(body, "status"), _read.first(body, "statusCode")
    at = body.get("cronTimestamp")
    told = _read.first(body, "errorMessage")
    firing = _read.state(said, _uptime.STATES) is _read.FIRING
    alert = _uptime.check(
        said,
        _read.first(monitor, "id") or f"{name} {place}",
        name or place,
        reason=told or (f"HTTP {code}" if code and firing and said != "degraded" else ""),
        place=place,
        labels={"code": code, "latency": _read.first(body, "latency")},
        links=(("Checked", place),),
        starts=at if firing else None,
        ends=at,
    )
    return Reading((alert,))
