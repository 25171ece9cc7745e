"""``swap`` and ``trade``: one shift for another, once the other side has agreed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import notices, pages
from commands.about import find_person
from commands.context import Ctx, Done, Offer
from commands.errors import Conflict, Denied, Invalid
from commands.registry import Button, arg, command
from commands.rota import covering, ground, say
from commands.rota.cover import COVER, OneCover, take
from commands.rota.covering import OPEN, WAITING
from commands.rota.ground import ACT
from commands.rules.range import Range
from store import covers
from store.model.cover import Cover, CoverState, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapArgs:
    """Arguments of ``swap``."""

    who: str = arg("person", "With whom.")
    mine: str = arg("range", "Your shift: sat 08:00-20:00.")
    theirs: str = arg("range", "Theirs, that you take: sun 08:00-20:00.")
    what: str = arg("named", "Which schedule, where one of you is in several.", default="")
    reason: str = arg("text", "Why.", default="")


@command(
    "swap",
    group="oncall",
    permission=ACT,
    args=SwapArgs,
    example="swap @omar sat 08:00-20:00 for sun 08:00-20:00",
    about="duty",
    buttons=(Button("Swap…", "more", ()),),
)
def swap(ctx: Ctx, args: SwapArgs) -> Done:
    """Offer a shift of yours for one of theirs; it holds once they agree."""
    person = ground.me(ctx)
    other = find_person(ctx, args.who.removeprefix("@"))
    if other.handle == person.handle:
        raise Conflict("You can't swap with yourself.")
    mine, theirs = ground.when(ctx, args.mine, "mine"), ground.when(ctx, args.theirs, "theirs")
    give = _turn(ctx, person.handle, mine, args.what, "mine")
    back = _turn(ctx, other.handle, theirs, args.what, "theirs")
    offer = Cover(
        0, give.schedule, person.handle, give.start, give.end, WAITING,
        reason=ground.short(args.reason), by=person.handle, to=other.handle, back=back,
    )  # fmt: skip
    return _offered(ctx, offer, [*mine.remarks, *theirs.remarks])


def _turn(ctx: Ctx, handle: str, found: Range, what: str, where: str) -> Turn:
    """A person's duty within a span; Invalid where there is none, or in several schedules."""
    only = ground.schedule(ctx, what).name if what else ""
    start = max(found.start, ctx.now)
    held = covering.held(ctx.definitions, handle, start, found.end, only)
    you = handle == ctx.actor.id
    name = "You are" if you else f"{say.names(ctx.definitions, (handle,))} is"
    if not held:
        raise Invalid(f"{name} not on call then.", where)
    if len(held) > 1:
        names = " and ".join(t.schedule for t in held)
        raise Invalid(f"{name} on call in {names} then. Say which: what={names.split()[0]}", where)
    return held[0]


def _offered(ctx: Ctx, offer: Cover, remarks: list[str]) -> Done:
    """Put it on record and ask the other side."""
    number = covers.numbers(ctx.tx)[0]
    made = replace(offer, id=number, state=WAITING, at=ctx.now)
    covers.add(ctx.tx, made)
    if not notices.tell(ctx, covering.about(made), made.asked):
        raise Conflict(f"No contact of {ctx.name_of(made.asked)} is known.")
    covering.expires(ctx, made)
    assert made.back is not None
    give, get = (made.turn, made.back) if made.by == made.person else (made.back, made.turn)
    said = [f"{_when(ctx, give)} for {_when(ctx, get)}"]
    first = f"{say.start_of_sentence(ctx.name_of(made.asked))} is asked: {said[0]}."
    withdraw = Offer("Withdraw", f"cmd:withdraw:{made.id}:{made.rev}")
    return Done("\n".join([first, *remarks]), aloud=True, offers=(withdraw,))


def _when(ctx: Ctx, turn: Turn) -> str:
    zone = ctx.definitions.schedules[turn.schedule].zone
    when = ground.both(ctx, turn.start, turn.end, zone)
    return f"{turn.schedule}, {when}"


@dataclass(frozen=True, slots=True)
class TradeArgs:
    """Arguments of ``trade``."""

    cover: int = arg("noun", "The number of a cover request.")
    mine: str = arg("range", "The shift of yours that they take in return.")


