"""Which things a maintenance is about, and when its window comes on the wall clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache

from commands.rules import filters, repeats
from commands.rules.filters import BadFilter, Filter, Values
from commands.rules.oncall.wall import WallClock, clock_of
from commands.rules.repeats import Repeat
from store.model import DAY, Definitions, Instant
from store.model.maintenance import Behaviour, Occurrence, Window
from store.model.oncall import WallTime

_NAMED = ("resource", "host", "service")
"""What a bare name such as ``db-5`` may be the name of."""
_KINDS = ("team", "service", "route", "host", "resource")
_STRONGEST = (
    Behaviour.ONE_INCIDENT, Behaviour.NO_CARDS, Behaviour.NO_PAGES, Behaviour.PAUSE_ONLY,
)  # fmt: skip
_TRY = "Say what is worked on: db-5, service:x, team:db, host=db-*, or all."
LONGEST = 31 * DAY
_EPOCH = date(1970, 1, 1)


# ---- what --------------------------------------------------------------------------------------


def read_what(text: str, known: Definitions) -> str:
    """The things that words name, as a filter; BadFilter says what is wrong with them.

    A bare name is that of a resource, host or service, or else of a team.
    """
    found = filters.read(text)
    for name, there in (("team", known.teams), ("route", [r.name for r in known.routes])):
        _known(found, name, list(there))
    if (state := found.of("status") or found.of("who")) is not None:
        raise BadFilter(f"{state} is no thing: say what is worked on, not how its incidents are.")
    if odd := [w for w in found.words if ":" in w or "=" in w]:
        raise BadFilter(f"{odd[0]} names nothing. {_TRY}")
    if not found and text.strip().casefold() not in ("all", "everything"):
        raise BadFilter(_TRY)
    if len(found.words) == 1 and not found.terms and (name := _one(found.words[0], known.teams)):
        return f"team:{name}"
    return " ".join(text.split())


def _known(found: Filter, kind: str, names: list[str]) -> None:
    term = found.of(kind)
    folded = [n.casefold() for n in names]
    for glob in term.globs if term else ():
        if not any(fnmatchcase(n, glob) for n in folded):
            there = ", ".join(sorted(names)) or "none yet"
            raise BadFilter(f"There is no {kind} {glob}. {kind.capitalize()}s: {there}.")


def _one(word: str, names: Iterable[str]) -> str:
    return next((n for n in names if n.casefold() == word), "")


@lru_cache(maxsize=256)
def _parts(what: str) -> tuple[Filter, tuple[str, ...]]:
    try:
        found = filters.read(what)
    except BadFilter:
        return Filter(), (what.casefold(),)
    words = tuple(w for w in found.words if w != "everything")
    return Filter(found.terms), words


def about(what: str, values: Values) -> bool:
    """Whether something with these values is among the things that are worked on."""
    terms, names = _parts(what)
    return terms.fits(values) and all(_is_called(name, values) for name in names)


def _is_called(name: str, values: Values) -> bool:
    """``db-5`` is also ``db-5:9100`` and ``db-5.example.eu``; it is not ``db-50``."""
    for field in _NAMED:
        for value in values(field):
            whole = value.casefold()
            bare = whole.partition(":")[0]
            if any(fnmatchcase(v, name) for v in (whole, bare, bare.partition(".")[0])):
                return True
    return False


def is_everything(what: str) -> bool:
    """Whether a maintenance is about all there is."""
    terms, names = _parts(what)
    return not terms and not names


def fields(what: str, name: str) -> tuple[str, ...]:
    """The values that a filter asks of a field, such as the names of its teams."""
    term = _parts(what)[0].of(name)
    return term.globs if term is not None and not term.but else ()


def title(one: Occurrence | Window) -> str:
    """``db-5 disk swap``: what is worked on and what is done, each once."""
    what = " ".join(
        w.replace(":", " ") if w.partition(":")[0] in _KINDS else w for w in one.what.split()
    )
    what = "everything" if what in ("all", "everything") else what
    if not one.text:
        return what
    return one.text if what.casefold() in one.text.casefold() else f"{what} {one.text}"


# ---- how ---------------------------------------------------------------------------------------


def strongest(found: list[Occurrence]) -> Occurrence:
    """Of several that hold at once the one by whose behaviour an incident opens; of like ones that
    which lasts longest."""
    return min(found, key=lambda o: (_STRONGEST.index(o.behaviour), -o.until, o.id))


def longest(found: list[Occurrence]) -> Occurrence | None:
    """Of several that hold at once the one that ends last."""
    return max(found, key=lambda o: (o.until, -o.id), default=None)


# ---- when --------------------------------------------------------------------------------------


def clock(window: Window) -> WallClock:
    """The wall clock it is planned on."""
    return clock_of(window.zone)


def day_of(wall: WallTime) -> date:
    """The day of a wall time."""
    return datetime.fromtimestamp(wall / 1000, UTC).date()


def span(window: Window, slot: WallTime) -> tuple[Instant, Instant]:
    """When the one of that start begins and ends. A start that comes twice is the first, an end
    the last; one that the clocks skip is the first instant after the gap, and what lies in a gap
    as a whole lasts as long from there."""
    if slot == window.start and window.first is not None:
        return window.first
    walls, length = clock(window), window.end - window.start
    start, end = walls.first(slot), walls.last(slot + length)
    return (start, end) if end > start else (start, start + length)


def rule_of(window: Window) -> Repeat:
    """The rule by which it comes again."""
    return repeats.parse(window.repeat, window.zone)


def slots(window: Window, after: Instant, until: Instant) -> Iterator[WallTime]:
    """The starts on the wall clock of those that end after ``after`` and begin before ``until``,
    without the skipped ones."""
    for slot in _slots(window, until):
        start, end = span(window, slot)
        if start >= until:
            return
        if end > after and slot not in window.skipped:
            yield slot


def _slots(window: Window, until: Instant) -> Iterator[WallTime]:
    if not window.repeat:
        yield window.start
        return
    first, begins = day_of(window.start), window.start % DAY
    at = datetime.fromtimestamp(begins / 1000, UTC).time()
    rule = rule_of(window)
    last = day_of(clock(window).wall(until)) + timedelta(days=1)
    for day in repeats.days(rule, first, at, last):
        yield (day - _EPOCH).days * DAY + begins


def following(window: Window, now: Instant, ahead: Instant) -> Instant | None:
    """When the next one begins after now, if one does within ``ahead`` milliseconds."""
    found = (span(window, slot)[0] for slot in slots(window, now, now + ahead))
    return next((at for at in found if at > now), None)


def overlaps(window: Window) -> bool:
    """Whether one would begin before the one before it ends."""
    if not window.repeat:
        return False
    length, before = window.end - window.start, None
    begins = clock(window).first(window.start)
    for n, slot in enumerate(_slots(window, begins + 800 * DAY)):
        if before is not None and slot - before < length:
            return True
        before = slot
        if n > 60:
            break
    return False
