"""OnCall's shifts as the events its calendars hold, after its own arithmetic: recurrence rules on
the wall clock of the shift's zone, and ends that are counted in elapsed time from the start."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from math import lcm
from zoneinfo import ZoneInfo

from bot.imports.spans import aware, instant
from store.model import DAY, Instant

Group = tuple[str, ...]
Event = tuple[Instant, Instant, Group]

_MOST_MONTHS = 12_000
_MOST_TURNS = 300_000
"""Turns between a shift's start and its rotation's start that are followed."""


@dataclass(frozen=True, slots=True)
class Shift:
    """An on-call shift; times are of ``zone``'s wall clock, ``length`` is in minutes.

    ``groups``: who takes turns (one group where nobody does). ``by_day`` counts Monday as 0.
    ``web``: made in the web interface, where what runs at ``since`` counts from its start.
    """

    key: str
    name: str
    kind: str
    zone: str
    level: int
    start: datetime
    length: int
    since: datetime
    frequency: str | None
    interval: int
    until: datetime | None
    week_start: int
    by_day: tuple[int, ...]
    by_month: tuple[int, ...]
    by_monthday: tuple[int, ...]
    groups: tuple[Group, ...]
    web: bool

    @property
    def override(self) -> bool:
        """Whether it stands above every rotation."""
        return self.kind == "override"


@dataclass(frozen=True, slots=True)
class Series:
    """One group's events: the first, and how they recur; ``place`` is the group's."""

    start: datetime
    interval: int
    frequency: str | None
    by_day: tuple[int, ...]
    group: Group
    place: int = 0


def events(shift: Shift, start: Instant, end: Instant) -> Iterator[Event]:
    """The events of a shift that touch a stretch of time, and whom they have on call."""
    for series in all_series(shift):
        length = _elapsed(shift, series)
        reach = timedelta(milliseconds=length + 2 * DAY)
        first = aware(start, shift.zone).replace(tzinfo=None) - reach
        last = aware(end, shift.zone).replace(tzinfo=None) + timedelta(days=2)
        for wall in _occurrences(shift, series, first, last):
            since = _localized(wall, shift.zone)
            if since < end and since + length > start:
                yield since, since + length, series.group


def _elapsed(shift: Shift, series: Series) -> int:
    """Milliseconds from start to end of a series' first event, which all of them last."""
    ends = series.start + timedelta(minutes=shift.length)
    if shift.until is not None:
        ends = min(ends, shift.until)
    return _localized(ends, shift.zone) - _localized(series.start, shift.zone)


def _localized(wall: datetime, zone: str) -> Instant:
    """When a clock shows a wall time: the last time it does, or as if it had not gone forward."""
    found = (instant(wall.replace(tzinfo=ZoneInfo(zone), fold=fold)) for fold in (0, 1))
    return max(found)


def planned(shift: Shift, since: Instant) -> Instant:
    """When an event would end if its length were counted on the wall clock."""
    wall = aware(since, shift.zone).replace(tzinfo=None) + timedelta(minutes=shift.length)
    return _localized(wall, shift.zone)


# ---- the turns of groups -----------------------------------------------------------------------


def all_series(shift: Shift) -> list[Series]:
    """The series of each group, the first of which begin in turn."""
    by_day = shift.by_day
    if shift.frequency is None:
        return [Series(shift.start, 1, None, (), g) for g in shift.groups[:1]]
    if shift.kind == "recurrent_event":
        return [
            Series(shift.start, shift.interval, shift.frequency, by_day, g) for g in shift.groups
        ]
    if shift.frequency == "daily" and by_day:
        return list(_daily_by_day(shift))
    return list(_turns(shift))


def _turns(shift: Shift) -> Iterator[Series]:
    count, made = len(shift.groups), 0
    at = first_turn(shift)
    for place, group in islice(cycle(enumerate(shift.groups)), _MOST_TURNS):
        if at is None:
            return
        if _counts(shift, at):
            yield Series(at, shift.interval * count, shift.frequency, shift.by_day, group, place)
            made += 1
        if made == count:
            return
        at = _next_turn(shift, at)


def _counts(shift: Shift, at: datetime) -> bool:
    running = shift.web and at + timedelta(minutes=shift.length) > shift.since
    return running or at >= shift.since


def first_turn(shift: Shift) -> datetime | None:
    """When the first turn begins: in the first week or month with the first event that counts, and
    on one of the shift's days."""
    at = shift.start
    if shift.since != at and shift.frequency in ("weekly", "monthly"):
        one = Series(at, shift.interval, shift.frequency, shift.by_day, ())
        first = (w for w in _occurrences(shift, one, at, _last_day(shift, at)) if _counts(shift, w))
        at = next(first, at)
    if shift.until is not None and at > shift.until:
        return None
    if shift.by_day and at.weekday() not in shift.by_day:
        ordered = ((shift.week_start + n) % 7 for n in range(7))
        day = next(d for d in ordered if d in shift.by_day)
        at += timedelta(days=(day - at.weekday()) % 7)
    return at


