"""Why a policy asks nobody at a place: its holes in pieces, each explained by what pages, step by
step; asked once for each state of what decides."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from commands.rules import escalation, hours, reach
from commands.rules.oncall.tracks import Track, Tracks
from commands.rules.reach import Contacts, Hole, Place, Reached
from store.model import Definitions, Instant, Policy, Severity


class Reasons:
    """Explains the holes of one place."""

    def __init__(
        self, known: Definitions, tracks: Tracks, place: Place, contacts: Contacts
    ) -> None:
        self._place, self._contacts = place, contacts
        self._start, self._end = tracks.start, tracks.end
        policies = reach.closure(known, place.policy)
        rotas = [tracks.on_call(s) for s in reach.schedules_of(known, place.policy, place.team)]
        self._rotas, zone = rotas, escalation.zone_of(known, place.team)
        conditions = {hours.local(s.hours, zone) for p in policies for s in p.steps if s.hours}
        self._hours = [tracks.hours(each) for each in conditions]
        self._always = _always(known, policies, place.team, tracks.start)
        on_call = {p for rota in rotas for names, _ in set(rota.states) for p in names}
        people = on_call | self._always
        self._away = tracks.off(people)
        self._known = replace(
            known, away=tuple(off for p in people for off in tracks.entries.get(p, ()))
        )
        self._edges: dict[frozenset[int], list[Instant]] = {}

    def edges(self, later: Collection[int]) -> list[Instant]:
        """The instants from which on something else decides, now or as much ``later`` as a step
        may come; the first is the beginning."""
        key = frozenset(later)
        if key not in self._edges:
            start, end = self._start, self._end
            tracks: tuple[Track[Any], ...] = (*self._rotas, *self._hours, self._away)
            found = {e - by for track in tracks for e in track.edges for by in key}
            self._edges[key] = [start, *sorted(e for e in found if start < e < end)]
        return self._edges[key]

    def explained(self, holes: Collection[Hole], later: Collection[int]) -> Iterator[Hole]:
        """Holes of the same severities, in pieces that have one reason each."""
        reached: dict[object, Reached] = {}
        for hole in holes:
            held: Hole | None = None
            for since, until in pairwise(self._within(hole, later)):
                found = self._asked(hole.severities[0], since, later, reached)
                said = found.why, found.intended
                if held is not None and (held.why, held.intended) == said:
                    held = replace(held, end=until)
                    continue
                if held is not None:
                    yield held
                held = Hole(hole.place, hole.severities, since, until, *said)
            if held is not None:
                yield held

    def _within(self, hole: Hole, later: Collection[int]) -> list[Instant]:
        edges = self.edges(later)
        first, last = bisect_right(edges, hole.start), bisect_left(edges, hole.end)
        return [hole.start, *edges[first:last], hole.end]

    def _asked(
        self,
        severity: Severity,
        at: Instant,
        later: Collection[int],
        reached: dict[object, Reached],
    ) -> Reached:
        state = tuple(self._state(at + by) for by in later)
        if state not in reached:
            reached[state] = reach.first_asked(
                self._known, self._place, severity, at, self._contacts
            )
        return reached[state]

    def _state(self, at: Instant) -> object:
        """What decides at an instant."""
        rotas = tuple(rota.at(at) for rota in self._rotas)
        asked = self._always.union(*(names for names, _ in rotas))
        return rotas, self._away.at(at) & asked, tuple(each.at(at) for each in self._hours)


def _always(
    known: Definitions, policies: Iterable[Policy], team: str | None, at: Instant
) -> frozenset[str]:
    """The people behind targets that no schedule decides."""
    targets = {
        target
        for policy in policies
        for targets in (*(step.targets for step in policy.steps), policy.fallback)
        for target in targets
        if reach.behind(known, target, team) is None
    }
    asked = escalation.resolve([*targets], known, team, at)
    return frozenset(one.person.handle for one in asked)
