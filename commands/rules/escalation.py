"""What a policy does next, and whom a step asks: pure, with reasons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from commands.rules import drills, hours
from commands.rules.oncall.availability import away_at
from commands.rules.oncall.duty import duty, on_schedule, schedule_of
from store.model import (
    MINUTE,
    AlertCount,
    Definitions,
    Instant,
    Person,
    Policy,
    Rule,
    Severity,
    Step,
)
from store.model.chats import chat_of

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


NOBODY = "nobody: replayed"
"""The policy of an incident opened without paging; it goes before a definition so named."""


def policy_of(definitions: Definitions, name: str | None) -> Policy:
    """The named policy, that of a drill, else the one called ``default``, else the built-in two
    steps; under ``NOBODY`` one that asks nobody."""
    if name == NOBODY:
        return Policy(NOBODY, (Step(()),))
    return (
        definitions.policies.get(name or "default")
        or drills.derived(name or "", definitions.policies, BUILT_IN)
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


def escalates_to(policy: Policy, step: int, wanted: int | None = None) -> int | None:
    """Where a person's escalation goes: the step wanted, else the next, after the last one the
    first again (E6); None where the policy has no such step."""
    if wanted is None:
        wanted = step + 1 if step + 1 < len(policy.steps) else 0
    return wanted if 0 <= wanted < len(policy.steps) else None


Counted = Callable[[AlertCount], int]
"""How many alerts of an incident a condition counts."""


def one_alert(wanted: AlertCount) -> int:
    """What an incident has that just opened."""
    return 1


def applies(
    step: Step, severity: Severity, at: Instant, zone: str = "UTC", alerts: Counted = one_alert
) -> bool:
    """Whether a step's conditions hold at an instant (E2)."""
    return unmet(step, severity, at, zone, alerts) is None


def unmet(
    step: Step, severity: Severity, at: Instant, zone: str = "UTC", alerts: Counted = one_alert
) -> tuple[str, str] | None:
    """The condition of a step that does not hold, ``severity``, ``hours`` or ``alerts``, and a
    sentence. ``zone`` is the team's, for hours that name none.

    A step that does not apply is skipped at once (E2); Grafana OnCall's pauses there until another
    alert comes, or until the hours begin.
    """
    if step.severity and str(severity) not in step.severity:
        return "severity", f"It is not for {severity}."
    if step.hours is not None:
        wanted = hours.local(step.hours, zone)
        if not hours.holds(wanted, at):
            return "hours", f"It is for {hours.words(wanted)}."
    if step.alerts is not None and (there := alerts(step.alerts)) <= step.alerts.more_than:
        return "alerts", f"It is for {count_words(step.alerts)}; there {_is(there)}."
    return None


def count_words(wanted: AlertCount) -> str:
    """``more than 5 alerts in 10 min``."""
    said = f"more than {wanted.more_than} alert{'' if wanted.more_than == 1 else 's'}"
    return f"{said} in {wanted.within} min" if wanted.within else said


def _is(number: int) -> str:
    return "is 1" if number == 1 else f"are {number}"


def heard_since(wanted: AlertCount, last: Instant) -> Instant:
    """From when on the alerts count: back from the last one, as Grafana OnCall counts; 0 is all."""
    return last - wanted.within * MINUTE if wanted.within else 0


def zone_of(definitions: Definitions, team: str | None) -> str:
    """Whose clock the hours of a team's steps are read on."""
    found = definitions.teams.get(team or "")
    if found is None:
        return "UTC"
    schedule = schedule_of(definitions, found)
    return found.zone or (schedule.zone if schedule is not None else "UTC")


def local(policy: Policy, zone: str) -> Policy:
    """A policy whose hours all name a zone."""
    if not any(step.hours and not step.hours.zone for step in policy.steps):
        return policy
    steps = (
        replace(step, hours=hours.local(step.hours, zone)) if step.hours else step
        for step in policy.steps
    )
    return replace(policy, steps=tuple(steps))


def hands_over(step: Step) -> str | None:
    """The policy that goes on from this step, if it is one that hands over."""
    kind, _, name = step.targets[0].partition(":") if len(step.targets) == 1 else ("", "", "")
    return name if kind == "policy" else None


def in_turn(step: Step) -> bool:
    """Whether a step asks some of its people in turn."""
    return any(target.startswith("round_robin:") for target in step.targets)


def longest_turn(step: Step) -> int:
    """How many a step asks in turn; 0 where it asks nobody so."""
    lists = (t.partition(":")[2] for t in step.targets if t.startswith("round_robin:"))
    return max((len(names.split(",")) for names in lists), default=0)


