"""When somebody is on call: the turns of a person, or of a schedule, from an instant on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from commands.context import View
from commands.errors import Invalid
from commands.oncall import READ, both, instant, named, zone_of
from commands.registry import arg, query
from commands.rules import oncall
from commands.rules.oncall.duty import schedule_of, turns
from commands.rules.oncall.wall import cut
from commands.words import duration
from store import definitions as versions
from store.db import Tx
from store.model import DAY, HOUR, Definitions, Instant, Person, Team
from store.model.oncall import Schedule, Shift

MOST = 4
_AHEAD = 200 * DAY
_LONGEST = 190 * DAY


@dataclass(frozen=True, slots=True)
class Shifts:
    """Arguments of ``shifts``."""

    who: str = arg("duty", "A person, a team or a schedule; you by yourself.", default="")
    when: str = arg("moment", "From when on: now by itself, mon 8, 2026-12-24.", default="")


Era = tuple[Instant, Definitions]
"""From when on definitions were in force, and these."""


@query("shifts", group="oncall", permission=READ, args=Shifts, example="shifts ana")
async def shifts(view: View, args: Shifts) -> list[str]:
    """The next four shifts of a person, a team or a schedule, on both clocks."""
    start = instant(view, args.when)
    if not args.who and view.actor.id not in view.definitions.people:
        raise Invalid("Whose shifts? For example: shifts ana", "who")
    whose = named(view.definitions, args.who or "me", view.actor.id, "who")
    if isinstance(whose, Team):
        schedule = schedule_of(view.definitions, whose)
        if schedule is None:
            held = view.definitions.name_of(whose.oncall)
            always = " at all times" if whose.oncall else ""
            return [f"Team {whose.name} has no schedule; {held} is on call{always}."]
        whose = schedule
    eras = await _eras(view, start)
    found = sorted(_found(eras, whose, start), key=lambda one: (one[1].start, one[0].name))[:MOST]
    standing = [
        f"On call at all times for team {t.name}."
        for t in view.definitions.teams.values()
        if isinstance(whose, Person) and t.oncall == whose.handle
    ]
    head = f"Shifts of {whose.name}" if isinstance(whose, Person) else f"Shifts in {whose.name}"
    lines = [_line(view, start, schedule, shift, whose) for schedule, shift in found]
    if not lines and not standing:
        return [f"{head}: none."]
    return [head, *standing, *lines]


async def _eras(view: View, start: Instant) -> list[Era]:
    """The definitions in force from an instant on, up to those of now."""
    if start >= view.now:
        return [(start, view.definitions)]

    def load(tx: Tx) -> list[Era]:
        return [(at, versions.load(tx, version)) for version, at in versions.since(tx, start)]

    return await view.read(load) or [(start, view.definitions)]


def _found(
    eras: list[Era], whose: Person | Schedule, start: Instant
) -> Iterator[tuple[Schedule, Shift]]:
    """The turns as they were in force then; one that goes on under the next version is one."""
    names = dict.fromkeys(name for _, known in eras for name in known.schedules)
    for name in names:
        if isinstance(whose, Schedule) and name != whose.name:
            continue
        held: tuple[Schedule, Shift] | None = None
        for n, (since, known) in enumerate(eras):
            schedule = known.schedules.get(name)
            until = eras[n + 1][0] if n + 1 < len(eras) else max(since, start) + _AHEAD
            if schedule is None or cut(until) <= cut(max(since, start)):
                continue
            for shift in _turns(schedule, whose, max(since, start), until):
                if held and held[1].end == shift.start and held[1].people == shift.people:
                    held = (schedule, replace(held[1], end=shift.end))
                    continue
                if held:
                    yield held
                held = (schedule, shift)
        if held:
            yield held


def _turns(
    schedule: Schedule, whose: Person | Schedule, start: Instant, end: Instant
) -> Iterator[Shift]:
    if isinstance(whose, Person):
        return turns(schedule, whose.handle, start, end)
    return iter(oncall.shifts(schedule, start, end))


def _line(
    view: View, start: Instant, schedule: Schedule, shift: Shift, whose: Person | Schedule
) -> str:
    """``Mon 30 Nov 08:00 CET to Mon 7 Dec 08:00 CET · 7 d · schedule primary``."""
    mine = zone_of(view)
    since, until = (both(at, mine, schedule.zone, view.now) for at in (shift.start, shift.end))
    length = shift.end - shift.start
    long = f"{length // HOUR} h" if HOUR < length < 3 * DAY else duration(length)
    when = f"{since} to {until} · {long}"
    if shift.start <= start:
        when = f"until {until}" if length < _LONGEST else "with no end in sight"
    elif length >= _LONGEST:
        when = f"from {since} on"
    if isinstance(whose, Person):
        return f"{when} · schedule {schedule.name}"
    return f"{when} · {', '.join(map(view.definitions.name_of, shift.people))}"
