"""Who is on call for a team or a schedule, and until when: a team's duty is held by a person or by
a schedule, and every view asks here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commands.rules.oncall.precedence import stretches, who
from commands.rules.oncall.wall import cut
from commands.rules.oncall.why import on_call
from store.model import DAY, Definitions, Instant, Team
from store.model.oncall import OnCall, Schedule, Shift, Source

SCHEDULE = "schedule:"
_AHEAD = (2 * DAY, 10 * DAY, 45 * DAY, 200 * DAY)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A person on call (a handle), and why; by a ``schedule`` also what there decided (``reason``)
    and the ``layer``, empty where something else did, such as an override."""

    person: str
    why: str
    schedule: str | None = None
    reason: str = ""
    layer: str = ""


def schedule_of(definitions: Definitions, team: Team) -> Schedule | None:
    """The schedule that holds a team's duty, where one does."""
    kind, name = (team.oncall or "")[: len(SCHEDULE)], (team.oncall or "")[len(SCHEDULE) :]
    return definitions.schedules.get(name) if kind == SCHEDULE else None


def duty(definitions: Definitions, team: Team | None, at: Instant) -> tuple[OnDuty, ...]:
    """Who is on call for a team at an instant; only people that are defined."""
    if team is None or not team.oncall:
        return ()
    schedule = schedule_of(definitions, team)
    if schedule is not None:
        return on_schedule(definitions, schedule.name, at, f"on call for team {team.name}")
    if team.oncall not in definitions.people:
        return ()
    return (OnDuty(team.oncall, f"on call for team {team.name}"),)


def on_schedule(
    definitions: Definitions, name: str, at: Instant, duty: str = "on call"
) -> tuple[OnDuty, ...]:
    """Who is on call in a schedule at an instant; only people that are defined."""
    schedule = definitions.schedules.get(name)
    found = []
    for each in who(schedule, at) if schedule is not None else ():
        if each.person in definitions.people:
            layers = [b.name for b in each.because if b.source is Source.LAYER]
            reason = said(each, definitions)
            how = f" by {reason}" if layers else f": {reason}"
            why = f"{duty} in schedule {name}{how}"
            found.append(OnDuty(each.person, why, name, reason, " and ".join(layers)))
    return tuple(found)


def said(each: OnCall, definitions: Definitions) -> str:
    """What put somebody on call, in words: ``layer days``."""
    return on_call(each, definitions.name_of).partition(": ")[2].rstrip(".")


def until(definitions: Definitions, on: OnDuty, at: Instant) -> Instant | None:
    """When somebody's turn that holds at an instant ends; None where no end is in sight."""
    schedule = definitions.schedules.get(on.schedule or "")
    if schedule is None:
        return None
    start = cut(at)
    for ahead in _AHEAD:
        for stretch in stretches(schedule, start, start + ahead):
            if on.person not in stretch.people:
                return stretch.start
    return None


def begins(schedule: Schedule, at: Instant) -> Instant | None:
    """When somebody is on call again in a schedule that has nobody at an instant."""
    start = cut(at)
    for ahead in _AHEAD:
        for stretch in stretches(schedule, start, start + ahead):
            if stretch.on:
                return stretch.start
    return None


def turns(schedule: Schedule, person: str, start: Instant, end: Instant) -> Iterator[Shift]:
    """Each turn of one person in a schedule between two instants, cut to them."""
    since: Instant | None = None
    for stretch in stretches(schedule, start, end):
        if person in stretch.people:
            since = stretch.start if since is None else since
        elif since is not None:
            yield Shift(since, stretch.start, (person,))
            since = None
    if since is not None:
        yield Shift(since, cut(end), (person,))
