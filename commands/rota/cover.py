"""``cover`` and its answers: others are asked to take a shift, whole or in part; the first wins."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import notices, pages
from commands.about import find_person
from commands.context import Ctx, Done, Offer, View
from commands.errors import Conflict, Denied, Invalid
from commands.oncall import READ, zone_of
from commands.registry import Button, arg, command, query
from commands.rota import covering, ground, say
from commands.rota.covering import OPEN, TAKEN, WAITING
from commands.rota.ground import ACT
from commands.rules.oncall.clashes import clashes
from commands.rules.oncall.duty import turns
from commands.told import Told
from commands.words import local
from store import covers
from store.model import DAY, Team
from store.model.cover import Cover, CoverState

COVER = "cover"
MOST = 10
_AHEAD = 60 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverArgs:
    """Arguments of ``cover``."""

    what: str = arg("schedule", "Which schedule, where you are in several.", default="")
    when: str = arg("range", "Your shift, or a part of it: sat 08:00-20:00.")
    who: str = arg("person", "Ask one person by name.", default="")
    reason: str = arg("text", "Why.", default="")


@command(
    "cover",
    group="oncall",
    permission=ACT,
    args=CoverArgs,
    example="cover sat 08:00-20:00 wedding",
    about="duty",
    buttons=(Button("Cover…", "more", ()),),
)
def cover(ctx: Ctx, args: CoverArgs) -> Done:
    """Ask the others to take a shift of yours, or a part of it."""
    person, found = ground.me(ctx), ground.when(ctx, args.when)
    only = ground.schedule(ctx, args.what).name if args.what else ""
    start = max(found.start, ctx.now)
    mine = covering.held(ctx.definitions, person.handle, start, found.end, only)
    if found.end - start > _AHEAD:
        raise Invalid("That is longer than 60 days: ask for less at once.", "when")
    if not mine and (always := [t for t in _teams(ctx) if t.oncall == person.handle]):
        raise Invalid(
            f"You always are on call for team {always[0].name}: it has no schedule.", "when"
        )
    if not mine:
        raise Invalid(f"You are not on call then. {_next(ctx, person.handle)}", "when")
    if len(mine) > 1:
        names = " and ".join(t.schedule for t in mine)
        example = f"cover {mine[0].schedule} {args.when}"
        raise Invalid(f"You are on call in {names} then. Which one? {example}", "what")
    turn = mine[0]
    to = find_person(ctx, args.who.removeprefix("@")).handle if args.who else ""
    if to == person.handle:
        raise Conflict("You can't take your own shift.")
    _once(ctx, turn.schedule, turn.start, turn.end)
    asked = covering.new(
        ctx,
        Cover(
            0, turn.schedule, person.handle, turn.start, turn.end, OPEN,
            reason=ground.short(args.reason), by=person.handle, to=to,
        ),
    )  # fmt: skip
    return _asked(ctx, asked, found.remarks)


def _teams(ctx: Ctx) -> list[Team]:
    return [*ctx.definitions.teams.values()]


def _next(ctx: Ctx, handle: str) -> str:
    ahead = [
        (t.start, one)
        for one in ctx.definitions.schedules.values()
        for t in turns(one, handle, ctx.now, ctx.now + _AHEAD)
    ]
    if not ahead:
        return "No shift of yours is in sight."
    at, one = min(ahead, key=lambda each: each[0])
    return f"Your next shift: {one.name}, {local(at, ground.zone_of(ctx), ctx.now)}."


def _once(ctx: Ctx, schedule: str, start: int, end: int) -> None:
    """Nobody is asked twice for the same hours."""
    for other in covers.pending(ctx.tx, ctx.now):
        same = (other.person, other.schedule) == (ctx.actor.id, schedule) and other.back is None
        if same and other.start < end and other.end > start:
            said = say.span(other.start, other.end, _zone(ctx, other), ctx.now)
            raise Conflict(f"You ask for cover then already: request {other.id}, {said}.")


def _zone(ctx: Ctx, one: Cover) -> str:
    known = ctx.definitions.schedules.get(one.schedule)
    return known.zone if known else "UTC"


def _asked(ctx: Ctx, asked: Cover, remarks: tuple[str, ...] = ()) -> Done:
    when = ground.both(ctx, asked.start, asked.end, _zone(ctx, asked))
    where = " and ".join(dict.fromkeys(place.partition(":")[2] for place in asked.posts))
    by = say.names(ctx.definitions, (asked.to,)) if asked.to else ""
    whom = by or (f"in {where}" if where else "each of the team")
    first = f"Asked {whom} for cover of {asked.schedule}, {when}."
    withdraw = Offer("Withdraw", f"cmd:withdraw:{asked.id}:{asked.rev}")
    return Done("\n".join([first, *remarks]), aloud=True, offers=(withdraw,))


@dataclass(frozen=True, slots=True)
class OneCover:
    """Arguments of what is done about one request."""

    cover: int = arg("noun", "The number of a cover request or swap.")


@command(
    "take",
    group="oncall",
    permission=ACT,
    args=OneCover,
    example="take 17",
    about=COVER,
    buttons=(Button("Take it", "more", (), asks=True),),
)
def take(ctx: Ctx, args: OneCover) -> Done:
    """Take the shift that somebody asks cover for."""
    found = _takeable(ctx, args.cover)
    span, zone = (max(found.start, ctx.now), found.end), ground.zone_of(ctx)
    known = clashes(ctx.definitions, ctx.actor.id, found.schedule, *span)
    done = covering.taken(ctx, found, ctx.actor.id)
    lines = [_has(ctx, done), *say.against(known, "You", *span, zone, ctx.now)]
    return Done("\n".join(lines), aloud=ctx.rev is None, offers=_undo(done))


def _takeable(ctx: Ctx, number: int) -> Cover:
    """A request that the actor may take."""
    found, person = covering.fetch(ctx, number), ground.me(ctx)
    if found.person == person.handle:
        raise Conflict("It is your own shift: others can take it.")
    covering.free(ctx, found)
    if found.back is not None:
        raise Conflict("It is a swap: agree or decline.")
    if found.to and found.to != person.handle:
        asked, by = (say.names(ctx.definitions, (h,)) for h in (found.to, found.person))
        raise Conflict(f"{by} asked {asked} by name.")
    if not pages.rules_of(ctx, person, False):
        raise Conflict("You can't be paged: no contact of yours is known.")
    return found


def _has(ctx: Ctx, done: Cover) -> str:
    when = ground.both(ctx, done.start, done.end, _zone(ctx, done))
    if done.state is WAITING:
        leads = say.names(ctx.definitions, ground.leads_of(ctx.definitions, done.schedule))
        return f"{leads} is asked for a yes: {done.schedule}, {when}."
    return f"You cover {done.schedule}, {when}."


def _undo(done: Cover) -> tuple[Offer, ...]:
    return (Offer("Undo", f"cmd:undo:{done.changes[0]}:1"),) if done.changes else ()


@dataclass(frozen=True, slots=True)
class PartArgs:
    """Arguments of ``part``."""

    cover: int = arg("noun", "The number of a cover request.")
    when: str = arg("range", "Which part: sat 08:00-12:00. The rest stays open.")


@command(
    "part",
    group="oncall",
    permission=ACT,
    args=PartArgs,
    example="part 17 sat 08:00-12:00",
    about=COVER,
    listed=False,
    buttons=(Button("Take part…", "more", ()),),
)
def part(ctx: Ctx, args: PartArgs) -> Done:
    """Take a part of the shift that somebody asks cover for; the rest stays open."""
    found, span = _takeable(ctx, args.cover), ground.when(ctx, args.when)
    start, end = max(span.start, found.start), min(span.end, found.end)
    if start >= end:
        when = ground.both(ctx, found.start, found.end, _zone(ctx, found))
        raise Invalid(f"That is no part of it. It is {when}.", "when")
    if (start, end) == (found.start, found.end):
        done = covering.taken(ctx, found, ctx.actor.id)
    else:
        done = covering.in_part(ctx, found, start, end)
    return Done("\n".join([_has(ctx, done), *span.remarks]), aloud=True, offers=_undo(done))


@command(
    "no-cover",
    group="oncall",
    permission=ACT,
    args=OneCover,
    example="no-cover 17",
    about=COVER,
    listed=False,
    buttons=(Button("Not me", "more", ()),),
)
def no_cover(ctx: Ctx, args: OneCover) -> Done:
    """Say that you can't take a shift."""
    found, person = covering.fetch(ctx, args.cover), ground.me(ctx)
    covering.free(ctx, found)
    if found.person == person.handle:
        raise Conflict("It is your own shift. To ask no more: withdraw.")
    if person.handle not in found.refused:
        found = covering.save(ctx, replace(found, refused=(*found.refused, person.handle)))
    others = ground.people_of(ctx.definitions, found.schedule) - {found.person}
    if found.to == person.handle or (others and others <= {*found.refused}):
        notices.tell(ctx, covering.about(found), found.person)
    return Done("Noted: not you.")