@command(
    "trade",
    group="oncall",
    permission=ACT,
    args=TradeArgs,
    example="trade 17 sun 08:00-20:00",
    about=COVER,
    listed=False,
    buttons=(Button("Swap for one of mine…", "more", ()),),
)
def trade(ctx: Ctx, args: TradeArgs) -> Done:
    """Offer to take a shift that wants cover, for one of yours; it holds once they agree."""
    found, person = covering.fetch(ctx, args.cover), ground.me(ctx)
    if found.person == person.handle:
        raise Conflict("It is your own shift.")
    covering.free(ctx, found)
    if found.back is not None or found.state is not OPEN:
        raise Conflict("It waits for an answer already.")
    if not pages.rules_of(ctx, person, False):
        raise Conflict("You can't be paged: no contact of yours is known.")
    turn = _chosen(ctx, person.handle, args.mine)
    offer = replace(found, of=found.id, by=person.handle, to=person.handle, back=turn, posts=())
    said = {"what": "swap", "who": person.handle, "start": turn.start, "end": turn.end}
    notices.say(ctx, covering.about(found), found.posts, said)
    return _offered(ctx, replace(offer, taker="", refused=()), [])


def _chosen(ctx: Ctx, handle: str, text: str) -> Turn:
    """``primary|<start>|<end>`` of a form's list, or a span in words."""
    name, _, span = text.partition("|")
    start, _, end = span.partition("|")
    if start.isdecimal() and end.isdecimal() and name in ctx.definitions.schedules:
        held = covering.held(ctx.definitions, handle, max(int(start), ctx.now), int(end), name)
        if not held:
            raise Invalid("You are not on call then any more.", "mine")
        return held[0]
    return _turn(ctx, handle, ground.when(ctx, text, "mine"), "", "mine")


@command(
    "agree",
    group="oncall",
    permission=ACT,
    args=OneCover,
    example="agree 17",
    about=COVER,
    listed=False,
    buttons=(Button("Agree", "more", ()),),
)
def agree(ctx: Ctx, args: OneCover) -> Done:
    """Say yes: to a swap, to a cover you were asked for, or as a lead to who covers a shift."""
    if (wanted := covers.get(ctx.tx, args.cover)) is not None and wanted.state is OPEN:
        given: Done = take(ctx, args)
        return given
    found = _answerable(ctx, args.cover)
    if found.back is None or found.taker:
        done = covering.settle(ctx, found)
        deed = "the shifts are swapped" if done.back else f"{_first(ctx, done.taker)} covers"
        return Done(f"Agreed: {deed}.")
    if found.of:
        asked = covers.get(ctx.tx, found.of, for_change=True)
        if asked is not None:
            covering.free(ctx, asked)
    done = covering.taken(ctx, found, found.to)
    waits = done.state is WAITING
    return Done(
        "Agreed; a lead is asked for a yes." if waits else "Agreed: the shifts are swapped."
    )


def _first(ctx: Ctx, handle: str) -> str:
    return say.names(ctx.definitions, (handle,))


@command(
    "decline",
    group="oncall",
    permission=ACT,
    args=OneCover,
    example="decline 17",
    about=COVER,
    listed=False,
    buttons=(Button("Decline", "more", ()),),
)
def decline(ctx: Ctx, args: OneCover) -> Done:
    """Say no to a swap, or as a lead to who wants to cover a shift."""
    found = _answerable(ctx, args.cover)
    told = found.taker or found.by
    if found.back is None:
        back = replace(found, state=OPEN, taker="", surface="", taken_at=None)
        done = covering.save(ctx, back)
        said: dict[str, object] = {"what": "declined", "who": found.taker, "by": ctx.actor.id}
        notices.say(ctx, covering.about(done), done.posts, said)
    else:
        done = covering.save(ctx, replace(found, state=CoverState.DECLINED))
    notices.tell(ctx, covering.about(done), told)
    return Done("Declined.")


def _answerable(ctx: Ctx, number: int) -> Cover:
    """A request that waits for the actor's yes."""
    found = covering.fetch(ctx, number)
    if found.state is not WAITING:
        covering.free(ctx, found)
        raise Conflict("It waits for nobody's yes.")
    leads = ground.leads_of(ctx.definitions, found.schedule)
    able = leads if found.taker else (found.asked,)
    if ctx.actor.id not in able and not (found.taker and ground.is_editor(ctx)):
        names = tuple(map(ctx.name_of, able))
        raise Denied(f"It needs the yes of {' or '.join(names)}.", "oncall.act", names)
    return found
