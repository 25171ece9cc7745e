"""Times that our own grammar does not understand, read with the help of a library that knows many
languages; it is loaded when it is first needed, and never on the writer's thread."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from commands import words as say
from commands.context import Done, Shown
from commands.errors import Invalid
from commands.registry import Verb
from commands.rules.clock_gaps import skipped
from commands.rules.range import is_range, read_range
from commands.rules.span_words import DAYS
from commands.rules.spoken import either_order, in_our_words
from commands.rules.spoken_clock import Unsure
from commands.rules.time_words import is_moment
from commands.rules.when import BadTime, read_moment, read_when, zoned
from commands.told import Told
from store.model import Instant

Read = tuple[tuple[str, str, str], ...]
"""Of each time that was understood so: its kind, as it was said, in our own words."""
KINDS = ("when", "moment", "range")
"""The kinds of fields that are times."""

_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "ru", "ja"]
_SLASHED = re.compile(r"^(\d{1,2})/(\d{1,2})$")
_ZONE = re.compile(r" [A-Za-z]+/[A-Za-z_/+-]+\d*$| UTC$")
_CLOCK = re.compile(r"\d{1,2}(?:[:.h]\d{2}|h|am|pm|uhr)$", re.IGNORECASE)
_YEAR = re.compile(r"\b\d{4}\b")
_COUNTED = re.compile(r"^(?:in|dans|en|tra|fra|over|za|через|om|em|daqui a)\s")
_NUMERIC = re.compile(r"\d{1,4}[./-]\d{1,2}(?:[./-](?:\d{1,4})?)?|\d+月\d+日")
_SHORT = 2
"""Words of so many letters are no months."""
_OPEN_ENDS = {
    "at", "de", "from", "the", "um", "a", "an", "of", "in", "to", "and", "for", "until", "on",
    "bis", "von", "à", "la", "le", "el", "y", "und", "et", "by", "with", "before", "after",
}  # fmt: skip
"""Words that no time ends with: others follow."""
_ONLY_A_NUMBER = re.compile(r"\d{1,2}(?:st|nd|rd|th|\.|er|º|ª)?")
_BETWEEN_WORDS = {"of", "de", "the", "le", "den", "der", "del", "van", "di"}
_ONE = {"a", "an", "one", "einer", "einem", "un", "une", "una", "uno", "een"}
_WORD = re.compile(r"[^\W\d_]+")
_BASE = datetime(2024, 1, 3, 12)  # noqa: DTZ001  the library counts on a wall clock
"""What the library counts from is always the same instant, so that it keeps what it has loaded:
what it finds are distances, weekdays, and days of some year."""
_LONGEST, _WEEK, _MOST = 12, 7, 80
_ONE_AT_A_TIME = Lock()


@cache
def _parsers() -> tuple[Any, Any]:
    """The library's parsers: one that wants a day of the calendar, one that takes weekdays too."""
    from dateparser.date import DateDataParser

    known: dict[str, Any] = {
        "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY", "RETURN_AS_TIMEZONE_AWARE": False,
        "PARSERS": ["relative-time", "absolute-time"], "RELATIVE_BASE": _BASE,
    }  # fmt: skip
    dated = DateDataParser(languages=_LANGUAGES, settings={**known, "REQUIRE_PARTS": ["day"]})
    return dated, DateDataParser(languages=_LANGUAGES, settings=known)


@lru_cache(4096)
def _library(words: str) -> tuple[datetime | None, str]:
    """What the library reads, counted from ``_BASE``, and in what it counts."""
    if len(words) > _MOST:
        return None, ""
    dated, weekdays = _parsers()
    with _ONE_AT_A_TIME:
        found = dated.get_date_data(words)
        if found.date_obj is None:
            found = weekdays.get_date_data(words)
            ahead = (found.date_obj - _BASE.replace(hour=0)).days if found.date_obj else 0
            return (found.date_obj, "weekday") if 0 < ahead <= _WEEK else (None, "")
    return found.date_obj, str(found.period)


def day_of(words: str, today: date) -> str | None:
    """``freitag`` as ``fri``, ``24 décembre`` as ``2026-12-24``, ``in zwei stunden`` as ``+120``
    (minutes); None where it is no day. Unsure where it may be two."""
    slashed = _SLASHED.match(words)
    if slashed and (days := either_order(int(slashed[1]), int(slashed[2]), today)):
        raise Unsure(f"Which day is {words}?", days, words)
    at, counts = _library(words)
    if at is None or _leaves_out(words):
        return None
    if counts == "weekday":
        return None if " " in words else DAYS[at.weekday()]
    if at.hour == at.minute == 0:
        return _dated(at, words, today)
    if any(c.isdigit() for c in words) and not _COUNTED.match(words):
        return None  # a number that the library left out
    if counts in ("month", "year"):
        return _months_on(today, (at.year - _BASE.year) * 12 + at.month - _BASE.month)
    minutes, seconds = divmod(int((at - _BASE).total_seconds()), 60)
    if seconds or (not minutes and " " in words):
        return None
    if _COUNTED.match(words) or minutes % (24 * 60):
        return f"+{minutes}" if minutes > 0 else None
    return (today + timedelta(minutes=minutes)).isoformat()


def _leaves_out(words: str) -> bool:
    """Whether the library takes no notice of one of the words, which then may mean anything; it may
    of an article, and of a weekday that is right."""
    said = words.split()
    counted = _COUNTED.match(words) is not None
    for i, word in enumerate(said) if len(said) > 1 else ():
        if word in _BETWEEN_WORDS or (counted and (i == 0 or word in _ONE)):
            continue
        if _library(" ".join(said[:i] + said[i + 1 :])) == _library(words):
            return True
    return False


