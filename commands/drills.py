"""Drills: a path is tried end to end with real pages, marked as an exercise, scored, and ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from commands import notices
from commands.about import ACT
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid
from commands.intake import Arrived, Intake
from commands.oncall import READ, zone_of
from commands.prove import contacts
from commands.registry import arg, command, query
from commands.rules import drills as rules
from commands.rules import escalation, reach
from commands.rules.drills import Plan
from commands.rules.reach import Place
from commands.rules.score import score
from commands.told import Told
from commands.words import bare_clock, date, duration, moment, surface_name
from store import access, incidents, paged, upkeep
from store import drills as rows
from store.clock import iso
from store.drills import Drill
from store.model import (
    MINUTE,
    SECOND,
    AlertReading,
    AlertStatus,
    Definitions,
    Incident,
    IncidentStatus,
    Policy,
    Route,
    Severity,
)

ABOUT, SOURCE = "drill", "drill"
LISTED = 10
_GROUP = ("drill", "team", "policy")
_NIGHT = (22, 7)
_LOOKED = "drills looked at"
_SEVERITIES = tuple((str(s), str(s).capitalize()) for s in Severity)


@dataclass(frozen=True, slots=True)
class DrillArgs:
    """Arguments of ``drill``."""

    what: str = arg("word", "A team or a policy.")
    severity: str = arg("choice", "How bad it is made out to be.", choices=_SEVERITIES,
                        default="critical")  # fmt: skip
    steps: int = arg("number", "How many steps of the policy it may take.", default=rules.STEPS)
    now: bool = arg("flag", "Even if it is night for who is paged first.", default=False)


@command("drill", group="ops", permission=ACT, args=DrillArgs, example="drill db")
def drill(ctx: Ctx, args: DrillArgs) -> Done:
    """Page whoever is on call as an exercise, and score how it went."""
    team, policy = _meant(ctx.definitions, args.what)
    if not 1 <= args.steps <= 20:
        raise Invalid("Between 1 and 20 steps.", "steps")
    if args.severity not in list(Severity):
        raise Invalid(f"{args.severity} is not a severity: {', '.join(Severity)}.", "severity")
    plan = Plan(team, policy, severity=args.severity, steps=args.steps)
    _refuse(ctx, plan, args)
    begun = begin(ctx, plan, ctx.actor.id)
    return Done(
        f"Drill #{begun.incident_id} pages the first {plan.steps} steps of {begun.policy}. "
        f"It ends by itself in {rules.MINUTES} min.",
        aloud=True,
    )


def _meant(known: Definitions, what: str) -> tuple[str | None, str | None]:
    """The team and the policy that are meant; without a team its routes say which."""
    kind, colon, name = what.partition(":")
    name = name if colon else what
    if name in known.teams and kind != "policy":
        return name, None
    if name in known.policies:
        route = next((r for r in known.routes if r.policy == name), None)
        return (route.team if route else None), name
    there = [f"team {n}" for n in sorted(known.teams)]
    there += [f"policy {n}" for n in sorted(known.policies)]
    raise Invalid(f"There is no team or policy {name}. There are: {', '.join(there[:8])}.", "what")


def _refuse(ctx: Ctx, plan: Plan, args: DrillArgs) -> None:
    """A drill that pages nobody, twice at once, or at night, is not begun."""
    if ctx.rules.shadow is not None:
        raise Conflict("Shadow mode is on: nobody is paged, so a drill would show nothing.")
    policy = _policy(ctx.definitions, plan)
    if any(d.policy == policy.name and d.team == plan.team for d in rows.running(ctx.tx)):
        raise Conflict(f"A drill of {policy.name} is running already.")
    small = rules.derived(rules.name_of(policy.name, plan.steps), _all(ctx, policy), policy)
    asked = reach.first_asked(
        ctx.definitions,
        Place(small or policy, plan.team, "a drill"),
        Severity(plan.severity),
        ctx.now,
        contacts(ctx.tx, ctx.rules),
    ).asked
    night = next((a.person for a in asked if _is_night(ctx.now, a.person.zone)), None)
    if night is not None and not args.now:
        clock = bare_clock(ctx.now, night.zone)
        raise Conflict(
            f"It is {clock} for {night.name}. To wake them anyway: drill {args.what} --now"
        )


def _all(ctx: Ctx, policy: Policy) -> dict[str, Policy]:
    return {**ctx.definitions.policies, policy.name: policy}


def _is_night(at: int, zone: str) -> bool:
    hour = moment(at, zone).hour
    return hour >= _NIGHT[0] or hour < _NIGHT[1]


def _policy(known: Definitions, plan: Plan) -> Policy:
    route = _route(known, plan)
    return escalation.policy_of(known, plan.policy or (route.policy if route else None))


def _route(known: Definitions, plan: Plan) -> Route | None:
    mine = [r for r in known.routes if r.team == plan.team]
    named = (r for r in mine if plan.policy and r.policy == plan.policy)
    return next(named, mine[0] if mine else None)


# ---- beginning and ending ----------------------------------------------------------------------


def begin(ctx: Ctx, plan: Plan, by: str) -> Drill:
    """Open the drill's incident through intake, under the first steps of its policy."""
    policy, route = _policy(ctx.definitions, plan), _route(ctx.definitions, plan)
    number = ctx.tx.ids.next(ctx.now)
    place = Route(
        "drill",
        team=plan.team,
        policy=rules.name_of(policy.name, plan.steps),
        channels=route.channels if route else (),
        group_by=_GROUP,
    )
    accepted = _heard(ctx, place, _reading(plan, policy, number, AlertStatus.FIRING))
    assert accepted is not None
    found = Drill(
        number, accepted, policy.name, plan.team, ctx.now, ctx.now + rules.MINUTES * MINUTE, by,
        plan.severity, plan.steps, place.channels,
    )  # fmt: skip
    rows.start(ctx.tx, found)
    who = "The plan" if by == "plan" else ctx.name_of(by)
    why = f"It takes the first {plan.steps} steps of {policy.name} at most."
    ctx.tell(accepted, "drill", f"{who} began this drill.", why)
    return found


