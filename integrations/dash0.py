"""Dash0: one issue a body; its identifier stays the same over the issues of one check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="dash0",
    title="Dash0",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.dash0.com/hub/integrations/int_alerting_webhook/overview",
)

_TYPES = {
    "ongoing": _read.FIRING, "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
    "superseded": _read.INFO, "test": _read.INFO,
}  # fmt: skip
_PLACES = ("dash0.resource.name", "service.name", "k8s.pod.name", "k8s.deployment.name",
           "host.name", "k8s.node.name", "container.name", "url.full")  # fmt: skip


def read(request: Request) -> Reading:
    """The issue, or a test."""
    body = _read.fields(request)
    kind, data = _read.first(body, "type"), _read.part(body, "data")
    issue = _read.part(data, "issue")
    if not issue and not kind:
        raise Malformed("there is no issue in it", "data.issue")
    return Reading((_issue(issue, kind),))


def _issue(issue: dict[str, Any], kind: str) -> AlertReading:
    labels = _attributes(issue.get("labels"))
    notes = _attributes(issue.get("annotations"))
    rules = _read.parts(issue.get("checkrules"), 5) or _read.parts(issue.get("checkrule"), 1)
    rule = rules[0] if rules else {}
    said = _read.first(issue, "status")
    status = _TYPES.get(kind.rpartition(".")[2]) or _read.state(said, _TYPES)
    name = _read.first(rule, "name")
    title = _read.first(issue, "summary", "title") or name or f"Dash0: {kind}"
    return _read.alert(
        status,
        _read.first(issue, "issueIdentifier", "id"),
        f"{title} ({name})" if name and name not in title else title,
        type=AlertType.METRIC,
        word=said if status is _read.FIRING else _read.first(labels, "severity", "priority"),
        description=_read.first(issue, "description"),
        resource=_read.first(labels, *_PLACES),
        labels={**labels, "checkrule": name, "dataset": _read.first(issue, "dataset")},
        links=(
            ("Runbook", _read.first(notes, "runbook_url", "runbook")),
            ("Source", _read.first(issue, "url")),
            ("Rule", _read.first(rule, "url")),
        ),
        starts=issue.get("start"),
        ends=issue.get("end"),
    )


def _attributes(value: Any) -> dict[str, str]:
    """OpenTelemetry's: ``{"key": …, "value": {"stringValue": …}}``; or a plain object."""
    if isinstance(value, Mapping):
        return _read.tags(value)
    found: dict[str, str] = {}
    for each in _read.parts(value, 100):
        inner = each.get("value")
        said = next(map(_read.text, inner.values()), "") if isinstance(inner, dict) else ""
        if name := _read.first(each, "key"):
            found[name] = said or _read.text(inner)
    return found
