"""Wazuh: alerts as the manager writes them, or inside its own integrations' messages.

An alert is an event: nothing ever says that it is over, and its ``id`` is another each time.
"""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="wazuh",
    title="Wazuh",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://documentation.wazuh.com/current/user-manual/manager/integration-with-external-apis.html",
)

_INSIDE = ("all_fields", "_source", "alert")
_TITLES = ("title", "summary", "text", "message")


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    inside = next((found for name in _INSIDE if (found := _read.part(body, name))), body)
    return Reading((_alert(inside, body),))


def _alert(alert: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    rule, agent = _read.part(alert, "rule"), _read.part(alert, "agent")
    data = _read.part(alert, "data")
    title = _read.first(rule, "description") or _read.first(alert, *_TITLES)
    title = title or _read.first(body, *_TITLES)
    level = _read.raw(rule, "level") or _read.raw(alert, "level", "severity")
    if not title:
        raise Malformed("there is no rule in it", "rule.description")
    place = (
        _read.first(agent, "name")
        or _read.first(alert, "hostname", "host")
        or _read.first(_read.part(alert, "manager"), "name")
        or _read.first(_read.part(alert, "predecoder"), "hostname")
        or _said(alert, "Agent Name")
    )
    number = _read.first(rule, "id") or _read.first(alert, "rule_id", "id")
    number = number or _said(alert, "Rule ID")
    return _read.alert(
        _read.FIRING,
        f"rule {number} {place}".strip() if number else "",
        _read.on(title, place),
        type=AlertType.SECURITY,
        word=level,
        severity=_severity(level),
        description=_read.first(alert, "full_log") or _read.first(data, "title"),
        resource=place,
        labels={
            **_read.flat(data),
            "rule": number,
            "level": level,
            "groups": ", ".join(_read.words(rule.get("groups"))),
            "mitre": ", ".join(_read.words(_read.part(rule, "mitre").get("id"))),
            "agent": _read.first(agent, "name"),
            "agent_id": _read.first(agent, "id"),
            "agent_ip": _read.first(agent, "ip"),
            "location": _read.first(alert, "location"),
            "decoder": _read.first(_read.part(alert, "decoder"), "name"),
        },
        links=(("Source", _read.first(data, "permalink", "url")),),
        starts=alert.get("timestamp"),
    )


def _said(alert: dict[str, Any], name: str) -> str:
    """What a line of the description has behind this name: an integration may send words alone."""
    lines = _read.first(alert, "description")[:4000].split("\n", 20)
    found = next((line for line in lines if line.startswith(f"{name} ")), "")
    return found.removeprefix(name).strip()


def _severity(level: str) -> Severity | None:
    """Wazuh's own names for its levels: to 6 low, to 11 medium, to 14 high, then critical."""
    if not level.isdecimal() or len(level) > 3:
        return None
    number = int(level)
    if number >= 15:
        return Severity.CRITICAL
    if number >= 12:
        return Severity.ERROR
    return Severity.WARNING if number >= 7 else Severity.INFO
