"""When something comes again, by an RRULE (RFC 5545) of whole days. Pure.

Days are counted on a wall calendar; the time of day and the zone are those of what comes again.
After python-dateutil, which a test compares it with, but for one thing: what can never come
(30 February) is looked for only as far as somebody asks.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAILY, WEEKLY, MONTHLY, YEARLY = "DAILY", "WEEKLY", "MONTHLY", "YEARLY"
_FREQ = (DAILY, WEEKLY, MONTHLY, YEARLY)
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_EVERY = 999
"""No interval is longer than that many days, weeks, months or years."""


class BadRepeat(ValueError):
    """The words say nothing that comes again; the message says what to type instead."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """What an RRULE says. ``weekdays`` are (which of the month or year, 0 for every; Monday is 0),
    ``until`` the last wall time at which it may begin."""

    freq: str
    interval: int = 1
    weekdays: tuple[tuple[int, int], ...] = ()
    monthdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0

    def __str__(self) -> str:
        """The RRULE."""
        parts = [f"FREQ={self.freq}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            parts.append("BYDAY=" + ",".join(f"{n or ''}{_CODES[d]}" for n, d in self.weekdays))
        for name, numbers in (
            ("BYMONTHDAY", self.monthdays), ("BYMONTH", self.months), ("BYSETPOS", self.positions),
        ):  # fmt: skip
            if numbers:
                parts.append(f"{name}={','.join(map(str, numbers))}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%dT%H%M%S}")
        if self.week_start:
            parts.append(f"WKST={_CODES[self.week_start]}")
        return ";".join(parts)


# ---- the days ----------------------------------------------------------------------------------


def days(repeat: Repeat, first: date, at: time, last: date) -> Iterator[date]:
    """The days on which it comes, beginning at ``at`` o'clock, from ``first`` to ``last``."""
    whole, came = _with_defaults(repeat, first), 0
    for period in _periods(whole, first, last):
        for day in _of_period(whole, period):
            if day < first:
                continue
            over = whole.until is not None and datetime.combine(day, at) > whole.until
            if day > last or over or (whole.count is not None and came >= whole.count):
                return
            came += 1
            yield day


def _with_defaults(r: Repeat, first: date) -> Repeat:
    """What the rule leaves out is as on the first day."""
    if r.weekdays or r.monthdays:
        return r
    if r.freq == WEEKLY:
        return replace(r, weekdays=((0, first.weekday()),))
    if r.freq == YEARLY:
        return replace(r, months=r.months or (first.month,), monthdays=(first.day,))
    return replace(r, monthdays=(first.day,)) if r.freq == MONTHLY else r


