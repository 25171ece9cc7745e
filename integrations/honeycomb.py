"""Honeycomb triggers and burn alerts, with the groups over their threshold."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="honeycomb",
    title="Honeycomb",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.honeycomb.io/notify/integrate/webhooks/",
)

_STATES = {"triggered": _read.FIRING, "ok": _read.RESOLVED, "resolved": _read.RESOLVED,
           "test": _read.INFO}  # fmt: skip
_GROUPS = 20


def read(request: Request) -> Reading:
    """The one trigger of a body."""
    body = _read.fields(request)
    if not _read.first(body, "name", "trigger_id", "id", "summary"):
        raise Malformed("there is no trigger in it", "name")
    return Reading((_alert(body),))


def _alert(body: dict[str, Any]) -> AlertReading:
    groups = _read.parts(body.get("result_groups_triggered"), _GROUPS)
    groups = groups or _read.parts(body.get("result_groups"), _GROUPS)
    lines = [_line(group) for group in groups]
    first = _read.tags(groups[0].get("Group") or groups[0].get("group")) if groups else {}
    place = next(iter(first.values()), "") if len(groups) == 1 else ""
    texts = (_read.first(body, "description", "trigger_description"), *lines)
    return _read.alert(
        _read.state(_read.first(body, "status"), _STATES),
        _read.first(body, "trigger_id", "id"),
        _read.on(_read.first(body, "name", "summary") or "A trigger without a name", place),
        type=AlertType.METRIC,
        word=_read.first(body, "severity", "alert_severity"),
        description="\n".join(each for each in texts if each),
        resource=place or _read.first(body, "dataset", "environment"),
        labels=_read.flat(body, ("shared_secret", "description", "summary", "status")),
        links=(("Source", _read.first(body, "result_url", "trigger_url")),),
    )


def _line(group: dict[str, Any]) -> str:
    names = _read.tags(group.get("Group") or group.get("group"))
    said = ", ".join(f"{name}={value}" for name, value in names.items())
    return f"{said or 'all'}: {_read.first(group, 'Result', 'result')}"
