"""Spans of time as people type them: ``sat 08:00-20:00``, ``24 dec - 2 jan``, ``tomorrow 9am to
17:00``, ``mon until wed``, ``next week``, ``2h``, ``sat``, or as programs write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from commands.rules.oncall.wall import clock_of
from commands.rules.when import BadTime, length_of, zoned
from store.model import DAY, MINUTE, Instant

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_EPOCH = date(1970, 1, 1)
_TRIES = "Try: sat 20:00, tomorrow 9am, in 2h."
_SPANS = "Try: sat 08:00-20:00, 24 dec - 2 jan, 2h."

_CLOCK_WORDS = r"\d{1,2}(?::\d{2})?\s*(?:am|pm)?"
_CLOCK = re.compile(r"^(\d{1,2})(?::(\d{2}))?\s*(am|pm)?$")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_DATE = re.compile(r"^(\d{1,2})\.? ([a-z]{3,9})\.?,?(?: (\d{4}))?$")
_MONTH_FIRST = re.compile(r"\b([a-z]{3,9}) (\d{1,2})\b(?!:|\s*(?:am|pm)\b)")
_BETWEEN = re.compile(
    r"\s+(?:to|until|till|through)\s+|\s*[\u2013\u2014]\s*|\s+-\s+|\s*/\s*(?=\d{4}-)"
)
_CLOCKS = re.compile(rf"^(.*?)(?<![\d-])({_CLOCK_WORDS})-({_CLOCK_WORDS})$")
_DAY_TO_DAY = re.compile(r"^([a-z]{3,9})-([a-z]{3,9})$")
_DATES_OF_A_MONTH = re.compile(r"^(\d{1,2})\s*-\s*(\d{1,2}) ([a-z]{3,9})( \d{4})?$")
_LENGTH = re.compile(r"^(.+?) (?:for|\+) (.+)$")


@dataclass(frozen=True, slots=True)
class Range:
    """From ``start`` to before ``end``; ``whole`` says that it is whole days of the reader's zone,
    ``remarks`` are what the reader should know of how it was understood."""

    start: Instant
    end: Instant
    whole: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Point:
    """A day, a clock, both, or an instant; ``text`` as it was written."""

    text: str
    day: str = ""
    clock: tuple[int, int] | None = None
    exact: Instant | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """A span as it was written: two points, a point with a length, a length, or named days."""

    first: _Point | None = None
    last: _Point | None = None
    length: int = 0
    named: str = ""
    from_now: bool = False


def read_range(text: str, now: Instant, zone: str) -> Range:
    """The span of time a person in ``zone`` means by ``text`` at ``now``; BadTime says what to type
    instead.

    Days alone are whole and the last is in it. A start is the first occurrence of its wall time, an
    end the last; one that the clocks skip is the first instant after the gap. Of days that repeat
    the first is meant whose span is not over yet.
    """
    bare, zone = _zoned(text, zone)
    found = _Reader(now, zone).span(_parsed(bare))
    if found.end <= now:
        raise BadTime(f"{text.strip()} is over already. {_SPANS}")
    return found


def is_range(text: str) -> bool:
    """Whether words are written like a span of time, however it would turn out."""
    try:
        _parsed(_zoned(text, "UTC")[0])
    except BadTime:
        return False
    return True


def problem(text: str) -> str:
    """Why words are no span of time."""
    try:
        _parsed(text)
    except BadTime as error:
        return str(error)
    return f"{text} is not a time. {_SPANS}"


def _zoned(text: str, zone: str) -> tuple[str, str]:
    """A zone at the end counts; ``/`` between two times is none."""
    last = text.strip().rpartition(" ")[2]
    return zoned(text, zone) if last[:1].isalpha() else (text, zone)


def zone_word(zone: str) -> str:
    """A zone as people call it: ``Berlin``."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


# ---- what is written ---------------------------------------------------------------------------


