"""Apex Ping: an alert of a check triggers and resolves."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="apexping",
    title="Apex Ping",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://apex.sh/docs/ping/alerts/",
)

_SIGNS = {"gt": ">", "lt": "<", "gte": "≥", "lte": "≤", "eq": "="}


def read(request: Request) -> Reading:
    """The one alert of a body; a check may have several."""
    body = _read.fields(request)
    check, rule = _read.part(body, "check"), _read.part(body, "alert")
    name, place = _read.first(check, "name"), _read.first(check, "url")
    if not name and not place:
        raise Malformed("there is no check in it", "check")
    kind, value = _read.first(rule, "type"), _read.first(body, "value")
    sign = _SIGNS.get(_read.first(rule, "op"), _read.first(rule, "op"))
    limit = f" ({sign} {_read.first(rule, 'value')})" if sign else ""
    at = body.get("triggered_at")
    alert = _uptime.check(
        _read.first(body, "state"),
        f"{_read.first(check, 'id') or name} {_read.first(rule, 'id')}".strip(),
        name or place,
        reason=f"{kind} is {value}{limit}" if kind and value else "",
        place=place,
        labels={**_read.flat(check, ("name",)), "alert": kind},
        links=(("Checked", place),),
        starts=at,
        ends=body.get("resolved_at"),
    )
    return Reading((alert,))
