"""Whom a policy asks first at an instant, and when it would ask nobody: pure, by the functions that
page. A step that asks nobody is skipped at once, so that one instant decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from commands.rules import escalation
from commands.rules.escalation import Asked, Turn
from commands.rules.oncall import stretches
from commands.rules.oncall.availability import away_at
from commands.rules.oncall.precedence import intends
from commands.rules.oncall.wall import cut
from store.model import (
    MINUTE,
    Definitions,
    Instant,
    Person,
    Policy,
    Severity,
    Step,
)
from store.model.oncall import Schedule


@dataclass(frozen=True, slots=True)
class Place:
    """A policy as incidents meet it: under a team, led there by a route (its name, in words)."""

    policy: Policy
    team: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """How people can be reached beside what their definition says: the chats that find accounts by
    e-mail, linked accounts by handle, and the channels that are configured."""

    by_email: frozenset[str] = frozenset()
    linked: Mapping[str, Collection[str]] | None = None
    channels: frozenset[str] = frozenset()

    def of(self, person: Person) -> set[str]:
        """The ways that reach a person besides."""
        found = set((self.linked or {}).get(person.handle, ()))
        return found | set(self.by_email if person.email else ())


@dataclass(frozen=True, slots=True)
class Reached:
    """Who is asked first; nobody where ``asked`` is empty. ``why`` says for each step passed over
    why; ``intended`` that somebody wanted nobody to be on call then."""

    asked: tuple[Asked, ...]
    where: str
    why: tuple[str, ...] = ()
    intended: str | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """From ``start`` to ``end`` nobody would be asked by a policy at these severities."""

    place: Place
    severities: tuple[Severity, ...]
    start: Instant
    end: Instant
    why: tuple[str, ...]
    intended: str | None = None


# ---- at an instant -----------------------------------------------------------------------------


def first_asked(
    known: Definitions, place: Place, severity: Severity, at: Instant, contacts: Contacts
) -> Reached:
    """Whom an incident that opens at an instant asks first, and what was passed over on the way.

    A step that tells a channel or starts an action takes its time, whoever else it asks; a pass in
    which one did is followed by the next. Who is away is passed over as if they were not there.
    """
    policy, been, why = place.policy, {place.policy.name}, dict[str, None]()
    zone = escalation.zone_of(known, place.team)
    turn, took = Turn("step") if policy.steps else Turn("fallback"), False
    while turn.kind == "step":
        step = policy.steps[turn.step]
        said = f"step {turn.step + 1} of {policy.name}"
        unmet = escalation.unmet(step, severity, at, zone)
        other = known.policies.get(escalation.hands_over(step) or "")
        if unmet is None and other is not None and other.name not in been:
            been.add(other.name)
            policy, turn, took = other, Turn("step"), False
            continue
        if unmet is None:
            asked, bad = _reachable(known, place.team, step, at, contacts)
            if asked:
                return Reached(asked, said, tuple(why))
            if escalation.told(step.targets):
                at, took = at + step.delay * MINUTE, True
            why[f"{said}: {bad}"] = None
        else:
            why[f"{said}: {unmet[1][:1].lower()}{unmet[1][1:].rstrip('.')}"] = None
        following = escalation.after(policy, turn.step, turn.loop)
        over = following.loop > turn.loop
        turn, took = Turn("fallback") if over and not took else following, took and not over
    return _fallback(known, policy, place.team, at, contacts, [*why])


def _fallback(
    known: Definitions,
    policy: Policy,
    team: str | None,
    at: Instant,
    contacts: Contacts,
    why: list[str],
) -> Reached:
    where = f"fallback of {policy.name}"
    if not policy.fallback:
        why.append(f"{policy.name} has no fallback")
        asked: tuple[Asked, ...] = ()
    else:
        step = Step(policy.fallback, important=True)
        asked, bad = _reachable(known, team, step, at, contacts)
        why += [] if asked else [f"{where}: {bad}"]
    wanted = None if asked else _intended(known, policy, team, at)
    return Reached(asked, where, tuple(why), wanted)


def _reachable(
    known: Definitions, team: str | None, step: Step, at: Instant, contacts: Contacts
) -> tuple[tuple[Asked, ...], str]:
    """Those a step asks for certain who can be reached; else why there is nobody.

    Of people who are asked in turn each must be reachable: it may be anybody's turn.
    """
    found: tuple[Asked, ...] = ()
    for turn in range(turns(step)) if escalation.in_turn(step) else (None,):
        asked = escalation.resolve(step.targets, known, team, at, turn)
        good = tuple(a for a in asked if not _unreachable(known, a, step.important, at, contacts))
        if not good:
            bad = [_unreachable(known, a, step.important, at, contacts) for a in asked]
            if not asked and (told := escalation.told(step.targets)):
                return (), f"it only tells {', '.join(told)}"
            return (), "; ".join(bad) or f"nobody is behind {', '.join(step.targets)}"
        found = good
    return found, ""


def turns(step: Step) -> int:
    names = (t.partition(":")[2] for t in step.targets if t.startswith("round_robin:"))
    return max(len(each.split(",")) for each in names)


def _unreachable(
    known: Definitions, asked: Asked, important: bool, at: Instant, contacts: Contacts
) -> str:
    """Why a person would not hear of it; empty where they would."""
    person = asked.person
    if not has_contact(person, important, contacts):
        return f"{person.name} has no contact that is known"
    if away_at(known, person.handle, at):
        return f"{person.name} is away"
    return ""


def has_contact(person: Person, important: bool, contacts: Contacts) -> bool:
    """Whether any of a person's rules has a contact that is known."""
    return bool(escalation.reachable(person, important, contacts.of(person), contacts.channels))


