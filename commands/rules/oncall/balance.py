"""Who carries how much: shifts, hours, nights, weekends and holidays of each person.

A night is 22:00 to 07:00 on the person's own clock, a weekend their Saturday and Sunday; a holiday
is one of the schedule. Each counts with an hour of it or more, once, however many schedules there
are at that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from commands.rules.oncall.spans import Spans, union
from commands.rules.oncall.wall import WallClock, clock_of
from store.model import DAY, HOUR, Instant, Person
from store.model.oncall import Layer, Schedule

NIGHT = (22 * HOUR, 31 * HOUR)
"""When a night begins and ends, from the midnight that its evening began with."""

_WEEKEND = (0, 2 * DAY)
_WHOLE_DAY = (0, DAY)
_COUNTS = HOUR
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Stint:
    """A turn of one person in a schedule."""

    person: str
    start: Instant
    end: Instant
    zone: str
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carries; ``time`` is in milliseconds. ``pages`` and ``night_pages`` are
    filled in from the record."""

    person: str
    shifts: int = 0
    time: int = 0
    nights: int = 0
    weekends: int = 0
    holidays: int = 0
    pages: int = 0
    night_pages: int = 0

    @property
    def hours(self) -> int:
        """Whole hours."""
        return round(self.time / HOUR)


def loads(stints: Iterable[Stint], people: Mapping[str, Person]) -> dict[str, Load]:
    """The load of everybody who has a stint."""
    held: dict[str, list[Stint]] = {}
    for stint in stints:
        held.setdefault(stint.person, []).append(stint)
    return {handle: _load(handle, mine, people.get(handle)) for handle, mine in held.items()}


def _load(handle: str, mine: Sequence[Stint], person: Person | None) -> Load:
    whole = union((s.start, s.end) for s in mine)
    zone = person.zone if person is not None else mine[0].zone
    clock = clock_of(zone)
    return Load(
        handle,
        shifts=len(mine),
        time=sum(end - start for start, end in whole),
        nights=len(_days(whole, clock, *NIGHT)),
        weekends=len(_days(whole, clock, *_WEEKEND, every=7, first=2)),
        holidays=len(set(_holidays(mine))),
    )


def _holidays(mine: Sequence[Stint]) -> Iterator[int]:
    alike: dict[tuple[str, frozenset[date]], Spans] = {}
    for stint in mine:
        if stint.holidays:
            alike.setdefault((stint.zone, stint.holidays), []).append((stint.start, stint.end))
    for (zone, holidays), spans in alike.items():
        for day in _days(union(spans), clock_of(zone), *_WHOLE_DAY):
            if date.fromordinal(day + _EPOCH) in holidays:
                yield day


def _days(
    spans: Spans, clock: WallClock, opens: int, closes: int, every: int = 1, first: int = 0
) -> list[int]:
    """The days (counted from 1970) from whose ``opens`` to ``closes`` the spans hold an hour or
    more. 3 January 1970 was a Saturday."""
    held: dict[int, int] = {}
    for start, end in spans:
        day = (clock.low(start) - closes) // DAY
        day += (first - day) % every
        while (since := clock.first(day * DAY + opens)) < end:
            until = clock.last(day * DAY + closes)
            inside = min(end, until) - max(start, since)
            if inside > 0:
                held[day] = held.get(day, 0) + inside
            day += every
    return [day for day, inside in held.items() if inside >= _COUNTS]


def is_night(at: Instant, zone: str) -> bool:
    """Whether it is night on a person's clock."""
    return (clock_of(zone).wall(at) - 7 * HOUR) % DAY >= 15 * HOUR


def holidays_of(schedule: Schedule) -> frozenset[date]:
    """Every holiday that any layer of a schedule knows."""
    return frozenset().union(*(_dates(layer) for layer in schedule.layers))


def _dates(layer: Layer) -> frozenset[date]:
    return layer.holidays | layer.observed


def fewest_nights(found: Mapping[str, Load], among: Iterable[str]) -> str | None:
    """Of these people the one who had the fewest nights so far, then the fewest hours; None where
    several had as few or nobody is there."""
    ranked = sorted(
        ((load.nights, load.time), handle)
        for handle in dict.fromkeys(among)
        for load in (found.get(handle) or Load(handle),)
    )
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return ranked[0][1]
