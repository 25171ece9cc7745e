"""When a policy would reach nobody: every such stretch of a span of time, at once for all policies.

The question that ``commands/rules/reach.py`` answers for one instant, by whole stretches: when a
target has somebody who can be reached, when the hours of a step hold, one cut with the other. Who
has no contact that is known can't be reached, nor who has time off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from commands.rules import escalation, hours, reach
from commands.rules.oncall.reasons import Reasons
from commands.rules.oncall.spans import Spans, both, either, rest, union, without
from commands.rules.oncall.tracks import Tracks
from commands.rules.reach import Contacts, Hole, Place
from store.model import MINUTE, Definitions, Instant, Policy, Severity, Step
from store.model.oncall import Gap, Schedule


@dataclass(frozen=True, slots=True)
class Bare:
    """A schedule has nobody on call for a while."""

    schedule: str
    gap: Gap


def joined(holes: Iterable[Hole]) -> Iterator[Hole]:
    """Holes as long as can be, whatever their reasons; each has those it begins with."""
    held: Hole | None = None
    for hole in holes:
        if held is not None and _goes_on(held, hole):
            held = replace(held, end=hole.end)
            continue
        if held is not None:
            yield held
        held = hole
    if held is not None:
        yield held


def _goes_on(held: Hole, hole: Hole) -> bool:
    place, severities, intended = held.place, held.severities, held.intended
    alike = (place, severities, intended) == (hole.place, hole.severities, hole.intended)
    return alike and held.end == hole.start


Branches = dict[tuple[int, bool], Spans]
"""What is left, by how much later it has become and whether this pass took time."""


class Coverage:
    """Looks at a span of time; what is asked twice is computed once. ``instants`` counts those
    looked at: for each policy, team and severity every one at which something changes."""

    def __init__(
        self, known: Definitions, start: Instant, end: Instant, contacts: Contacts
    ) -> None:
        self._known, self._contacts = known, contacts
        self._tracks = Tracks(known, start, end, _latest(known))
        self._start, self._end = self._tracks.start, self._tracks.end
        self._whole: Spans = rest([], self._start, self._tracks.beyond)
        self._held: dict[tuple[str, bool], Spans] = {}
        self._reached_by: dict[tuple[str, bool], bool] = {}
        self._later = {0}
        self.instants = 0

    def holes(self, place: Place) -> Iterator[Hole]:
        """When a policy would ask nobody, and why, in order, alike severities together; where the
        reasons change another hole begins."""
        reasons = Reasons(self._known, self._tracks, place, self._contacts)
        for severities in reach.alike(reach.closure(self._known, place.policy)):
            self._later = {0}
            whole: Branches = {(0, False): [(self._start, self._end)]}
            reached = self._reached(place.policy, place.team, severities[0], whole)
            free = rest(reached, self._start, self._end)
            self.instants += len(reasons.edges(self._later))
            yield from reasons.explained(
                [Hole(place, severities, start, end, ()) for start, end in free], self._later
            )

    def bare(self, only: Iterable[str]) -> list[Bare]:
        """When these schedules have nobody on call, in order of time, those by intention too."""
        schedules = (self._known.schedules[name] for name in only)
        found = [Bare(each.name, gap) for each in schedules for gap in self._tracks.gaps(each)]
        return sorted(found, key=lambda each: (each.gap.start, each.schedule))

    def _reached(
        self,
        policy: Policy,
        team: str | None,
        severity: Severity,
        left: Branches,
        been: frozenset[str] = frozenset(),
    ) -> Spans:
        """When, of what is left, somebody is reached; the next step has what this one leaves.

        A step that tells a channel or starts an action takes its time: what follows comes so much
        later, and a pass with such a step is followed by the next.
        """
        found: Spans = []
        last: Branches = {}
        been |= {policy.name}
        for _ in range(policy.repeat + 1):
            for step in policy.steps:
                reached, left = self._after(step, team, severity, left, been)
                found = either(found, reached)
            _add(last, ((key, spans) for key, spans in left.items() if not key[1]))
            left = {(by, False): spans for (by, took), spans in left.items() if took}
        _add(last, left.items())
        ask = Step(policy.fallback, important=True)
        for (by, _), spans in last.items() if policy.fallback else ():
            found = either(found, both(spans, self._so_much_later(self._of_step(ask, team), by)))
        return found

    def _after(
        self, step: Step, team: str | None, severity: Severity, left: Branches, been: frozenset[str]
    ) -> tuple[Spans, Branches]:
        """When a step reaches somebody, and what it leaves."""
        zone = escalation.zone_of(self._known, team)
        if escalation.unmet(replace(step, hours=None), severity, self._start, zone) is not None:
            return [], left
        other = self._known.policies.get(escalation.hands_over(step) or "")
        found: Spans = []
        rest_of: Branches = {}
        for (by, took), spans in left.items():
            holds = spans
            if step.hours is not None:
                within = self._tracks.within(hours.local(step.hours, zone))
                holds = both(spans, self._so_much_later(within, by))
            _add(rest_of, [((by, took), without(spans, holds))])
            if other is not None and other.name not in been:
                branch: Branches = {(by, False): holds}
                found = either(found, self._reached(other, team, severity, branch, been))
                continue
            reached = both(holds, self._so_much_later(self._of_step(step, team), by))
            found = either(found, reached)
            told = bool(escalation.told(step.targets))
            key = (by + step.delay * MINUTE, True) if told else (by, took)
            self._later.add(key[0])
            _add(rest_of, [(key, without(holds, reached))])
        return found, rest_of

    def _so_much_later(self, spans: Spans, by: int) -> Spans:
        """The instants at which something is so, that much later."""
        return [(start - by, end - by) for start, end in spans] if by else spans

    def _of_step(self, step: Step, team: str | None) -> Spans:
        """When one of those a step asks for certain can be reached, whosever turn it is."""
        found: Spans = []
        in_turn = [target for target in step.targets if target.startswith("round_robin:")]
        for target in step.targets:
            if target not in in_turn:
                found = either(found, self._of_target(target, team, step.important))
        if not in_turn:
            return found
        every = self._whole
        for turn in range(reach.turns(step)):
            every = both(every, either(found, self._of_people(in_turn, team, step.important, turn)))
        return every

    def _of_target(self, target: str, team: str | None, important: bool) -> Spans:
        schedule = reach.behind(self._known, target, team)
        if schedule is not None:
            return self._of_schedule(schedule, important)
        return self._of_people((target,), team, important)

    def _of_people(
        self, targets: Sequence[str], team: str | None, important: bool, turn: int | None = None
    ) -> Spans:
        """When one of the people can be reached that are behind targets at all times."""
        asked = escalation.resolve(targets, self._known, team, self._start, turn)
        each = (self._of_person(one.person.handle, important) for one in asked)
        return union(span for one in each for span in one)

    def _of_person(self, handle: str, important: bool) -> Spans:
        if not self._has_contact(handle, important):
            return []
        return without(self._whole, self._tracks.away.get(handle, []))

    def _has_contact(self, handle: str, important: bool) -> bool:
        key = handle, important
        if key not in self._reached_by:
            person = self._known.people.get(handle)
            found = person is not None and reach.has_contact(person, important, self._contacts)
            self._reached_by[key] = found
        return self._reached_by[key]

    def _of_schedule(self, schedule: Schedule, important: bool) -> Spans:
        key = schedule.name, important
        if key not in self._held:
            self._held[key] = union(self._on_call(schedule, important))
        return self._held[key]

    def _on_call(self, schedule: Schedule, important: bool) -> Iterator[tuple[Instant, Instant]]:
        away = self._tracks.away
        free: dict[tuple[str, ...], list[Spans] | None] = {}
        for start, end, (names, _) in self._tracks.on_call(schedule).pieces():
            if names not in free:
                people = [p for p in names if self._has_contact(p, important)]
                free[names] = [away.get(p, []) for p in people] if people else None
            off = free[names]
            if off is None:
                continue
            if not all(off):
                yield start, end
                continue
            for spans in off:
                yield from rest(spans, start, end)


def _add(to: Branches, more: Iterable[tuple[tuple[int, bool], Spans]]) -> None:
    for key, spans in more:
        if spans:
            to[key] = either(to.get(key, []), spans)


def _latest(known: Definitions) -> int:
    """How much later a step may come because others only tell somebody."""
    return sum(
        step.delay * MINUTE * (policy.repeat + 1)
        for policy in known.policies.values()
        for step in policy.steps
        if escalation.told(step.targets)
    )
