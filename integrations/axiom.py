"""Axiom's custom webhook notifier: ``Open`` or ``Closed`` of one monitor (and group)."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="axiom",
    title="Axiom",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://axiom.co/docs/monitor-data/custom-webhook-notifier",
)

_ACTIONS = {
    "open": _read.FIRING, "opened": _read.FIRING, "triggered": _read.FIRING,
    "closed": _read.RESOLVED, "resolved": _read.RESOLVED, "test": _read.INFO,
}  # fmt: skip
_MARKS = ("Triggered: ", "Resolved: ", "Closed: ", "Open: ")


def read(request: Request) -> Reading:
    """The one notification of a body; match monitors never close."""
    body = _read.fields(request)
    event = _read.part(body, "event") or body
    if not _read.first(event, "title", "monitorID", "monitorId", "body"):
        raise Malformed("there is no event of a monitor in it", "event")
    return Reading((_alert(event, _read.first(body, "action", "Action")),))


def _alert(event: dict[str, Any], action: str) -> AlertReading:
    title = _read.first(event, "title", "name") or _read.first(event, "body")
    for mark in _MARKS:
        title = title.removeprefix(mark)
    groups = _groups(event)
    number = _read.first(event, "monitorID", "monitorId")
    matched = _read.tags(event.get("matchedEvent"))
    place = _read.first({**matched, **groups}, "host", "hostname", "service", "service.name", "pod")
    group = " ".join(f"{name}={value}" for name, value in sorted(groups.items()))
    return _read.alert(
        _read.state(action, _ACTIONS),
        f"{number} {group}".strip() if number else "",
        _read.on(title or "A monitor without a name", place),
        type=AlertType.LOG,
        word=_read.first(event, "severity"),
        description=_read.first(event, "description", "body"),
        resource=place,
        labels={
            **_read.flat(event, ("title", "body", "description", "queryEndTime",
                                 "queryStartTime", "timestamp", "value")),
            **groups,
        },
        links=(("Source", _read.first(event, "url", "link")),),
        ends=event.get("timestamp"),
    )  # fmt: skip


def _groups(event: dict[str, Any]) -> dict[str, str]:
    """``groupKeys`` and ``groupValues`` are two lists, where it notifies by group."""
    names, values = _read.words(event.get("groupKeys")), _read.words(event.get("groupValues"))
    return dict(zip(names, values, strict=False))