def resolve(
    targets: Sequence[str],
    definitions: Definitions,
    team: str | None,
    at: Instant,
    turn: int | None = None,
) -> list[Asked]:
    """The people behind targets at an instant, each once (E1).

    ``turn`` says whose turn it is of those who are asked in turn; without it they are all there.
    """
    found: dict[str, Asked] = {}
    for target in targets:
        for handle, why in _people(target, definitions, team, at, turn):
            person = definitions.people.get(handle)
            if person is not None and handle not in found:
                found[handle] = Asked(person, why)
    return list(found.values())


def _people(
    target: str, definitions: Definitions, own_team: str | None, at: Instant, turn: int | None
) -> list[tuple[str, str]]:
    kind, _, name = target.partition(":")
    if kind == "person":
        return [(name, "named by the policy")]
    if kind == "schedule":
        return [(each.person, each.why) for each in on_schedule(definitions, name, at)]
    if kind == "round_robin":
        return _in_turn(name.split(","), definitions, turn)
    if kind == "duty":
        return _duty(definitions, name, own_team, at)
    team = definitions.teams.get(name or own_team or "")
    if team is None:
        return []
    if kind == "oncall":
        return [(each.person, each.why) for each in duty(definitions, team, at)]
    if kind == "lead":
        return _holds(definitions, team.lead, at, f"lead of team {team.name}")
    if kind == "manager":
        return _holds(definitions, team.manager, at, f"manager of team {team.name}")
    if kind == "team":
        return [(m, f"member of team {team.name}") for m in team.members]
    return []


def _holds(
    definitions: Definitions, holder: str | None, at: Instant, what: str
) -> list[tuple[str, str]]:
    """Who holds a duty: the person named, or who is on call in the schedule named."""
    if not holder:
        return []
    kind, colon, name = holder.partition(":")
    if not colon:
        return [(holder, what)]
    found = on_schedule(definitions, name, at, what) if kind == "schedule" else ()
    return [(each.person, each.why) for each in found]


def _duty(
    definitions: Definitions, name: str, own_team: str | None, at: Instant
) -> list[tuple[str, str]]:
    """Who holds a duty of a team's own: ``dba``, or ``dba:db`` of another team."""
    duty_name, _, team_name = name.partition(":")
    team = definitions.teams.get(team_name or own_team or "")
    if team is None:
        return []
    return _holds(definitions, team.duties.get(duty_name), at, f"{duty_name} of team {team.name}")


_TOLD = ("channel", "action")


def told(targets: Sequence[str]) -> tuple[str, ...]:
    """The targets that are told or started and are nobody: channels and actions."""
    return tuple(t for t in dict.fromkeys(targets) if t.partition(":")[0] in _TOLD)


def whom(
    targets: Sequence[str],
    definitions: Definitions,
    team: str | None,
    at: Instant,
    turn: int | None = None,
) -> tuple[str, ...]:
    """The handles behind targets who are not away at an instant, then the channels and actions."""
    people = (a.person.handle for a in resolve(targets, definitions, team, at, turn))
    there = (h for h in people if away_at(definitions, h, at) is None)
    return (*there, *told(targets))


def _in_turn(
    handles: Sequence[str], definitions: Definitions, turn: int | None
) -> list[tuple[str, str]]:
    """Whose turn it is (E8); who is no longer there is passed over."""
    if turn is None:
        return [(handle, "asked in turn") for handle in handles]
    order = (handles[(turn + i) % len(handles)] for i in range(len(handles)))
    return [(h, "next in turn") for h in order if h in definitions.people][:1]


def reachable(
    person: Person,
    important: bool,
    also: Collection[str] = (),
    channels: Collection[str] = (),
) -> tuple[Rule, ...]:
    """Those of a person's rules whose contact is known, ``also`` by other ways than the person's
    definition; none of them: one e-mail at once.

    Who has no rules is asked by every contact at once, the chat first, e-mail always (E4), and by
    those of ``channels`` they have an address for.
    """
    chosen = person.important if important and person.important else person.rules
    others = dict.fromkeys((*person.contacts, *sorted(also)))
    every = ("slack", "discord", "email", *(via for via in others if via in channels))
    wanted = chosen or tuple(Rule(0, via) for via in every)
    known = {*person.contacts, *also, *(("email",) if person.email else ())}
    known |= {chat_of(via) for via in known}
    rules = tuple(r for r in wanted if r.via in known)
    return rules or ((Rule(0, "email"),) if person.email else ())


def last_rule_at(rules: Sequence[Rule], now: Instant) -> Instant:
    """When the last of a person's rules runs."""
    return now + max((r.after for r in rules), default=0) * MINUTE
