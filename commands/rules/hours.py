"""Hours of some weekdays in a zone, as the condition of a step: pure, with words for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from commands.rules.oncall import times
from commands.rules.oncall.layers import active
from commands.rules.oncall.times import Unreadable
from commands.rules.oncall.wall import clock_of, cut
from store.model import MINUTE, Hours, Instant
from store.model.oncall import Layer, Window

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPOKEN = re.compile(
    r"(?:(?P<days>[A-Za-z][A-Za-z,\s-]*?)\s+)?"
    r"(?P<start>\d{1,2}:\d\d)\s*(?:-|\u2013|to)\s*(?P<end>\d{1,2}:\d\d)"
    r"(?:\s+(?P<zone>[A-Za-z][\w+/-]*))?"
)
_KEYS = ("zone", "days", "start", "end", "holidays", "when")


def local(hours: Hours, zone: str) -> Hours:
    """The hours on a zone's clock where they name none themselves."""
    return hours if hours.zone else replace(hours, zone=zone)


def holds(hours: Hours, at: Instant) -> bool:
    """Whether the condition holds in the minute of an instant; a holiday is outside (E2, L2)."""
    at = cut(at)
    return bool(active(_layer(hours), at, at + MINUTE)) is hours.inside


def changes(hours: Hours, start: Instant, end: Instant) -> Iterator[tuple[Instant, bool]]:
    """Whether it holds at ``start``, and each instant up to ``end`` at which that changes."""
    spans = active(_layer(hours), cut(start), cut(end))
    if not spans or spans[0][0] > cut(start):
        yield cut(start), not hours.inside
    for since, until in spans:
        yield since, hours.inside
        if until < cut(end):
            yield until, not hours.inside


def _layer(hours: Hours) -> Layer:
    window = Window(hours.start, hours.end, hours.days)
    days = frozenset(hours.holidays)
    return Layer("", hours.zone or "UTC", windows=(window,), holidays=days, observed=hours.observed)


def words(hours: Hours) -> str:
    """``within Mon-Fri 09:00-17:00 Europe/Berlin``, ``outside of …``."""
    side = "within" if hours.inside else "outside of"
    days = f"{_named(hours.days)} " if len(hours.days) < len(_DAYS) else ""
    return f"{side} {days}{_clock(hours.start)}-{_clock(hours.end)} {hours.zone}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _named(days: tuple[int, ...]) -> str:
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return ", ".join(_DAYS[day] for day in days) or "no day"


def read(written: Mapping[str, Any], zone: str, where: str) -> Hours:
    """Hours as people write them: ``zone, days, start, end, holidays, when: inside|outside``.

    Unreadable says what is wrong where; ``zone`` is that of hours that name none: empty where that
    is the team's.
    """
    if not isinstance(written, Mapping):
        raise Unreadable("must be a mapping", where)
    for key in written:
        if key not in _KEYS:
            raise Unreadable(f"no such setting; there are {', '.join(_KEYS)}", f"{where}.{key}")
    zone = str(written.get("zone") or zone)
    try:
        clock_of(zone or "UTC")
    except (KeyError, ValueError, OSError):
        raise Unreadable(f"{zone!r} is no time zone like Europe/Berlin", f"{where}.zone") from None
    when = written.get("when") or "inside"
    if when not in ("inside", "outside"):
        raise Unreadable(f"{when!r} is neither inside nor outside", f"{where}.when")
    holidays, observes = times.holidays(written.get("holidays"), f"{where}.holidays")
    start, end = (times.time_of_day(written.get(k), f"{where}.{k}") for k in ("start", "end"))
    return Hours(
        zone,
        start % (24 * 60),
        end % (24 * 60),
        times.weekdays(written.get("days"), f"{where}.days"),
        holidays,
        when == "inside",
        observes,
    )


def spoken(text: str, *, inside: bool, zone: str = "UTC") -> Hours:
    """``Mon-Fri 09:00-18:00 Europe/Berlin`` as hours; days and zone may be left out. Unreadable
    says what is wrong."""
    found = _SPOKEN.fullmatch(text.strip())
    if found is None:
        raise Unreadable(f"{text!r} is not like Mon-Fri 09:00-18:00 Europe/Berlin", "hours")
    written: dict[str, Any] = {
        "start": found["start"], "end": found["end"], "zone": found["zone"],
        "when": "inside" if inside else "outside",
    }  # fmt: skip
    if found["days"]:
        written["days"] = [day for part in found["days"].split(",") for day in _ranged(part)]
    return read(written, zone, "hours")


def _ranged(text: str) -> list[str]:
    """``Mon-Fri`` day by day."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        return [first] if first else []
    begin, end = times.weekdays([first], "hours")[0], times.weekdays([last], "hours")[0]
    many = (end - begin) % len(_DAYS) + 1
    return [_DAYS[(begin + each) % len(_DAYS)] for each in range(many)]