@command(
    "withdraw",
    group="oncall",
    permission=ACT,
    args=OneCover,
    example="withdraw 17",
    about=COVER,
    listed=False,
    buttons=(Button("Withdraw", "more", ()),),
)
def withdraw(ctx: Ctx, args: OneCover) -> Done:
    """Ask for no cover any more, or take back a swap you offered."""
    found = covering.fetch(ctx, args.cover)
    if ctx.actor.id not in (found.by, found.person) and not ground.is_editor(ctx):
        name = ctx.name_of(found.by)
        raise Denied(f"{name} asks for it, not you.", ground.WRITE, (name,))
    if found.state is TAKEN:
        name = say.names(ctx.definitions, (found.taker,))
        undo = f"undo {found.changes[0]}" if found.changes else "undo"
        raise Conflict(f"{name} has it already. {name} can take that back: {undo}")
    if found.is_over:
        raise Conflict("It is over already.")
    covering.save(ctx, replace(found, state=CoverState.WITHDRAWN))
    return Done("Withdrawn: nobody is asked any more.", aloud=found.state is CoverState.DRAFT)


@command(
    "ask-cover",
    group="oncall",
    permission=ACT,
    args=OneCover,
    example="ask-cover 17",
    about=COVER,
    listed=False,
    buttons=(Button("Ask for cover", "more", ()),),
)
def ask(ctx: Ctx, args: OneCover) -> Done:
    """Ask the others for cover of a shift that your time off touches."""
    found = covering.fetch(ctx, args.cover)
    if found.state is not CoverState.DRAFT:
        raise Conflict("They are asked already.")
    if found.end <= ctx.now:
        raise Conflict("That shift is over.")
    _once(ctx, found.schedule, found.start, found.end)
    return _asked(ctx, covering.ask(ctx, replace(found, rev=found.rev + 1)))


