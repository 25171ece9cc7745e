"""Whether somebody is there: time off and working hours at an instant, and when that changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from commands.rules import hours
from commands.rules.oncall.wall import cut
from store.model import DAY, MINUTE, Definitions, Instant, Person
from store.model.oncall import Away

_AHEAD = (2 * DAY, 16 * DAY, 64 * DAY, 366 * DAY)


class There(StrEnum):
    """Time off beats working hours; who has given no hours works at all times."""

    AWAY = "away"
    OFF_HOURS = "off_hours"
    THERE = "there"


@dataclass(frozen=True, slots=True)
class Availability:
    """How it is with somebody; ``until`` is when that changes, None where no change is in sight.

    ``reason`` and ``away`` say more of time off.
    """

    there: There
    until: Instant | None = None
    reason: str = ""
    away: Away | None = None


def away_at(known: Definitions, handle: str, at: Instant) -> Away | None:
    """The time off that holds at an instant for a person; of several the one that ends last."""
    held = [a for a in known.away if a.person == handle and cut(a.start) <= cut(at) < cut(a.end)]
    return max(held, key=lambda each: each.end, default=None)


def away_during(known: Definitions, handle: str, start: Instant, end: Instant) -> list[Away]:
    """The time off of a person that touches a span of time, in order."""
    mine = (a for a in known.away if a.person == handle and a.start < end and a.end > start)
    return sorted(mine, key=lambda each: (each.start, each.end))


def back_at(entries: Iterable[Away], handle: str, at: Instant) -> Instant:
    """When somebody is back who is away at an instant: time off that touches is one."""
    end = cut(at)
    for away in sorted(entries, key=lambda each: each.start):
        if away.person == handle and cut(away.start) <= end < cut(away.end):
            end = cut(away.end)
    return end


def available(known: Definitions, person: Person, at: Instant) -> Availability:
    """How it is with a person at an instant, and when that changes next."""
    at = cut(at)
    away = away_at(known, person.handle, at)
    if away is not None:
        until = back_at(known.away, person.handle, at)
        return Availability(There.AWAY, until, away.reason, away)
    starts = (cut(a.start) for a in known.away if a.person == person.handle)
    leaves = min((start for start in starts if start > at), default=None)
    if person.hours is None:
        return Availability(There.THERE, leaves)
    inside = hours.holds(person.hours, at)
    turns = [each for each in (_turn(person, at, inside), leaves) if each is not None]
    there = There.THERE if inside else There.OFF_HOURS
    return Availability(there, min(turns, default=None))


def _turn(person: Person, at: Instant, inside: bool) -> Instant | None:
    """When working hours end that hold, or begin that do not."""
    assert person.hours is not None
    for ahead in _AHEAD:
        for when, holds in hours.changes(person.hours, at, at + ahead):
            if when >= at + MINUTE and holds is not inside:
                return when
    return None
