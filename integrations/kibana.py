"""Kibana's webhook connector: a body written out of a rule's variables.

The action group tells the state: every rule type has its own to fire, and ``recovered``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read
from integrations._shape import leaves
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="kibana",
    title="Kibana",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.elastic.co/docs/reference/kibana/connectors-kibana/webhook-action-type",
)

_GROUPS = ("alertactiongroup", "alertactiongroupname", "actiongroup", "actiongroupname")
_STATES = ("status", "state", "alertstate", "alertstatus", "eventaction", "event")
_PLACES = ("contexthostname", "contexthosthostname", "contexthost", "hostname", "host",
           "contextmonitorurl", "contextmonitorname", "contextservicename", "contextgroup",
           "servicename", "service", "resource")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    found = leaves(body)
    rule = _read.first(found, "rulename", "alertname", "name", "contextrulename", "title",
                       "alertrulename", "subject")  # fmt: skip
    message = _read.first(found, "contextmessage", "message", "contextreason", "reason",
                          "contexttitle", "text", "description", "body")  # fmt: skip
    left = "" if rule or message else _read.unexpanded(found)
    if not (rule or message or left):
        raise Malformed("there is neither a rule nor a message in it", "rule.name")
    return Reading((_alert(body, found, rule or message or left, message, test=bool(left)),))


def _alert(
    body: dict[str, Any], found: Mapping[str, Any], title: str, message: str, *, test: bool
) -> AlertReading:
    rule = _read.first(found, "ruleid", "alertruleid", "contextruleid", "rulename")
    instance = _read.first(found, "alertid", "alertinstanceid", "alertuuid", "instanceid")
    place = _place(found, instance, rule)
    tags = _read.words(_read.part(body, "rule").get("tags") or body.get("tags"))
    base = _read.first(found, "kibanabaseurl")
    link = _read.first(found, "contextalertdetailsurl", "contextviewinappurl", "contextlink",
                       "ruleurl", "url", "link", "contextanomalyexplorerurl")  # fmt: skip
    return _read.alert(
        _read.INFO if test else _status(found),
        f"{rule} {instance}".strip(),
        _read.on(title, place),
        type=_type(_read.first(found, "ruletype", "type")),
        word=_read.first(found, "severity", "contextseverity", "ruleparamsseverity",
                         "contextruleseverity", "alertseverity", "priority", "level"),
        description=message,
        resource=place,
        labels={
            **_read.flat(body, ("message", "kibanaBaseUrl")),
            "rule_type": _read.first(found, "ruletype"),
            "action_group": _read.first(found, "alertactiongroup", "actiongroup"),
            "space": _read.first(found, "rulespaceid", "spaceid"),
            **dict.fromkeys(tags, "true"),
        },
        links=(("Source", link or base),),
    )  # fmt: skip


def _status(found: Mapping[str, Any]) -> AlertStatus:
    group = _read.first(found, *_GROUPS)
    if group:
        return _read.RESOLVED if "recovered" in group.casefold() else _read.FIRING
    return _read.state(_read.first(found, *_STATES))


def _place(found: Mapping[str, Any], instance: str, rule: str) -> str:
    """The instance's id is the group the rule splits by: a host, a service, ``*`` for all."""
    named = _read.first(found, *_PLACES)
    general = instance in ("", "*", "query matched", rule) or len(instance) > 100
    return named or ("" if general else instance)


def _type(rule: str) -> AlertType:
    if "uptime" in rule or "synthetics" in rule:
        return AlertType.UPTIME
    if "siem" in rule:
        return AlertType.SECURITY
    return AlertType.LOG if "logs" in rule or ".es-query" in rule else AlertType.METRIC
