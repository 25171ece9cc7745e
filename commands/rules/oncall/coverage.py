"""When a policy would reach nobody: every such stretch of a span of time, at once for all policies.

The question that ``commands/rules/reach.py`` answers for one instant, by whole stretches: when a
target has somebody who can be reached, when the hours of a step hold, one cut with the other. Who
has no contact that is known can't be reached, nor who has time off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from commands.rules import escalation, hours, reach
from commands.rules.oncall import gaps, shifts
from commands.rules.oncall.spans import Spans, both, either, rest, union, without
from commands.rules.oncall.wall import cut
from commands.rules.reach import Contacts, Hole, Place
from store.model import MINUTE, Definitions, Hours, Instant, Policy, Severity, Step
from store.model.oncall import Gap, Schedule, Shift


@dataclass(frozen=True, slots=True)
class Bare:
    """A schedule has nobody on call for a while."""

    schedule: str
    gap: Gap


def why(known: Definitions, hole: Hole, contacts: Contacts) -> tuple[str, ...]:
    """Why nobody would be asked when a hole begins, step by step."""
    return reach.first_asked(known, hole.place, hole.severities[0], hole.start, contacts).why


Branches = dict[tuple[int, bool], Spans]
"""What is left, by how much later it has become and whether this pass took time."""


class Coverage:
    """Looks at a span of time; what is asked twice is computed once."""

    def __init__(
        self, known: Definitions, start: Instant, end: Instant, contacts: Contacts
    ) -> None:
        self._known, self._contacts = known, contacts
        self._start, self._end = cut(start), cut(end)
        self._beyond = self._end + _latest(known)
        self._whole: Spans = rest([], self._start, self._beyond)
        self._held: dict[tuple[str, bool], Spans] = {}
        self._hours: dict[Hours, Spans] = {}
        self._intended: dict[str, list[Gap]] = {}
        self._somebody: dict[str, Spans] = {}
        self._later = {0}
        self._away: dict[str, Spans] = {}
        for away in known.away:
            self._away.setdefault(away.person, []).append((cut(away.start), cut(away.end)))
        self._away = {handle: union(off) for handle, off in self._away.items()}

    def holes(self, place: Place) -> Iterator[Hole]:
        """When a policy would ask nobody, in order; alike severities together. The reasons are
        left to ``why``."""
        policies = reach.closure(self._known, place.policy)
        for severities in reach.alike(policies):
            self._later = {0}
            whole: Branches = {(0, False): [(self._start, self._end)]}
            reached = self._reached(place.policy, place.team, severities[0], whole)
            edges = self._edges(place, policies)
            for start, end in rest(reached, self._start, self._end):
                hole = Hole(place, severities, start, end, ())
                yield from self._cut(hole, edges) if edges else (hole,)

    def bare(self, only: Iterable[str]) -> list[Bare]:
        """When these schedules have nobody on call, in order of time, those by intention too."""
        found = [Bare(name, gap) for name in only for gap in self._gaps(name)]
        return sorted(found, key=lambda each: (each.gap.start, each.schedule))

    def _gaps(self, name: str) -> Iterable[Gap]:
        schedule = self._known.schedules[name]
        if any(layer.nobody is not None for layer in schedule.layers):
            return gaps(schedule, self._start, self._end)
        if name not in self._somebody:
            self._shifts(schedule)
        free = rest(self._somebody[name], self._start, self._end)
        return (Gap(start, end) for start, end in free)

    def _shifts(self, schedule: Schedule) -> list[Shift]:
        found = shifts(schedule, self._start, self._beyond)
        self._somebody[schedule.name] = union((shift.start, shift.end) for shift in found)
        return found

    def _edges(self, place: Place, policies: Iterable[Policy]) -> list[Instant]:
        """Where a hole may become one by intention, or may be one no more; nowhere where nobody
        intends any."""
        schedules = reach.schedules_of(self._known, place.policy, place.team)
        gaps = [gap for schedule in schedules for gap in self._by_intention(schedule)]
        zone = escalation.zone_of(self._known, place.team)
        conditions = [hours.local(s.hours, zone) for p in policies for s in p.steps if s.hours]
        spans = [(g.start, g.end) for g in gaps]
        if gaps:
            spans += [span for condition in conditions for span in self._within(condition)]
        return sorted({edge - by for span in spans for edge in span for by in self._later})

    def _cut(self, hole: Hole, edges: Iterable[Instant]) -> Iterator[Hole]:
        """A hole in pieces, each with why it is there by intention, if it is: by a schedule that
        would be asked then."""
        held: Hole | None = None
        inside = (edge for edge in edges if hole.start < edge < hole.end)
        for since, until in pairwise((hole.start, *inside, hole.end)):
            severity, place = hole.severities[0], hole.place
            found = reach.first_asked(self._known, place, severity, since, self._contacts)
            if held is not None and held.intended == found.intended:
                held = replace(held, end=until)
                continue
            if held is not None:
                yield held
            held = replace(hole, start=since, end=until, intended=found.intended)
        if held is not None:
            yield held

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
                within = self._within(hours.local(step.hours, zone))
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
        return without(self._whole, self._away.get(handle, []))

    def _has_contact(self, handle: str, important: bool) -> bool:
        person = self._known.people.get(handle)
        if person is None:
            return False
        return reach.has_contact(person, important, self._contacts)

    def _of_schedule(self, schedule: Schedule, important: bool) -> Spans:
        key = schedule.name, important
        if key not in self._held:
            self._held[key] = union(self._on_call(schedule, important))
        return self._held[key]

    def _on_call(self, schedule: Schedule, important: bool) -> Iterator[tuple[Instant, Instant]]:
        good: dict[tuple[str, ...], list[str]] = {}
        for shift in self._shifts(schedule):
            people = good.get(shift.people)
            if people is None:
                people = [p for p in shift.people if self._has_contact(p, important)]
                good[shift.people] = people
            if not people:
                continue
            off = [self._away[p] for p in people if p in self._away]
            if len(off) < len(people):
                yield shift.start, shift.end
                continue
            for spans in off:
                yield from rest(spans, shift.start, shift.end)

    def _within(self, condition: Hours) -> Spans:
        if condition not in self._hours:
            turns = [*hours.changes(condition, self._start, self._beyond), (self._beyond, False)]
            spans = ((a, b) for (a, holds), (b, _) in pairwise(turns) if holds)
            self._hours[condition] = union(spans)
        return self._hours[condition]

    def _by_intention(self, schedule: Schedule) -> list[Gap]:
        if not any(layer.nobody is not None for layer in schedule.layers):
            return []
        if schedule.name not in self._intended:
            found = gaps(schedule, self._start, self._beyond)
            self._intended[schedule.name] = [g for g in found if g.intended is not None]
        return self._intended[schedule.name]


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
