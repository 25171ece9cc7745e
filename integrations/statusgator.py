"""StatusGator: the status page of somebody else's service, or a monitor, changes its state."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="statusgator",
    title="StatusGator",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://statusgator.com/docs/webhooks",
)

_STATES = {**_uptime.STATES, "warn": _read.FIRING, "investigating": _read.FIRING,
           "identified": _read.FIRING, "monitoring": _read.FIRING,
           "in_progress": _read.INFO, "verifying": _read.INFO, "completed": _read.INFO}  # fmt: skip
"""A component's words, and those of an incident or a maintenance on a page."""


def read(request: Request) -> Reading:
    """The one change of a body, in today's form or that of before 2023."""
    body = _read.fields(request)
    service, monitor = _read.part(body, "service"), _read.part(body, "monitor")
    component = _read.part(body, "component")
    name = (
        _read.first(monitor, "display_name", "name")
        or _read.first(service, "name")
        or _read.first(body, "service_name")
    )
    said = _read.first(body, "status", "current_status")
    if not name:
        raise Malformed("there is no monitor or service in it", "monitor")
    part = _read.first(component, "name")
    page = _read.first(service, "status_page_url") or _read.first(body, "status_page_url")
    parts = (
        _read.first(monitor, "id") or _read.first(service, "id", "slug") or name,
        _read.first(component, "id") or part,
    )
    at = body.get("recorded_at") or body.get("occurred_at")
    kind = _read.first(body, "type")
    status = _read.INFO if kind.casefold() == "test" else _read.state(said, _STATES)
    message = _read.first(body, "message")
    alert = _uptime.check(
        said,
        " ".join(each for each in parts if each),
        f"{name}: {part}" if part else name,
        status=status,
        reason=message,
        place=_read.first(monitor, "host", "url") or page,
        description=_read.first(body, "details", "message"),
        labels={
            "service": _read.first(service, "name"),
            "component": part,
            "board": _read.first(_read.part(body, "board"), "name"),
            "type": _read.first(monitor, "type"),
            "event": kind,
        },
        links=(
            ("Status page", page),
            ("Source", _read.first(service, "landing_page_url", "home_page_url")),
        ),
        starts=at if status is _read.FIRING else None,
        ends=at,
    )
    return Reading((alert,))
