"""Times as schedules are written with them: instants, wall times, times of day, dates, weekdays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from commands.rules.oncall.wall import WallClock, cut
from store.model import Instant
from store.model.holidays import PublicHolidays
from store.model.oncall import EVERY_DAY, WallTime

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """A schedule can't be read; ``where`` is a path such as ``schedule.layers[0].start``."""

    def __init__(self, error: str, where: str) -> None:
        super().__init__(f"{where}: {error}")
        self.error = error
        self.where = where


def starts(value: object, clock: WallClock, where: str) -> Instant:
    """When something starts; a wall time means its first occurrence."""
    read = _datetime(value, where)
    return cut(_since_epoch(read)) if read.tzinfo else clock.first(wall(value, clock, where))


def ends(value: object, clock: WallClock, where: str) -> Instant:
    """When something ends; a wall time means its last occurrence."""
    read = _datetime(value, where)
    return cut(_since_epoch(read)) if read.tzinfo else clock.last(wall(value, clock, where))


def wall(value: object, clock: WallClock, where: str) -> WallTime:
    """What the clock on the wall shows at a time."""
    read = _datetime(value, where)
    if read.tzinfo:
        return clock.wall(cut(_since_epoch(read)))
    return cut(_since_epoch(read.replace(tzinfo=UTC)))


def time_of_day(value: object, where: str) -> int:
    """Minutes after midnight of ``09:30``; ``24:00`` is the midnight that ends the day.

    YAML 1.1 reads an unquoted 10:00 as the number 600, which means the same here.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 24 * 60:
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found:
        hour, minute = int(found[1]), int(found[2])
        if (hour < 24 and minute < 60) or (hour, minute) == (24, 0):
            return hour * 60 + minute
    raise Unreadable(f"{value!r} is no time of day like 09:30", where)


def day(value: object, where: str) -> date:
    """A calendar date such as ``2026-12-25``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Unreadable(f"{value!r} is no date like 2026-12-25", where) from None


def holidays(value: object, where: str) -> tuple[tuple[date, ...], PublicHolidays | None]:
    """A list of dates; or ``{country: DE, region: BY, also: [dates], not: [dates]}``, whose own
    dates are ``also``."""
    if not isinstance(value, Mapping):
        return _days(value, where), None
    for key in value:
        if key not in ("country", "region", "also", "not"):
            raise Unreadable("no such setting", f"{where}.{key}")
    country, region = value.get("country"), value.get("region")
    if not isinstance(country, str) or not country:
        # YAML 1.1 reads an unquoted NO, Norway, as false.
        hint = ' (write "NO" with quotes)' if country is False else ""
        raise Unreadable(f"must be a country such as DE{hint}", f"{where}.country")
    named = PublicHolidays(
        country.upper(),
        None if region is None else str(region),
        _days(value.get("not"), f"{where}.not"),
    )
    return _days(value.get("also"), f"{where}.also"), named


def _days(value: object, where: str) -> tuple[date, ...]:
    if not isinstance(value, (list, tuple, type(None))):
        raise Unreadable("must be a list of dates", where)
    return tuple(day(each, f"{where}[{i}]") for i, each in enumerate(value or ()))


def weekdays(value: object, where: str) -> tuple[int, ...]:
    """Numbers of weekdays named ``mon`` or ``Monday``; Monday is 0."""
    if value is None:
        return EVERY_DAY
    if not isinstance(value, (list, tuple)):
        raise Unreadable("must be a list of weekdays", where)
    return tuple(sorted({_weekday(each, f"{where}[{i}]") for i, each in enumerate(value)}))


def _weekday(value: object, where: str) -> int:
    name = value.casefold() if isinstance(value, str) else ""
    for number, whole in enumerate(_DAYS):
        if len(name) > 2 and whole.startswith(name):
            return number
    raise Unreadable(f"{value!r} is no weekday like mon", where)


def _datetime(value: object, where: str) -> datetime:
    if value is None:
        raise Unreadable("is missing", where)
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise Unreadable(f"{value!r} is no time like 2026-10-25T02:30", where) from None


def _since_epoch(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000
