"""The status page from what is published: which part is how, and what was in the last two weeks.
Nothing of an incident comes in here that nobody published. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from commands.rules import filters
from commands.rules.filters import Filter, Values
from store.model import Instant
from store.model.status import DEGRADED, OUTAGE, RESOLVED, Component, Line, Post, StatusPage

OPERATIONAL, MAINTENANCE = "operational", "maintenance"
DAYS = 14
WORDS = {
    OPERATIONAL: "Works",
    MAINTENANCE: "In maintenance",
    DEGRADED: "Works partly",
    OUTAGE: "Does not work",
}
"""How a part is, in words beside every colour."""
_BAD = (OUTAGE, DEGRADED, MAINTENANCE, OPERATIONAL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One published incident: since when, until when where it is over, and its lines, the newest
    first. ``key`` tells it from others and says nothing."""

    key: str
    title: str
    impact: str
    components: tuple[str, ...]
    began: Instant
    over: Instant | None
    lines: tuple[Line, ...]

    @property
    def phase(self) -> str:
        """How far it is."""
        if self.over is not None:
            return RESOLVED
        return self.lines[0].phase if self.lines else "investigating"

    @property
    def changed(self) -> Instant:
        """When something was published of it last, or it was over."""
        return max((self.began, self.over or 0, *(line.at for line in self.lines[:1])))


@dataclass(frozen=True, slots=True)
class Work:
    """A maintenance that others may know of: on which parts, from when to when."""

    key: str
    title: str
    components: tuple[str, ...]
    starts: Instant
    ends: Instant
    now: bool


@dataclass(frozen=True, slots=True)
class Part:
    """How a component is."""

    name: str
    text: str
    state: str

    @property
    def word(self) -> str:
        """The same in words."""
        return WORDS[self.state]


@dataclass(frozen=True, slots=True)
class Day:
    """What was published of one day."""

    day: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole page."""

    title: str
    text: str
    state: str
    parts: tuple[Part, ...]
    open: tuple[Entry, ...]
    work: tuple[Work, ...]
    days: tuple[Day, ...]
    at: Instant
    zone: str

    @property
    def headline(self) -> str:
        """How it is, in a sentence."""
        said = {
            OPERATIONAL: "Everything works",
            MAINTENANCE: "Maintenance is under way",
            DEGRADED: "Some things work only partly",
            OUTAGE: "Something does not work",
        }
        return said[self.state]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything, the latest first."""
        past = (e for day in self.days for e in day.entries)
        every = {e.key: e for e in (*self.open, *past)}
        return tuple(sorted(every.values(), key=lambda e: e.changed, reverse=True))


def shown(page: StatusPage, entries: Sequence[Entry], work: Sequence[Work], now: Instant) -> Shown:
    """The page at an instant."""
    still = tuple(e for e in entries if e.over is None)
    parts = tuple(Part(c.name, c.text, _state(c.name, still, work)) for c in page.components)
    states = {*(p.state for p in parts), *(e.impact for e in still)}
    states |= {MAINTENANCE} if any(w.now for w in work) else set()
    worst = next((s for s in _BAD if s in states), OPERATIONAL)
    return Shown(
        page.title, page.text, worst, parts, still, tuple(work),
        tuple(_days(page.zone, [e for e in entries if e.over is not None], now)), now, page.zone,
    )  # fmt: skip


def _state(name: str, still: Iterable[Entry], work: Iterable[Work]) -> str:
    found = {e.impact for e in still if name in e.components}
    found |= {MAINTENANCE} if any(w.now and name in w.components for w in work) else set()
    return next((s for s in _BAD if s in found), OPERATIONAL)


def _days(zone: str, past: Sequence[Entry], now: Instant) -> Iterable[Day]:
    today = _day(now, zone)
    for back in range(DAYS):
        day = today - timedelta(days=back)
        mine = [e for e in past if _day(e.began, zone) == day]
        yield Day(day, tuple(sorted(mine, key=lambda e: e.began, reverse=True)))


def _day(at: Instant, zone: str) -> date:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def earliest(page: StatusPage, now: Instant) -> Instant:
    """The first instant that the history shows."""
    first = _day(now, page.zone) - timedelta(days=DAYS - 1)
    wall = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(page.zone))
    return int(wall.timestamp() * 1000)


def entry(
    key: str, post: Post, lines: Sequence[Line], began: Instant, over: Instant | None
) -> Entry:
    """One published incident as the page shows it; a line that says it is over counts too."""
    said = next((line.at for line in lines[:1] if line.phase == RESOLVED), None)
    ended = over if over is not None else said
    return Entry(key, post.title, post.impact, post.components, began, ended, tuple(lines))


def components_of(page: StatusPage, values: Values) -> tuple[str, ...]:
    """The components that something with these values concerns."""
    fits = (c for c in page.components if c.match.strip() and filters.read(c.match).fits(values))
    return tuple(c.name for c in fits)


def touched(page: StatusPage, what: str) -> tuple[str, ...]:
    """The components that a filter is about: in a field that both name, something of one fits
    something of the other."""
    found = filters.read(what)
    return tuple(c.name for c in page.components if _meets(c, found))


def _meets(component: Component, what: Filter) -> bool:
    mine = {t.name: t.globs for t in filters.read(component.match).terms if not t.but}
    theirs = {t.name: t.globs for t in what.terms if not t.but}
    both = mine.keys() & theirs.keys()
    return bool(both) and all(_any(mine[name], theirs[name]) for name in both)


def _any(some: Iterable[str], others: Sequence[str]) -> bool:
    return any(fnmatchcase(a, b) or fnmatchcase(b, a) for a in some for b in others)
