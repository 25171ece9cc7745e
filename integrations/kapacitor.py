"""Kapacitor's post handler: one alert event, its level being its state."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="kapacitor",
    title="InfluxData Kapacitor",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.influxdata.com/kapacitor/v1/reference/event_handlers/post/",
)

_LEVELS = {"ok": _read.RESOLVED, "info": _read.FIRING, "warn": _read.FIRING, "crit": _read.FIRING}
_PLACES = ("host", "hostname", "instance", "server", "container_name", "pod_name", "service")


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    if not any(name in body for name in ("id", "level", "message")):
        raise Malformed("there is neither an id nor a level nor a message in it", "level")
    return Reading((_alert(body),))


def _alert(body: dict[str, Any]) -> AlertReading:
    """``time`` is that of the point, not of the start: ``duration`` (ns) says how long before."""
    series = _read.parts(_read.part(body, "data").get("series"), 1)
    tags = _read.tags(series[0].get("tags")) if series else {}
    level = _read.first(body, "level")
    place = _read.first({**_read.flat(body), **tags}, *_PLACES)
    number = _read.first(body, "id")
    return _read.alert(
        _read.state(level, _LEVELS),
        number,
        _read.on(_read.first(body, "message") or number or "An event without a message", place),
        type=AlertType.METRIC,
        word=level,
        description=_read.first(body, "details"),
        resource=place,
        labels={
            **_read.flat(body, ("message", "details", "time", "duration", "level",
                                "previousLevel")),
            "measurement": _read.first(series[0], "name") if series else "",
            **tags,
        },
        ends=body.get("time"),
    )  # fmt: skip
