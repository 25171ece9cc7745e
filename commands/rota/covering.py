"""What becomes of a cover request: it is asked, taken, needs a yes, goes back, runs out; each
change in one place, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commands import balance, notices
from commands.alarms import alarm, wake_me
from commands.context import Ctx
from commands.errors import Conflict, NotFound
from commands.rota import ground, say
from commands.rota.ground import Made
from commands.rules.oncall.balance import fewest_nights
from commands.rules.oncall.duty import turns
from commands.words import duration, surface_name
from store import covers, definitions
from store.model import DAY, HOUR, Definitions, Instant, Timer
from store.model.cover import Cover, CoverState, Turn
from store.model.oncall import Swap, SwapState

OPEN, WAITING, TAKEN = CoverState.OPEN, CoverState.WAITING, CoverState.TAKEN
REMIND = (24, 3)
"""Hours before a shift at which its channel hears that nobody has taken it yet."""
_LAST_CALL = 3
KIND, UNCOVERED = "cover", "uncovered"
_LATELY, _FEW_VERSIONS = 28, 30


def held(
    known: Definitions, handle: str, start: Instant, end: Instant, only: str = ""
) -> list[Turn]:
    """A person's duty in each schedule within a span of time: from the first of its shifts there to
    the last, cut to it."""
    found = []
    for name, one in sorted(known.schedules.items()):
        mine = list(turns(one, handle, start, end)) if not only or only == name else []
        if mine:
            found.append(Turn(name, mine[0].start, mine[-1].end))
    return found


def about(cover: Cover) -> str:
    """What its cards are about."""
    return f"cover:{cover.id}"


def fetch(ctx: Ctx, number: int) -> Cover:
    """A request, to be changed in this transaction."""
    found = covers.get(ctx.tx, number, for_change=True)
    if found is None or (found.state is CoverState.DRAFT and found.person != ctx.actor.id):
        raise NotFound(f"There is no cover request {number}.")
    return found


def ends_at(cover: Cover) -> Instant:
    """Until when somebody may take it: its start, or its end where it had begun before."""
    if cover.back is not None:
        return max(min(cover.start, cover.back.start), cover.at)
    return cover.start if cover.start > cover.at else cover.end


def save(ctx: Ctx, cover: Cover) -> Cover:
    """Write it; its cards show it."""
    changed = replace(cover, rev=cover.rev + 1)
    covers.save(ctx.tx, changed)
    notices.stale(ctx, about(changed))
    return changed


# ---- asked -------------------------------------------------------------------------------------


def ask(ctx: Ctx, cover: Cover) -> Cover:
    """Show it where the schedule's people are, and remember to remind."""
    places = notices.channels_of_schedule(ctx.definitions, cover.schedule)
    asked = replace(cover, state=OPEN, at=ctx.now, posts=places, rested=_rested(ctx, cover))
    covers.save(ctx.tx, asked)
    notices.post(ctx, about(asked), places)
    for handle in _asked(ctx, asked):
        notices.tell(ctx, about(asked), handle)
    for hours in REMIND:
        if asked.start - hours * HOUR > ctx.now:
            _timer(ctx, asked, asked.start - hours * HOUR, hours)
    _timer(ctx, asked, ends_at(asked), 0)
    return asked


def _rested(ctx: Ctx, cover: Cover) -> str:
    """Who of the team had the fewest nights lately; nobody where that takes long to find out."""
    if len(definitions.since(ctx.tx, ctx.now - _LATELY * DAY)) > _FEW_VERSIONS:
        return ""
    others = ground.people_of(ctx.definitions, cover.schedule) - {cover.person}
    if len(others) < 2:
        return ""
    loads = balance.so_far(ctx.tx, ctx.now, ctx.definitions, cover.schedule, _LATELY)
    return fewest_nights(loads, sorted(others)) or ""


