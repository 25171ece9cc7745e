"""Times as people type them: ``2h``, ``until monday 9``, ``sat 20:00``, ``tomorrow 9am``; of things
that are looked up also ``2h ago``, ``yesterday 9am``, ``24 dec 20:00``, ``2026-10-25 02:30``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from store.model import DAY, HOUR, MINUTE, Instant

_UNITS = {
    "m": MINUTE,
    "min": MINUTE,
    "h": HOUR,
    "hour": HOUR,
    "d": DAY,
    "day": DAY,
    "w": 7 * DAY,
    "week": 7 * DAY,
}
_SPAN = re.compile(r"^(\d{1,4})\s*(minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)$")
_CLOCK = re.compile(r"^(\d{1,2})(?::(\d{2}))?\s*(am|pm)?$")
_AGO = re.compile(r"^(.+) ago$")
_YESTERDAY = re.compile(r"^yesterday(?: (?:at )?(.+))?$")
_ISO = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:[t ]+(\S.*))?$")
_DATED = re.compile(r"^(?:[a-z]{3,9} )?(\d{1,2}) ([a-z]{3,9})(?: (\d{4}))?(?: (?:at )?(.+))?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TRIES = "Try: sat 20:00, tomorrow 9am, in 2h."
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class BadTime(ValueError):
    """The words are not a time; the message says what to type instead, ``choices`` are ways to say
    each of the times that may be meant."""

    def __init__(self, text: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.choices = choices


def read_when(text: str, now: Instant, zone: str) -> Instant:
    """The instant a person in ``zone`` means by ``text`` at ``now``; BadTime otherwise.

    A wall time that the clocks skip is the first instant after the gap; one that comes twice is
    its first occurrence. Of ``24 dec`` the next one is meant; a zone at the end counts.
    """
    if (exact := _exact(text.strip())) is not None:
        return exact
    text, zone = zoned(text, zone)
    words = " ".join(text.casefold().split())
    for lead in ("until ", "for ", "in ", "at ", "till "):
        words = words.removeprefix(lead)
    if (length := length_of(words)) is not None:
        return now + length
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone))
    if not words.startswith("yesterday"):
        day, clock = _dated(words, local, text, ahead=True)
        if day is not None:
            return _instant(day, *_clock(clock or "9:00", text), zone)
    if words in ("morning", "the morning"):
        words = "9:00"
    day, clock = _split(words, local)
    hour, minute = _clock(clock, text)
    at = _instant(day, hour, minute, zone)
    if at <= now and not _names_day(words):
        at = _instant(day + timedelta(days=1), hour, minute, zone)
    return at


def length_of(words: str) -> int | None:
    """A length in ms (``2h``, ``90 minutes``), None where words are none."""
    span = _SPAN.match(words)
    return int(span[1]) * _unit(span[2]) if span else None


def read_moment(text: str, now: Instant, zone: str) -> Instant:
    """An instant in the past or to come that a person in ``zone`` means by ``text`` at ``now``.

    What ``read_when`` reads, ``now``, a span ``ago``, ``yesterday``, and dates: of ``24 dec`` the
    one that is nearest. A zone at the end counts for ``zone``. BadTime otherwise.
    """
    if (exact := _exact(text.strip())) is not None:
        return exact
    text, zone = zoned(text, zone)
    words = " ".join(text.casefold().split())
    for lead in ("at ", "on "):
        words = words.removeprefix(lead)
    if words in ("", "now"):
        return now
    if (ago := _AGO.match(words)) and (length := length_of(ago[1])) is not None:
        return now - length
    day, clock = _dated(words, datetime.fromtimestamp(now / 1000, ZoneInfo(zone)), text)
    if day is None:
        return read_when(text, now, zone)
    return _instant(day, *_clock(clock or "9:00", text), zone)


def zoned(text: str, zone: str) -> tuple[str, str]:
    """A time and the zone it is meant in: one named at its end, as ``02:30 Europe/Berlin``."""
    before, _, last = text.strip().rpartition(" ")
    if last != "UTC" and "/" not in last:
        return text, zone
    try:
        ZoneInfo(last)
    except (KeyError, ValueError, OSError):
        raise BadTime(f"{last} is no time zone like Europe/Berlin.") from None
    return before, last


def _exact(text: str) -> Instant | None:
    """An instant that says its own offset from UTC, as programs write it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(found.timestamp() * 1000) if found.tzinfo else None


def _dated(
    words: str, local: datetime, text: str, *, ahead: bool = False
) -> tuple[datetime | None, str | None]:
    """The day that words name by its date, and the clock beside it; ``ahead`` takes the next one,
    not the nearest."""
    if found := _YESTERDAY.match(words):
        return local - timedelta(days=1), found[1]
    try:
        if found := _ISO.match(words):
            return datetime.fromisoformat(found[1]), found[2]
        found = _DATED.match(words)
        if found and found[2][:3] in _MONTHS:
            month, day = _MONTHS.index(found[2][:3]) + 1, int(found[1])
            years = [int(found[3])] if found[3] else range(local.year - 4, local.year + 5)
            days = [d for year in years if (d := _day(year, month, day))]
            today = local.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
            near = [d for d in days if d >= today] if ahead and not found[3] else days
            return min(near, key=lambda d: abs((d - today).days)), found[4]
    except ValueError:
        raise BadTime(f"{text} is not a day of the calendar.") from None
    return None, None


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}")
    except ValueError:
        return None


def _unit(word: str) -> int:
    short = word.rstrip("s") if word not in ("h", "m", "d", "w") else word
    return _UNITS.get(short) or _UNITS[short[0]]


def _names_day(words: str) -> bool:
    first = words.split(" ", 1)[0]
    return first in _FULL or first in _DAYS or first == "tomorrow"


def _split(words: str, local: datetime) -> tuple[datetime, str]:
    first, _, rest = words.partition(" ")
    rest = rest.removeprefix("at ").strip() or "9:00"
    if first == "tomorrow":
        return local + timedelta(days=1), rest
    if first == "today":
        return local, rest
    index = _FULL.index(first) if first in _FULL else _DAYS.index(first) if first in _DAYS else None
    if index is None:
        return local, words
    ahead = (index - local.weekday()) % 7
    later = ahead or (0 if _later_today(rest, local) else 7)
    return local + timedelta(days=later), rest


def _later_today(clock: str, local: datetime) -> bool:
    hour, minute = _clock(clock, clock)
    return (hour, minute) > (local.hour, local.minute)


def _clock(clock: str, whole: str) -> tuple[int, int]:
    found = _CLOCK.match(clock)
    if found:
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3]:
            hour = hour % 12 + (12 if found[3] == "pm" else 0) if 1 <= hour <= 12 else 24
        if hour < 24 and minute < 60:
            return hour, minute
    raise BadTime(f"{whole} is not a time. {TRIES}")


def _instant(day: datetime, hour: int, minute: int, zone: str) -> Instant:
    tz = ZoneInfo(zone)
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=tz)
    at = wall.astimezone(UTC)
    if at.astimezone(tz).replace(tzinfo=None) != wall.replace(tzinfo=None):  # skipped by the clocks
        after = at.astimezone(tz).utcoffset()
        while (at - timedelta(minutes=1)).astimezone(tz).utcoffset() == after:
            at -= timedelta(minutes=1)
    return int(at.timestamp() * 1000)
