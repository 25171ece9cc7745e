"""PagerDuty escalation policies, and services as routes to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.imports.base import Imported, Names, glob
from bot.imports.bundle import Bundle
from bot.imports.policies import Drafted
from bot.imports.records import Record


def read(
    bundle: Bundle,
    found: Imported,
    people: Mapping[str, str],
    schedules: Mapping[str, str],
    teams: Mapping[str, str],
) -> None:
    """Policies by their rules, and a route for each service."""
    names, policies = Names("policy"), {}
    for key, record in bundle.by_id("escalation_policies").items():
        title = record.maybe("name") or record.maybe("summary") or key
        name = names.of(title)
        draft = Drafted(found, f"policy {name}")
        for rule in record.records("escalation_rules"):
            draft.step(_targets(rule, draft, people, schedules))
            draft.wait(rule.number("escalation_delay_in_minutes", 30))
        draft.passes(record.number("num_loops", 0))
        written = draft.finish()
        if written is not None:
            policies[key] = name
            found.policies[name] = written
            found.origins["policies", name] = f"PagerDuty escalation policy {title} ({key})"
    _services(bundle, found, policies, teams)


def _targets(
    rule: Record, draft: Drafted, people: Mapping[str, str], schedules: Mapping[str, str]
) -> list[Any]:
    strategy = rule.record("escalation_rule_assignment_strategy")
    kind = strategy.maybe("type") if strategy is not None else None
    users: list[str] = []
    rotas: list[str] = []
    for target in rule.records("targets"):
        key, what = target.text("id"), target.maybe("type") or ""
        if what.startswith("user"):
            _add(draft, users, people, key, "user")
        elif what.startswith("schedule"):
            _add(draft, rotas, schedules, key, "schedule")
        else:
            draft.found.left_out(draft.what, f"a target of the kind {what or 'unknown'} ({key})")
    if kind == "round_robin":
        if rotas:
            why = "takes turns among schedules too; here all of them are asked"
            draft.found.approximated(draft.what, why)
        turns: list[Any] = [{"round_robin": users}] if users else []
        return [*turns, *(f"schedule:{s}" for s in rotas)]
    if kind not in (None, "assign_to_everyone"):
        draft.found.approximated(draft.what, f"the strategy {kind}: here everybody is asked")
    return [*(f"person:{u}" for u in users), *(f"schedule:{s}" for s in rotas)]


def _add(draft: Drafted, to: list[str], known: Mapping[str, str], key: str, what: str) -> None:
    if key in known:
        to.append(known[key])
    else:
        draft.found.left_out(draft.what, f"asks {what} {key}, who is not among those imported")


def _services(
    bundle: Bundle, found: Imported, policies: Mapping[str, str], teams: Mapping[str, str]
) -> None:
    names = Names("service")
    for key, service in bundle.by_id("services").items():
        title = service.maybe("name") or service.maybe("summary") or key
        policy = policies.get(service.ref("escalation_policy") or "")
        if policy is None:
            found.left_out(f"service {title}", "its escalation policy is not among those imported")
            continue
        route: dict[str, Any] = {"name": names.of(title), "match": {"service": glob(title)}}
        owners = [teams[t] for t in service.ids("teams") if t in teams]
        if owners:
            route["team"] = owners[0]
        found.routes.append({**route, "policy": policy})
        found.origins["routes", route["name"]] = f"PagerDuty service {title} ({key})"
        found.approximated(
            f"service {title}",
            "found by its integration key there; here by the label service of an alert",
        )
        _extras(found, service, title)


def _extras(found: Imported, service: Record, title: str) -> None:
    if service.maybe("status") == "disabled":
        found.approximated(f"service {title}", "was disabled; its route is in force here")
    urgency = service.record("incident_urgency_rule")
    kind = urgency.maybe("type") if urgency is not None else None
    if kind == "use_support_hours" or (urgency is not None and urgency.maybe("urgency") == "low"):
        found.left_out(f"service {title}", "its urgency rule: every incident follows the policy")
    if service.get("auto_resolve_timeout"):
        found.left_out(f"service {title}", "its auto-resolve timeout")
