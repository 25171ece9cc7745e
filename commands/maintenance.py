"""``maintenance``: things are worked on, and nobody new is paged meanwhile.

Windows are rows of their own and no definitions: they begin, are extended and end many times a day,
and none of that is a new version of who is asked for what.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import maintaining, windows
from commands.context import Ctx, Done, Offer, View
from commands.errors import Conflict, Invalid, NotFound
from commands.maintaining import ABOUT, BEGUN, PLANNED
from commands.registry import Button, arg, command
from commands.rota import say
from commands.rules import maintenance as rules
from commands.rules import repeat_words
from commands.rules.filters import BadFilter
from commands.rules.oncall.wall import clock_of, cut
from commands.rules.range import Range, read_range
from commands.rules.repeats import BadRepeat
from commands.rules.when import BadTime, zoned
from commands.words import count
from store import maintenance as store
from store.model import DAY
from store.model.maintenance import ANNOUNCE, Behaviour, Occurrence, Window

WRITE, READ = "config.write", "incident.read"
BEHAVIOURS = (
    (Behaviour.NO_PAGES, "No pages: cards as usual, steps wait until the end"),
    (Behaviour.NO_CARDS, "No cards: kept in the lists, shown if it still fires at the end"),
    (Behaviour.ONE_INCIDENT, "One incident: all of it joins one card, nobody is paged"),
    (Behaviour.PAUSE_ONLY, "Pause only: the first step pages, the next ones wait"),
)
AS_IT_IS = ("same", "As it is")
_HOW = {
    Behaviour.NO_PAGES: "No new step pages before the end; rules already running finish.",
    Behaviour.NO_CARDS: "No pages and no cards before the end.",
    Behaviour.ONE_INCIDENT: "All of it joins one incident, nobody is paged before the end.",
    Behaviour.PAUSE_ONLY: "The first step pages, no other before the end.",
}
_TEXT = 300
_FAR = 20 * 366 * DAY


def how(behaviour: Behaviour) -> str:
    """What a behaviour means, in a sentence."""
    return _HOW[behaviour]


# ---- made and changed --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Arguments of ``maintenance``."""

    what: str = arg(
        "filter", "A resource, host, service, team:x, label=value, or all.", label="What"
    )
    when: str = arg("range", "From when to when: tue 10:00-11:30, 2h.")
    repeat: str = arg("repeat", "Again: weekly, every tue, first sunday of the month.", default="")
    behaviour: str = arg("choice", "What becomes of its alerts meanwhile.", choices=BEHAVIOURS,
                         default=str(Behaviour.NO_PAGES))  # fmt: skip
    text: str = arg("text", "What is being done.", default="")
    announce: str = arg(
        "named", f"Minutes before it that its channels hear; {ANNOUNCE} if left out.", default=""
    )


@command(
    "maintenance",
    group="ops",
    permission=WRITE,
    args=Maintenance,
    example="maintenance db-5 tue 10:00-11:30 disk swap",
    buttons=(Button("Maintenance…", "", ()),),
)
def maintenance(ctx: Ctx, args: Maintenance) -> Done:
    """Nobody new is paged while things are worked on; rules that already run go on."""
    what = _what(ctx, args.what)
    wanted, remarks = _timed(ctx, Window(
        0, what, _behaviour(args.behaviour), 0, 0, _zone(ctx, args.when)[1],
        _short(args.text), announce=_announce(args.announce), by=ctx.actor.id,
    ), args.when, args.repeat)  # fmt: skip
    before = _in_its_place(ctx, wanted)
    if before is not None:
        again = replace(wanted, by=before.by, text=wanted.text or before.text)
        made = maintaining.replan(ctx, before, again)
    else:
        made = maintaining.make(ctx, wanted)
    return _made(ctx, made, remarks, changed=before is not None)


def _in_its_place(ctx: Ctx, wanted: Window) -> Window | None:
    """The window once of the same things that one takes the place of: they overlap in time."""
    if wanted.repeat or wanted.first is None:
        return None
    start, end = wanted.first
    for each in store.windows(ctx.tx):
        if each.repeat or each.file or each.what != wanted.what:
            continue
        theirs = store.of_window(ctx.tx, each.id)
        if any(o.starts_at < end and o.until > start for o in theirs):
            return store.window(ctx.tx, each.id, for_change=True)
    return None


