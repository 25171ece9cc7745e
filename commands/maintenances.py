"""What is done about a maintenance: it goes on for longer, ends, begins early, is left out once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import maintaining, windows
from commands.about import ACT
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.maintaining import ABOUT, ANNOUNCED, BEGUN, PLANNED
from commands.maintenance import READ, fetch, how, said, zone_of
from commands.quiet import until
from commands.registry import Button, arg, command, query
from commands.rota import say
from commands.rules import maintenance as rules
from commands.rules.when import length_of
from commands.told import Told
from commands.words import count, local, moment
from store import maintenance as store
from store.db import Tx
from store.model import DAY, Instant
from store.model.maintenance import Occurrence, Window

_LONGER = DAY
SEEN = 14 * DAY
MOST = 20


@dataclass(frozen=True, slots=True)
class Extend:
    """Arguments of ``extend-maintenance``."""

    maintenance: int = arg("noun", "The number of a maintenance; the one that goes on.", default=0)
    until: str = arg("when", "How much longer (30m), or until when (12:30).", kw_only=True)


@command(
    "extend-maintenance",
    group="ops",
    permission=ACT,
    args=Extend,
    example="extend-maintenance 3 30m",
    about=ABOUT,
    buttons=(Button("Extend…", "more", ()),),
)
def extend(ctx: Ctx, args: Extend) -> Done:
    """A maintenance goes on for longer."""
    window, one = _one(ctx, args.maintenance)
    words = args.until.strip().casefold().lstrip("+").removeprefix("by ").removesuffix(" more")
    length = length_of(words.removeprefix("for "))
    ends = one.until + length if length is not None else until(ctx, args.until)
    if ends <= ctx.now:
        raise Invalid(f"{args.until} is in the past.", "until")
    if ends - max(one.until, ctx.now) > _LONGER:
        raise Invalid("At most a day longer at once.", "until")
    moved = maintaining.move(ctx, one, ends)
    _grown(ctx, window)
    when = say.shown(ctx, moved.starts_at, moved.until, window.zone, zone_of(ctx))
    return Done(f"{rules.title(one)}: {when}.", aloud=ctx.rev is None)


@dataclass(frozen=True, slots=True)
class End:
    """Arguments of ``end-maintenance``."""

    maintenance: int = arg("noun", "The number of a maintenance; the one that goes on.", default=0)
    all: bool = arg("flag", "It does not come again either.", default=False)


@command(
    "end-maintenance",
    group="ops",
    permission=ACT,
    args=End,
    example="end-maintenance 3",
    about=ABOUT,
    buttons=(Button("End now", "more", (), asks=True),),
)
def end(ctx: Ctx, args: End) -> Done:
    """A maintenance ends now, or does not begin; what still fires is paged once."""
    window, one = _one(ctx, args.maintenance)
    if args.all:
        if window.file:
            raise Conflict(f"Maintenance {window.id} comes from the settings file: end it there.")
        maintaining.stop(ctx, window)
        return Done(f"{rules.title(one)} is over and does not come again.", aloud=True)
    if one.state is not BEGUN:
        return _skipped(ctx, window, one)
    over = maintaining.finish(ctx, one)
    left = len(over.left)
    still = f"{count(left, 'incident')} still {'is' if left == 1 else 'are'} open"
    return Done(
        f"{rules.title(one)} is over. {still if left else 'Nothing fires'}.", aloud=ctx.rev is None
    )


@dataclass(frozen=True, slots=True)
class OneMaintenance:
    """Arguments of what needs only the number."""

    maintenance: int = arg("noun", "The number of a maintenance; the next one.", default=0)


@command(
    "start-maintenance",
    group="ops",
    permission=ACT,
    args=OneMaintenance,
    example="start-maintenance 3",
    about=ABOUT,
    buttons=(Button("Start early", "more", ()),),
)
def start(ctx: Ctx, args: OneMaintenance) -> Done:
    """A maintenance begins now, before its time; its end stays."""
    window, one = _one(ctx, args.maintenance, begun=False)
    if one.until - ctx.now > rules.LONGEST:
        raise Conflict("It would last longer than 31 days: plan another one.")
    began = maintaining.begin(ctx, replace(one, starts_at=ctx.now))
    _grown(ctx, window)
    when = say.span(began.starts_at, began.until, window.zone, ctx.now)
    return Done(f"{rules.title(one)} is on: {when}.", aloud=ctx.rev is None)


@command(
    "skip-maintenance",
    group="ops",
    permission=ACT,
    args=OneMaintenance,
    example="skip-maintenance 3",
    about=ABOUT,
    buttons=(Button("Skip this one", "more", (), asks=True),),
)
def skip(ctx: Ctx, args: OneMaintenance) -> Done:
    """The next time of a maintenance is left out; the ones after it come."""
    window, one = _one(ctx, args.maintenance, begun=False)
    return _skipped(ctx, window, one)


def _skipped(ctx: Ctx, window: Window, one: Occurrence) -> Done:
    if one.state is PLANNED:
        store.remove(ctx.tx, one)
    else:
        maintaining.call_off(ctx, one)
    left = replace(window, skipped=(*window.skipped, one.slot), rev=window.rev + 1)
    store.save_window(ctx.tx, left)
    maintaining.ended(ctx, left)
    following = next(iter(store.of_window(ctx.tx, window.id)), None)
    when = say.span(one.starts_at, one.until, window.zone, ctx.now)
    then = "It does not come again."
    if following is not None:
        then = f"Next: {say.span(following.starts_at, following.until, window.zone, ctx.now)}."
    return Done(f"{rules.title(one)} is called off: {when}. {then}", aloud=ctx.rev is None)


def _one(ctx: Ctx, number: int, *, begun: bool | None = None) -> tuple[Window, Occurrence]:
    """A window and the time of it that is meant: the one that goes on, or the next."""
    window = fetch(ctx, number or _only(ctx, begun))
    there = store.of_window(ctx.tx, window.id)
    if begun is False:
        there = [o for o in there if o.state in (PLANNED, ANNOUNCED)]
    one = there[0] if there else None
    if one is None or (begun and one.state is not BEGUN):
        word = "is not on now" if begun else "has no next time"
        raise Conflict(f"Maintenance {window.id} {word}.")
    return window, one


def _only(ctx: Ctx, begun: bool | None) -> int:
    """The number of the only one that can be meant."""
    ahead: Instant = ctx.now + (1 if begun else DAY)
    found: dict[int, None] = dict.fromkeys(
        o.window
        for o in store.between(ctx.tx, ctx.now, ahead)
        if o.window and (begun is None or (o.state is BEGUN) is begun)
    )
    if len(found) == 1:
        return next(iter(found))
    if not found:
        raise Invalid("No maintenance is on now. Try: maintenances", "maintenance")
    names = ", ".join(map(str, found))
    raise Invalid(f"Which one? {names}. Try: maintenances", "maintenance")


def _grown(ctx: Ctx, window: Window) -> None:
    store.save_window(ctx.tx, replace(window, rev=window.rev + 1))


# ---- looked at ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Maintenances:
    """Arguments of ``maintenances``."""

    all: bool = arg("flag", "Every time it comes, not only the next.", default=False)


@query("maintenances", group="ops", permission=READ, args=Maintenances, example="maintenances")
async def maintenances(view: View, args: Maintenances) -> Told:
    """What is worked on now and in the next 14 days."""
    planned, found = await view.read(lambda tx: coming(tx, view.now))
    shown = found if args.all else _first_of_each(found)
    lines = [line(o, planned.get(o.window), zone_of(view), view.now) for o in shown[:MOST]]
    if len(shown) > MOST:
        lines.append(f"… and {len(shown) - MOST} more.")
    nothing = "No maintenance now or in the next 14 days."
    return Told(tuple(lines) or (nothing,), {"maintenance": [fact(o, planned) for o in shown]})


def coming(tx: Tx, now: Instant) -> tuple[dict[int, Window], list[Occurrence]]:
    """The windows by number, and each time of the next 14 days."""
    found = store.between(tx, now, now + SEEN)
    return {w.id: w for w in store.windows(tx)}, found


def _first_of_each(found: list[Occurrence]) -> list[Occurrence]:
    first: dict[int, Occurrence] = {}
    for one in found:
        first.setdefault(one.window or -one.id, one)
    return list(first.values())


def line(one: Occurrence, window: Window | None, zone: str, now: Instant) -> str:
    """``3 · db-5 disk swap · now, until 11:30 · weekly``."""
    number = f"{one.window} · " if one.window else ""
    there = window.zone if window is not None else zone
    when = say.both(one.starts_at, one.until, there, zone, now)
    if one.starts_at <= now:
        when = f"now, until {local(one.until, zone, now)}"
    parts = [f"{number}{rules.title(one)}", when]
    if window is not None and window.repeat:
        parts.append(said(window))
    means = how(one.behaviour).rstrip(".").partition(";")[0]
    return " · ".join([*parts, f"{means[:1].lower()}{means[1:]}"])


def typed_span(one: Occurrence, zone: str) -> str:
    """When it is, as somebody would type it: ``2026-11-24 10:00-11:30 Europe/Berlin``."""
    first, last = moment(one.starts_at, zone), moment(one.until, zone)
    if first.date() == last.date():
        return f"{first:%Y-%m-%d %H:%M}-{last:%H:%M} {zone}"
    return f"{first:%Y-%m-%d %H:%M} - {last:%Y-%m-%d %H:%M} {zone}"


@query(
    "in-maintenance", group="ops", permission=READ, args=OneMaintenance, listed=False,
    example="in-maintenance 3", about=ABOUT, buttons=(Button("What it covers", "more", ()),),
)  # fmt: skip
async def held(view: View, args: OneMaintenance) -> Told:
    """The open incidents that a maintenance is about, and what they wait for."""
    if not args.maintenance:
        raise Invalid("Say which one: maintenances lists them.", "maintenance")
    key = str(args.maintenance)
    one = await view.read(lambda tx: store.of_key(tx, key))
    if one is None:
        raise NotFound(f"There is no maintenance {key}. Try: maintenances")
    found = await view.read(
        lambda tx: [i for i in windows.every(tx, windows.OPEN) if windows.covers(one, i)]
    )
    known = view.definitions
    lines = [
        f"#{i.id} {i.title} · {i.severity} · {known.name_of(i.holder)} has it"
        if i.holder
        else f"#{i.id} {i.title} · {i.severity} · nobody has it"
        for i in found[:MOST]
    ]
    nothing = f"Nothing open is about {one.what}."
    facts = {"incidents": [str(i.id) for i in found]}
    return Told(tuple(lines) or (nothing,), facts)


def fact(one: Occurrence, planned: dict[int, Window]) -> dict[str, object]:
    """One time for programs."""
    window = planned.get(one.window)
    return {
        "maintenance": one.window, "title": rules.title(one), "what": one.what,
        "text": one.text, "by": one.by,
        "starts_at": one.starts_at, "ends_at": one.until, "state": str(one.state),
        "behaviour": str(one.behaviour), "repeat": window.repeat if window else "",
        "again": said(window) if window else "",
    }  # fmt: skip
