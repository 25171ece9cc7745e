"""Elastic: alert documents of detection and other rules, flat or nested, and Watcher's posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _form, _read
from integrations._shape import leaves
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="elastic",
    title="Elastic Security and Watcher",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.elastic.co/docs/solutions/security/detect-and-alert",
)

_STATES = {
    "active": _read.FIRING, "recovered": _read.RESOLVED, "untracked": _read.RESOLVED,
    "flapping": _read.FIRING, "open": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED,
    "in_progress": _read.ACKNOWLEDGED, "closed": _read.RESOLVED,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The alerts of a body: one document, several, or hits of a search."""
    value = _form.value(request)
    if isinstance(value, dict):
        held = value.get("alerts") or _read.part(value, "hits").get("hits") or value.get("hits")
        value = held if isinstance(held, list) and held else [_read.an_object(value)]
    documents = _read.objects(value, "alerts")
    return Reading(tuple(_alert(each) for each in documents))


def _alert(document: dict[str, Any]) -> AlertReading:
    source = _read.part(document, "_source") or document
    found = leaves(source)
    rule = _any(found, "rulename", "rule", "ruletitle")
    watch = _read.first(found, "watchid", "watchname", "ctxwatchid")
    reason = _any(found, "reason", "title") or _read.first(found, "message", "text", "body")
    place = _read.first(found, "hostname", "hosthostname", "agentname", "agenthostname",
                        "containername", "servicename", "destinationip", "sourceip")  # fmt: skip
    title = rule or _read.first(found, "title", "name", "rulename") or watch or reason
    if not title:
        raise Malformed("there is no rule, watch or reason in it", "kibana.alert.rule.name")
    number = _any(found, "uuid", "instanceid", "id") or _read.first(document, "_id")
    return _read.alert(
        _status(found),
        number or f"{watch or rule} {place}".strip(),
        _read.on(title, place),
        type=AlertType.LOG if watch and not rule else AlertType.SECURITY,
        word=_any(found, "severity", "level") or _read.first(found, "severity"),
        description=reason,
        resource=place,
        labels=_labels(source, found),
        links=(("Source", _any(found, "url") or _read.first(found, "url", "link")),),
        starts=_any(found, "start") or None,
        ends=_any(found, "end") or None,
    )


def _any(found: Mapping[str, Any], *names: str) -> str:
    """``kibana.alert.…``, before 8.0 ``signal.…``."""
    return _read.first(
        found, *(holder + name for name in names for holder in ("kibanaalert", "signal", "alert"))
    )


def _status(found: Mapping[str, Any]) -> AlertStatus:
    """What people did in Security counts before what the rule sees."""
    handled = _STATES.get(_read.word(_any(found, "workflowstatus")))
    if handled in (_read.ACKNOWLEDGED, _read.RESOLVED):
        return handled
    return _read.state(_any(found, "status") or _read.first(found, "status", "state"), _STATES)


def _labels(source: dict[str, Any], found: Mapping[str, Any]) -> dict[str, str]:
    tags = _any(found, "ruletags") or _read.first(found, "tags")
    names = ("process.name", "user.name", "event.action", "event.category", "event.dataset",
             "service.name", "host.os.name", "kibana.space_ids", "agent.name")  # fmt: skip
    picked = {name: _read.first(found, _read.plain(name)) for name in names}
    return {**_read.flat(source, ("message", "@timestamp")), **picked, "tags": tags}