def _parsed(text: str) -> _Read:
    words = " ".join(text.casefold().replace(",", " ").split())
    for lead in ("from ", "on ", "for "):
        words = words.removeprefix(lead)
    words = _MONTH_FIRST.sub(_turned, words)
    if words in ("next week", "this week", "weekend", "this weekend", "the weekend"):
        return _Read(named="weekend" if "weekend" in words else words)
    if (length := length_of(words.removeprefix("in "))) is not None:
        return _Read(length=length, from_now=True)
    for lead in ("until ", "till "):
        if words.startswith(lead):
            return _Read(last=_point(words.removeprefix(lead)), from_now=True)
    if lasting := _LENGTH.match(words):
        length = length_of(lasting[2])
        if length is not None:
            return _Read(first=_point(lasting[1]), length=length)
    return _two(words) or _Read(first=_day(words))


def _turned(found: re.Match[str]) -> str:
    return f"{found[2]} {found[1]}" if _month(found[1]) else found[0]


def _two(words: str) -> _Read | None:
    """Two points with something in between; None where nothing stands between two."""
    if found := _DATES_OF_A_MONTH.match(words):
        month = f"{found[3]}{found[4] or ''}"
        return _Read(_point(f"{found[1]} {month}"), _point(f"{found[2]} {month}"))
    if (found := _DAY_TO_DAY.match(words)) and _weekday(found[1]) is not None:
        return _Read(_point(found[1]), _point(found[2]))
    if found := _CLOCKS.match(words):
        first, last = found[2].strip(), found[3].strip()
        if last[-2:] in ("am", "pm") and first[-2:] not in ("am", "pm") and ":" not in first:
            first = _half(first, last)
        return _Read(_point(f"{found[1]}{first}".strip()), _point(last))
    parts = _BETWEEN.split(words)
    if len(parts) == 2 and all(parts):
        return _Read(_point(parts[0]), _point(parts[1]))
    return None


def _half(first: str, last: str) -> str:
    """``9`` of ``9-11am`` is in the morning too, of ``9-5pm`` as well, of ``1-5pm`` not."""
    later = int(re.sub(r"\D.*", "", last)) % 12
    same = int(first) % 12 < later
    return f"{first}{last[-2:] if same else 'am' if last.endswith('pm') else 'pm'}"


def _day(words: str) -> _Point:
    """A day alone; a clock alone says no end."""
    point = _point(words)
    if point.clock is not None or point.exact is not None or point.day == "now":
        raise BadTime(f"Until when? {words} has no end. {_SPANS}")
    return point


def _point(words: str) -> _Point:
    if (exact := _exact(words)) is not None:
        return _Point(words, exact=exact)
    day, clock = words, None
    for split in range(len(words) - 1, -1, -1):
        if split and words[split - 1] not in " t":
            continue
        if found := _CLOCK.match(words[split:]):
            head = words[: split - 1 if split else 0].removesuffix(" at").strip()
            if head in ("", "at") or _is_day(head):
                day, clock = head.removeprefix("at").strip(), _hour(found, words)
                break
    if not words or (day and not _is_day(day)):
        raise BadTime(f"{words} is not a time. {_TRIES}")
    return _Point(words, day, clock)


def _hour(found: re.Match[str], words: str) -> tuple[int, int]:
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + 12 * (found[3] == "pm") if 1 <= hour <= 12 else 25
    if (hour < 24 and minute < 60) or (hour, minute) == (24, 0):
        return hour, minute
    raise BadTime(f"{words} is not a time. {_TRIES}")


def _exact(words: str) -> Instant | None:
    try:
        found = datetime.fromisoformat(words.upper().replace(" ", "T", 1))
    except ValueError:
        return None
    return int(found.timestamp() * 1000) if found.tzinfo else None


