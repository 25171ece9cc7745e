"""Asking somebody in particular: assign a person or a team, escalate to a step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import belongs, clock, lifecycle, paging, rights
from commands.about import (
    ACT,
    NEW,
    TAKEN,
    done,
    find_person,
    incident_arg,
    one_who_acts,
    open_one,
)
from commands.context import Ctx, Done
from commands.defining_rights import actions_of
from commands.errors import Conflict, Invalid
from commands.incidents import take
from commands.registry import Button, arg, command
from commands.rules import drills, escalation
from commands.rules.oncall.duty import duty
from commands.threads import say_in_threads
from store.model import Incident, Person, Policy


@dataclass(frozen=True, slots=True)
class Assign:
    """Arguments of ``assign``."""

    incident: int = incident_arg()
    who: str = arg("who", "A person or a team.")
    text: str = arg("text", "A word for them.", default="")


@command(
    "assign",
    group="incident",
    permission=ACT,
    args=Assign,
    example="assign 1842 omar",
    buttons=(Button("Assign…", "assign", (NEW, TAKEN)),),
)
def assign(ctx: Ctx, args: Assign) -> Done:
    """Ask a person or a team to take it; the policy waits for their answer."""
    incident = open_one(ctx, args.incident, "assign")
    asked, why = _assignee(ctx, args.who)
    person = one_who_acts(ctx, asked)
    if person.handle == ctx.actor.id:
        return take(ctx, incident, over=True)
    if person.handle == incident.holder:
        raise Conflict(f"{person.name} has #{incident.id} already.")
    reason = f"{ctx.actor.name} asks {person.name} ({why})"
    changed = paging.hold_for(ctx, incident, person, f"{reason}. {args.text}".strip(". "))
    if changed is None:
        raise Conflict(f"{person.name} can't be paged: no contact is known.")
    ctx.tell(incident.id, "assign", f"Assigned to {person.name}. {args.text}".strip(), f"{reason}.")
    ctx.save(changed)
    say_in_threads(ctx, changed, "assign", person=person.handle, text=args.text)
    return done(changed, f"{person.name} is asked to take #{incident.id}.")


def _assignee(ctx: Ctx, who: str) -> tuple[Person, str]:
    people, teams = ctx.definitions.people, ctx.definitions.teams
    name = who.removeprefix("@")
    if name == "me" and ctx.actor.id in people:
        name = ctx.actor.id
    if not name.startswith("team:") and (name in people or name not in teams):
        return find_person(ctx, name), "by name"
    name = name.removeprefix("team:")
    team = teams.get(name)
    if team is None:
        known = ", ".join(sorted(teams)) or "none yet"
        raise Invalid(f"There is no team {name}. Teams: {known}.", "who")
    for each in duty(ctx.definitions, team, ctx.now):
        return people[each.person], each.why
    if team.lead and team.lead in people:
        return people[team.lead], f"lead of team {team.name}"
    raise Invalid(f"Team {team.name} has nobody on call and no lead.", "who")


@dataclass(frozen=True, slots=True)
class Escalate:
    """Arguments of ``escalate``."""

    incident: int = incident_arg()
    step: int | None = arg("number", "The step to go to; the next one if left out.", default=None)
    policy: str = arg("named", "Another policy to go on with, from its first step.", default="")


@command(
    "escalate",
    group="incident",
    permission=ACT,
    args=Escalate,
    example="escalate 1842 to step 2",
    strict=True,
    buttons=(Button("Escalate", "escalate", (NEW, TAKEN), asks=True),),
)
def escalate(ctx: Ctx, args: Escalate) -> Done:
    """Page the next step now; the clock restarts there. Or go on with another policy."""
    incident = open_one(ctx, args.incident, "escalate")
    if args.policy:
        return _with_policy(ctx, incident, args)
    policy = clock.policy_of(ctx, incident)
    step = escalation.escalates_to(policy, incident.step, args.step)
    if step is None:
        raise Invalid(f"{policy.name} has steps 1 to {len(policy.steps)}.", "step")
    said = f"{ctx.actor.name} escalated to step {step + 1}."
    ctx.tell(incident.id, "escalate", said, "Asked by a person.")
    free = lifecycle.freed(ctx, paging.halt(ctx, incident))
    why = f"{ctx.actor.name} escalated to step {step + 1} of {policy.name}"
    return _paging(ctx, paging.reach(ctx, free, step, incident.loop, why))


def _with_policy(ctx: Ctx, incident: Incident, args: Escalate) -> Done:
    """What the old policy asks ends; the new one begins at once, as it is now (E6)."""
    if drills.is_drill(incident.policy):
        raise Conflict(f"#{incident.id} is a drill. A drill stays in its policy.")
    policy, known = _policy(ctx, args.policy), ctx.definitions
    step = escalation.escalates_to(policy, -1, args.step)
    if step is None:
        raise Invalid(f"{policy.name} has steps 1 to {len(policy.steps)}.", "step")
    more = actions_of(known, policy.name) - actions_of(known, incident.policy)
    for action in sorted(more):  # its steps start them without asking again
        rights.require(known, ctx.actor, action, belongs.of_incident(ctx.tx, incident.id), ctx.now)
    why = f"{ctx.actor.name} put it under {policy.name}"
    ctx.tell(incident.id, "escalate", f"{why}.", "Asked by a person.")
    version = ctx.definitions.version_id
    moved = replace(incident, policy=policy.name, policy_version_id=version, step=-1, loop=0)
    free = replace(lifecycle.released(ctx, moved, why), asking=incident.asking)
    return _paging(ctx, paging.reach(ctx, free, step, 0, f"{why}, step {step + 1}"))


def _policy(ctx: Ctx, name: str) -> Policy:
    found = ctx.definitions.policies.get(name)
    if found is None:
        known = ", ".join(sorted(ctx.definitions.policies)) or "none yet"
        raise Invalid(f"There is no policy {name}. Policies: {known}.", "policy")
    return found


def _paging(ctx: Ctx, changed: Incident) -> Done:
    if changed.next is not None and changed.next.why == clock.MAINTENANCE:
        return done(changed, "There is a maintenance: the step comes when it is over.")
    names = ", ".join(ctx.name_of(h) for h in changed.asking) or "nobody"
    return done(changed, f"Paging {names} now.")
