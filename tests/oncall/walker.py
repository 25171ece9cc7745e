"""Whom policies ask over a span of time, instant by instant: every edge judged by what pages. Slow,
and written apart from what finds holes in the product: a second opinion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from commands.rules import escalation, hours
from commands.rules.oncall import stretches
from commands.rules.oncall.wall import cut
from commands.rules.reach import (
    Contacts,
    Hole,
    Place,
    Reached,
    alike,
    closure,
    first_asked,
    schedules_of,
)
from store.model import MINUTE, Definitions, Hours, Instant, Policy, Severity
from store.model.oncall import Schedule

_Stretch = tuple[Instant, Instant, tuple[object, ...]]
_MOST_LATER = 64
_Track = list[tuple[Instant, object]]
"""What something is from each instant on, in order; the first is the beginning."""


class Survey:
    """Walks policies over a span of time from edge to edge; in between nothing changes."""

    def __init__(
        self, known: Definitions, start: Instant, end: Instant, contacts: Contacts
    ) -> None:
        self._known, self._contacts = known, contacts
        self._start, self._end = cut(start), cut(end)
        self._tracks: dict[str, _Track] = {}
        self._last: tuple[Place, list[_Stretch]] | None = None
        self.instants = 0

    def holes(self, place: Place) -> Iterator[Hole]:
        """When a policy would ask nobody, with why; alike severities together."""
        for severities in alike(closure(self._known, place.policy)):
            held: Hole | None = None
            for start, end, reached in self.asked(place, severities[0]):
                hole = None
                if not reached.asked:
                    hole = Hole(place, severities, start, end, reached.why, reached.intended)
                if held and hole and _goes_on(held, hole):
                    held = replace(held, end=end)
                    continue
                if held:
                    yield held
                held = hole
            if held:
                yield held

    def asked(self, place: Place, severity: Severity) -> Iterator[tuple[Instant, Instant, Reached]]:
        """Each stretch of time with whom the policy asks first in it."""
        if self._last is None or self._last[0] != place:
            self._last = place, list(_together(self._of(place), self._end))
        known: dict[tuple[object, ...], Reached] = {}
        for start, end, state in self._last[1]:
            if state not in known:
                known[state] = first_asked(self._known, place, severity, start, self._contacts)
            self.instants += 1
            yield start, end, known[state]

    def _of(self, place: Place) -> list[_Track]:
        """Everything that decides whom a policy asks, as it is and as it will be when later steps
        come."""
        zone = escalation.zone_of(self._known, place.team)
        policies = closure(self._known, place.policy)
        later = _later(policies)
        end = self._end + max(later)
        tracks = [
            self._schedule(s, end) for s in schedules_of(self._known, place.policy, place.team)
        ]
        tracks += [self._hours(hours.local(h, zone), end) for h in _conditions(policies)]
        tracks.append(self._away(end))
        return [self._earlier(track, by) for track in tracks for by in later]

    def _earlier(self, track: _Track, by: int) -> _Track:
        """What something will be so much later; from the beginning to the end."""
        if not by:
            return [edge for edge in track if edge[0] < self._end]
        moved = [(at - by, state) for at, state in track]
        first = [state for at, state in moved if at <= self._start][-1:]
        rest = [edge for edge in moved if self._start < edge[0] < self._end]
        return [*((self._start, state) for state in first), *rest]

    def _schedule(self, schedule: Schedule, end: Instant) -> _Track:
        key = f"schedule {schedule.name} {end}"
        if key not in self._tracks:
            found = stretches(schedule, self._start, end)
            self._tracks[key] = [(s.start, (s.people, s.intended)) for s in found]
        return self._tracks[key]

    def _hours(self, condition: Hours, end: Instant) -> _Track:
        key = f"{condition!r} {end}"
        if key not in self._tracks:
            self._tracks[key] = list(hours.changes(condition, self._start, end))
        return self._tracks[key]

    def _away(self, end: Instant) -> _Track:
        offs = [(a.person, cut(a.start), cut(a.end)) for a in self._known.away]
        edges = {self._start, *(e for off in offs for e in off[1:] if self._start < e < end)}
        return [
            (at, frozenset(who for who, since, until in offs if since <= at < until))
            for at in sorted(edges)
        ]


def _goes_on(held: Hole, hole: Hole) -> bool:
    alike = (held.why, held.intended) == (hole.why, hole.intended)
    return alike and held.end == hole.start


def _together(tracks: list[_Track], end: Instant) -> Iterator[_Stretch]:
    moving = [track for track in tracks if len(track) > 1]
    if len(moving) == 1:
        for n, (at, now) in enumerate(moving[0], 1):
            yield at, moving[0][n][0] if n < len(moving[0]) else end, (now,)
        return
    edges = sorted({at for track in tracks for at, _ in track})
    steps = [iter(track) for track in tracks]
    ahead = [next(step, None) for step in steps]
    state: list[object] = [None] * len(tracks)
    for n, at in enumerate(edges):
        for i, step in enumerate(steps):
            while (following := ahead[i]) is not None and following[0] <= at:
                state[i] = following[1]
                ahead[i] = next(step, None)
        yield at, edges[n + 1] if n + 1 < len(edges) else end, tuple(state)


def _later(policies: list[Policy]) -> list[int]:
    """How much later steps may come because others only tell somebody; 0 is always among them."""
    found = {0}
    for policy in policies:
        for _ in range(policy.repeat + 1):
            for step in policy.steps:
                if escalation.told(step.targets) and len(found) < _MOST_LATER:
                    found |= {by + step.delay * MINUTE for by in found}
    return sorted(found)


def _conditions(policies: Iterable[Policy]) -> list[Hours]:
    return list({repr(s.hours): s.hours for p in policies for s in p.steps if s.hours}.values())
