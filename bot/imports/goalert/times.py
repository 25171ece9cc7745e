"""GoAlert's own arithmetic of rotations and rules, as its code has it: clock differences, handoffs
one after another, months added as Go's dates add them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.imports.spans import aware, changes, instant, offset
from store.model import DAY, MINUTE, Instant

_HOURS = {"hourly": 1, "daily": 24, "weekly": 24 * 7}


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def clock_on(day: datetime, minutes: int, zone: str, *, last: bool = False) -> Instant:
    """When a clock shows so many minutes on a day, first or last; the end of the gap if it
    does not."""
    naive = _midnight(day).replace(tzinfo=None) + timedelta(minutes=minutes)
    tz = ZoneInfo(zone)
    one, other = (instant(naive.replace(tzinfo=tz, fold=fold)) for fold in (0, 1))
    if one <= other:
        return other if last else one
    # The time is skipped: the first is counted by the offset before, the other by that after.
    return next(iter(changes(zone, other - 1000, one + 1000)), one)


@dataclass(frozen=True, slots=True)
class Turns:
    """A rotation; ``at`` is a time in the turn of ``people[index]``."""

    kind: str
    length: int
    start: Instant
    zone: str
    people: tuple[str, ...]
    at: Instant
    index: int
    name: str = ""

    def begins(self, at: Instant) -> Instant:
        """When the turn that holds a time began."""
        if self.kind == "monthly":
            return self._months(at)[0]
        rest = self._clocked(at) % self._length
        return self._add(at, -rest)

    def ends(self, at: Instant) -> Instant:
        """When it ends."""
        if self.kind == "monthly":
            return self._months(at)[1]
        rest = self._clocked(at) % self._length
        return self._add(at, self._length - rest)

    @property
    def _length(self) -> int:
        return self.length * _HOURS[self.kind] * 60

    def _clocked(self, at: Instant) -> int:
        """Minutes of the clock between the start and a time."""
        ahead = offset(at, self.zone) - offset(self.start, self.zone)
        return (at - self.start + ahead) // MINUTE

    def _add(self, at: Instant, minutes: int) -> Instant:
        local = aware(at, self.zone)
        days, of_day = divmod(local.hour * 60 + local.minute + minutes, 1440)
        return clock_on(_midnight(local) + timedelta(days=days), of_day, self.zone)

    def _months(self, at: Instant) -> tuple[Instant, Instant]:
        local, begin = aware(at, self.zone), aware(self.start, self.zone)
        n = ((local.year - begin.year) * 12 + local.month - begin.month) // self.length
        while self._month(n) > at:
            n -= 1
        while self._month(n + 1) <= at:
            n += 1
        return self._month(n), self._month(n + 1)

    def _month(self, n: int) -> Instant:
        """The start so many lengths on; a day the month lacks runs over into the next."""
        begin = aware(self.start, self.zone).replace(tzinfo=None)
        months = begin.year * 12 + begin.month - 1 + n * self.length
        first = begin.replace(year=months // 12, month=months % 12 + 1, day=1)
        wall = first + timedelta(days=begin.day - 1)
        return clock_on(wall, wall.hour * 60 + wall.minute, self.zone)

    def spans(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant, str]]:
        """The turns that touch a stretch of time, and whose each is."""
        if not self.people:
            return
        index, since = self.index, self.begins(self.at)
        until = self.ends(since)
        while since > start:
            until, since, index = since, self.begins(since - MINUTE), index - 1
        while since < end:
            if until > start:
                yield since, until, self.people[index % len(self.people)]
            since, until, index = until, max(self.ends(until), until + MINUTE), index + 1


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of some weekdays (Sunday is 0, as GoAlert counts) in which a target is on call."""

    start: int
    end: int
    days: tuple[bool, ...]

    @property
    def always(self) -> bool:
        """Whether it never ends."""
        return all(self.days) and self.start == self.end

    def spans(self, start: Instant, end: Instant, zone: str) -> Iterator[tuple[Instant, Instant]]:
        """When the rule is active."""
        if self.always:
            yield start, end
            return
        day = _midnight(aware(start, zone)) - timedelta(days=2)
        while instant(day) < end + DAY:
            if self.days[day.isoweekday() % 7]:
                closing = day if self.start < self.end else day + timedelta(days=1)
                since = clock_on(day, self.start, zone)
                yield since, clock_on(closing, self.end, zone, last=True)
            day = _midnight(day + timedelta(days=1))
