"""When a CronJob's schedule was last due: the five fields of cron as Kubernetes reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from store.model import Instant

_MACROS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FAR = 366


@lru_cache(maxsize=512)
def fields(schedule: str) -> tuple[frozenset[int], ...] | None:
    """What each field allows; None where it is no schedule of five fields."""
    text = _MACROS.get(schedule.strip().lower(), schedule)
    parts = text.split()
    if len(parts) != 5:
        return None
    try:
        found = [_field(each, *bounds, n) for n, (each, bounds) in
                 enumerate(zip(parts, _BOUNDS, strict=True))]  # fmt: skip
    except ValueError:
        return None
    days = frozenset(day % 7 for day in found[4])
    stars = frozenset(n for n in (2, 4) if parts[n][0] in "*?")
    return (*found[:4], days, stars)


def _field(text: str, low: int, high: int, place: int) -> frozenset[int]:
    names = {3: _MONTHS, 4: _DAYS}.get(place, [])
    allowed: set[int] = set()
    for piece in text.split(","):
        span, _, step = piece.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first = _value(start, names, place)
            last = _value(end, names, place) if end else high if step else first
        every = int(step) if step else 1
        if not low <= first <= last <= high or every < 1:
            raise ValueError(piece)
        allowed.update(range(first, last + 1, every))
    return frozenset(allowed)


def _value(text: str, names: list[str], place: int) -> int:
    lower = text.lower()[:3]
    if lower in names:
        return names.index(lower) + (1 if place == 3 else 0)
    return int(text)


def last_due(schedule: str, zone: str, now: Instant) -> Instant | None:
    """The last instant at or before now at which it was due; None where that can't be said, or is
    more than a year ago."""
    spec = zone
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        head, _, schedule = schedule.partition(" ")
        spec = head.partition("=")[2]
    allowed = fields(schedule)
    where = _zone(spec)
    if allowed is None or where is None:
        return None
    minutes, hours, monthdays, months, weekdays, stars = allowed
    local = datetime.fromtimestamp(now / 1000, where).replace(second=0, microsecond=0)
    for back in range(_FAR):
        day = local.date() - timedelta(days=back)
        inside = day.month in months and _on(
            day.day, day.isoweekday() % 7, monthdays, weekdays, stars
        )
        if not inside:
            continue
        for hour in sorted(hours, reverse=True):
            for minute in sorted(minutes, reverse=True):
                if back == 0 and (hour, minute) > (local.hour, local.minute):
                    continue
                at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=where)
                found = int(at.astimezone(UTC).timestamp() * 1000)
                if found <= now:
                    return found
    return None


def _on(
    day: int, weekday: int, monthdays: frozenset[int], weekdays: frozenset[int],
    stars: frozenset[int],
) -> bool:  # fmt: skip
    """Where both days are named either will do, as cron has it."""
    if stars:
        return day in monthdays and weekday in weekdays
    return day in monthdays or weekday in weekdays


def _zone(name: str) -> tzinfo | None:
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
