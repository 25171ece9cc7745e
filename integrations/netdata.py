"""Netdata: alerts and nodes out of reach from Netdata Cloud, and an agent's own custom sender."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="netdata",
    title="Netdata",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://learn.netdata.cloud/docs/alerts-&-notifications/notifications/"
    "centralized-cloud-notifications/webhook",
)

_STATES = {
    "clear": _read.RESOLVED, "warning": _read.FIRING, "critical": _read.FIRING,
    "removed": _read.RESOLVED, "undefined": _read.INFO, "uninitialized": _read.INFO,
    "recover": _read.RESOLVED, "reachable": _read.RESOLVED, "unreachable": _read.FIRING,
}  # fmt: skip
_NO_LABELS = ("message", "info", "summary", "severity", "status", "date", "when", "duration",
              "value", "old_value", "old_status", "value_string", "unique_id", "event_id",
              "additional_active_critical_alerts",
              "additional_active_warning_alerts")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert or node of a body."""
    body = _read.fields(request)
    if isinstance(body.get("status"), dict):
        return Reading((_node(body, body["status"]),))
    return Reading((_alert(body),))


def _alert(body: dict[str, Any]) -> AlertReading:
    name = _read.first(body, "alert", "alarm", "name", "alert_name")
    message = _read.first(body, "message", "summary")
    if not name and not message:
        raise Malformed("there is no alert in it", "alert")
    place = _place(body)
    chart = _read.first(body, "chart")
    said = _read.first(body, "severity") or _read.first(body, "status")
    title = message if name in message else f"{name}: {message}" if message else name
    return _read.alert(
        _read.state(said, _STATES),
        " ".join(part for part in (name, chart, place, _read.first(body, "space")) if part),
        _read.on(title, place),
        type=AlertType.METRIC,
        word=_read.raw(body, "severity", "status"),
        description=_read.first(body, "info"),
        resource=place,
        labels={**_read.flat(body, _NO_LABELS), "rooms": _rooms(body)},
        links=(("Source", _read.first(body, "alert_url", "alarm_url", "goto_url", "url")),),
        ends=body.get("date") or body.get("when"),
    )


def _node(body: dict[str, Any], status: Mapping[str, Any]) -> AlertReading:
    """Whether a node can be reached; its severity is ``info`` when it can."""
    place = _place(body)
    reachable = status.get("reachable")
    said = _read.first(body, "severity")
    over = reachable if isinstance(reachable, bool) else said == "info"
    state = "can be reached again" if over else "can't be reached"
    return _read.alert(
        _read.RESOLVED if over else _read.FIRING,
        f"reachability {place} {_read.first(body, 'space')}".strip(),
        _read.first(body, "message") or f"{place or 'A node'} {state}",
        type=AlertType.HOST,
        word=said,
        severity=Severity.INFO if over else None,
        description=_read.first(status, "text"),
        resource=place,
        labels={**_read.flat(body, _NO_LABELS), "rooms": _rooms(body)},
        links=(("Source", _read.first(body, "url", "alert_url")),),
    )


def _place(body: dict[str, Any]) -> str:
    found = body.get("host") or body.get("node")
    if isinstance(found, dict):
        return _read.first(found, "name", "hostname", "id")
    return _read.first(body, "host", "hostname", "node", "node_name")


def _rooms(body: dict[str, Any]) -> str:
    found = body.get("rooms") or body.get("Rooms")
    if isinstance(found, dict):
        return ", ".join(list(found)[:20])
    names = [_read.first(each, "name", "id") for each in _read.parts(found)]
    return ", ".join(names or _read.words(found)[:20])
