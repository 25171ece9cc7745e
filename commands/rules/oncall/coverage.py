"""When a policy would reach nobody: every such stretch of a span of time, at once for all policies.

The question that ``commands/rules/reach.py`` answers for one instant, by whole stretches: when a
target has somebody who can be reached, when the hours of a step hold, one cut with the other. Who
has no contact that is known can't be reached, nor who has time off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from commands.rules import escalation, hours, reach
from commands.rules.oncall import gaps, shifts
from commands.rules.oncall.spans import Spans, both, either, rest, union, without
from commands.rules.oncall.wall import cut
from commands.rules.reach import Contacts, Hole, Place
from store.model import Definitions, Hours, Instant, Policy, Severity, Step
from store.model.oncall import Gap, Schedule


@dataclass(frozen=True, slots=True)
class Bare:
    """A schedule has nobody on call for a while."""

    schedule: str
    gap: Gap


def bare(known: Definitions, start: Instant, end: Instant, only: Iterable[str]) -> list[Bare]:
    """When these schedules have nobody on call, in order of time, those by intention too."""
    found = [Bare(name, gap) for name in only for gap in gaps(known.schedules[name], start, end)]
    return sorted(found, key=lambda each: (each.gap.start, each.schedule))


def why(known: Definitions, hole: Hole, contacts: Contacts) -> tuple[str, ...]:
    """Why nobody would be asked when a hole begins, step by step."""
    return reach.first_asked(known, hole.place, hole.severities[0], hole.start, contacts).why


class Coverage:
    """Looks at a span of time; what is asked twice is computed once."""

    def __init__(
        self, known: Definitions, start: Instant, end: Instant, contacts: Contacts
    ) -> None:
        self._known, self._contacts = known, contacts
        self._start, self._end = cut(start), cut(end)
        self._whole: Spans = rest([], self._start, self._end)
        self._held: dict[tuple[str, bool], Spans] = {}
        self._hours: dict[Hours, Spans] = {}
        self._intended: dict[str, list[Gap]] = {}
        self._away: dict[str, Spans] = {}
        for away in known.away:
            self._away.setdefault(away.person, []).append((cut(away.start), cut(away.end)))
        self._away = {handle: union(off) for handle, off in self._away.items()}

    def holes(self, place: Place) -> Iterator[Hole]:
        """When a policy would ask nobody, in order; alike severities together. The reasons are
        left to ``why``."""
        policies = reach.closure(self._known, place.policy)
        wanted = [
            (gap.start, gap.end, f"{schedule.name}: {gap.intended}")
            for schedule in reach.schedules_of(self._known, place.policy, place.team)
            for gap in self._by_intention(schedule)
        ]
        for severities in reach.alike(policies):
            reached = self._reached(place.policy, place.team, severities[0], self._whole)
            for start, end in rest(reached, self._start, self._end):
                for since, until, intended in _marked(start, end, wanted):
                    yield Hole(place, severities, since, until, (), intended)

    def _reached(
        self,
        policy: Policy,
        team: str | None,
        severity: Severity,
        left: Spans,
        been: frozenset[str] = frozenset(),
    ) -> Spans:
        """When, of what is left, somebody is reached; the next step has what this one leaves."""
        found: Spans = []
        been |= {policy.name}
        for step in policy.steps:
            if step.severity and str(severity) not in step.severity:
                continue
            holds = left if step.hours is None else both(left, self._within(step.hours))
            other = self._known.policies.get(escalation.hands_over(step) or "")
            if other is not None and other.name not in been:
                found = either(found, self._reached(other, team, severity, holds, been))
                left = without(left, holds)
                continue
            reached = both(holds, self._of_step(step, team))
            found, left = either(found, reached), without(left, reached)
        last = Step(policy.fallback, important=True)
        return either(found, both(left, self._of_step(last, team)) if policy.fallback else [])

    def _of_step(self, step: Step, team: str | None) -> Spans:
        """When one of those a step asks for certain can be reached."""
        found: Spans = []
        for target in step.targets:
            found = either(found, self._of_target(target, team, step.important))
        return found

    def _of_target(self, target: str, team: str | None, important: bool) -> Spans:
        schedule = reach.behind(self._known, target, team)
        if schedule is not None:
            return self._of_schedule(schedule, important)
        asked = escalation.resolve((target,), self._known, team, self._start)
        each = [self._of_person(one.person.handle, important) for one in asked]
        if target.startswith("round_robin:"):
            # It may be anybody's turn.
            found = self._whole if each else []
            for one in each:
                found = both(found, one)
            return found
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
        for shift in shifts(schedule, self._start, self._end):
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
            turns = [*hours.changes(condition, self._start, self._end), (self._end, False)]
            spans = ((a, b) for (a, holds), (b, _) in pairwise(turns) if holds)
            self._hours[condition] = union(spans)
        return self._hours[condition]

    def _by_intention(self, schedule: Schedule) -> list[Gap]:
        if not any(layer.nobody is not None for layer in schedule.layers):
            return []
        if schedule.name not in self._intended:
            found = gaps(schedule, self._start, self._end)
            self._intended[schedule.name] = [g for g in found if g.intended is not None]
        return self._intended[schedule.name]


def _marked(
    start: Instant, end: Instant, wanted: Iterable[tuple[Instant, Instant, str]]
) -> Iterator[tuple[Instant, Instant, str | None]]:
    """A hole, cut where it is by intention, and why."""
    inside = [(a, b, said) for a, b, said in wanted if a < end and b > start]
    edges = {start, end, *(e for a, b, _ in inside for e in (a, b) if start < e < end)}
    ordered = sorted(edges)
    for since, until in pairwise(ordered):
        said = next((said for a, b, said in inside if a <= since < b), None)
        yield since, until, said
