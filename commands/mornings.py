"""The morning after: who was paged at night is told at nine what the night was, and can ask for
cover."""

from __future__ import annotations

from dataclasses import dataclass

from commands import notices
from commands.alarms import alarm
from commands.context import Ctx
from commands.rules.oncall.balance import is_night
from commands.rules.oncall.wall import clock_of
from store import incidents, nights, watches
from store.db import Tx
from store.model import DAY, HOUR, MINUTE, Incident, Instant, Timer

MORNING = "morning"
AT = 9 * HOUR
"""When it is told, on the person's own clock."""
NIGHT = 11 * HOUR
"""So long before that the night began."""
LONGEST = 3 * HOUR
"""More of one page is not counted as being awake."""


@dataclass(frozen=True, slots=True)
class Night:
    """A night of one person: the incidents they were paged for, and how long they were up."""

    person: str
    morning: Instant
    pages: int
    awake: int
    incidents: tuple[Incident, ...]


def woken(ctx: Ctx, handle: str) -> None:
    """Somebody was paged; if it is night there, the morning says how it was."""
    person = ctx.definitions.people.get(handle)
    if person is None or not is_night(ctx.now, person.zone):
        return
    at = _nine(ctx.now, person.zone)
    detail = {"person": handle, "at": at}
    watches.once(ctx.tx, MORNING, f"{handle} {at}", at, detail)


def _nine(now: Instant, zone: str) -> Instant:
    """The next nine o'clock."""
    clock = clock_of(zone)
    day = clock.wall(now) // DAY * DAY
    return next(at for d in (0, DAY) if (at := clock.first(day + d + AT)) > now)


@alarm(MORNING)
def tell(ctx: Ctx, timer: Timer) -> None:
    """Good morning: how the night was."""
    handle, at = timer.detail["person"], timer.detail["at"]
    if ctx.now < at + 4 * HOUR and read(ctx.tx, f"{handle}.{at}") is not None:
        notices.tell(ctx, f"{MORNING}:{handle}.{at}", handle)


def read(tx: Tx, name: str) -> Night | None:
    """The night before a morning (``ana.1795313340000``); None where nobody paged them."""
    handle, _, number = name.rpartition(".")
    if not handle or not number.isdecimal():
        return None
    at = int(number)
    asked = nights.of(tx, handle, at - NIGHT, at - 2 * HOUR)
    if not asked:
        return None
    found = incidents.many(tx, sorted({each.incident for each in asked}))
    spans = [(each.start, _up(each, found.get(each.incident), at)) for each in asked]
    ordered = tuple(sorted(found.values(), key=lambda i: (i.severity.rank, i.id)))
    return Night(handle, at, len(asked), _together(spans), ordered)


def _up(asked: nights.Asked, incident: Incident | None, morning: Instant) -> Instant:
    """Until when a page kept somebody up: until nobody asked any more, and while they had it."""
    end = asked.stopped or asked.start + MINUTE
    if incident is not None and asked.person in (incident.holder, incident.resolved_by):
        end = max(end, incident.resolved_at or morning)
    return min(end, asked.start + LONGEST, morning)


def _together(spans: list[tuple[Instant, Instant]]) -> int:
    """How long all of it is, times that overlap once."""
    total, until = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total
