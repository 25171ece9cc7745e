"""Opsgenie's routing rules of teams as routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.imports.base import Imported, Names, glob
from bot.imports.bundle import Bundle
from bot.imports.records import Record

_PRIORITIES = {
    "P1": "critical",
    "P2": "error",
    "P3": "warning",
    "P4": "info",
    "P5": "info",
}
_FIELDS = {"message": "title", "entity": "resource", "source": "source"}


def read(
    bundle: Bundle,
    found: Imported,
    teams: Mapping[str, str],
    schedules: Mapping[str, str],
    policies: Mapping[str, str],
) -> None:
    """Routes of each team, by the rules' order; a schedule is asked by a policy of its own."""
    names = Names("route")
    titles = {r.text("id"): r.maybe("name") or "" for r in bundle["teams"]}
    for key, team in teams.items():
        rules = [r for r in bundle["routing_rules"] if _team(r) == key]
        for rule in sorted(rules, key=lambda r: r.number("order", 0)):
            _rule(found, rule, (team, titles[key]), names, schedules, policies)


def _team(rule: Record) -> str:
    parent = rule.record("_parent")
    return rule.owner or ((parent.maybe("id") or "") if parent is not None else "")


def _rule(
    found: Imported,
    rule: Record,
    of: tuple[str, str],
    names: Names,
    schedules: Mapping[str, str],
    policies: Mapping[str, str],
) -> None:
    team, label = of
    title = rule.maybe("name") or rule.maybe("id") or "rule"
    what = f"routing rule {title} of team {team}"
    match = _match(rule.record("criteria"))
    if match is None:
        found.left_out(what, "no route can say its conditions")
        return
    if rule.record("timeRestriction") is not None:
        found.approximated(what, "was restricted to hours; here it holds always")
    policy = _policy(found, rule.record("notify"), schedules, policies)
    if policy is None:
        found.left_out(what, "notifies nobody that was imported")
        return
    name = names.of(f"{team} {title}")
    found.routes.append(
        {
            "name": name,
            "match": {"team": glob(label or team), **match},
            "team": team,
            "policy": policy,
        }
    )
    found.origins["routes", name] = f"Opsgenie {what}"
    why = "found by the team's integrations there; here by the label team of an alert"
    found.approximated(what, why)


def _policy(
    found: Imported,
    notify: Record | None,
    schedules: Mapping[str, str],
    policies: Mapping[str, str],
) -> str | None:
    if notify is None:
        return None
    kind, key = notify.maybe("type"), notify.maybe("id") or ""
    if kind == "escalation":
        return policies.get(key)
    if kind == "schedule" and key in schedules:
        name = f"schedule-{schedules[key]}"
        step = {"targets": [f"schedule:{schedules[key]}"], "delay": 5}
        found.policies.setdefault(name, {"steps": [step], "repeat": 2})
        found.origins["policies", name] = f"asks schedule {schedules[key]}, as a routing rule says"
        return name
    return None


def _match(criteria: Record | None) -> dict[str, Any] | None:
    """What a route's match can say of the conditions; None where it can't."""
    kind = criteria.maybe("type") if criteria is not None else "match-all"
    if criteria is None or kind == "match-all":
        return {}
    conditions = criteria.records("conditions")
    if kind != "match-all-conditions" and len(conditions) != 1:
        return None
    found: dict[str, Any] = {}
    for each in conditions:
        one = _condition(each)
        if one is None or one[0] in found:
            return None
        found[one[0]] = one[1]
    return found


def _condition(record: Record) -> tuple[str, str] | None:
    field, operation = record.maybe("field") or "", record.maybe("operation") or ""
    value = record.maybe("expectedValue") or ""
    if record.flag("not") or not value:
        return None
    if field == "priority" and operation == "equals":
        return ("severity", _PRIORITIES[value]) if value in _PRIORITIES else None
    label = _FIELDS.get(field) or (record.maybe("key") if field == "extra-properties" else None)
    if label is None:
        return None
    shapes = {"equals": "{}", "contains": "*{}*", "starts-with": "{}*", "ends-with": "*{}"}
    return (label, shapes[operation].format(glob(value))) if operation in shapes else None
