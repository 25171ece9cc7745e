"""Cisco ThousandEyes: alert and agent notifications, in their own form or a template's."""

from __future__ import annotations

from typing import Any

from integrations import _form, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="thousandeyes",
    title="Cisco ThousandEyes",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.thousandeyes.com/product-documentation/integration-guides/custom-webhooks",
)

_EVENTS = {
    "trigger": _read.FIRING, "clear": _read.RESOLVED, "test": _read.INFO, "update": _read.FIRING,
    "notify": _read.FIRING,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The alerts of one notification, or of a list of them."""
    value = _form.value(request)
    bodies = _read.objects(value, "body") if isinstance(value, list) else [_read.an_object(value)]
    return Reading(tuple(_notification(body) for body in bodies))


def _notification(body: dict[str, Any]) -> AlertReading:
    event = _read.first(body, "eventType", "type")
    if agent := _read.part(body, "agent") or _read.part(body, "agentAlert"):
        return _agent(agent, event)
    alert = _flat(_read.part(body, "alert") or body)
    if event.upper().startswith("WEBHOOK_TEST"):
        return _read.alert(_read.INFO, "webhook test", "Test of the webhook", type=AlertType.UPTIME)
    if not any(name in alert for name in ("alertId", "ruleName", "testName")):
        raise Malformed("there is neither an alert nor an agent in it", "alert")
    return _alert(alert, _status(alert, event))


def _flat(alert: dict[str, Any]) -> dict[str, Any]:
    """The names of the first form for what the variables of today's templates hold in objects."""
    rule, test = _read.part(alert, "rule"), _read.part(alert, "test")
    if not rule and not test:
        return alert
    found = {
        "ruleName": rule.get("name"), "ruleExpression": rule.get("expression"),
        "testName": test.get("name"), "alertId": alert.get("id"),
        "severity": _read.part(alert, "severity").get("displayName") or alert.get("severity"),
        "state": _read.part(alert, "status").get("id") or alert.get("status"),
        "dateStart": alert.get("firstSeen"), "testTargetsDescription": test.get("targets"),
    }  # fmt: skip
    return {**{name: value for name, value in found.items() if value}, **alert,
            "severity": found["severity"], "status": found["state"]}  # fmt: skip


def _status(alert: dict[str, Any], event: str) -> AlertStatus:
    """``active`` is 1 while it lasts; templates may have only one of the two."""
    found = _EVENTS.get(event.rpartition("_")[2].casefold())
    active = _read.first(alert, "active", "alertState", "state", "status").casefold()
    if found is None and active:
        over = active in ("0", "false", "cleared", "clear", "inactive", "resolved")
        return _read.RESOLVED if over else _read.FIRING
    return found or _read.FIRING


def _alert(alert: dict[str, Any], status: AlertStatus) -> AlertReading:
    rule, test = _read.first(alert, "ruleName"), _read.first(alert, "testName")
    targets = _read.words(alert.get("testTargetsDescription")) or _read.words(alert.get("targets"))
    agents = _read.parts(alert.get("agents"), 20)
    lines = [
        f"{_read.first(one, 'agentName')}: {_read.first(one, 'metricsAtEnd', 'metricsAtStart')}"
        for one in agents
    ]
    return _read.alert(
        status,
        _read.first(alert, "alertId", "id"),
        f"{rule}: {test}" if rule and test else rule or test or "An alert without a rule",
        type=AlertType.UPTIME,
        word=_read.first(alert, "severity"),
        description="\n".join([_read.first(alert, "ruleExpression"), *lines]).strip(),
        resource=next(iter(targets), "") or test,
        labels={
            **_read.flat(alert, ("dateStart", "dateEnd", "dateStartZoned", "dateEndZoned",
                                 "active", "violationCount", "ruleExpression")),
            "agents": ", ".join(_read.first(one, "agentName") for one in agents),
            "labels": ", ".join(_read.first(one, "name")
                                for one in _read.parts(alert.get("testLabels"), 10)),
        },
        links=(("Source", _read.first(alert, "permalink")),),
        starts=alert.get("dateStartZoned") or alert.get("dateStart"),
        ends=alert.get("dateEndZoned") or alert.get("dateEnd"),
    )  # fmt: skip


def _agent(agent: dict[str, Any], event: str) -> AlertReading:
    """An agent that went offline or has a wrong clock, and came back."""
    name, rule = (
        _read.first(agent, "agentName", "name"),
        _read.first(agent, "agentRuleId", "ruleId"),
    )
    what = _read.first(agent, "notificationName", "ruleName") or "notification"
    return _read.alert(
        _EVENTS.get(event.rpartition("_")[2].casefold(), _read.FIRING),
        f"agent {_read.first(agent, 'agentId', 'id') or name} {rule}".strip(),
        f"ThousandEyes agent {name}: {what}",
        type=AlertType.HOST,
        word=_read.first(agent, "severity"),
        description=_read.first(agent, "metricsAtStart", "ruleExpression"),
        resource=_read.first(agent, "hostname") or name,
        labels=_read.flat(agent, ("dateStart", "dateEnd")),
        links=(("Source", _read.first(agent, "permalink")),),
    )