def _next_turn(shift: Shift, at: datetime) -> datetime | None:
    """When the turn after one begins."""
    n = shift.interval
    if shift.frequency == "hourly":
        found = _first(shift, at, at + timedelta(hours=1), at + timedelta(days=31))
    elif shift.frequency == "daily":
        found = _first(shift, at, at + timedelta(days=1), at + timedelta(days=31))
    elif shift.frequency == "weekly":
        ahead = (shift.week_start - at.weekday()) % 7 or 7
        earliest = at + timedelta(days=ahead + 7 * (n - 1))
        found = _first(shift, at, earliest, _last_day(shift, earliest))
    else:
        earliest = _first_of_month(at, n)
        found = _first(shift, at, earliest, _last_day(shift, earliest))
    return None if shift.until is not None and found > shift.until else found


def _first(shift: Shift, at: datetime, earliest: datetime, latest: datetime) -> datetime:
    """The first event of the rule from ``at`` on that begins between two times, of weeks and months
    the first that counts; else the earlier of them."""
    one = Series(at, shift.interval, shift.frequency, shift.by_day, ())
    found = _occurrences(shift, one, earliest, latest, endless=True)
    if shift.frequency in ("weekly", "monthly"):
        found = (wall for wall in found if _counts(shift, wall))
    return next(found, earliest)


def _last_day(shift: Shift, at: datetime) -> datetime:
    """The last day of the week or month of a time."""
    if shift.frequency == "weekly":
        return at + timedelta(days=6 - (at.weekday() - shift.week_start) % 7)
    return at.replace(day=monthrange(at.year, at.month)[1])


def _first_of_month(at: datetime, ahead: int) -> datetime:
    months = at.year * 12 + at.month - 1 + ahead
    return at.replace(year=months // 12, month=months % 12 + 1, day=1)


def _daily_by_day(shift: Shift) -> Iterator[Series]:
    """Groups that change from one chosen day to the next: a weekly series for each pair."""
    days = len(shift.by_day)
    at = first_turn(shift)
    steps = [(g, n) for g in shift.groups for n in range(shift.interval)]
    seen: list[tuple[int, int]] = []
    starts: list[tuple[datetime, Group]] = []
    for n in islice(cycle(range(len(steps))), len(steps) * 7 + 1):
        if at is None or (n, at.weekday()) in seen:
            break
        seen.append((n, at.weekday()))
        starts.append((at, steps[n][0]))
        following = at + timedelta(days=1)
        while following.weekday() not in shift.by_day:
            following += timedelta(days=1)
        at = None if shift.until is not None and following > shift.until else following
    weeks = max(lcm(len(steps), days) // days, 1)
    for begin, group in starts:
        yield Series(begin, weeks, "weekly", (begin.weekday(),), group)


# ---- recurrence --------------------------------------------------------------------------------


def _occurrences(
    shift: Shift, series: Series, first: datetime, last: datetime, *, endless: bool = False
) -> Iterator[datetime]:
    """When events of a series begin between two wall times, the first event always among them."""
    if first <= series.start <= last:
        yield series.start
    if series.frequency is None:
        return
    until = None if endless or shift.until is None else _localized(shift.until, "UTC")
    for wall in _recurring(shift, series, first, last):
        if wall > last or (until is not None and _localized(wall, shift.zone) > until):
            return
        if wall > series.start and wall >= first:
            yield wall


def _recurring(shift: Shift, series: Series, first: datetime, last: datetime) -> Iterator[datetime]:
    at, step = series.start, series.interval
    if series.frequency == "monthly":
        yield from _months(shift, series, last)
        return
    if series.frequency == "weekly":
        begin = at - timedelta(days=(at.weekday() - shift.week_start) % 7)
        unit = timedelta(weeks=step)
        days = series.by_day or (at.weekday(),)
        ahead = sorted((day - shift.week_start) % 7 for day in days)
    else:
        begin, ahead = at, [0]
        unit = timedelta(hours=step) if series.frequency == "hourly" else timedelta(days=step)
    begin += max((first - begin) // unit - 1, 0) * unit
    while begin <= last:
        for days_on in ahead:
            wall = begin + timedelta(days=days_on)
            chosen = series.frequency == "weekly" or not series.by_day
            if (chosen or wall.weekday() in series.by_day) and _falls(shift, wall):
                yield wall
        begin += unit


def _falls(shift: Shift, wall: datetime) -> bool:
    if shift.by_month and wall.month not in shift.by_month:
        return False
    return not shift.by_monthday or any(_is_day(wall, day) for day in shift.by_monthday)


def _is_day(wall: datetime, day: int) -> bool:
    last = monthrange(wall.year, wall.month)[1]
    return wall.day == (day if day > 0 else last + 1 + day)


def _months(shift: Shift, series: Series, last: datetime) -> Iterator[datetime]:
    for n in range(_MOST_MONTHS):
        first = _first_of_month(series.start, n * series.interval)
        if first > last:
            return
        for day in range(monthrange(first.year, first.month)[1]):
            wall = first + timedelta(days=day)
            if shift.by_monthday or series.by_day:
                fits = not series.by_day or wall.weekday() in series.by_day
            else:
                fits = wall.day == series.start.day
            if fits and _falls(shift, wall):
                yield wall