@dataclass(frozen=True, slots=True)
class Change:
    """Arguments of ``change-maintenance``; what is left out stays as it is."""

    maintenance: int = arg("noun", "The number of a maintenance.")
    what: str = arg(
        "named", "A resource, host, service, team:x, label=value, or all.", default="", label="What"
    )
    when: str = arg("range", "From when to when: tue 10:00-11:30.", default="")
    repeat: str = arg("repeat", "Again: weekly, every tue; once for not again.", default="")
    behaviour: str = arg("choice", "What becomes of its alerts.", choices=(AS_IT_IS, *BEHAVIOURS),
                         default="same")  # fmt: skip
    text: str = arg("text", "What is being done.", default="")
    announce: str = arg("named", "Minutes before it that its channels are told.", default="")


@command(
    "change-maintenance",
    group="ops",
    permission=WRITE,
    args=Change,
    example="change-maintenance 3 wed 10:00-12:00 every wed",
    about=ABOUT,
    buttons=(Button("Change…", "more", ()),),
)
def change(ctx: Ctx, args: Change) -> Done:
    """Change a maintenance; what has begun goes on to its end."""
    before = fetch(ctx, args.maintenance)
    if before.file:
        say_ = f"Maintenance {before.id} comes from the settings file: change it there."
        raise Conflict(say_)
    wanted = replace(
        before,
        what=_what(ctx, args.what) if args.what else before.what,
        behaviour=_behaviour(args.behaviour) if args.behaviour != "same" else before.behaviour,
        text=_short(args.text) or before.text,
        announce=_announce(args.announce) if args.announce else before.announce,
    )
    when, repeat = _unlike(ctx, before, args)
    remarks: tuple[str, ...] = ()
    if when or repeat:
        wanted, remarks = _timed(ctx, wanted, when, repeat or before.repeat)
    return _made(ctx, maintaining.replan(ctx, before, wanted), remarks, changed=True)


def _unlike(ctx: Ctx, before: Window, args: Change) -> tuple[str, str]:
    """When and how often, where they are not as before: a form says both."""
    when, repeat = args.when, args.repeat
    current = next(iter(store.of_window(ctx.tx, before.id)), None)
    if when and current is not None:
        found = _range(ctx, when, _zone(ctx, when)[1])
        same = (found.start, found.end) == (cut(current.starts_at), cut(current.until))
        when = (
            "" if same or (found.start, found.end) == (current.starts_at, current.until) else when
        )
    if repeat and before.repeat and repeat.strip().casefold() == said(before).casefold():
        repeat = ""
    return when, repeat


def _what(ctx: Ctx, text: str) -> str:
    try:
        return rules.read_what(text, ctx.definitions)
    except BadFilter as error:
        raise Invalid(str(error), "what") from None


def _behaviour(text: str) -> Behaviour:
    word = text.strip().casefold().replace(" ", "-")
    try:
        return Behaviour(word)
    except ValueError:
        known = ", ".join(Behaviour)
        raise Invalid(f"{text} is not one of: {known}.", "behaviour") from None


def _announce(text: str) -> int:
    if not text:
        return ANNOUNCE
    bare = text.removesuffix("min").removesuffix("m").strip()
    if not bare.isdecimal() or int(bare) > 1440:
        raise Invalid(f"{text} is no number of minutes from 0 to 1440.", "announce")
    return int(bare)


def _short(text: str) -> str:
    return " ".join(text.split())[:_TEXT]


def zone_of(ctx: Ctx | View) -> str:
    """The zone of whoever acts or asks."""
    person = ctx.definitions.people.get(ctx.actor.id)
    return person.zone if person else "UTC"


def _zone(ctx: Ctx, when: str) -> tuple[str, str]:
    """A time, and the zone it is meant in: one named at its end, or the speaker's."""
    mine = zone_of(ctx)
    last = when.strip().rpartition(" ")[2]
    try:
        return zoned(when, mine) if last[:1].isalpha() else (when, mine)
    except BadTime as error:
        raise Invalid(str(error), "when") from None


