"""Cron lines (``30 2 * * mon-fri``): when the next one comes on a zone's wall clock.

Vixie cron's rules: names of months and days, steps, 7 is Sunday too, and of day of month and day
of week either may fit where both are given. A time that the clocks skip comes at the end of the
gap; one that comes twice counts once, but for lines that say every hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from commands.rules.oncall.wall import clock_of
from store.model import HOUR, Instant

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_SEARCHED = 366 * 8 + 2
"""Days looked through: from one 29 February over a century's end to the next."""


class BadCron(ValueError):
    """It is no cron line; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes, hours, days, months and days of the week (0 is Sunday) that fit."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def fits(self, day: datetime) -> bool:
        """Whether it comes on that day."""
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month or of_week if self.either else of_month and of_week


def read(text: str) -> Cron:
    """A line of five fields, or one such as ``@daily``; BadCron says what is wrong."""
    words = _MACROS.get(text.strip().casefold(), text).split()
    if len(words) != 5:
        raise BadCron(f"{text} is no cron line: minute hour day month weekday, as in 30 2 * * 1-5")
    minute, hour, day, month, weekday = (word.casefold() for word in words)
    found = Cron(
        tuple(sorted(_field(minute, 0, 59, "minute"))),
        tuple(sorted(_field(hour, 0, 23, "hour"))),
        frozenset(_field(day, 1, 31, "day of the month")),
        frozenset(_field(month, 1, 12, "month", _MONTHS, 1)),
        frozenset(n % 7 for n in _field(weekday, 0, 7, "day of the week", _DAYS)),
        not day.startswith("*") and not weekday.startswith("*"),
    )
    if following(found, 0, "UTC") is None:
        raise BadCron(f"{text} never comes: there is no such day.")
    return found


def _field(
    text: str, low: int, high: int, what: str, names: tuple[str, ...] = (), first: int = 0
) -> Iterator[int]:
    def number(word: str) -> int:
        if word in names:
            return names.index(word) + first
        if not (word.isascii() and word.isdecimal() and low <= int(word[:4]) <= high):
            raise BadCron(f"{word or text} is no {what}: it is {low} to {high}.")
        return int(word)

    for part in text.split(","):
        span, slash, step = part.partition("/")
        begin, dash, end = span.partition("-")
        if span == "*":
            start, stop = low, high
        else:
            start = number(begin)
            stop = number(end) if dash else high if slash else start
        if start > stop or (slash and not (step.isdecimal() and 0 < int(step[:4]) <= high)):
            raise BadCron(f"{part} is no {what}: it is {low} to {high}.")
        yield from range(start, stop + 1, int(step) if slash else 1)


def following(cron: Cron, after: Instant, zone: str) -> Instant | None:
    """The first instant later than ``after`` at which the line comes; None where none does."""
    clock = clock_of(zone)
    start = datetime.fromtimestamp(clock.low(after - 2 * HOUR) / 1000, UTC)
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(_SEARCHED):
        if cron.fits(day):
            found = [at for at in _instants(cron, day, zone, start) if at > after]
            if found:
                return min(found)
        day += timedelta(days=1)
    return None


def _instants(cron: Cron, day: datetime, zone: str, start: datetime) -> Iterator[Instant]:
    clock, midnight, always = clock_of(zone), int(day.timestamp() * 1000), len(cron.hours) == 24
    begun = start.hour if day.date() == start.date() else 0
    for hour in cron.hours:
        if hour < begun:
            continue
        for minute in cron.minutes:
            wall = midnight + hour * HOUR + minute * 60_000
            yield clock.first(wall)
            if always:
                yield clock.last(wall)
