"""Spans of time as people type them: ``sat 08:00-20:00``, ``24 dec - 2 jan``, ``tomorrow 9am to
17:00``, ``mon until wed``, ``next week``, ``2h``, ``sat``, or as programs write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from commands.rules.oncall.wall import clock_of
from commands.rules.span_words import (
    DATE,
    DAYS,
    ISO,
    MONTHS,
    SPANS,
    Point,
    Read,
    date_of,
    month,
    parsed,
    weekday,
)
from commands.rules.when import BadTime, zoned
from store.model import DAY, MINUTE, Instant

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Range:
    """From ``start`` to before ``end``; ``whole`` says that it is whole days of the reader's zone,
    ``remarks`` are what the reader should know of how it was understood."""

    start: Instant
    end: Instant
    whole: bool = False
    remarks: tuple[str, ...] = ()


def read_range(text: str, now: Instant, zone: str) -> Range:
    """The span of time a person in ``zone`` means by ``text`` at ``now``; BadTime says what to type
    instead.

    Days alone are whole and the last is in it. A start is the first occurrence of its wall time, an
    end the last; one that the clocks skip is the first instant after the gap. Of days that repeat
    the first is meant whose span is not over yet.
    """
    bare, zone = _zoned(text, zone)
    try:
        found = _Reader(now, zone).span(parsed(bare))
    except BadTime:
        raise
    except (OverflowError, ValueError):
        raise BadTime(f"{text.strip()} is in no calendar. {SPANS}") from None
    if found.end <= now:
        raise BadTime(f"{text.strip()} is over already. {SPANS}")
    return found


def is_range(text: str) -> bool:
    """Whether words are written like a span of time, however it would turn out."""
    try:
        parsed(_zoned(text, "UTC")[0])
    except BadTime:
        return False
    return True


def problem(text: str) -> str:
    """Why words are no span of time."""
    try:
        parsed(text)
    except BadTime as error:
        return str(error)
    return f"{text} is not a time. {SPANS}"


def _zoned(text: str, zone: str) -> tuple[str, str]:
    """A zone at the end counts; ``/`` between two times is none."""
    last = text.strip().rpartition(" ")[2]
    return zoned(text, zone) if last[:1].isalpha() else (text, zone)


def zone_word(zone: str) -> str:
    """A zone as people call it: ``Berlin``."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


