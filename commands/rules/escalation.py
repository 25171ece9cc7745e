"""What a policy does next, and whom a step asks: pure, with reasons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from store.model import (
    MINUTE,
    Definitions,
    Instant,
    Person,
    Policy,
    Rule,
    Severity,
    Step,
)

BUILT_IN = Policy(
    name="default",
    steps=(Step(targets=("oncall",), delay=5), Step(targets=("lead",), delay=5)),
    repeat=2,
    fallback=("team",),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A person a step asks, and why that person."""

    person: Person
    why: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a policy goes: a step of a pass, the ``fallback``, or ``end``."""

    kind: str
    step: int = 0
    loop: int = 0


def policy_of(definitions: Definitions, name: str | None) -> Policy:
    """The named policy, else the one called ``default``, else the built-in two steps."""
    return (
        definitions.policies.get(name or "default")
        or definitions.policies.get("default")
        or BUILT_IN
    )


def after(policy: Policy, step: int, loop: int) -> Turn:
    """What follows a step of a pass (E3): next step, next pass, then the fallback."""
    if step + 1 < len(policy.steps):
        return Turn("step", step + 1, loop)
    if loop < policy.repeat and policy.steps:
        return Turn("step", 0, loop + 1)
    return Turn("fallback", step, loop)


def applies(step: Step, severity: Severity) -> bool:
    """Whether a step's severity condition holds now."""
    return not step.severity or str(severity) in step.severity


def resolve(targets: Sequence[str], definitions: Definitions, team: str | None) -> list[Asked]:
    """The people behind targets at this moment, each once (E1)."""
    found: dict[str, Asked] = {}
    for target in targets:
        for handle, why in _people(target, definitions, team):
            person = definitions.people.get(handle)
            if person is not None and handle not in found:
                found[handle] = Asked(person, why)
    return list(found.values())


def _people(target: str, definitions: Definitions, own_team: str | None) -> list[tuple[str, str]]:
    kind, _, name = target.partition(":")
    if kind == "person":
        return [(name, "named by the policy")]
    team = definitions.teams.get(name or own_team or "")
    if team is None:
        return []
    if kind == "oncall" and team.oncall:
        return [(team.oncall, f"on call for team {team.name}")]
    if kind == "lead" and team.lead:
        return [(team.lead, f"lead of team {team.name}")]
    if kind == "team":
        return [(m, f"member of team {team.name}") for m in team.members]
    return []


def reachable(person: Person, important: bool, also: Collection[str] = ()) -> tuple[Rule, ...]:
    """Those of a person's rules whose contact is known, ``also`` by other ways than the person's
    definition; none of them: one e-mail at once.

    Who has no rules is asked by every contact at once, the chat first, e-mail always (E4).
    """
    chosen = person.important if important and person.important else person.rules
    wanted = chosen or tuple(Rule(0, via) for via in ("slack", "discord", "email"))
    known = {*person.contacts, *also, *(("email",) if person.email else ())}
    rules = tuple(r for r in wanted if r.via in known)
    return rules or ((Rule(0, "email"),) if person.email else ())


def last_rule_at(rules: Sequence[Rule], now: Instant) -> Instant:
    """When the last of a person's rules runs."""
    return now + max((r.after for r in rules), default=0) * MINUTE
