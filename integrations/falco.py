"""Falco: its own JSON over HTTP or by way of Falcosidekick, or as Alertmanager would have it.

A rule that matched is an event: nothing ever says that it is over.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations import _form, _prometheus_bodies, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="falco",
    title="Falco",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://falco.org/docs/concepts/outputs/",
)

_SEVERITIES = {
    "emergency": Severity.CRITICAL, "alert": Severity.CRITICAL, "critical": Severity.CRITICAL,
    "error": Severity.ERROR, "warning": Severity.WARNING, "notice": Severity.INFO,
    "informational": Severity.INFO, "debug": Severity.INFO,
}  # fmt: skip
_QUIET = frozenset(("informational", "info", "debug"))


def read(request: Request) -> Reading:
    """The one event of a body, or a list of alerts as Alertmanager takes them."""
    value = _form.value(request)
    if isinstance(value, list) or (isinstance(value, dict) and "alerts" in value):
        found = _prometheus_bodies.alerts(request)
        return Reading(tuple(replace(each, type=AlertType.SECURITY) for each in found))
    body = _read.an_object(value)
    return Reading((_event(_inside(body)),))


def _inside(body: dict[str, Any]) -> dict[str, Any]:
    """falcosidekick's CloudEvents and CloudWatch's records hold the event in an object."""
    return _read.part(body, "data") or _read.part(body, "log") or body


def _event(body: dict[str, Any]) -> AlertReading:
    rule, output = _read.first(body, "rule"), _read.first(body, "output", "message")
    if not rule and not output:
        raise Malformed("there is no rule in it", "rule")
    fields = _read.part(body, "output_fields")
    pod = _read.first(fields, "k8s.pod.name", "k8smeta.pod.name")
    container = _read.first(fields, "container.name", "container.id")
    place = _read.first(body, "hostname") or pod or container
    word = _read.raw(body, "priority")
    inside = pod or (container if container != "host" else "")
    return _read.alert(
        _read.INFO if word.casefold() in _QUIET else _read.FIRING,
        " ".join(part for part in (rule or output, place, inside) if part),
        _read.on(rule or output, place),
        type=AlertType.SECURITY,
        word=word,
        severity=_SEVERITIES.get(word.casefold()),
        description=output,
        resource=place,
        labels={
            **_read.flat(fields, ("evt.time", "evt.time.iso8601", "evt.num", "evt.rawres")),
            "rule": rule,
            "source": _read.first(body, "source"),
            "tags": ", ".join(_read.words(body.get("tags"))),
        },
        starts=body.get("time"),
    )