def _asked(ctx: Ctx, cover: Cover) -> Iterable[str]:
    """Who is asked alone: somebody by name; everybody where no channel is known."""
    if cover.to:
        return (cover.to,)
    others = ground.people_of(ctx.definitions, cover.schedule) - {cover.person}
    if not cover.posts and not others:
        raise Conflict(f"Nobody else is known of {cover.schedule}, so nobody can be asked.")
    return sorted(others) if not cover.posts else ()


def expires(ctx: Ctx, cover: Cover) -> None:
    """An offer ends when the first of its shifts begins."""
    first = min(cover.start, cover.back.start) if cover.back else cover.start
    _timer(ctx, cover, max(first, ctx.now), 0)


def _timer(ctx: Ctx, cover: Cover, at: Instant, hours: int) -> None:
    wake_me(ctx, KIND, at, cover=cover.id, hours=hours)


@alarm(KIND)
def due(ctx: Ctx, timer: Timer) -> None:
    """A reminder, or the end of a request that nobody took."""
    cover = covers.get(ctx.tx, timer.detail["cover"], for_change=True)
    if cover is None or cover.is_over or cover.state is CoverState.DRAFT:
        return
    hours = timer.detail["hours"]
    if not hours and ends_at(cover) <= ctx.now:
        save(ctx, replace(cover, state=CoverState.EXPIRED))
        notices.tell(ctx, f"{UNCOVERED}:{cover.id}", cover.person)
    elif hours:
        notices.say(ctx, about(cover), cover.posts, {"what": "remind", "hours": hours})
        if hours == _LAST_CALL:
            notices.tell(ctx, about(cover), cover.person)


# ---- taken -------------------------------------------------------------------------------------


def free(ctx: Ctx, cover: Cover) -> None:
    """Conflict where it can't be taken any more: who was first, and by how much."""
    if cover.state in (TAKEN, WAITING) and cover.taker:
        by, at = ctx.name_of(cover.taker), cover.taken_at or ctx.now
        if cover.taker == ctx.actor.id:
            raise Conflict("You have it already.")
        winner = {"who": by, "surface": surface_name(cover.surface), "at": at}
        first = say.names(ctx.definitions, (cover.taker,))
        place = f" in {surface_name(cover.surface)}" if cover.surface else ""
        raise Conflict(f"{first} took it{place} {duration(ctx.now - at)} before you.", winner)
    said = {
        CoverState.PART: "It was taken in part; the rest is a request of its own.",
        CoverState.WITHDRAWN: f"{_asker(ctx, cover)} needs no cover any more.",
        CoverState.DECLINED: "It was declined.",
        CoverState.EXPIRED: "Nobody took it in time, it is over.",
    }
    if cover.state in said:
        raise Conflict(said[cover.state])
    if ends_at(cover) <= ctx.now:
        raise Conflict(said[CoverState.EXPIRED])


def _asker(ctx: Ctx, cover: Cover) -> str:
    return say.names(ctx.definitions, (cover.person,))


def needs_a_yes(ctx: Ctx, cover: Cover, taker: str) -> bool:
    """Whether a lead has to agree, and neither of the two is one."""
    leads = ground.leads_of(ctx.definitions, cover.schedule)
    return ctx.rules.cover_approval and bool(leads) and not {taker, cover.person} & {*leads}


def taken(ctx: Ctx, cover: Cover, taker: str) -> Cover:
    """Somebody has it: the schedules follow at once, or it waits for a lead's yes."""
    now = replace(cover, taker=taker, surface=ctx.actor.surface, taken_at=ctx.now)
    if needs_a_yes(ctx, cover, taker):
        waiting = save(ctx, replace(now, state=WAITING))
        for lead in ground.leads_of(ctx.definitions, cover.schedule):
            notices.tell(ctx, about(cover), lead)
        notices.say(ctx, about(cover), cover.posts, {"what": "waiting"})
        return waiting
    return settle(ctx, now)


