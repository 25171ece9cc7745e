"""What decides whom policies ask over a span of time: who is on call, when hours hold, who is away.
Each is looked at once, from edge to edge, since in between nothing changes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from commands.rules import hours
from commands.rules.oncall.precedence import intends, shifts, stretches
from commands.rules.oncall.spans import Span, Spans, union
from commands.rules.oncall.wall import cut
from store.model import Definitions, Hours, Instant
from store.model.oncall import Away, Gap, Schedule

OnCall = tuple[tuple[str, ...], str | None]
"""The people on call; where there are none, why that is so by intention."""

T = TypeVar("T")

_NOBODY: OnCall = ((), None)


@dataclass(frozen=True, slots=True)
class Track(Generic[T]):
    """What something is from each edge on to the next, in order, the last up to ``end``."""

    edges: list[Instant]
    states: list[T]
    end: Instant

    def at(self, when: Instant) -> T:
        """What it is at an instant that is not before the first edge."""
        return self.states[bisect_right(self.edges, when) - 1]

    def pieces(self) -> Iterator[tuple[Instant, Instant, T]]:
        """From, until, what it is."""
        return zip(self.edges, (*self.edges[1:], self.end), self.states, strict=True)


class Tracks:
    """Looks at a span of time, ``start`` to ``end``, and at what comes soon after."""

    def __init__(self, known: Definitions, start: Instant, end: Instant, more: int) -> None:
        self.start, self.end, self.beyond = cut(start), cut(end), cut(end) + more
        self._on_call: dict[str, Track[OnCall]] = {}
        self._hours: dict[Hours, Track[bool]] = {}
        self._within: dict[Hours, Spans] = {}
        self.entries: dict[str, list[Away]] = {}
        for away in known.away:
            self.entries.setdefault(away.person, []).append(away)
        self.away: dict[str, Spans] = {
            handle: union((cut(off.start), cut(off.end)) for off in each)
            for handle, each in self.entries.items()
        }

    def on_call(self, schedule: Schedule) -> Track[OnCall]:
        """Who is on call."""
        if schedule.name not in self._on_call:
            found = self._stretches(schedule) if intends(schedule) else self._shifts(schedule)
            self._on_call[schedule.name] = found
        return self._on_call[schedule.name]

    def _shifts(self, schedule: Schedule) -> Track[OnCall]:
        alike: dict[tuple[str, ...], OnCall] = {}
        edges: list[Instant] = []
        states: list[OnCall] = []
        at = self.start
        for shift in shifts(schedule, self.start, self.beyond):
            if at < shift.start:
                edges.append(at)
                states.append(_NOBODY)
            edges.append(shift.start)
            states.append(alike.setdefault(shift.people, (shift.people, None)))
            at = shift.end
        if at < self.beyond:
            edges.append(at)
            states.append(_NOBODY)
        return Track(edges, states, self.beyond)

    def _stretches(self, schedule: Schedule) -> Track[OnCall]:
        """The same where nobody may be on call by intention."""
        edges: list[Instant] = []
        states: list[OnCall] = []
        for each in stretches(schedule, self.start, self.beyond):
            state = each.people, each.intended
            if not states or states[-1] != state:
                edges.append(each.start)
                states.append(state)
        return Track(edges, states, self.beyond)

    def gaps(self, schedule: Schedule) -> Iterator[Gap]:
        """When nobody is on call, in order."""
        for start, end, (people, intended) in self.on_call(schedule).pieces():
            if not people and start < self.end:
                yield Gap(start, min(end, self.end), intended)

    def hours(self, condition: Hours) -> Track[bool]:
        """When hours on their own clock hold."""
        if condition not in self._hours:
            found = list(hours.changes(condition, self.start, self.beyond))
            edges, states = [at for at, _ in found], [holds for _, holds in found]
            self._hours[condition] = Track(edges, states, self.beyond)
        return self._hours[condition]

    def within(self, condition: Hours) -> Spans:
        """The stretches in which hours hold."""
        if condition not in self._within:
            pieces = self.hours(condition).pieces()
            self._within[condition] = union((start, end) for start, end, holds in pieces if holds)
        return self._within[condition]

    def off(self, handles: Iterable[str]) -> Track[frozenset[str]]:
        """Who of some people is away."""
        mine = {handle: self.away[handle] for handle in handles if handle in self.away}
        inside = (e for spans in mine.values() for span in spans for e in span)
        edges = sorted({self.start, *(e for e in inside if self.start < e < self.beyond)})
        states = [
            frozenset(handle for handle, spans in mine.items() if _holds(spans, at)) for at in edges
        ]
        return Track(edges, states, self.beyond)


def _holds(spans: Iterable[Span], at: Instant) -> bool:
    return any(start <= at < end for start, end in spans)