def _reading(plan: Plan, policy: Policy, number: int, status: AlertStatus) -> AlertReading:
    of = f"team {plan.team}" if plan.team else f"policy {policy.name}"
    team = {"team": plan.team} if plan.team else {}
    labels = {"drill": "yes", **team, "policy": policy.name}
    return AlertReading(
        f"drill-{number}",
        status,
        Severity(plan.severity),
        f"DRILL for {of}",
        severity_raw=plan.severity,
        description="An exercise, nothing is broken. Acknowledge it as you would at night.",
        labels=labels,
    )


def _heard(ctx: Ctx, route: Route, reading: AlertReading) -> int | None:
    """What intake makes of it where this route takes everything."""
    known = replace(ctx.definitions, routes=(route,), alert_rules=())
    source = access.source(ctx.tx, ctx.now, SOURCE, SOURCE)
    intake = Intake(replace(ctx, definitions=known))
    return intake.run([Arrived(source, (reading,), ctx.now)])[0].incident_id


def minute(ctx: Ctx) -> None:
    """Begin the planned drills that are due, end those that are over."""
    last = upkeep.meta(ctx.tx, _LOOKED)
    upkeep.set_meta(ctx.tx, _LOOKED, str(ctx.now))
    for plan in ctx.rules.drills if ctx.rules.shadow is None else ():
        if rules.due(plan, int(last) if last else ctx.now, ctx.now) is not None:
            begin(ctx, plan, "plan")
    for each in rows.running(ctx.tx):
        incident = incidents.for_change(ctx.tx, each.incident_id)
        if incident is not None and _is_over(ctx, each, incident):
            end(ctx, each, incident)


