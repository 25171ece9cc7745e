"""Shapes of other tools' shifts as rotations and restrictions: whole weeks as windows of a day at
most, and any pattern that repeats as a rotation with empty turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import gcd
from typing import Any

from bot.imports.spans import aware
from store.model import MINUTE, Instant

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _WEEK = 1440, 10_080
_MOST_TURNS = 1_000

Written = dict[str, Any]


def clock(minutes: int) -> str:
    """Minutes after midnight as ``09:30``."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def wall_text(wall: datetime) -> str:
    """A wall time as the settings say it."""
    return wall.strftime("%Y-%m-%dT%H:%M")


def at_text(at: Instant, zone: str) -> str:
    """An instant as the settings say it, on the clock of a zone and with its offset."""
    local = aware(at - at % MINUTE, zone)
    minutes = local.utcoffset() or timedelta()
    if minutes % timedelta(minutes=1):
        local = aware(at - at % MINUTE)
    return local.isoformat(timespec="minutes")


def wall_of(at: Instant, zone: str) -> datetime:
    """What the clock of a zone shows at an instant."""
    return aware(at, zone).replace(tzinfo=None)


def windows(spans: Iterable[tuple[int, int]]) -> list[Written] | None:
    """Restrictions for spans of (minute of the week, length in minutes); Monday 00:00 is 0.

    None where they are always. A span over a day is cut into windows that meet.
    """
    days: dict[tuple[int, int], set[int]] = {}
    for begin, length in spans:
        if length >= _WEEK:
            return None
        day, start = divmod(begin, _DAY)
        whole, rest = divmod(length, _DAY)
        for n in range(whole):
            days.setdefault((start, start), set()).add((day + n) % 7)
        if rest:
            days.setdefault((start, (start + rest) % _DAY), set()).add((day + whole) % 7)
    if any(start == end == 0 and len(on) == 7 for (start, end), on in days.items()):
        return None
    return [
        {"days": [WEEKDAYS[d] for d in sorted(on)], "start": clock(start), "end": clock(end)}
        if len(on) < 7
        else {"start": clock(start), "end": clock(end)}
        for (start, end), on in sorted(days.items())
    ]


def length_of(minutes: int) -> Written:
    """Kind and length of a rotation whose turns have so many minutes of wall time."""
    for kind, unit in (("weekly", _WEEK), ("daily", _DAY), ("hourly", 60)):
        if minutes % unit == 0:
            return {"kind": kind} | ({"length": minutes // unit} if minutes > unit else {})
    return {"kind": "custom", "length": minutes}


def rotation(minutes: int, groups: Sequence[Sequence[str]]) -> Written:
    """A rotation of turns of so many minutes."""
    people = [turn[0] if len(turn) == 1 else list(turn) for turn in groups]
    return {**length_of(minutes), "people": people}


def pattern(cycle: int, events: Iterable[tuple[int, int, Sequence[str]]]) -> Written | None:
    """What repeats every ``cycle`` minutes, as a rotation whose turns may be empty or shared.

    ``events``: (from, until, people) in minutes from the anchor; one may reach beyond the cycle.
    None where it would take too many turns.
    """
    held = [(s, e, tuple(people)) for s, e, people in events if people]
    step = cycle
    for s, e, _ in held:
        step = gcd(step, s, e)
    count = cycle // step
    if count > _MOST_TURNS:
        return None
    turns: list[list[str]] = [[] for _ in range(count)]
    for s, e, people in held:
        for at in range(s // step, e // step):
            turn = turns[at % count]
            turn.extend(p for p in people if p not in turn)
    return rotation(step, turns)
