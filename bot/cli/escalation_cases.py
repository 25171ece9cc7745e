"""Cases of who is paged as definitions and actions: only their shapes, nothing that happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commands.rules import hours
from commands.rules.oncall import reading
from commands.rules.oncall.times import Unreadable
from store.model import Definitions, Instant, Person, Policy, Route, Rule, Severity, Step
from store.model.escalation import ACKNOWLEDGED, RESOLVED
from store.model.oncall import Schedule

Case = Mapping[str, Any]
MAIN = "policy"
"""The policy that the case's incident begins with."""


def definitions_of(case: Case) -> Definitions:
    """People, policies and schedules of a case; one route that leads to its policy."""
    zone = str(case.get("zone") or "UTC")
    written = {**_mapping(case, "policies"), MAIN: case.get("policy")}
    return Definitions(
        0,
        {n: _person(n, p, zone) for n, p in _mapping(case, "people").items()},
        {},
        (Route("case", policy=MAIN),),
        {n: policy_of(n, p, f"policies.{n}") for n, p in written.items()},
        {
            n: schedule_of(n, s, zone, f"schedules.{n}")
            for n, s in _mapping(case, "schedules").items()
        },
    )


def schedule_of(name: str, written: Any, zone: str, where: str) -> Schedule:
    """A schedule, with or without ``{zone, schedule}`` around it."""
    inner = written.get("schedule", written) if isinstance(written, Mapping) else written
    zone = str(written.get("zone") or zone) if isinstance(written, Mapping) else zone
    return reading.schedule(inner, zone, where, name)


def _person(handle: str, written: Case, zone: str) -> Person:
    rules, important = (_rules(written, k, f"people.{handle}") for k in ("rules", "important"))
    contacts = {r.via: handle for r in (*rules, *important) if r.via != "email"}
    address = f"{handle}@example.org"
    return Person(handle, handle, zone, address, ("responder",), contacts, rules, important)


def _rules(written: Case, key: str, where: str) -> tuple[Rule, ...]:
    found = mappings(_mapping_of(written, where), key, where)
    return tuple(Rule(_number(r, "after", 0, where), str(r.get("via"))) for r in found)


def policy_of(name: str, written: Any, where: str) -> Policy:
    """An escalation policy."""
    found = _mapping_of(written, where)
    steps = tuple(
        _step(s, f"{where}.steps[{i}]") for i, s in enumerate(mappings(found, "steps", where))
    )
    fallback = tuple(_target(t, f"{where}.fallback") for t in mappings(found, "fallback", where))
    return Policy(name, steps, _number(found, "repeat", 0, where), fallback)


def _step(written: Case, where: str) -> Step:
    condition = written.get("if") or {}
    worked = condition.get("hours")
    until = written.get("until") or ACKNOWLEDGED
    if until not in (ACKNOWLEDGED, RESOLVED):
        raise Unreadable(f"{until!r} is neither acknowledged nor resolved", f"{where}.until")
    return Step(
        targets=tuple(_target(t, f"{where}.targets") for t in mappings(written, "targets", where)),
        delay=_number(written, "delay", 5, where),
        important=bool(written.get("important")),
        severity=tuple(condition.get("severity") or ()),
        until=until,
        hours=hours.read(worked, "UTC", f"{where}.if.hours") if worked else None,
        multi_ack=bool(written.get("multi_ack")),
    )


def _target(written: Any, where: str) -> str:
    for kind, name in _mapping_of(written, where).items():
        if kind == "round_robin":
            names = (next(iter(n.values())) if isinstance(n, Mapping) else n for n in name)
            return f"round_robin:{','.join(map(str, names))}"
        return f"{kind}:{name}"
    raise Unreadable("names nobody", where)


def severity_of(written: Any, where: str) -> Severity:
    """One of the four severities."""
    try:
        return Severity(written)
    except ValueError:
        raise Unreadable(f"{written!r} is none of {', '.join(Severity)}", where) from None


def instant_of(written: Any, where: str) -> Instant:
    """An instant with its offset; Unreadable says where it is not one."""
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Unreadable(f"{written!r} is no instant like 2026-07-15T10:00:00+00:00", where)
    return round(at.timestamp() * 1000)


def _mapping(case: Case, key: str) -> Case:
    return _mapping_of(case.get(key) or {}, key)


def _mapping_of(written: Any, where: str) -> Case:
    if isinstance(written, Mapping):
        return written
    raise Unreadable("must be a mapping", where)


def mappings(case: Case, key: str, where: str = "") -> list[Any]:
    """A list of mappings; one that is absent is empty."""
    found = case.get(key) or []
    if isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        return found
    raise Unreadable("must be a list of mappings", f"{where}.{key}".strip("."))


def _number(case: Case, key: str, default: int, where: str) -> int:
    value = case.get(key)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Unreadable(f"{value!r} is no whole number", f"{where}.{key}")
