"""What comes again as people say it: ``weekly``, ``every tue and thu``, ``first sunday of the
month``, ``every 2 weeks until 24 dec``, ``daily 6 times``; or as an RRULE. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from commands.rules.repeats import DAILY, MONTHLY, WEEKLY, YEARLY, BadRepeat, Repeat, parse
from commands.rules.span_words import DAYS, MONTHS, month, weekday
from commands.rules.when import BadTime, read_moment
from store.model import Instant

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "last": -1,
}  # fmt: skip
TRY = "Try: weekly, every tue, every 2 weeks, first sunday of the month, daily until 24 dec."


# ---- reading -----------------------------------------------------------------------------------


def read(text: str, now: Instant, zone: str) -> Repeat:
    """What words or an RRULE say to a person in ``zone`` at ``now``; BadRepeat otherwise."""
    bare = text.strip()
    if "FREQ=" in bare.upper():
        return parse(bare, zone)
    words = " ".join(bare.casefold().replace(",", " and ").split())
    words, count, until = _ending(words, now, zone)
    found = _daily(words) or _on_days(words) or _of_month(words)
    if found is None:
        raise BadRepeat(f"{text.strip() or 'Nothing'} says nothing that comes again. {TRY}")
    return replace(found, count=count, until=until)


def is_repeat(text: str) -> bool:
    """Whether words say that something comes again."""
    try:
        read(text, 0, "UTC")
    except BadRepeat:
        return False
    return True


def _ending(words: str, now: Instant, zone: str) -> tuple[str, int | None, datetime | None]:
    """``… 6 times``, ``… until 24 dec``."""
    if found := re.match(r"^(.+?),? (?:and )?(\d{1,3}) times$", words):
        return found[1], max(1, int(found[2])), None
    if found := re.match(r"^(.+?) (?:until|till) (.+)$", words):
        try:
            at = read_moment(found[2], now, zone)
        except BadTime as error:
            raise BadRepeat(str(error)) from None
        day = datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).date()
        return found[1], None, datetime.combine(day, time(23, 59, 59))
    return words, None, None


_UNITS = {"day": DAILY, "week": WEEKLY, "month": MONTHLY, "year": YEARLY}
_PLAIN = {
    "daily": Repeat(DAILY), "weekly": Repeat(WEEKLY), "monthly": Repeat(MONTHLY),
    "yearly": Repeat(YEARLY), "annually": Repeat(YEARLY), "biweekly": Repeat(WEEKLY, 2),
    "fortnightly": Repeat(WEEKLY, 2),
}  # fmt: skip


def _daily(words: str) -> Repeat | None:
    """``daily``, ``every week``, ``every 2 weeks``, ``every other month``."""
    if words in _PLAIN:
        return _PLAIN[words]
    found = re.match(r"^(?:every|each) (?:(other|\d{1,3}) )?(day|week|month|year)s?$", words)
    if found is None:
        return None
    every = 2 if found[1] == "other" else int(found[1] or 1)
    return Repeat(_UNITS[found[2]], every) if every else None


def _on_days(words: str) -> Repeat | None:
    """``every tue and thu``, ``on weekdays``, ``every other fri``, ``every 2 weeks on sun``."""
    every = 1
    if found := re.match(r"^(.+) on (.+)$", words):
        before = _daily(found[1])
        if before is None or before.freq != WEEKLY:
            return None
        every, words = before.interval, found[2]
    for lead in ("on ", "every ", "each "):
        words = words.removeprefix(lead)
    if words.startswith("other "):
        every, words = 2, words.removeprefix("other ")
    named = {"weekday": range(5), "weekdays": range(5), "weekend": (5, 6), "weekends": (5, 6)}
    if words in named:
        return Repeat(WEEKLY, every, tuple((0, d) for d in named[words]))
    said_ = [w for w in words.split() if w not in ("and", "on")]
    found_days = sorted({d for w in said_ if (d := _day(w)) is not None})
    if not said_ or any(_day(w) is None for w in said_):
        return None
    return Repeat(WEEKLY, every, tuple((0, d) for d in found_days))


def _day(word: str) -> int | None:
    """``tue``, ``tuesday``, ``tuesdays``."""
    found = weekday(word)
    return found if found is not None or len(word) < 6 else weekday(word.removesuffix("s"))


_OF_MONTH = r"(?: of)?(?: (?:the|each|every))? month"
_NTH = re.compile(rf"^(?:the )?(\w+) (\w+)(?:{_OF_MONTH}| of ([a-z]+))?$")
_DATE = re.compile(rf"^(?:on )?the (\d{{1,2}})(?:st|nd|rd|th)?(?:{_OF_MONTH})?$")
_DATE_OF_MONTH = re.compile(rf"^(\d{{1,2}})(?:st|nd|rd|th){_OF_MONTH}$")


def _of_month(words: str) -> Repeat | None:
    """``first sunday of the month``, ``last fri of march``, ``monthly on the 15th``."""
    for lead in ("monthly ", "every month ", "each month ", "on ", "every ", "each "):
        words = words.removeprefix(lead)
    if dated := _DATE.match(words) or _DATE_OF_MONTH.match(words):
        number = int(dated[1])
        return Repeat(MONTHLY, monthdays=(number,)) if 1 <= number <= 31 else None
    found = _NTH.match(words)
    if found is None or found[1] not in _ORDINALS:
        return None
    n, day = _ORDINALS[found[1]], _day(found[2])
    if found[2] == "day" and n in (1, -1):
        return Repeat(MONTHLY, monthdays=(n,))
    if day is None:
        return None
    if found[3] is None:
        return Repeat(MONTHLY, weekdays=((n, day),))
    of = month(found[3])
    return Repeat(YEARLY, weekdays=((n, day),), months=(of,)) if of else None


# ---- said --------------------------------------------------------------------------------------


def said(r: Repeat) -> str:
    """``weekly``, ``every Tue and Thu``, ``first Sunday of the month until 24 Dec 2026``."""
    end = ""
    if r.until is not None:
        end = f" until {r.until.day} {MONTHS[r.until.month - 1].title()} {r.until.year}"
    times = f", {r.count} times" if r.count is not None else ""
    return f"{_said(r)}{end}{times}"


def _said(r: Repeat) -> str:
    unit = next(u for u, f in _UNITS.items() if f == r.freq)
    every = f"every {r.interval} {unit}s"
    bare = replace(r, count=None, until=None, interval=1, week_start=0)
    if bare == Repeat(r.freq):
        plain = {DAILY: "daily", WEEKLY: "weekly", MONTHLY: "monthly", YEARLY: "yearly"}
        return plain[r.freq] if r.interval == 1 else every
    if bare == Repeat(WEEKLY, weekdays=r.weekdays):
        found = tuple(d for _, d in r.weekdays)
        named = _listed([DAYS[d].title() for d in found])
        named = "weekday" if found == (0, 1, 2, 3, 4) else named
        return f"every {named}" if r.interval == 1 else f"{every} on {named}"
    if named := _nth_said(r):
        return named
    if bare == Repeat(MONTHLY, monthdays=r.monthdays) and r.interval == 1:
        return f"monthly on the {_listed([_ord(d) for d in r.monthdays])}"
    return f"by the rule {replace(r, count=None, until=None)}"


def _nth_said(r: Repeat) -> str:
    """``last Friday of the month``; empty where the rule says more or less."""
    if r.interval > 1 or len(r.weekdays) != 1 or r.monthdays or r.positions:
        return ""
    n, day = r.weekdays[0]
    which = next((w for w, k in _ORDINALS.items() if k == n and not w[0].isdecimal()), "")
    if not which or (r.freq == MONTHLY and r.months) or (r.freq == YEARLY and len(r.months) != 1):
        return ""
    of = "the month" if r.freq == MONTHLY else MONTHS[r.months[0] - 1].title()
    return f"{which} {_NAMES[day]} of {of}"


def _ord(number: int) -> str:
    if number < 0:
        return "last day" if number == -1 else f"{_ord(-number)} last day"
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if number % 100 in (11, 12, 13) else ends.get(number % 10, "th")
    return f"{number}{end}"


def _listed(words: list[str]) -> str:
    *head, tail = words
    return f"{', '.join(head)} and {tail}" if head else tail
