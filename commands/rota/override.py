"""``override``: somebody is on call in place of whoever is, beside them, or nobody instead."""

from __future__ import annotations

from dataclasses import dataclass

from commands.about import find_person
from commands.context import Ctx, Done, Offer
from commands.errors import Conflict, Invalid
from commands.registry import Button, arg, command
from commands.rota import ground, say
from commands.rota.ground import ACT, Made
from commands.rules.oncall import stretches
from commands.rules.oncall.clashes import clashes
from commands.rules.oncall.standins import StandIn, adding, removing, replacing
from commands.rules.range import Range
from store.model import Person
from store.model.oncall import Schedule

HOW = (
    ("replace", "In place of whoever is on call"),
    ("add", "Beside whoever is on call"),
    ("remove", "Take them off"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideArgs:
    """Arguments of ``override``."""

    how: str = arg("choice", "In whose place.", choices=HOW, default="replace")
    who: str = arg("person", "Who is on call then; with remove, who is not.")
    what: str = arg(
        "schedule", "A schedule, or a team that has one; yours if left out.", default=""
    )
    when: str = arg("range", "From when to when: sat 08:00-20:00, 24 dec - 2 jan.")
    instead: str = arg("named", "Only in this one's place.", only_if="typed", default="")
    reason: str = arg("text", "Why.", default="")


@command(
    "override",
    group="oncall",
    permission=ACT,
    args=OverrideArgs,
    example="override @ana db sat 08:00-20:00",
    about="duty",
    buttons=(Button("Override…", "more", ()),),
)
def override(ctx: Ctx, args: OverrideArgs) -> Done:
    """Put somebody in the place of whoever is on call for a while, beside them, or take one off."""
    one = ground.schedule(ctx, args.what)
    person = find_person(ctx, _name(ctx, args.who))
    ground.may_change(ctx, one)
    found = ground.when(ctx, args.when)
    instead = find_person(ctx, _name(ctx, args.instead)) if args.instead else None
    plan = _plan(ctx, one, person, found, args.how, instead)
    made: list[Made] = [(one, each) for each in plan.overrides]
    made += [(one, each) for each in plan.swaps]
    against = _against(ctx, one, person, found) if args.how != "remove" else []
    changes = ground.put(ctx, made, ground.short(args.reason))
    told = ground.tell(ctx, changes[0].id, (*plan.off, person.handle))
    where = ground.both(ctx, found.start, found.end, one.zone)
    first = f"{_deed(ctx, one, person, plan, args.how)}, {where}. {told}".strip()
    lines = [first, *found.remarks, *against, *_nobody(ctx, one, found)]
    undo = Offer("Undo", f"cmd:undo:{changes[0].id}:1")
    return Done("\n".join(lines), aloud=True, offers=(undo,))


def _name(ctx: Ctx, text: str) -> str:
    name = text.removeprefix("@").removeprefix("person:")
    return ctx.actor.id if name == "me" else name


def _plan(
    ctx: Ctx, one: Schedule, person: Person, found: Range, how: str, instead: Person | None
) -> StandIn:
    span = found.start, found.end
    on = {p for stretch in stretches(one, *span) for p in stretch.people}
    if how == "add":
        plan = adding(one, person.handle, *span)
    elif how == "remove":
        if person.handle not in on:
            raise Conflict(f"{person.name} is not on call in {one.name} then.")
        plan = removing(one, person.handle, *span)
    elif how == "replace":
        if instead is not None and instead.handle not in on:
            raise Conflict(f"{instead.name} is not on call in {one.name} then.")
        plan = replacing(one, person.handle, *span, instead.handle if instead else None)
    else:
        raise Invalid(f"{how}: say replace, add or remove.", "how")
    if plan is None:
        raise ground.in_the_way(one, *span, ctx.now)
    if not plan:
        raise Conflict(f"{person.name} is on call in {one.name} then already.")
    return plan


def _deed(ctx: Ctx, one: Schedule, person: Person, plan: StandIn, how: str) -> str:
    name = say.names(ctx.definitions, (person.handle,))
    if how == "remove":
        return f"{name} is off {one.name}"
    if how == "add":
        return f"{name} is on call beside the others in {one.name}"
    if plan.off:
        return f"{name} replaces {say.names(ctx.definitions, plan.off)} on {one.name}"
    return f"{name} is on call in {one.name}, where nobody was"


def _against(ctx: Ctx, one: Schedule, person: Person, found: Range) -> list[str]:
    """Looked up before the change, which would be one of them."""
    span = found.start, found.end
    known = clashes(ctx.definitions, person.handle, one.name, *span)
    who = "You" if person.handle == ctx.actor.id else say.names(ctx.definitions, (person.handle,))
    return say.against(known, who, *span, ground.zone_of(ctx), ctx.now)


def _nobody(ctx: Ctx, one: Schedule, found: Range) -> list[str]:
    """Where nobody is on call then, that is said at once."""
    now = ctx.definitions.schedules[one.name]
    empty = [s for s in stretches(now, found.start, found.end) if not s.on and not s.intended]
    if not empty:
        return []
    when = ground.both(ctx, empty[0].start, empty[0].end, one.zone)
    return [f"Nobody is on call in {one.name} {when}."]