def _is_day(words: str) -> bool:
    if words in ("today", "tomorrow", "now") or _weekday(words) is not None:
        return True
    if found := _ISO.match(words):
        return _date(int(found[1]), int(found[2]), int(found[3])) is not None
    found = _DATE.match(words)
    return bool(found) and bool(_month(found[2])) and 1 <= int(found[1]) <= 31  # type: ignore[index]


def _weekday(words: str) -> int | None:
    return next((n for n in range(7) if words in (_DAYS[n], _NAMED[n])), None)


def _month(words: str) -> int | None:
    known = (n for n in range(12) if words in (_MONTHS[n], _FULL_MONTHS[n]))
    return next((n + 1 for n in known), 9 if words == "sept" else None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# ---- what is meant -----------------------------------------------------------------------------


class _Reader:
    """Reads for one person at one instant."""

    def __init__(self, now: Instant, zone: str) -> None:
        self._now, self._zone, self._clock = now, zone, clock_of(zone)
        self._today = _day_of(self._clock.wall(now))
        self._remarks: list[str] = []

    def span(self, read: _Read) -> Range:
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

    def _between(self, first: _Point, last: _Point | None) -> Range:
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

    def _on(self, day: date, first: _Point, last: _Point | None) -> Range:
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

    def _ordered(self, start: Instant, end: Instant, until: date, last: _Point) -> None:
        if end > start:
            return
        later = until + timedelta(days=1)
        hint = ""
        if last.clock is not None and self._at(later, last.clock, last=True, silent=True) > start:
            hour, minute = last.clock
            hint = f" Did you mean {_DAYS[later.weekday()].title()} {hour:02}:{minute:02}?"
        raise BadTime(f"Ends before it starts.{hint}")

    def _until(self, point: _Point | None) -> Instant:
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

    def _start(self, point: _Point, day: date) -> Instant:
        if point.exact is not None:
            return point.exact
        if point.day == "now":
            return self._now
        return self._midnight(day) if point.clock is None else self._at(day, point.clock)

    def _days(self, point: _Point) -> list[date]:
        """The days that may be meant, the earliest first."""
        if point.exact is not None or point.day in ("now", "today"):
            return [self._today]
        if point.day == "tomorrow":
            return [self._today + timedelta(days=1)]
        if not point.day:
            return [self._today, self._today + timedelta(days=1)]
        if (weekday := _weekday(point.day)) is not None:
            ahead = (weekday - self._today.weekday()) % 7
            return [self._today + timedelta(days=ahead + n) for n in (0, 7)]
        return self._dates(point)

    def _dates(self, point: _Point) -> list[date]:
        if found := _ISO.match(point.day):
            return [date(*map(int, found.groups()))]
        found = _DATE.match(point.day)
        assert found is not None
        month, number = _month(found[2]) or 1, int(found[1])
        year = self._today.year
        years = [int(found[3])] if found[3] else range(year - 1, year + 9)
        days = [d for y in years if (d := _date(y, month, number))]
        if not days:
            raise BadTime(f"{point.text} is not a day of the calendar.")
        return days

    def _end_day(self, point: _Point, start: date) -> date:
        if not point.day:
            return start
        if point.day == "now":
            return self._today
        return next((d for d in self._all_days(point, start) if d >= start), start)

    def _all_days(self, point: _Point, start: date) -> list[date]:
        weekday = _weekday(point.day)
        if weekday is not None:
            ahead = (weekday - start.weekday()) % 7
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
        said = f"{_DAYS[day.weekday()].title()} {day.day} {_MONTHS[day.month - 1].title()}"
        hour, minute = divmod(shown % DAY // MINUTE, 60)
        place = zone_word(self._zone)
        gone = f"{said} {clock[0]:02}:{clock[1]:02} does not exist in {place} (clocks change)."
        return f"{gone} Used {hour:02}:{minute:02}."


def _wall(day: date) -> int:
    return (day - _EPOCH).days * DAY


def _day_of(wall: int) -> date:
    return datetime.fromtimestamp(wall / 1000, UTC).date()
