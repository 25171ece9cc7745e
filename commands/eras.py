"""Who was on call over a stretch of time, each moment as it was defined then: by the version in
force, with what calendars had said by that time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from commands import calendars
from commands.rules import oncall
from commands.rules.oncall.duty import turns
from commands.rules.oncall.wall import cut
from store import calendars as states
from store import definitions as versions
from store.db import Tx
from store.model import Definitions, Instant
from store.model.oncall import Schedule, Shift

Era = tuple[Instant, Definitions]
"""From when on definitions were in force, and these."""


def eras(tx: Tx, start: Instant) -> list[Era]:
    """The definitions in force from an instant on, up to those of now, the oldest first."""
    found: list[Era] = []
    in_force = versions.since(tx, start)
    known = versions.loads(tx, [version for version, _ in in_force])
    for n, ((_, at), bare) in enumerate(zip(in_force, known, strict=True)):
        until = in_force[n + 1][1] if n + 1 < len(in_force) else None
        later = states.changes(tx, max(at, start), calendars.names(bare))
        moments = (at, *(each for each in later if until is None or each < until))
        found += [(m, calendars.complete(tx, bare, max(m, start))) for m in moments]
    return found


def spans(
    found: Sequence[Era], name: str, start: Instant, end: Instant
) -> Iterator[tuple[Schedule, Instant, Instant]]:
    """A schedule as it was, and from when to when it was so, between two instants; a version in
    which others alone changed begins nothing new."""
    held: tuple[Schedule, Instant, Instant] | None = None
    for n, (begun, known) in enumerate(found):
        ended = found[n + 1][0] if n + 1 < len(found) else end
        since, until = max(begun, start), min(ended, end)
        schedule = known.schedules.get(name)
        if schedule is None or cut(since) >= cut(until):
            continue
        if held is not None and held[0] == schedule and cut(held[2]) == cut(since):
            held = (schedule, held[1], until)
            continue
        if held is not None:
            yield held
        held = (schedule, since, until)
    if held is not None:
        yield held


def shifts(
    found: Sequence[Era], name: str, start: Instant, end: Instant, person: str | None = None
) -> Iterator[tuple[Schedule, Shift]]:
    """The shifts of a schedule, or a person's turns in it, between two instants, with the schedule
    as it is at their end; one that goes on under what comes next is one."""
    held: tuple[Schedule, Shift] | None = None
    for schedule, since, until in spans(found, name, start, end):
        for shift in _within(schedule, since, until, person):
            if held and (held[1].end, held[1].people) == (shift.start, shift.people):
                held = (schedule, replace(held[1], end=shift.end))
                continue
            if held:
                yield held
            held = (schedule, shift)
    if held:
        yield held


def _within(
    schedule: Schedule, start: Instant, end: Instant, person: str | None
) -> Iterator[Shift]:
    if person is not None:
        return turns(schedule, person, start, end)
    return iter(oncall.shifts(schedule, start, end))


def names(found: Sequence[Era]) -> list[str]:
    """Every schedule there was."""
    return list(dict.fromkeys(name for _, known in found for name in known.schedules))