def settle(ctx: Ctx, cover: Cover) -> Cover:
    """It holds from now on, both ways in a swap; everybody else who offered is told so."""
    start = max(cover.start, ctx.now)
    made: list[Made] = [_swap(ctx, cover.person, cover.taker, replace_start(cover.turn, start))]
    if cover.back is not None:
        made.append(_swap(ctx, cover.taker, cover.person, cover.back))
    changes = ground.put(ctx, made, cover.reason, cover.id, cover.taker)
    numbers = tuple(c.id for c in changes)
    done = save(ctx, replace(cover, state=TAKEN, changes=numbers))
    notices.say(ctx, about(cover), cover.posts, {"what": "taken"})
    ground.tell(ctx, numbers[0], (cover.person, cover.taker))
    if cover.of and cover.back is not None:
        _answered(ctx, cover)
    for other in covers.answers(ctx.tx, cover.of or cover.id):
        if other.id != cover.id:
            save(ctx, replace(other, state=CoverState.DECLINED))
    return done


def _answered(ctx: Ctx, swap: Cover) -> None:
    """The request that a swap answers is taken by it."""
    asked = covers.get(ctx.tx, swap.of, for_change=True)
    if asked is not None and not asked.is_over:
        by = replace(asked, taker=swap.taker, surface=swap.surface, taken_at=ctx.now)
        save(ctx, replace(by, state=TAKEN, changes=swap.changes))
        notices.say(ctx, about(asked), asked.posts, {"what": "taken"})


def replace_start(turn: Turn, start: Instant) -> Turn:
    """What of a turn is still to come."""
    return replace(turn, start=start)


def _swap(ctx: Ctx, person: str, other: str, turn: Turn) -> Made:
    one = ctx.definitions.schedules.get(turn.schedule)
    if one is None:
        raise Conflict(f"There is no schedule {turn.schedule} any more.")
    temporary = [t for t in one.temporary if t.start < turn.end and t.end > turn.start]
    if temporary:
        raise ground.in_the_way(one, turn.start, turn.end, ctx.now)
    if not any(turns(one, person, turn.start, turn.end)):
        name = say.names(ctx.definitions, (person,))
        raise Conflict(f"{name} is not on call in {turn.schedule} then any more.")
    return one, Swap(person, turn.start, turn.end, other, SwapState.TAKEN)


def in_part(ctx: Ctx, cover: Cover, start: Instant, end: Instant) -> Cover:
    """Somebody takes a part; what is left of it is asked for anew."""
    part = replace(cover, start=start, end=end)
    done = taken(ctx, part, ctx.actor.id)
    whole = replace(done, state=CoverState.PART) if done.state is TAKEN else done
    saved = save(ctx, whole) if whole is not done else done
    for first, last in ((cover.start, start), (end, cover.end)):
        left = held(ctx.definitions, cover.person, first, last, cover.schedule)
        if first < last and left:
            new(ctx, replace(cover, start=left[0].start, end=left[0].end, of=cover.id))
    return saved


def new(ctx: Ctx, like: Cover, *, draft: bool = False) -> Cover:
    """A request of its own."""
    number = covers.numbers(ctx.tx)[0]
    fresh = replace(
        like, id=number, rev=1, state=CoverState.DRAFT, at=ctx.now, taker="", surface="",
        taken_at=None, refused=(), changes=(), posts=(),
    )  # fmt: skip
    covers.add(ctx.tx, fresh)
    return fresh if draft else ask(ctx, fresh)


# ---- back again --------------------------------------------------------------------------------


def taken_back(ctx: Ctx, number: int) -> None:
    """What came of a request was undone: it is open again, a swap is not."""
    cover = covers.get(ctx.tx, number, for_change=True)
    if cover is None or cover.state not in (TAKEN, CoverState.PART):
        return
    again = replace(cover, taker="", taken_at=None, surface="", changes=())
    over = cover.back is not None or ends_at(cover) <= ctx.now
    save(ctx, replace(again, state=CoverState.DECLINED if over else OPEN))
    said: dict[str, object] = {"what": "open again", "who": cover.taker}
    notices.say(ctx, about(cover), cover.posts, said)
    if cover.of and cover.back is not None:
        taken_back(ctx, cover.of)
