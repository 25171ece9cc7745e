"""Whose turn it is: turns are counted on the wall clock, from the anchor, both ways.

Turn ``k`` begins when the clock first reaches anchor + k lengths and lasts until turn ``k + 1``:
one instant each, so a rotation has neither gap nor overlap. A turn inside a gap is empty and
still uses up its people.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from itertools import count

from commands.rules.oncall.wall import WallClock, cut
from store.model import DAY, HOUR, MINUTE, Instant
from store.model.oncall import Rotation, RotationKind, WallTime

_UNITS = {
    RotationKind.HOURLY: HOUR,
    RotationKind.DAILY: DAY,
    RotationKind.WEEKLY: 7 * DAY,
    RotationKind.CUSTOM: MINUTE,
}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = 10_000 * 366 * DAY  # beyond any date that can be written


def turns(
    rotation: Rotation, clock: WallClock, start: Instant, end: Instant
) -> Iterator[tuple[Instant, Instant, tuple[str, ...]]]:
    """Each turn from ``start`` to ``end``, cut to them, and its people."""
    people = rotation.people
    if not people:
        return
    turn = turn_at(rotation, clock, start)
    place = turn + _shift(rotation, clock)
    for handoff in _handoffs(rotation, clock, turn + 1):
        if handoff > start:
            yield start, min(handoff, end), people[place % len(people)]
            start = handoff
            if start >= end:
                return
        place += 1


def _handoffs(rotation: Rotation, clock: WallClock, turn: int) -> Iterator[Instant]:
    """When a turn begins, and each that follows."""
    if rotation.kind is RotationKind.MONTHLY:
        return (clock.first(begins(rotation, each)) for each in count(turn))
    step = _UNITS[rotation.kind] * rotation.length
    return clock.every(begins(rotation, turn), step)


def turn_at(rotation: Rotation, clock: WallClock, at: Instant) -> int:
    """The number of the turn that holds an instant; negative before the anchor."""
    reached = clock.high(at)
    if rotation.kind is not RotationKind.MONTHLY:
        return (reached - cut(rotation.start)) // (_UNITS[rotation.kind] * rotation.length)
    turn = (_month(reached) - _month(rotation.start)) // rotation.length
    while begins(rotation, turn) > reached:
        turn -= 1
    return turn


def begins(rotation: Rotation, turn: int) -> WallTime:
    """What the clock shows when a turn begins."""
    anchor = cut(rotation.start)
    if rotation.kind is not RotationKind.MONTHLY:
        return anchor + turn * _UNITS[rotation.kind] * rotation.length
    day = _date(anchor).day
    year, month = divmod(_month(anchor) + turn * rotation.length, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return _NEVER if year > MAXYEAR else -_NEVER
    last = monthrange(year, month + 1)[1]
    of_month = day if rotation.overflow else min(day, last)
    first = datetime(year, month + 1, 1, tzinfo=UTC) - _EPOCH
    return (first.days + of_month - 1) * DAY + anchor % DAY


def _shift(rotation: Rotation, clock: WallClock) -> int:
    position = rotation.position
    return position.index - turn_at(rotation, clock, cut(position.at)) if position else 0


def _date(wall: WallTime) -> datetime:
    return _EPOCH + timedelta(milliseconds=wall)


def _month(wall: WallTime) -> int:
    date = _date(wall)
    return date.year * 12 + date.month - 1
