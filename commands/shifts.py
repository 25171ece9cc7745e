"""When somebody is on call: the turns of a person, or of a schedule, from an instant on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commands import eras
from commands.context import View
from commands.eras import Era
from commands.errors import Invalid
from commands.oncall import READ, both, instant, named, zone_of
from commands.registry import arg, query
from commands.rules.oncall.availability import away_during
from commands.rules.oncall.duty import schedule_of
from commands.words import duration
from store.model import DAY, HOUR, Instant, Person, Team
from store.model.oncall import Schedule, Shift

MOST, _SHOWN = 4, 30
_AHEAD = 200 * DAY
_LONGEST = 190 * DAY


@dataclass(frozen=True, slots=True)
class Shifts:
    """Arguments of ``shifts``."""

    who: str = arg("duty", "A person, a team or a schedule; you by yourself.", default="")
    days: str = arg("named", "All within so many days; the next four if left out.", default="")
    when: str = arg("moment", "From when on: mon 8, 2026-12-24; now if left out.", default="")


@query("shifts", group="oncall", permission=READ, args=Shifts, example="shifts ana", about="duty")
async def shifts(view: View, args: Shifts) -> list[str]:
    """The next shifts of a person, a team or a schedule, on both clocks."""
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
    known = await _eras(view, start)
    found = sorted(_found(known, whose, start), key=lambda one: (one[1].start, one[0].name))
    found = _within(found, start, args.days)
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
    return await view.read(lambda tx: eras.eras(tx, start)) or [(start, view.definitions)]


def _within(
    found: list[tuple[Schedule, Shift]], start: Instant, days: str
) -> list[tuple[Schedule, Shift]]:
    """The next four, or those that begin within so many days."""
    if not days:
        return found[:MOST]
    if not days.isdecimal() or not 0 < int(days) <= _AHEAD // DAY:
        raise Invalid(f"{days} is not a number of days. For example: shifts ana days 7", "days")
    return [one for one in found if one[1].start < start + int(days) * DAY][:_SHOWN]


def _found(
    known: list[Era], whose: Person | Schedule, start: Instant
) -> Iterator[tuple[Schedule, Shift]]:
    """The shifts as they were in force then."""
    end = max(start, known[-1][0]) + _AHEAD
    if isinstance(whose, Schedule):
        yield from eras.shifts(known, whose.name, start, end)
        return
    for name in eras.names(known):
        yield from eras.shifts(known, name, start, end, whose.handle)


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
    known = view.definitions
    off = (a for p in shift.people for a in away_during(known, p, shift.start, shift.end))
    gone = "".join(f" · ⚠️ {known.name_of(a.person)} is away then" for a in list(off)[:1])
    if isinstance(whose, Person):
        return f"{when} · schedule {schedule.name}{gone}"
    return f"{when} · {', '.join(map(known.name_of, shift.people))}{gone}"