class _Reader:
    """Reads for one person at one instant."""

    def __init__(self, now: Instant, zone: str) -> None:
        self._now, self._zone, self._clock = now, zone, clock_of(zone)
        self._today = _day_of(self._clock.wall(now))
        self._remarks: list[str] = []

    def span(self, read: Read) -> Range:
        if read.named:
            return self._named(read.named)
        if read.from_now:
            end = self._now + read.length if read.length else self._until(read.last)
            return Range(self._now, end, remarks=tuple(self._remarks))
        assert read.first is not None
        if read.length:
            starts = (self._start(read.first, day) for day in self._days(read.first))
            start = next((s for s in starts if s + read.length > self._now), 0)
            return Range(start, start + read.length, remarks=tuple(self._remarks))
        return self._between(read.first, read.last)

    def _named(self, named: str) -> Range:
        monday = self._today - timedelta(days=self._today.weekday())
        if named == "next week":
            return self._whole(monday + timedelta(days=7), monday + timedelta(days=13))
        if named == "weekend":
            return self._whole(monday + timedelta(days=5), monday + timedelta(days=6))
        return Range(self._now, self._midnight(monday + timedelta(days=7)))

    def _between(self, first: Point, last: Point | None) -> Range:
        """The first of the days that may be meant whose span is not over; what is wrong with it."""
        found: Range | None = None
        for day in (days := self._days(first)):
            self._remarks.clear()
            try:
                found = self._on(day, first, last)
            except BadTime:
                if day >= self._today or day == days[-1]:
                    raise
                continue
            if found.end > self._now:
                break
        assert found is not None
        return found

    def _on(self, day: date, first: Point, last: Point | None) -> Range:
        start, ends = self._start(first, day), last or first
        whole = first.clock is None and first.exact is None and first.day != "now"
        if last is not None and last.exact is not None:
            self._ordered(start, last.exact, day, last)
            return Range(start, last.exact, remarks=tuple(self._remarks))
        until = self._end_day(ends, day) if last is not None else day
        if ends.clock is None:
            end = self._midnight(until + timedelta(days=1))
        else:
            end = self._at(until, ends.clock, last=True)
            whole = False
        self._ordered(start, end, until, ends)
        return Range(start, end, whole, tuple(self._remarks))

    def _ordered(self, start: Instant, end: Instant, until: date, last: Point) -> None:
        if end > start:
            return
        later = until + timedelta(days=1)
        hint = ""
        if last.clock is not None and self._at(later, last.clock, last=True, silent=True) > start:
            hour, minute = last.clock
            hint = f" Did you mean {DAYS[later.weekday()].title()} {hour:02}:{minute:02}?"
        raise BadTime(f"Ends before it starts.{hint}")

    def _until(self, point: Point | None) -> Instant:
        assert point is not None
        if point.exact is not None:
            return point.exact
        for day in self._days(point):
            clock = point.clock
            end = (
                self._midnight(day + timedelta(days=1))
                if clock is None
                else self._at(day, clock, last=True)
            )
            if end > self._now:
                return end
        return self._now

    def _start(self, point: Point, day: date) -> Instant:
        if point.exact is not None:
            return point.exact
        if point.day == "now":
            return self._now
        return self._midnight(day) if point.clock is None else self._at(day, point.clock)

    def _days(self, point: Point) -> list[date]:
        """The days that may be meant, the earliest first."""
        if point.exact is not None or point.day in ("now", "today"):
            return [self._today]
        if point.day == "tomorrow":
            return [self._today + timedelta(days=1)]
        if not point.day:
            return [self._today, self._today + timedelta(days=1)]
        if (named := weekday(point.day)) is not None:
            ahead = (named - self._today.weekday()) % 7
            return [self._today + timedelta(days=ahead + n) for n in (0, 7)]
        return self._dates(point)

    def _dates(self, point: Point) -> list[date]:
        if found := ISO.match(point.day):
            return [date(*map(int, found.groups()))]
        found = DATE.match(point.day)
        assert found is not None
        of, number = month(found[2]) or 1, int(found[1])
        year = self._today.year
        years = [int(found[3])] if found[3] else range(year - 1, year + 9)
        days = [d for y in years if (d := date_of(y, of, number))]
        if not days:
            raise BadTime(f"{point.text} is not a day of the calendar.")
        return days

    def _end_day(self, point: Point, start: date) -> date:
        if not point.day:
            return start
        if point.day == "now":
            return self._today
        return next((d for d in self._all_days(point, start) if d >= start), start)

    def _all_days(self, point: Point, start: date) -> list[date]:
        named = weekday(point.day)
        if named is not None:
            ahead = (named - start.weekday()) % 7
            return [start + timedelta(days=ahead)]
        days = self._days(point)
        if days[-1] < start:
            raise BadTime("Ends before it starts.")
        return days

    # instants

    def _whole(self, first: date, last: date) -> Range:
        return Range(self._midnight(first), self._midnight(last + timedelta(days=1)), True)

    def _midnight(self, day: date) -> Instant:
        return self._clock.first(_wall(day))

    def _at(
        self, day: date, clock: tuple[int, int], *, last: bool = False, silent: bool = False
    ) -> Instant:
        wall = _wall(day) + (clock[0] * 60 + clock[1]) * MINUTE
        at = self._clock.last(wall) if last else self._clock.first(wall)
        shown = self._clock.wall(at)
        if shown != wall and not silent:
            self._remarks.append(self._skipped(day, clock, shown))
        return at

    def _skipped(self, day: date, clock: tuple[int, int], shown: int) -> str:
        said = f"{DAYS[day.weekday()].title()} {day.day} {MONTHS[day.month - 1].title()}"
        hour, minute = divmod(shown % DAY // MINUTE, 60)
        place = zone_word(self._zone)
        gone = f"{said} {clock[0]:02}:{clock[1]:02} does not exist in {place} (clocks change)."
        return f"{gone} Used {hour:02}:{minute:02}."


def _wall(day: date) -> int:
    return (day - _EPOCH).days * DAY


def _day_of(wall: int) -> date:
    return datetime.fromtimestamp(wall / 1000, UTC).date()
