"""What people do about a storm: take, merge or silence what is in it, look at it, end its view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from commands import lifecycle, merging, notices, storming
from commands.about import ACT
from commands.alarms import alarm
from commands.context import Ctx, Done, Offer, View
from commands.errors import CommandError, Conflict, Invalid, NotFound
from commands.queries import READ
from commands.quiet import FOR_HOW_LONG, UNTIL, silent_until
from commands.registry import Button, arg, command, query
from commands.silences import draft, read, started
from commands.told import Told
from commands.words import count
from store import incidents, storms, timers
from store.db import Tx
from store.model import Actor, Incident, IncidentStatus, Severity, Timer
from store.model.storm import HOST, SERVICE, Storm

ABOUT = storms.ABOUT
TAKE, MERGE = "storm_take", "storm_merge"
AT_ONCE = 25
"""So many in one transaction: the rest follows at once, and nothing else waits for all of them."""
PAGE = 5
_GLYPH = {
    Severity.CRITICAL: "🔴",
    Severity.ERROR: "🔶",
    Severity.WARNING: "⚠️",
    Severity.INFO: "\u2139\ufe0f",
}


@dataclass(frozen=True, slots=True)
class OneStorm:
    """Arguments of what is done about one storm."""

    storm: int = arg("noun", "The number of a storm.")


def _any(ctx: Ctx, number: int) -> Storm:
    found = storms.get(ctx.tx, number, for_change=True)
    if found is None:
        raise NotFound(f"There is no storm {number}.")
    return found


def _fetch(ctx: Ctx, number: int) -> Storm:
    """A storm that is not over."""
    found = _any(ctx, number)
    if found.ended_at is not None:
        raise Conflict("That storm is over. What is open of it: list.")
    return found


# taking all critical ones


@command(
    "storm-take",
    group="ops",
    permission=ACT,
    args=OneStorm,
    example="storm-take 3",
    about=ABOUT,
    listed=False,
    buttons=(Button("Take all critical", "more", (), asks=True),),
)
def take(ctx: Ctx, args: OneStorm) -> Done:
    """Take every critical incident of a storm that nobody has."""
    storm = _any(ctx, args.storm)
    first = _take(ctx, storm)
    if not first:
        raise Conflict("Somebody has each critical incident of that storm already.")
    left = _nobody_has(ctx, storm)
    if left:
        _go_on(ctx, TAKE, storm)
    notices.stale(ctx, storms.about(storm))
    many = len(first) + left
    said = "You have the critical incident" if many == 1 else f"You have all {many} critical ones"
    return Done(f"{said} of the storm.", tuple((i.id, i.rev) for i in first))


def _take(ctx: Ctx, storm: Storm) -> list[Incident]:
    """The next of them are the actor's now."""
    found = []
    for number in storms.unclaimed(ctx.seen, storm, AT_ONCE):
        incident = incidents.for_change(ctx.tx, number)
        if incident is not None and incident.status is IncidentStatus.TRIGGERED:
            why = f"With all critical incidents of storm {storm.id}."
            found.append(lifecycle.acknowledge(ctx, incident, why=why))
    return found


def _nobody_has(ctx: Ctx, storm: Storm) -> int:
    return storms.counts(ctx.seen, storm).nobody.get(str(Severity.CRITICAL), 0)


@alarm(TAKE)
def _take_on(ctx: Ctx, timer: Timer) -> None:
    _further(ctx, timer, lambda mine, storm: bool(_take(mine, storm)))


# one of many


def _go_on(ctx: Ctx, kind: str, storm: Storm, **more: object) -> None:
    """The rest follows at once, in the name of who asked."""
    who = {"storm": storm.id, "by": ctx.actor.id, "surface": ctx.actor.surface}
    rank = Severity.CRITICAL.rank
    timers.add(ctx.tx, ctx.now, kind, None, 0, ctx.now, rank, {**who, **more})


def _further(ctx: Ctx, timer: Timer, work: Callable[[Ctx, Storm], bool]) -> None:
    storm = storms.get(ctx.tx, timer.detail["storm"])
    person = ctx.definitions.people.get(timer.detail["by"])
    if storm is None or person is None:
        return
    surface, grants = timer.detail["surface"], person.grants
    who = Actor("person", person.handle, person.name, surface, person.roles, "", grants)
    mine = replace(ctx, actor=who)
    if work(mine, storm):
        known = ("storm", "by", "surface")
        more = {k: v for k, v in timer.detail.items() if k not in known}
        _go_on(mine, timer.kind, storm, **more)
    else:
        notices.stale(ctx, storms.about(storm))


@dataclass(frozen=True, slots=True)
class Into:
    """Arguments of ``storm-merge``."""

    storm: int = arg("noun", "The number of a storm.")
    into: str = arg("choice", "The incident that the others become part of.")


@command(
    "storm-merge",
    group="ops",
    permission=ACT,
    args=Into,
    example="storm-merge 3 into 1902",
    about=ABOUT,
    listed=False,
    buttons=(Button("Merge into one…", "more", ()),),
)
def merge(ctx: Ctx, args: Into) -> Done:
    """Make every open incident of a storm part of one of them."""
    storm = _fetch(ctx, args.storm)
    number = args.into.removeprefix("#")
    parent = incidents.get(ctx.seen, int(number)) if number.isdecimal() else None
    if parent is None or parent.status is IncidentStatus.RESOLVED:
        raise Invalid("Choose an incident of it that is open.", "into")
    left = storms.counts(ctx.seen, storm).left - 1
    if left < 1:
        raise Conflict(f"#{parent.id} is all that is open of that storm.")
    if _merge(ctx, storm, parent.id):
        _go_on(ctx, MERGE, storm, into=parent.id)
    notices.stale(ctx, storms.about(storm))
    now = incidents.get(ctx.tx, parent.id)
    changed = ((now.id, now.rev),) if now is not None else ()
    return Done(f"{count(left, 'incident')} become part of #{parent.id}.", changed, aloud=True)