def _dated(at: datetime, words: str, today: date) -> str | None:
    """A day of the calendar: of the year it names, else the next one there is."""
    named = [w for w in _WORD.findall(words) if w not in _BETWEEN_WORDS and len(w) > _SHORT]
    numeric = _NUMERIC.fullmatch(words) is not None
    if not any(c.isdigit() for c in words) or not (numeric or 0 < len(named) < 3):
        return None
    if _ONLY_A_NUMBER.fullmatch(words):
        return None
    if _YEAR.search(words):
        return at.date().isoformat()
    for year in range(today.year, today.year + 9):
        try:
            found = at.date().replace(year=year)
        except ValueError:
            continue
        if found >= today:
            return found.isoformat()
    return None


def _months_on(today: date, months: int) -> str | None:
    if months <= 0:
        return None
    years, month = divmod(today.month - 1 + months, 12)
    day = today.day
    while day:
        try:
            return date(today.year + years, month + 1, day).isoformat()
        except ValueError:
            day -= 1
    return None


# ---- what is asked of it -----------------------------------------------------------------------


def is_ours(kind: str, text: str) -> bool:
    """Whether our own grammar understands a time."""
    if kind == "range":
        return is_range(text)
    if kind == "moment":
        return is_moment(text)
    try:
        read_when(text, 0, "UTC")
    except BadTime:
        return False
    return True


def understood(kind: str, text: str, now: Instant, zone: str) -> str | None:
    """A time in the words of our own grammar; None where it is not understood either. BadTime
    where it may mean two things. Takes a moment when it is first called: never on the loop."""
    bare, there = zoned(text, zone) if _ZONE.search(text) else (text, zone)
    try:
        today = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(there)).date()
    except (KeyError, ValueError, OSError):
        return None
    found = in_our_words(kind, bare, today, lambda words: day_of(words, today))
    if found is None or not is_ours(kind, found):
        return None
    return found if bare == text else f"{found} {there}"


def leads(kind: str, words: Sequence[str], now: Instant, zone: str) -> int:
    """How many words from the start are a time of that kind, the most there are; 0 for none."""
    for n in range(min(_LONGEST, len(words)), 0, -1):
        text = " ".join(words[:n])
        if _CLOCK.match(" ".join(words[n : n + 1])) or words[n - 1].casefold() in _OPEN_ENDS:
            continue  # a clock that is none must not be left out in silence
        try:
            if is_ours(kind, text) or understood(kind, text, now, zone):
                return n
        except BadTime:
            return n
    return 0


def _times(verb: Verb, args: Any) -> dict[str, tuple[str, str]]:
    """The arguments that are times: field → (its kind, the words)."""
    return {
        f.name: (f.kind, text)
        for f in verb.fields
        if f.kind in KINDS and isinstance(text := getattr(args, f.name), str) and text.strip()
    }


async def clarified(verb: Verb, args: Any, now: Instant, zone: str) -> tuple[Any, Read]:
    """A verb's arguments with every time in words of our own grammar, and what was put so. Invalid
    where it may mean two things."""
    found: dict[str, tuple[str, str, str]] = {}
    for name, (kind, text) in _times(verb, args).items():
        if is_ours(kind, text):
            if kind != "range" and skipped(kind, text, now, zone):
                found[name] = (kind, text, text)
            continue
        try:
            ours = await asyncio.to_thread(understood, kind, text, now, zone)
        except BadTime as error:
            raise Invalid(str(error), name, error.choices) from None
        if ours is not None:
            found[name] = (kind, text, ours)
    clear = replace(args, **{name: each[2] for name, each in found.items()}) if found else args
    return clear, tuple(found.values())


def read_as(kind: str, ours: str, now: Instant, zone: str) -> Shown:
    """A time in our own words as it is shown: ``Mon 23 Nov 09:00 CET``."""
    if kind == "range":
        found = read_range(ours, now, zone)
        text = f"{say.date(found.start, zone)} to {say.date(found.end, zone)}"
        return Shown(text, found.start, found.end)
    at = (read_moment if kind == "moment" else read_when)(ours, now, zone)
    return Shown(say.date(at, zone), at)


def in_their_words(error: Invalid, read: Read) -> Invalid:
    """What a verb says of a time, about the words that were said."""
    text = error.error
    for _, said, ours in read:
        text = text.replace(ours, said)
    return Invalid(text, error.where, error.choices)


def _remarks(read: Read, now: Instant, zone: str) -> tuple[list[str], list[Shown]]:
    """``“demain 9h” is read as Mon 23 Nov 09:00 CET.``"""
    lines, times = [], []
    for kind, text, ours in read:
        try:
            shown = read_as(kind, ours, now, zone)
        except BadTime:
            continue
        if gap := skipped(kind, ours, now, zone) if kind != "range" else "":
            lines.append(gap)
        if text != ours:
            lines.append(f"“{text[:60]}” is read as {shown.text}.")
            times.append(shown)
    return lines, times


def aloud(done: Done, read: Read, now: Instant, zone: str) -> Done:
    """An answer that also says how times were understood that are not in our own words."""
    if not read:
        return done
    lines, times = _remarks(read, now, zone)
    say = "\n".join([done.say, *lines])
    return replace(done, say=say, times=(*done.times, *times), aloud=True)


def told(found: Any, read: Read, now: Instant, zone: str) -> Any:
    """The same of what a query answers in words."""
    if not read:
        return found
    lines, _ = _remarks(read, now, zone)
    if isinstance(found, Told):
        return replace(found, lines=(*lines, *found.lines))
    return [*lines, *found] if isinstance(found, list) else found
