"""Mackerel: alerts open and close; hosts are registered, retired, change their state."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="mackerel",
    title="Mackerel",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://mackerel.io/docs/entry/howto/alerts/webhook",
)

_STATES = {"ok": _read.RESOLVED, "critical": _read.FIRING, "warning": _read.FIRING,
           "unknown": _read.FIRING, "closed": _read.RESOLVED}  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body, or the event of a host or monitor."""
    body = _read.fields(request)
    alert, event = _read.part(body, "alert"), _read.first(body, "event")
    if alert:
        return Reading((_alert(alert, body),))
    if group := _read.part(body, "alertGroup"):
        return Reading((_group(group, body),))
    if not event:
        raise Malformed("there is no alert in it", "alert")
    host = _read.first(_read.part(body, "host"), "name")
    told = _read.first(body, "message") or " ".join(filter(None, (event, host)))
    note = _read.alert(_read.INFO, "", f"Mackerel: {told}", type=AlertType.CUSTOM, resource=host)
    return Reading((note,))


def _alert(alert: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    host, service = _read.part(body, "host"), _read.part(body, "service")
    place = _read.first(host, "name") or _read.first(service, "name")
    word = _read.raw(alert, "status")
    over = alert.get("isOpen") is False
    value, sign = _read.first(alert, "metricValue"), _read.first(alert, "monitorOperator")
    limit = _read.first(alert, f"{word.casefold()}Threshold", "criticalThreshold")
    measured = f"{_read.first(alert, 'metricLabel')} {value} {sign} {limit}".strip()
    return _read.alert(
        _read.RESOLVED if over else _read.state(word, _STATES),
        _read.first(alert, "id") or f"{_read.first(alert, 'monitorName')} {place}",
        _read.on(_read.first(alert, "monitorName") or "An alert of Mackerel", place),
        type=AlertType.METRIC,
        word=word,
        description="\n".join(filter(None, (measured if value else "",
                                           _read.first(body, "memo")))),
        resource=place,
        labels={
            "organization": _read.first(body, "orgName"),
            "trigger": _read.first(alert, "trigger"),
            "metric": _read.first(alert, "metricLabel"),
            "state": _read.first(host, "status"),
        },
        links=(
            ("Source", _read.first(alert, "url")),
            ("Host", _read.first(host, "url")),
            ("Chart", _read.first(body, "imageUrl")),
        ),
        starts=alert.get("openedAt") or alert.get("createdAt"),
        ends=alert.get("closedAt"),
    )  # fmt: skip


def _group(group: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    setting = _read.part(body, "alertGroupSetting")
    word = _read.raw(group, "status")
    name = _read.first(setting, "name") or _read.first(group, "name")
    return _read.alert(
        _read.state(word, _STATES),
        _read.first(group, "id"),
        name or "A group of alerts",
        type=AlertType.METRIC,
        word=word,
        description=_read.first(setting, "memo"),
        labels={"organization": _read.first(body, "orgName")},
        links=(("Source", _read.first(group, "url")),),
        starts=group.get("createdAt"),
        ends=group.get("closedAt"),
    )
