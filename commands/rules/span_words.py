"""How spans of time are written: words as days, clocks, lengths and what stands between two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from commands.rules.when import TRIES, BadTime, length_of
from store.model import Instant

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
SPANS = "Try: sat 08:00-20:00, 24 dec - 2 jan, 2h."

_CLOCK_WORDS = r"\d{1,2}(?::\d{2})?\s*(?:am|pm)?"
_CLOCK = re.compile(r"^(\d{1,2})(?::(\d{2}))?\s*(am|pm)?$")
ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
DATE = re.compile(r"^(\d{1,2})\.? ([a-z]{3,9})\.?,?(?: (\d{4}))?$")
_MONTH_FIRST = re.compile(r"\b([a-z]{3,9}) (\d{1,2})\b(?!:|\s*(?:am|pm)\b)")
_BETWEEN = re.compile(
    r"\s+(?:to|until|till|through)\s+|\s*[\u2013\u2014]\s*|\s+-\s+|\s*/\s*(?=\d{4}-)"
)
_CLOCKS = re.compile(rf"^(.*?)(?<![\d-])({_CLOCK_WORDS})-({_CLOCK_WORDS})$")
_DAY_TO_DAY = re.compile(r"^([a-z]{3,9})-([a-z]{3,9})$")
_DATES_OF_A_MONTH = re.compile(r"^(\d{1,2})\s*-\s*(\d{1,2}) ([a-z]{3,9})( \d{4})?$")
_LENGTH = re.compile(r"^(.+?) (?:for|\+) (.+)$")


@dataclass(frozen=True, slots=True)
class Point:
    """A day, a clock, both, or an instant; ``text`` as it was written."""

    text: str
    day: str = ""
    clock: tuple[int, int] | None = None
    exact: Instant | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A span as it was written: two points, a point with a length, a length, or named days."""

    first: Point | None = None
    last: Point | None = None
    length: int = 0
    named: str = ""
    from_now: bool = False


def parsed(text: str) -> Read:
    """The words of a span of time; BadTime where they are none."""
    words = " ".join(text.casefold().replace(",", " ").split())
    for lead in ("from ", "on ", "for "):
        words = words.removeprefix(lead)
    words = _MONTH_FIRST.sub(_turned, words)
    if words in ("next week", "this week", "weekend", "this weekend", "the weekend"):
        return Read(named="weekend" if "weekend" in words else words)
    if length := length_of(words.removeprefix("in ")):
        return Read(length=length, from_now=True)
    for lead in ("until ", "till "):
        if words.startswith(lead):
            return Read(last=_point(words.removeprefix(lead)), from_now=True)
    if lasting := _LENGTH.match(words):
        length = length_of(lasting[2])
        if length:
            return Read(first=_point(lasting[1]), length=length)
    return _two(words) or Read(first=_day(words))


def _turned(found: re.Match[str]) -> str:
    return f"{found[2]} {found[1]}" if month(found[1]) else found[0]


def _two(words: str) -> Read | None:
    """Two points with something in between; None where nothing stands between two."""
    if found := _DATES_OF_A_MONTH.match(words):
        of = f"{found[3]}{found[4] or ''}"
        return Read(_point(f"{found[1]} {of}"), _point(f"{found[2]} {of}"))
    if (found := _DAY_TO_DAY.match(words)) and weekday(found[1]) is not None:
        return Read(_point(found[1]), _point(found[2]))
    if found := _CLOCKS.match(words):
        first, last = found[2].strip(), found[3].strip()
        if last[-2:] in ("am", "pm") and first[-2:] not in ("am", "pm") and ":" not in first:
            first = _half(first, last)
        return Read(_point(f"{found[1]}{first}".strip()), _point(last))
    parts = _BETWEEN.split(words)
    if len(parts) == 2 and all(parts):
        return Read(_point(parts[0]), _point(parts[1]))
    return None


def _half(first: str, last: str) -> str:
    """``9`` of ``9-11am`` is in the morning too, of ``9-5pm`` as well, of ``1-5pm`` not."""
    later = int(re.sub(r"\D.*", "", last)) % 12
    same = int(first) % 12 < later
    return f"{first}{last[-2:] if same else 'am' if last.endswith('pm') else 'pm'}"


def _day(words: str) -> Point:
    """A day alone; a clock alone says no end."""
    point = _point(words)
    if point.clock is not None or point.exact is not None or point.day == "now":
        raise BadTime(f"Until when? {words} has no end. {SPANS}")
    return point


def _point(words: str) -> Point:
    if (exact := _exact(words)) is not None:
        return Point(words, exact=exact)
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
        raise BadTime(f"{words} is not a time. {TRIES}")
    return Point(words, day, clock)


def _hour(found: re.Match[str], words: str) -> tuple[int, int]:
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + 12 * (found[3] == "pm") if 1 <= hour <= 12 else 25
    if (hour < 24 and minute < 60) or (hour, minute) == (24, 0):
        return hour, minute
    raise BadTime(f"{words} is not a time. {TRIES}")


def _exact(words: str) -> Instant | None:
    try:
        found = datetime.fromisoformat(words.upper().replace(" ", "T", 1))
    except ValueError:
        return None
    return int(found.timestamp() * 1000) if found.tzinfo else None


def _is_day(words: str) -> bool:
    if words in ("today", "tomorrow", "now") or weekday(words) is not None:
        return True
    if found := ISO.match(words):
        return date_of(int(found[1]), int(found[2]), int(found[3])) is not None
    found = DATE.match(words)
    return bool(found) and bool(month(found[2])) and 1 <= int(found[1]) <= 31  # type: ignore[index]


def weekday(words: str) -> int | None:
    """``sat`` or ``saturday`` as a number, Monday is 0."""
    return next((n for n in range(7) if words in (DAYS[n], _NAMED[n])), None)


def month(words: str) -> int | None:
    """``dec`` or ``december`` as a number."""
    known = (n for n in range(12) if words in (MONTHS[n], _FULL_MONTHS[n]))
    return next((n + 1 for n in known), 9 if words == "sept" else None)


def date_of(year: int, number: int, day: int) -> date | None:
    """A day of the calendar, None where there is none."""
    try:
        return date(year, number, day)
    except ValueError:
        return None
