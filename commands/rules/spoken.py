"""Times as people say them, in the words that our own grammar knows: ``the day after tomorrow at
noon`` becomes ``2026-11-24 12:00``. What a day is called in which language comes in as a function.
Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from commands.rules.span_words import MONTHS, Point, date_of, parsed, weekday
from commands.rules.spoken_clock import Unsure, clocked
from commands.rules.when import BadTime, length_of
from store.model import DAY, HOUR, MINUTE

DayOf = Callable[[str], "str | None"]
"""Words for a day → ``tue`` or ``2026-11-24`` in our grammar, ``+90`` for so many minutes from
now; None where they are none. May raise Unsure."""

_LENGTHS = re.compile(
    r"^(?:for|for about|für|pendant|durante|voor|in|within|dans|en|tra|fra|over|za|через|om)\s+"
)
_UNTIL = re.compile(
    r"^(?:until|till|by|before|bis(?: zum| zu)?|jusqu'(?:à|au)|hasta(?: el)?|fino a|tot|até|do|до)"
    r"\s+"
)
_FROM = re.compile(
    r"^(?:from|starting|von|ab|vom|de|du|à partir de|desde|da|dal|van|vanaf|od|с)\s+"
)
_STARTS_INSIDE = re.compile(r"\s(?:from|between|von|zwischen|de|entre|da|dalle|van)\s")
_ARTICLES = re.compile(
    r"^(?:on|the|am|den|dem|der|zum|le|la|el|il|lo|de|op|på|w|v|em|na|no|у|в|во)\s+"
)
_ENDS = re.compile(r"\s+(?:at|um|à|a las|alle|às|om|de|from|von|da|das|ab|в|во)$")
_BETWEEN = re.compile(
    r"\s+(?:to|until|till|through|bis(?: zum| zu)?|jusqu'(?:à|au)|hasta(?: el)?|fino a|tot|até)\s+"
    r"|\s+[-\u2013\u2014]\s+|(?<=\w)\s*[-\u2013](?=\d)|\u2013|\u2014"
)
_BETWEEN_AFTER_FROM = re.compile(r"\s+(?:à|au|a|al|do|до|and|y|et|und)\s+")
"""Words that may mean other things where nothing says that a start comes before them."""
_LASTING = re.compile(r"\s+(?:for|für|pendant|durante|voor|per)\s+")
_NEXT = re.compile(
    r"^(?:next|nächste[rnsm]?|próxim[oa]|prossim[oa]|volgende|następny|следующ\w+)\b"
    r"|\b(?:prochaine?|próxim[oa]|prossim[oa])$"
)
_COMING = re.compile(
    r"\b(?:this coming|coming|this|the|kommende[rnsm]?|diese[rnsm]?|ce|cette|este|questo|questa"
    r"|komende|deze)\b"
)
_SAYINGS = {
    "pasado mañana": "+2", "dopodomani": "+2", "depois de amanhã": "+2", "the other day": "",
    "heute": "today", "aujourd'hui": "today", "hoy": "today", "oggi": "today", "vandaag": "today",
}  # fmt: skip
_HALVES = {
    "half an hour": 30, "half hour": 30, "an hour and a half": 90, "one and a half hours": 90,
    "a couple of hours": 120, "einer halben stunde": 30, "eine halbe stunde": 30,
    "anderthalb stunden": 90, "une demi-heure": 30, "media hora": 30, "mezz'ora": 30,
}  # fmt: skip
_WEEK = ("week", "woche", "semaine", "semana", "settimana")
_MONTH = ("month", "monat", "mois", "mes", "mese", "maand", "mês")
_LENGTH_FIRST = re.compile(r"^\d{1,4}\s*(?:h|m|d|w|min)\b")
_WEEKENDS = ("weekend", "wochenende", "week-end", "fin de semana", "fine settimana")
_HOURS = re.compile(r"\b(\d{1,2})\s*[-\u2013]\s*(\d{1,2})\s*(uhr|uur|h)\b")
_AFTER_NEXT = re.compile(r"^(.+) after next$")
_HOLDS_A_WORD = re.compile(r"[^\W\d_]{3,}|\d|[\u3040-\u9fff]{2,}")


def in_our_words(kind: str, text: str, today: date, day_of: DayOf) -> str | None:
    """A time (``when``, ``moment``) or span of time (``range``) in the words of our own grammar;
    None where it is not understood. BadTime, with the choices there are, where it may mean two
    things."""
    words = _HOURS.sub(r"\1 \3 - \2 \3", _tidy(text))
    if _LENGTH_FIRST.match(words):
        return None  # ``2h`` and what is no part of it; not the clock 2h
    try:
        return _span(words, today, day_of) if kind == "range" else _time(words, today, day_of)
    except Unsure as error:
        whole = (words.replace(error.part, c, 1) if error.part else c for c in error.choices)
        raise BadTime(f"{error} Say {' or '.join(error.choices)}.", tuple(whole)) from None


def _tidy(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").replace(",", " ").split())


def _time(words: str, today: date, day_of: DayOf) -> str | None:
    bare = _UNTIL.sub("", words)
    if length := _length(bare, day_of):
        return length
    found = point(bare, today, day_of)
    return found.replace("24:00", "00:00") if found else None


def _span(words: str, today: date, day_of: DayOf) -> str | None:
    if length := _length(words, day_of):
        return length
    if until := _UNTIL.match(words):
        last = point(words[until.end() :], today, day_of)
        return f"until {last}" if last else None
    bare, begun = _FROM.subn("", words)
    if named := _named(bare):
        return named
    inside = begun or _STARTS_INSIDE.search(bare) is not None
    for first, second, lasts in _parted(bare, bool(inside)):
        start = point(first, today, day_of)
        if start is None:
            continue
        if lasts:
            length = _length(f"for {second}", day_of)
            if length:
                return f"{start} for {length}"
        elif end := point(second, today, day_of):
            return f"{start} - {end}"
    day, clock = _apart(bare, today, day_of)
    if clock is None:
        return day or None
    if day is not None and _is_clock(clock):
        raise Unsure(f"Until when? {words} has no end.", (f"{words} to 17:00", f"{words} for 2h"))
    return None


def _named(words: str) -> str | None:
    """``kommendes wochenende`` as ``weekend``, ``nächste woche`` as ``next week``."""
    week = _ARTICLES.sub("", _NEXT.sub("", words).strip())
    if week in _WEEK and _NEXT.search(words):
        return "next week"
    bare = _ARTICLES.sub("", _COMING.sub("", words).strip())
    return "weekend" if bare in _WEEKENDS else None


def _parted(words: str, begun: bool) -> Iterator[tuple[str, str, bool]]:
    """Every way to read it as two: a start and an end, or a start and how long."""
    for found in _LASTING.finditer(words):
        yield words[: found.start()], words[found.end() :], True
    for between in (_BETWEEN, _BETWEEN_AFTER_FROM)[: 1 + begun]:
        for found in between.finditer(words):
            if found.start():
                yield words[: found.start()], words[found.end() :], False


def _length(words: str, day_of: DayOf) -> str | None:
    """``in zwei Stunden`` as ``2h``; None where words are no length from now."""
    bare, led = _LENGTHS.subn("", words, count=1)
    if not led:
        return None
    if minutes := _HALVES.get(bare):
        return f"{minutes}m"
    if length_of(bare):
        return bare
    for said in (words, f"in {bare}", f"dans {bare}"):
        if (found := day_of(said)) and found.startswith("+"):
            return _written(int(found[1:]) * MINUTE)
    return None


def _written(length: int) -> str | None:
    """A length in the largest unit that holds it whole."""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if length >= size and length % size == 0 and length // size < 10_000:
            return f"{length // size}{unit}"
    return None


def point(words: str, today: date, day_of: DayOf) -> str | None:
    """A day, a clock, or both, in our words."""
    if ours := _ours(words):
        return ours
    day, clock = _apart(words, today, day_of)
    if clock is None:
        return day
    if not _is_clock(clock):
        return None
    said = f"{clock[0]:02}:{clock[1]:02}"
    return f"{day} {said}" if day else said if day == "" else None


def _is_clock(clock: tuple[int, int]) -> bool:
    return (clock[0] < 24 and clock[1] < 60) or clock == (24, 0)


def _ours(words: str) -> str | None:
    """Words that our own grammar reads as one point in time stay as they are."""
    try:
        read = parsed(f"{words} to {words}")
    except BadTime:
        return None
    first = read.first
    return words if isinstance(first, Point) and first.text == words else None


def _apart(words: str, today: date, day_of: DayOf) -> tuple[str | None, tuple[int, int] | None]:
    """The day in our words (empty where none was said, None where it is not understood), and the
    clock."""
    found = clocked(words)
    if found is None:
        return None, None
    rest = _ENDS.sub("", found.rest).strip() if found.clock else found.rest
    day = _day(rest, today, day_of) if rest else "" if found.clock else None
    if found.asks is not None and day is not None:
        raise found.asks
    return day, found.clock


def _day(words: str, today: date, day_of: DayOf) -> str | None:
    while (bare := _ARTICLES.sub("", words)) != words:
        words = bare
    if words in _SAYINGS:
        return _said(_SAYINGS[words], today)
    if words in ("today", "tomorrow") or weekday(words) is not None:
        return words
    if found := _AFTER_NEXT.match(words):
        return _after_next(found[1], today, day_of)
    if _NEXT.search(words):
        return _next(_NEXT.sub("", words).strip(), words, today, day_of)
    words = _COMING.sub("", words).strip()
    if not words or not _HOLDS_A_WORD.search(words):
        return None
    named = words if weekday(words) is not None else day_of(words)
    if named and named.startswith("+"):
        days, left = divmod(int(named[1:]), 24 * 60)
        return None if left else _said(f"+{days}", today)
    return named


def _after_next(named: str, today: date, day_of: DayOf) -> str | None:
    """``monday after next``: a week after the one that comes."""
    found = named if weekday(named) is not None else day_of(named)
    number = weekday(found) if found else None
    if number is None:
        return None
    ahead = (number - today.weekday()) % 7 or 7
    return (today + timedelta(days=ahead + 7)).isoformat()


def _said(saying: str, today: date) -> str | None:
    if saying.startswith("+"):
        return (today + timedelta(days=int(saying[1:]))).isoformat()
    return saying or None


def _next(named: str, words: str, today: date, day_of: DayOf) -> str | None:
    """``next tuesday`` is the one in the next week; where another one comes before it, both may be
    meant. ``next week`` begins on its Monday."""
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
    if _ARTICLES.sub("", named) in _WEEK:
        return monday.isoformat()
    if _ARTICLES.sub("", named) in _MONTH:
        return date(today.year + today.month // 12, today.month % 12 + 1, 1).isoformat()
    found = named if weekday(named) is not None else day_of(_ARTICLES.sub("", named))
    number = weekday(found) if found else None
    if number is None:
        return None
    then = monday + timedelta(days=number)
    if number > today.weekday():
        soon, later = said_day(then - timedelta(days=7)), said_day(then)
        raise Unsure(f"Which one is {words}?", (soon, later), words)
    return then.isoformat()


def said_day(day: date) -> str:
    """``24 nov``: as it can be typed."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def either_order(first: int, second: int, today: date) -> tuple[str, ...]:
    """The days that ``03/04`` may be, where they are two."""
    found = [
        near
        for day, month in ((first, second), (second, first))
        if (near := _ahead(day, month, today))
    ]
    days = dict.fromkeys(found)
    return tuple(said_day(d) for d in days) if len(days) > 1 else ()


def _ahead(day: int, month: int, today: date) -> date | None:
    years = (date_of(today.year + n, month, day) for n in range(2) if 1 <= month <= 12)
    return next((d for d in years if d and d >= today), None)