@dataclass(frozen=True, slots=True)
class CoversArgs:
    """Arguments of ``covers``."""

    all: bool = arg("flag", "Also those that are over.", default=False)


@query("covers", group="oncall", permission=READ, args=CoversArgs, example="covers")
async def covers_(view: View, args: CoversArgs) -> Told:
    """Cover requests and swaps that want somebody, with their numbers."""
    find = covers.latest if args.all else (lambda tx: covers.pending(tx, view.now))
    found = await view.read(find)
    lines = tuple(_line(view, each) for each in found[:MOST])
    return Told(lines or ("Nobody asks for cover.",), {"covers": list(map(_fact, found))})


def _fact(each: Cover) -> dict[str, object]:
    """One request for programs."""
    back = each.back
    return {
        "cover": each.id, "schedule": each.schedule, "person": each.person, "state": each.state,
        "starts_at": each.start, "ends_at": each.end, "reason": each.reason, "to": each.to,
        "taker": each.taker, "part_of": each.of,
        "in_return": back and {
            "schedule": back.schedule, "starts_at": back.start, "ends_at": back.end,
        },
    }  # fmt: skip


_STATES = {
    OPEN: "open", WAITING: "waits for a yes", TAKEN: "taken", CoverState.PART: "taken in part",
    CoverState.WITHDRAWN: "withdrawn", CoverState.DECLINED: "declined",
    CoverState.EXPIRED: "nobody took it",
}  # fmt: skip


def _line(view: View, each: Cover) -> str:
    known, mine = view.definitions, zone_of(view)
    one = known.schedules.get(each.schedule)
    when = say.both(each.start, each.end, one.zone if one else "UTC", mine, view.now)
    state = _STATES[each.state]
    if each.taker:
        state = f"{state} by {known.name_of(each.taker)}"
    reason = f' · "{each.reason}"' if each.reason else ""
    kind = "swap" if each.back else "cover"
    who = known.name_of(each.person)
    return f"{each.id} {kind} · {who}, {each.schedule}, {when} · {state}{reason}"