def _intended(known: Definitions, policy: Policy, team: str | None, at: Instant) -> str | None:
    for schedule in schedules_of(known, policy, team):
        if not intends(schedule):
            continue
        now = next(stretches(schedule, cut(at), cut(at) + 60_000))
        if now.intended is not None:
            return f"{schedule.name}: {now.intended}"
    return None


# ---- where incidents go ------------------------------------------------------------------------


def places(known: Definitions) -> list[Place]:
    """Every policy under every team it can meet: as routes lead there, and those no route names."""
    found: dict[tuple[str, str | None], Place] = {}

    def add(policy: Policy, team: str | None, by: str) -> None:
        found.setdefault((policy.name, team), Place(policy, team, by))

    for route in known.routes:
        add(escalation.policy_of(known, route.policy), route.team, f"route {route.name}")
    if not any(not route.match for route in known.routes):
        add(escalation.policy_of(known, None), None, "no route: an alert that matches none")
    met = {p.name for place in found.values() for p in closure(known, place.policy)}
    for policy in known.policies.values():
        if policy.name not in met:
            teams: Iterable[str | None] = known.teams if _of_a_team(policy) else (None,)
            for team in teams:
                add(policy, team, "by hand")
    return list(found.values())


def _of_a_team(policy: Policy) -> bool:
    targets = (*(t for s in policy.steps for t in s.targets), *policy.fallback)
    return any(t in ("oncall", "lead", "team") for t in targets)


def closure(known: Definitions, policy: Policy) -> list[Policy]:
    """A policy and those that go on from it."""
    found: dict[str, Policy] = {}
    waiting = [policy]
    while waiting:
        one = waiting.pop()
        if one.name not in found:
            found[one.name] = one
            names = (escalation.hands_over(step) or "" for step in one.steps)
            waiting += [known.policies[n] for n in names if n in known.policies]
    return list(found.values())


def schedules_of(known: Definitions, policy: Policy, team: str | None) -> list[Schedule]:
    """The schedules that decide whom a policy asks."""
    found: dict[str, Schedule] = {}
    for one in closure(known, policy):
        for target in (*(t for step in one.steps for t in step.targets), *one.fallback):
            held = behind(known, target, team)
            if held is not None:
                found[held.name] = held
    return list(found.values())


def behind(known: Definitions, target: str, team: str | None) -> Schedule | None:
    """The schedule that decides who is behind a target; None where none does."""
    kind, _, name = target.partition(":")
    if kind == "schedule":
        return known.schedules.get(name)
    what, _, name = name.partition(":") if kind == "duty" else (kind, "", name)
    of = known.teams.get(name or team or "")
    if of is None:
        return None
    held = {"oncall": of.oncall, "lead": of.lead, "manager": of.manager}
    holder = of.duties.get(what) if kind == "duty" else held.get(kind)
    word, _, schedule = (holder or "").partition(":")
    return known.schedules.get(schedule) if word == "schedule" else None


def alike(policies: list[Policy]) -> list[tuple[Severity, ...]]:
    """Severities that no step tells apart."""
    found: dict[tuple[bool, ...], list[Severity]] = {}
    for severity in Severity:
        steps = (step for policy in policies for step in policy.steps)
        key = tuple(not s.severity or str(severity) in s.severity for s in steps)
        found.setdefault(key, []).append(severity)
    return [tuple(each) for each in found.values()]
