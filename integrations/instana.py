"""IBM Instana: issues and incidents, open and closed, and changes of what it watches."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="instana",
    title="IBM Instana",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.ibm.com/docs/en/instana-observability?topic=alerting-webhooks",
)

_SEVERITIES = {"10": Severity.CRITICAL, "5": Severity.WARNING, "-1": Severity.INFO}


def read(request: Request) -> Reading:
    """The one issue of a body."""
    body = _read.fields(request)
    issue = _read.part(body, "issue") or _read.part(body, "incident") or body
    if not any(name in issue for name in ("text", "state", "severity", "type")):
        raise Malformed("there is no issue in it", "issue")
    return Reading((_issue(issue),))


def _issue(issue: dict[str, Any]) -> AlertReading:
    kind, state = _read.first(issue, "type").casefold(), _read.first(issue, "state")
    place = _read.first(issue, "fqdn") or _read.first(issue, "container", "entityLabel", "entity")
    status = _read.state(state) if state else _read.INFO
    if kind in ("presence", "change", "online", "offline"):
        status = _read.INFO
    word = _read.first(issue, "severity")
    return _read.alert(
        status,
        _read.first(issue, "id"),
        _read.on(_read.first(issue, "text", "suggestion") or f"Instana {kind}", place),
        type=AlertType.CHANGE if kind == "change" else AlertType.METRIC,
        word=word,
        severity=_SEVERITIES.get(word),
        description=_read.first(issue, "suggestion"),
        resource=place,
        labels={
            **_read.flat(issue, ("text", "suggestion", "start", "end", "state", "tags")),
            **dict.fromkeys(_read.words(issue.get("tags")), "true"),
            **_read.tags(issue.get("customPayload") or issue.get("customPayloads")),
        },
        links=(("Source", _read.first(issue, "link")),),
        starts=issue.get("start"),
        ends=issue.get("end"),
    )  # fmt: skip
