"""Whose turn it is: turns are counted on the wall clock, from the anchor, both ways.

Turn ``k`` begins when the clock first reaches anchor + k lengths and lasts until turn ``k + 1``:
one instant each, so a rotation has neither gap nor overlap. A turn inside a gap is empty and
still uses up its people.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from itertools import count, cycle, islice, takewhile
from typing import TypeVar

from commands.rules.oncall.wall import WallClock, cut
from store.model import DAY, HOUR, MINUTE, Instant
from store.model.oncall import Rotation, RotationKind, WallTime

_Holder = TypeVar("_Holder")

_UNITS = {
    RotationKind.HOURLY: HOUR,
    RotationKind.DAILY: DAY,
    RotationKind.WEEKLY: 7 * DAY,
    RotationKind.CUSTOM: MINUTE,
}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = 10_000 * 366 * DAY  # beyond any date that can be written


def turns(
    rotation: Rotation, clock: WallClock, start: Instant, end: Instant, holders: Sequence[_Holder]
) -> list[tuple[Instant, Instant, _Holder]]:
    """Each turn from ``start`` to ``end``, cut to them, and whose it is: ``holders`` stand for the
    rotation's people, place by place. A turn that is nobody's (a false holder) is left out."""
    if not holders:
        return []
    turn = turn_at(rotation, clock, start)
    edges = [start, *_handoffs(rotation, clock, turn + 1, end), end]
    places = cycle(holders)
    first = (turn + _shift(rotation, clock)) % len(holders)
    each = zip(edges, edges[1:], islice(places, first, None), strict=False)
    return [piece for piece in each if piece[2] and piece[0] < piece[1]]


def _handoffs(rotation: Rotation, clock: WallClock, turn: int, end: Instant) -> Iterable[Instant]:
    """When a turn begins, and each that follows, before ``end``."""
    if rotation.kind is RotationKind.MONTHLY:
        each = (clock.first(begins(rotation, later)) for later in count(turn))
        return takewhile(lambda handoff: handoff < end, each)
    step = _UNITS[rotation.kind] * rotation.length
    return clock.every(begins(rotation, turn), step, end)


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
