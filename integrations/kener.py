"""Kener: an alert of a monitor on a status page triggers and resolves."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="kener",
    title="Kener",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://kener.ing/docs/triggers",
)

_STATES = {"triggered": _read.FIRING, "resolved": _read.RESOLVED, "test": _read.INFO}


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    name = _read.first(body, "alert_name", "name", "title")
    if not name:
        raise Malformed("there is no alert in it", "alert_name")
    said = _read.first(body, "status", "alert_status")
    details = _read.part(body, "details")
    actions = _read.parts(body.get("actions"), 5)
    alert = _uptime.check(
        said,
        _read.first(body, "id", "alert_id") or name,
        name,
        status=_STATES.get(_read.word(said)),
        reason=_read.first(body, "description", "alert_message"),
        word=_read.first(body, "severity", "alert_severity"),
        labels={**_read.flat(details), "source": _read.first(body, "source")},
        links=[(_read.first(each, "text") or "Link", _read.first(each, "url"))
               for each in actions],
        starts=body.get("timestamp"),
        ends=body.get("timestamp"),
    )  # fmt: skip
    return Reading((alert,))
