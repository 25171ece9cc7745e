"""Opsgenie escalations as policies: their delays count from the alert, ours from the last step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.imports.base import Imported, Names
from bot.imports.bundle import Bundle
from bot.imports.policies import Drafted
from bot.imports.records import Record

_UNITS = {"minutes": 1, "hours": 60, "days": 1440}
_LAST = 5

Known = Mapping[str, Mapping[str, str]]


def read(
    bundle: Bundle,
    found: Imported,
    people: Mapping[str, str],
    teams: Mapping[str, str],
    schedules: Mapping[str, str],
) -> dict[str, str]:
    """Policies by Opsgenie's ids of escalations."""
    names, policies = Names("policy"), {}
    known = {"user": people, "team": teams, "schedule": schedules}
    for key, record in bundle.by_id("escalations").items():
        title = record.maybe("name") or key
        name = names.of(title)
        draft = Drafted(found, f"policy {name}")
        rules = sorted(record.records("rules"), key=_delay)
        at = 0
        for delay, until, targets in _grouped(rules, draft, known):
            draft.wait(delay - at)
            draft.step(targets, until=until)
            at = delay
        _repeat(draft, record.record("repeat"))
        written = draft.finish()
        if written is not None:
            policies[key] = name
            found.policies[name] = written
            found.origins["policies", name] = f"Opsgenie escalation {title} ({key})"
    return policies


def _delay(rule: Record) -> int:
    delay = rule.record("delay")
    if delay is None:
        return 0
    unit = delay.maybe("timeUnit") or "minutes"
    if unit not in _UNITS:
        delay.bad("timeUnit", f"{unit} is none of {', '.join(_UNITS)}")
    return delay.number("timeAmount", 0) * _UNITS[unit]


def _grouped(
    rules: list[Record], draft: Drafted, known: Known
) -> Iterator[tuple[int, str, list[Any]]]:
    """Rules of the same minute and condition are one step."""
    held: tuple[int, str, list[Any]] | None = None
    for rule in rules:
        condition = rule.maybe("condition") or "if-not-acked"
        until = "resolved" if condition == "if-not-closed" else "acknowledged"
        if condition not in ("if-not-closed", "if-not-acked"):
            draft.found.approximated(draft.what, f"the condition {condition}: until acknowledged")
        targets = list(_targets(rule, draft, known))
        if held is not None and held[:2] == (_delay(rule), until):
            held[2].extend(t for t in targets if t not in held[2])
        else:
            if held is not None:
                yield held
            held = (_delay(rule), until, targets)
    if held is not None:
        yield held


def _targets(rule: Record, draft: Drafted, known: Known) -> Iterator[Any]:
    recipient = rule.record("recipient")
    if recipient is None:
        rule.bad("recipient", "is missing")
    kind, how = recipient.maybe("type") or "", rule.maybe("notifyType") or "default"
    among = known.get(kind, {})
    names = (recipient.maybe("id"), recipient.maybe("username"), recipient.maybe("name"))
    name = next((among[n] for n in names if n and n in among), None)
    if name is None:
        title = next((n for n in reversed(names) if n), "?")
        draft.found.left_out(draft.what, f"asks {kind} {title}, which is not among those imported")
    elif kind == "user":
        yield f"person:{name}"
    elif kind == "schedule":
        if how != "default":
            draft.found.approximated(
                draft.what, f"asks the {how} on call of {name}; here who is on call then"
            )
        yield f"schedule:{name}"
    else:
        yield from _of_team(name, how, draft)


def _of_team(name: str, how: str, draft: Drafted) -> Iterator[Any]:
    members = draft.found.teams[name]["members"]
    if how == "random" and members:
        draft.found.approximated(draft.what, f"asks anybody of {name}; here each in turn")
        yield {"round_robin": members}
    elif how == "admins" and draft.found.teams[name].get("lead"):
        draft.found.approximated(draft.what, f"asks the admins of {name}; here its lead")
        yield f"lead:{name}"
    else:
        if how not in ("default", "all", "users"):
            draft.found.approximated(draft.what, f"asks the {how} of {name}; here all of it")
        elif how == "default":
            why = f"goes by the routing rules of team {name}; here all of it is asked"
            draft.found.approximated(draft.what, why)
        yield f"team:{name}"


def _repeat(draft: Drafted, repeat: Record | None) -> None:
    count = repeat.number("count", 0) if repeat is not None else 0
    if repeat is None or count < 1:
        if draft.steps:
            draft.wait(_LAST)
        return
    draft.wait(repeat.number("waitInterval", 0) or _LAST)
    draft.passes(count)
    if repeat.flag("closeAlertAfterAll"):
        draft.found.left_out(draft.what, "closes the alert when all passes are over")
