"""Any JSON, form or XML body of any tool: read by its source's mapping, guessed without one."""

from __future__ import annotations

from typing import Any

from integrations import _form, _xml
from integrations import _mapping as mapping
from integrations._mapping import check
from integrations.base import Capability, Manifest, Reading, Request, Setting
from integrations.webhook import guess
from integrations.webhook.items import items

MANIFEST = Manifest(
    name="webhook",
    title="Any webhook",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(
        Setting(
            "map",
            "For each field of an alert a JMESPath expression, or {const: value}. The fields are "
            + ", ".join(mapping.FIELDS)
            + ". alerts names the list; the others are read in each of its items, where root() "
            "is the whole body. A field that gives nothing is guessed.",
        ),
        Setting(
            "status_map", "The sender's words to firing, resolved, acknowledged, info; * for others"
        ),
        Setting(
            "severity_map", "The sender's words to critical, error, warning, info; * for others"
        ),
    ),
)

__all__ = ["MANIFEST", "check", "read"]


def read(request: Request) -> Reading:
    """The alerts of the body; Malformed 422 where nothing in it looks like an alert.

    Misconfigured where the source's own mapping can't work; ``check(settings)`` says so before.
    """
    rules = mapping.rules(request.settings)
    alerts = [guess.alert(item, rules) for item in items(_body(request), rules)]
    found = {(alert.key, alert.status, alert.starts_at): alert for alert in alerts}
    return Reading(tuple(found.values()))


def _body(request: Request) -> Any:
    return _xml.value(request.body) if _xml.is_xml(request) else _form.value(request)
