"""Riemann: one event, or a list of them, posted by a stream; the state is a word of one's own."""

from __future__ import annotations

from typing import Any

from integrations import _form, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="riemann",
    title="Riemann",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://riemann.io/concepts.html",
)

_STATES = {
    "ok": _read.RESOLVED, "warning": _read.FIRING, "critical": _read.FIRING,
    "expired": _read.FIRING, "error": _read.FIRING, "unknown": _read.FIRING,
}  # fmt: skip


def read(request: Request) -> Reading:
    """Each event by host and service."""
    value = _form.value(request)
    listed = value.get("events") if isinstance(value, dict) else value
    if isinstance(listed, list):
        return Reading(tuple(_event(each) for each in _read.objects(listed, "events")))
    return Reading((_event(_read.an_object(value)),))


def _event(event: dict[str, Any]) -> AlertReading:
    host, service = _read.first(event, "host"), _read.first(event, "service")
    if not host and not service:
        raise Malformed("there is neither a host nor a service in it", "service")
    state = _read.first(event, "state")
    return _read.alert(
        _read.state(state, _STATES),
        f"{host} {service}",
        _read.on(service, host),
        type=AlertType.METRIC,
        word=state,
        severity=Severity.ERROR if state.casefold() == "expired" else None,
        description=_read.first(event, "description"),
        resource=host or service,
        labels={
            **_read.flat(event, ("description", "metric", "time", "ttl", "state")),
            **dict.fromkeys(_read.words(event.get("tags")), "true"),
            **_read.tags(event.get("attributes")),
        },
        ends=event.get("time"),
    )  # fmt: skip