def _periods(r: Repeat, first: date, last: date) -> Iterator[list[date]]:
    """The days of each day, week, month or year that counts."""
    if r.freq in (DAILY, WEEKLY):
        start = first - timedelta(days=(first.weekday() - r.week_start) % 7 * (r.freq == WEEKLY))
        size = 7 if r.freq == WEEKLY else 1
        while start <= last:
            yield [start + timedelta(days=n) for n in range(size)]
            start += timedelta(days=size * r.interval)
        return
    size = 12 if r.freq == YEARLY else 1
    number = first.year * 12 + (first.month - 1 if r.freq == MONTHLY else 0)
    while number <= last.year * 12 + last.month - 1:
        months = ((number + n) // 12 for n in range(size)), ((number + n) % 12 for n in range(size))
        yield [d for y, m in zip(*months, strict=True) for d in _month(y, m + 1)]
        number += size * r.interval


def _month(year: int, number: int) -> list[date]:
    return [date(year, number, d + 1) for d in range(calendar.monthrange(year, number)[1])]


def _of_period(r: Repeat, period: list[date]) -> list[date]:
    found = [d for d in period if _fits(r, d)]
    if not r.positions:
        return found
    at = {p - 1 if p > 0 else len(found) + p for p in r.positions}
    return [d for i, d in enumerate(found) if i in at]


def _fits(r: Repeat, d: date) -> bool:
    if r.months and d.month not in r.months:
        return False
    last = calendar.monthrange(d.year, d.month)[1]
    if r.monthdays and not {d.day, d.day - last - 1} & {*r.monthdays}:
        return False
    return not r.weekdays or any(w == d.weekday() and _nth(r, n, d) for n, w in r.weekdays)


def _nth(r: Repeat, n: int, d: date) -> bool:
    """Whether a day is the n-th of its weekday in its month, or in its year."""
    if not n:
        return True
    if r.freq == MONTHLY or r.months:
        of, size = d.day, calendar.monthrange(d.year, d.month)[1]
    else:
        of, size = d.timetuple().tm_yday, 365 + calendar.isleap(d.year)
    return n in ((of - 1) // 7 + 1, -((size - of) // 7 + 1))


# ---- RRULE -------------------------------------------------------------------------------------

_NUMBERS = {
    "BYMONTHDAY": ("monthdays", -31, 31), "BYMONTH": ("months", 1, 12),
    "BYSETPOS": ("positions", -366, 366),
}  # fmt: skip
_CODE = re.compile(r"^([+-]?\d{1,2})?([A-Z]{2})$")


def parse(text: str, zone: str) -> Repeat:
    """The rule that an RRULE says in a zone; BadRepeat says what is wrong with it."""
    given: dict[str, str] = {}
    for part in text.upper().replace(" ", "").removeprefix("RRULE:").rstrip(";").split(";"):
        name, sign, value = part.partition("=")
        if not sign or not value or name in given:
            raise BadRepeat(f"{part or text} is no part of an RRULE like FREQ=WEEKLY;BYDAY=TU.")
        given[name] = value
    freq = given.pop("FREQ", "")
    if freq not in _FREQ:
        raise BadRepeat(f"FREQ={freq} is not one of DAILY, WEEKLY, MONTHLY, YEARLY.")
    read_: dict[str, object] = {}
    for name, value in given.items():
        read_ |= _part(name, value, freq, zone)
    if "count" in read_ and "until" in read_:
        raise BadRepeat("COUNT and UNTIL can't both be there.")
    if "positions" in read_ and len(read_) == 1:
        raise BadRepeat("BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH beside it.")
    return Repeat(freq, **read_)  # type: ignore[arg-type]


def _part(name: str, value: str, freq: str, zone: str) -> dict[str, object]:
    if name in _NUMBERS:
        field, low, high = _NUMBERS[name]
        numbers = [_number(name, v, low, high) for v in value.split(",")]
        return {field: tuple(dict.fromkeys(numbers))}
    if name == "BYDAY":
        return {"weekdays": tuple(dict.fromkeys(_code(v, freq) for v in value.split(",")))}
    if name in ("INTERVAL", "COUNT"):
        return {name.lower(): _number(name, value, 1, _EVERY)}
    if name == "WKST" and value in _CODES:
        return {"week_start": _CODES.index(value)}
    if name == "UNTIL":
        return {"until": _until(value, zone)}
    raise BadRepeat(
        f"{name} is not read here: FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, COUNT, "
        "UNTIL and WKST are. The time of day is that of the first one."
    )


def _number(name: str, value: str, low: int, high: int) -> int:
    bare = value.removeprefix("+").removeprefix("-")
    number = int(value) if bare.isdecimal() and len(bare) < 5 else 0
    if not number or not low <= number <= high:
        raise BadRepeat(f"{name}={value} is not a number from {low} to {high} without 0.")
    return number


def _code(value: str, freq: str) -> tuple[int, int]:
    found = _CODE.match(value)
    if found is None or found[2] not in _CODES:
        raise BadRepeat(f"BYDAY={value} is no weekday like TU or 1SU.")
    n = int(found[1] or 0)
    if n and freq not in (MONTHLY, YEARLY):
        raise BadRepeat(f"BYDAY={value} counts in a month: use FREQ=MONTHLY.")
    return n, _CODES.index(found[2])


def _until(value: str, zone: str) -> datetime:
    """A date is meant to its end; ``Z`` is UTC, as RFC 5545 wants it."""
    for form in ("%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"):
        try:
            found = datetime.strptime(value, form)  # noqa: DTZ007
        except ValueError:
            continue
        if form.endswith("Z"):
            return found.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return found if "T" in form else datetime.combine(found, time(23, 59, 59))
    raise BadRepeat(f"UNTIL={value} is no date like 20261224.")