def _is_over(ctx: Ctx, each: Drill, incident: Incident) -> bool:
    answered = incident.status is not IncidentStatus.TRIGGERED
    return answered or ctx.now >= each.ends_at


def end(ctx: Ctx, each: Drill, incident: Incident) -> None:
    """Score it, resolve it, and show the result in its channels."""
    result = score(incident, paged.pages(ctx.tx, incident.id))
    rows.end(ctx.tx, each, ctx.now, result)
    ctx.tell(incident.id, "drill", "The drill is over.", summary(result, ctx.definitions))
    plan = Plan(each.team, each.policy, severity=each.severity)
    over = _reading(plan, Policy(each.policy, ()), each.id, AlertStatus.RESOLVED)
    _heard(ctx, Route("drill", team=each.team, group_by=_GROUP), over)
    notices.post(ctx, f"{ABOUT}:{each.id}", each.places)


# ---- words -------------------------------------------------------------------------------------


def summary(result: Any, known: Definitions) -> str:
    """``Ana answered after 48 s from Slack. First page sent after 1 s.``"""
    if result["ack"] is not None:
        place = surface_name(result["place"] or "")
        who = known.name_of(result["by"])
        first = f"{who} answered after {duration(result['ack'])} from {place}."
    else:
        people = ", ".join(map(known.name_of, result["people"]))
        first = f"Nobody answered; paged: {people}." if people else "Nobody could be paged."
    if result["first_page"] is None:
        return f"{first} No page was sent."
    late = result["first_page"]
    when = f"after {duration(late)}" if late >= SECOND else "at once"
    return f"{first} First page sent {when}."


def details(result: Any, known: Definitions) -> Iterator[str]:
    """A line for each channel, and one for the contacts that stayed silent."""
    for via, of in result["channels"].items():
        counts = [f"{of['sent']} of {of['asked']} sent"]
        counts += [f"{of[word]} {word}" for word in ("delivered", "refused") if of[word]]
        yield f"{surface_name(via)}: {', '.join(counts)}"
    silent = [
        f"{known.name_of(s['person'])} by {surface_name(s['via'])} ({s['why']})"
        for s in result["silent"]
    ]
    if silent:
        yield f"Silent: {', '.join(silent)}"


@dataclass(frozen=True, slots=True)
class ListArgs:
    """``drill list`` needs nothing."""


@query("drill-list", group="ops", permission=READ, args=ListArgs, example="drill-list")
async def drill_list(view: View, args: ListArgs) -> Told:
    """The latest drills with their scores, and when the next ones come."""
    found = await view.read(lambda tx: rows.recent(tx, LISTED))
    zone, known = zone_of(view), view.definitions
    lines = [_one(each, known, zone) for each in found] or ["No drill yet. Try: drill <team>"]
    plans = [(rules.following(p, view.now), p) for p in view.rules.drills]
    for at, plan in sorted(plans, key=lambda each: each[0]):
        what = f"team {plan.team}" if plan.team else f"policy {plan.policy}"
        lines.append(f"Next: {date(at, zone)}, {what}")
    return Told(tuple(lines), {"drills": [_facts(each) for each in found]})


def _one(each: Drill, known: Definitions, zone: str) -> str:
    what = f"team {each.team}" if each.team else f"policy {each.policy}"
    head = f"#{each.incident_id} {date(each.at, zone)}, {what}"
    said = summary(each.score, known) if each.score else "running"
    return f"{head}: {said}"


def _facts(each: Drill) -> dict[str, Any]:
    return {
        "incident": str(each.incident_id),
        "policy": each.policy,
        "team": each.team,
        "severity": each.severity,
        "steps": each.steps,
        "by": each.by,
        "at": iso(each.at),
        "ended": iso(each.ended_at) if each.ended_at is not None else None,
        "score": dict(each.score) or None,
    }