def _timed(ctx: Ctx, window: Window, when: str, repeat: str) -> tuple[Window, tuple[str, ...]]:
    """The window at the time and as often as words say; what is to be known of it."""
    found = None
    if when:
        zone = _zone(ctx, when)[1]
        found = _range(ctx, when, zone)
        window = _at(ctx, replace(window, zone=zone), found)
    if repeat:
        window = _repeated(ctx, window, repeat)
    if window.end - window.start > rules.LONGEST:
        raise Invalid("That is longer than 31 days: plan less at once.", "when")
    if rules.overlaps(window):
        raise Invalid("It would begin again before it ends.", "repeat")
    if not any(rules.slots(window, ctx.now, ctx.now + _FAR)):
        raise Invalid("It never comes: none of those days is after now.", "repeat")
    return window, found.remarks if found is not None else ()


def _range(ctx: Ctx, when: str, zone: str) -> Range:
    try:
        return read_range(when, ctx.now, zone)
    except BadTime as error:
        raise Invalid(str(error), "when") from None


def _at(ctx: Ctx, window: Window, found: Range) -> Window:
    walls, start = clock_of(window.zone), max(found.start, ctx.now)
    first = (start, found.end)
    return replace(window, start=walls.wall(start), end=walls.wall(found.end), first=first)


def _repeated(ctx: Ctx, window: Window, repeat: str) -> Window:
    """It comes again by a rule; the first one is the first that fits."""
    if repeat.strip().casefold() in ("once", "no", "never"):
        return replace(window, repeat="")
    try:
        rule = repeat_words.read(repeat, ctx.now, window.zone)
    except BadRepeat as error:
        raise Invalid(str(error), "repeat") from None
    start, end = cut(window.start), cut(window.end)
    return replace(window, repeat=str(rule), start=start, end=end, first=None)


def _made(ctx: Ctx, made: Window, remarks: tuple[str, ...], *, changed: bool) -> Done:
    """What was made, in sentences: what, when, what it would cover, who is told."""
    first = next(iter(store.of_window(ctx.tx, made.id)), None)
    slot = (
        first.slot
        if first is not None
        else next(rules.slots(made, ctx.now, ctx.now + 20 * 366 * DAY))
    )
    span = (first.starts_at, first.until) if first is not None else rules.span(made, slot)
    when = say.shown(ctx, *span, made.zone, zone_of(ctx))
    again = f", {said(made)}" if made.repeat else ""
    verb = "changed" if changed else "set" if first is None or first.state is not BEGUN else "on"
    lines = [
        f"Maintenance {made.id} of {made.what} is {verb}: {when}{again}. {how(made.behaviour)}"
    ]
    lines += [_covers(ctx, made.what), *_where(ctx, made, first), *remarks]
    label = "End now" if first is not None and first.state is BEGUN else "Call it off"
    offers = (Offer(label, f"cmd:end-maintenance:{made.id}:{made.rev}"),)
    return Done("\n".join(lines), aloud=True, offers=offers)


def said(window: Window) -> str:
    """How often it comes: ``weekly``."""
    return repeat_words.said(rules.rule_of(window)) if window.repeat else ""


def _covers(ctx: Ctx, what: str) -> str:
    """``It covers 2 open incidents, 31 last week.``"""
    now, lately = windows.counts(ctx.tx, ctx.now, what)
    many = f"{lately}+" if lately >= windows.COUNTED else str(lately)
    return f"It covers {count(now, 'open incident')}, {many} in the last 7 days."


def _where(ctx: Ctx, made: Window, first: Occurrence | None) -> list[str]:
    if first is None or first.state is not PLANNED:
        return []
    found = maintaining.places(ctx, first)
    named = tuple(dict.fromkeys(p.partition(":")[2] for p in found))
    names, left = ", ".join(named[:4]), len(named) - 4
    more = f" and {left} more" if left > 0 else ""
    before = f"{made.announce} min before" if made.announce else "when it begins"
    return [f"Told in {names}{more} {before}."] if found else []


def fetch(ctx: Ctx, number: int) -> Window:
    """A window, to be changed in this transaction."""
    found = store.window(ctx.tx, number, for_change=True)
    if found is None:
        raise NotFound(f"There is no maintenance {number}. Try: maintenances")
    if found.over is not None:
        raise Conflict(f"Maintenance {number} is over.")
    if ctx.rev is not None and ctx.rev != found.rev:
        raise Conflict(f"That card is older than maintenance {number} is now. Try: maintenances")
    return found
