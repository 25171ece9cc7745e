"""``away``: time off, the shifts that it touches, and cover for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commands import rights
from commands.about import find_person
from commands.context import Ctx, Done, Offer, View
from commands.errors import Denied, Invalid
from commands.oncall import READ, named, zone_of
from commands.registry import Button, arg, command, query
from commands.rota import covering, ground, say
from commands.rules.oncall.duty import turns
from commands.told import Told
from store import covers, definitions
from store.definitions import AWAY
from store.model import DAY, Person, Team
from store.model.cover import Cover, CoverState
from store.model.oncall import Away, Schedule, Shift

MOST, _SHOWN = 4, 20
_LONGEST = 366 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayArgs:
    """Arguments of ``away``."""

    who: str = arg("person", "Somebody else, for editors.", only_if="typed", default="")
    when: str = arg("range", "From when to when: 24 dec - 2 jan, fri, 2h.")
    reason: str = arg("text", "Why; others see it.", default="")


@command(
    "away",
    group="oncall",
    permission="self",
    args=AwayArgs,
    example="away 24 dec - 2 jan",
    buttons=(Button("Time off…", "more", ()),),
)
def away(ctx: Ctx, args: AwayArgs) -> Done:
    """Enter your time off; shifts that it touches are listed, with a button that asks for cover."""
    person = _whose(ctx, args.who)
    found = ground.when(ctx, args.when)
    if found.end - found.start > _LONGEST:
        raise Invalid("That is longer than a year.", "when")
    start = max(found.start, ctx.now) if not found.whole else found.start
    number = covers.numbers(ctx.tx)[0]
    entry = Away(person.handle, start, found.end, ground.short(args.reason), number)
    ctx.define({(AWAY, str(number)): definitions.row_of(entry)})
    zone = ground.zone_of(ctx)
    who = "You are" if person.handle == ctx.actor.id else f"{person.name} is"
    said = say.span(entry.start, entry.end, zone, ctx.now)
    if not found.whole:
        ctx.said(said, entry.start, entry.end)
    lines = [f"{who} away {said}.", *found.remarks]
    offers = [Offer("Undo", f"cmd:undo:{number}:1")]
    shifts = list(_shifts(ctx, entry))
    for one, shift in shifts[:MOST]:
        when = ground.both(ctx, shift.start, shift.end, one.zone)
        lines.append(f"{who} on call in {one.name} {when}.")
        if person.handle == ctx.actor.id:
            offers.append(_cover(ctx, entry, one, shift))
    if len(shifts) > MOST:
        lines.append(f"And {len(shifts) - MOST} more shifts. See: shifts {person.handle}")
    always = [t.name for t in ctx.definitions.teams.values() if t.oncall == person.handle]
    lines += [f"{who} on call for team {name} at all times: nobody else is." for name in always]
    return Done("\n".join(lines), aloud=True, offers=tuple(offers))


def _whose(ctx: Ctx, who: str) -> Person:
    if not who:
        return ground.me(ctx)
    person = find_person(ctx, who.removeprefix("@"))
    if person.handle != ctx.actor.id and not ground.is_editor(ctx):
        able = rights.names(ctx.definitions, ground.WRITE, (), ctx.now)
        why = f"The time off of others needs {ground.WRITE}."
        raise Denied(why, ground.WRITE, (person.name, *able)[:5])
    return person


def _shifts(ctx: Ctx, entry: Away) -> Iterator[tuple[Schedule, Shift]]:
    """The shifts that time off touches, whole, with what of them is before and after it."""
    for one in ctx.definitions.schedules.values():
        yield from ((one, shift) for shift in turns(one, entry.person, entry.start, entry.end))


def _cover(ctx: Ctx, entry: Away, one: Schedule, shift: Shift) -> Offer:
    """A request that is shown to nobody yet; its button asks the others."""
    request = Cover(
        0, one.name, entry.person, shift.start, shift.end, CoverState.DRAFT,
        reason=entry.reason, by=entry.person,
    )  # fmt: skip
    draft = covering.new(ctx, request, draft=True)
    day = say.span(shift.start, shift.end, one.zone, ctx.now)
    return Offer(f"Ask for cover {day}", f"cmd:ask-cover:{draft.id}:1")


@dataclass(frozen=True, slots=True)
class AwayListArgs:
    """Arguments of ``away-list``."""

    who: str = arg("duty", "A person or a team; everybody if left out.", default="")


@query("away-list", group="oncall", permission=READ, args=AwayListArgs, example="away-list")
async def away_list(view: View, args: AwayListArgs) -> Told:
    """Who is away, now and in what is to come."""
    known = view.definitions
    wanted = _wanted(view, args.who) if args.who else {*known.people}
    found = [each for each in known.away if each.end > view.now and each.person in wanted]
    lines = tuple(_line(view, each) for each in found[:_SHOWN])
    return Told(lines or ("Nobody is away.",), {"away": list(map(_fact, found))})


def _wanted(view: View, who: str) -> set[str]:
    """A person, or the members of a team; who may be on call in a schedule."""
    found = named(view.definitions, who, view.actor.id, "who")
    if isinstance(found, Person):
        return {found.handle}
    if isinstance(found, Team):
        return {*found.members}
    return ground.people_of(view.definitions, found.name)


def _fact(each: Away) -> dict[str, object]:
    """One entry for programs."""
    return {
        "change": each.id, "person": each.person, "starts_at": each.start, "ends_at": each.end,
        "reason": each.reason, "calendar": each.calendar,
    }  # fmt: skip


def _line(view: View, each: Away) -> str:
    when = say.span(each.start, each.end, zone_of(view), view.now)
    reason = f" · {each.reason}" if each.reason else ""
    undo = f" · undo {each.id}" if each.id and each.person == view.actor.id else ""
    where = f" · calendar {each.calendar}" if each.calendar else ""
    return f"{view.definitions.name_of(each.person)} · {when}{reason}{where}{undo}"