def _merge(ctx: Ctx, storm: Storm, into: int) -> bool:
    """Merge the next of them; False where none is left."""
    found = [n for n in storms.still_open(ctx.seen, storm, AT_ONCE + 1) if n != into][:AT_ONCE]
    for number in found:
        try:
            merging.merge(ctx, merging.Merge(incident=number, into=into))
        except CommandError:
            return False
    return bool(found)


@alarm(MERGE)
def _merge_on(ctx: Ctx, timer: Timer) -> None:
    into = timer.detail["into"]
    _further(ctx, timer, lambda mine, storm: _merge(mine, storm, into))


# a source that says too much


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Arguments of ``storm-silence``."""

    storm: int = arg("noun", "The number of a storm.")
    source: str = arg("choice", "Whose alerts are silenced; never critical ones.")
    until: str = arg("when", FOR_HOW_LONG, choices=UNTIL)
    text: str = arg("text", "Why: others will ask.")


@command(
    "storm-silence",
    group="ops",
    permission=ACT,
    args=Source,
    example="storm-silence 3 alertmanager 1h the switch is being replaced",
    about=ABOUT,
    listed=False,
    buttons=(Button("Silence source…", "more", ()),),
)
def silence(ctx: Ctx, args: Source) -> Done:
    """Silence what one source says, but for what is critical."""
    storm = _fetch(ctx, args.storm)
    if args.source not in storm.sources:
        known = ", ".join(sorted(storm.sources))
        raise Invalid(f"Nothing of that storm came from {args.source}: {known}.", "source")
    matcher = read(f"source={args.source}", "source")
    made, _ = draft(ctx, matcher, silent_until(ctx, args.until), args.text)
    return started(ctx, made)


# how it is looked at


@dataclass(frozen=True, slots=True)
class Next:
    """Arguments of ``storm-next``."""

    storm: int = arg("noun", "The number of a storm.")
    after: int = arg("number", "How many were shown already.", default=PAGE)


@query(
    "storm-next", group="ops", permission=READ, args=Next, example="storm-next 3", about=ABOUT,
    listed=False, buttons=(Button("Show next 5", "more", ()),),
)  # fmt: skip
async def following(view: View, args: Next) -> Told:
    """Page through the open incidents of a storm, the most urgent first."""

    def gather(tx: Tx) -> tuple[Sequence[Incident], int]:
        storm = storms.get(tx, args.storm)
        if storm is None:
            raise NotFound(f"There is no storm {args.storm}.")
        left = storms.counts(tx, storm).left
        skip = args.after if args.after < left else 0
        return storms.worst(tx, storm, PAGE, skip), left - skip - PAGE

    found, left = await view.read(gather)
    if not found:
        return Told(("Nothing of that storm is open.",))
    lines = tuple(_line(view, i) for i in found)
    if left <= 0:
        return Told((*lines, "That is all. Everything: list"))
    after = args.after + PAGE
    more = Offer(f"Show next {min(PAGE, left)}", f"do:storm-next?storm={args.storm}&after={after}")
    return Told((*lines, f"{left} more are open."), offers=(more,))


def _line(view: View, i: Incident) -> str:
    where = i.resource or i.service or ""
    has = view.definitions.name_of(i.holder) if i.holder else "nobody"
    place = f" · {where}" if where and where not in i.title else ""
    return f"{_GLYPH[i.severity]} #{i.id} {i.title}{place} · {has}"


@command(
    "storm-by-host",
    group="ops",
    permission=ACT,
    args=OneStorm,
    example="storm-by-host 3",
    about=ABOUT,
    listed=False,
    buttons=(Button("Split by host", "more", ()),),
)
def by_host(ctx: Ctx, args: OneStorm) -> Done:
    """Count the incidents of a storm by host."""
    return _split(ctx, args.storm, HOST)


@command(
    "storm-by-service",
    group="ops",
    permission=ACT,
    args=OneStorm,
    example="storm-by-service 3",
    about=ABOUT,
    listed=False,
    buttons=(Button("Split by service", "more", ()),),
)
def by_service(ctx: Ctx, args: OneStorm) -> Done:
    """Count the incidents of a storm by service."""
    return _split(ctx, args.storm, SERVICE)


def _split(ctx: Ctx, number: int, split: str) -> Done:
    storm = _fetch(ctx, number)
    storms.save(ctx.tx, replace(storm, split=split, rev=storm.rev + 1))
    notices.stale(ctx, storms.about(storm))
    return Done(f"The storm is counted by {split}.")


@command(
    "storm-end",
    group="ops",
    permission=ACT,
    args=OneStorm,
    example="storm-end 3",
    about=ABOUT,
    listed=False,
    buttons=(Button("End storm view", "more", ()),),
)
def end(ctx: Ctx, args: OneStorm) -> Done:
    """Show every incident of a storm by a card of its own again."""
    storm = storming.end(ctx, _fetch(ctx, args.storm), ctx.actor.id)
    left = storms.counts(ctx.seen, storm).left
    return Done(f"The storm's view is over; {count(left, 'incident')} open.")
