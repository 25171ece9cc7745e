"""What stands above the layers: the record, temporary schedules, overrides, swaps.

Up to now the record alone counts; inside a temporary schedule only its own shifts; else the
layers' people are changed by overrides, all at once, and the result by swaps, one after another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeVar

from commands.rules.oncall.layers import NOBODY, Reasons, joined
from commands.rules.oncall.wall import cut
from store.model import MINUTE, Instant
from store.model.oncall import (
    Because,
    History,
    Override,
    OverrideKind,
    Schedule,
    Source,
    Swap,
    SwapState,
    Temporary,
)

_Bounded = TypeVar("_Bounded", Override, Swap, Temporary)
_Thing = TypeVar("_Thing")
_Held = tuple[Instant, Instant, _Thing]
"""Something that holds from one instant to before another."""

_RECORDED = (Because(Source.HISTORY),)
_TEMPORARY = (Because(Source.TEMPORARY),)


class _InForce:
    """What holds between two edges; ``known`` remembers what it makes of the layers' people."""

    __slots__ = ("any", "end", "fixed", "known", "overrides", "start", "swaps")

    def __init__(
        self,
        start: Instant,
        end: Instant,
        fixed: Reasons | None,
        overrides: Sequence[Override] = (),
        swaps: Sequence[Swap] = (),
    ) -> None:
        self.start, self.end, self.fixed = start, end, fixed
        self.overrides, self.swaps = overrides, swaps
        self.any = bool(overrides or swaps)
        self.known: dict[int, tuple[Reasons, Reasons, Reasons]] = {}


class Changes:
    """The changes of a schedule between two instants; ``edges`` are where one begins or ends."""

    def __init__(self, schedule: Schedule, start: Instant, end: Instant) -> None:
        self._start, self._end = start, end
        self._recorded, self._past = _record(schedule.history, start)
        self._temporary = _within(schedule.temporary, start, end)
        self._shifts = [
            (max(cut(shift.start), since), min(cut(shift.end), until), shift.people)
            for since, until, temporary in self._temporary
            for shift in temporary.shifts
        ]
        self._overrides = _within(schedule.overrides, start, end)
        taken = (swap for swap in schedule.swaps if swap.state is SwapState.TAKEN)
        self._swaps = _within(taken, start, end)
        self._any = self._past > start or bool(self._temporary or self._overrides or self._swaps)
        edges = {self._past}
        for held in (self._recorded, self._temporary, self._shifts, self._overrides, self._swaps):
            edges.update(edge for each in held for edge in each[:2])
        self.edges = sorted(edge for edge in edges if start < edge < end)
        self._held: _InForce | None = None

    def __bool__(self) -> bool:
        return self._any

    def hold(self, at: Instant) -> bool:
        """Whether any change holds at an instant."""
        held = self._at(at)
        return held.any or held.fixed is not None

    def applied(self, at: Instant, layers: Reasons) -> tuple[Reasons, Reasons]:
        """Who is on call at an instant, and who was taken off, where the layers have these.

        Between two edges nothing begins or ends: what holds is looked up once.
        """
        held = self._at(at)
        if held.fixed is not None:
            return held.fixed, NOBODY
        if not held.any:
            return layers, NOBODY
        known = held.known.get(id(layers))
        if known is None:
            on, off = layers, NOBODY
            if held.overrides:
                on, off = _overridden(on, held.overrides)
            if held.swaps:
                on, off = _swapped(on, off, held.swaps)
            if not (layers or on):  # nobody by intention stays so
                on = layers
            known = held.known[id(layers)] = (layers, on, off)
        return known[1], known[2]

    def _at(self, at: Instant) -> _InForce:
        held = self._held
        if held is None or not held.start <= at < held.end:
            held = self._held = self._in_force(at)
        return held

    def _in_force(self, at: Instant) -> _InForce:
        n = bisect_right(self.edges, at)
        start = self.edges[n - 1] if n else self._start
        end = self.edges[n] if n < len(self.edges) else self._end
        if at < self._past:
            fixed: Reasons = dict.fromkeys(_holding(self._recorded, at), _RECORDED)
            return _InForce(start, end, fixed)
        if _holding(self._temporary, at):
            people = (person for group in _holding(self._shifts, at) for person in group)
            return _InForce(start, end, dict.fromkeys(people, _TEMPORARY))
        overrides, swaps = _holding(self._overrides, at), _holding(self._swaps, at)
        return _InForce(start, end, None, overrides, swaps)


def _record(history: History | None, start: Instant) -> tuple[list[_Held[str]], Instant]:
    """What was recorded, and from when on it no longer counts."""
    if history is None:
        return [], start
    past = cut(history.now) + MINUTE
    entries = history.entries
    return [
        (cut(each.start), past if each.end is None else cut(each.end), each.person)
        for each in entries
    ], past


def _within(things: Iterable[_Bounded], start: Instant, end: Instant) -> list[_Held[_Bounded]]:
    return [
        (cut(each.start), cut(each.end), each)
        for each in things
        if each.start < end and each.end > start
    ]


def _holding(held: list[_Held[_Thing]], at: Instant) -> list[_Thing]:
    return [thing for start, end, thing in held if start <= at < end]


def _overridden(layers: Reasons, overrides: Sequence[Override]) -> tuple[Reasons, Reasons]:
    """The layers' people after all overrides, none of which sees what another one did."""
    removed: set[str] = set()
    replaced: dict[str, Override] = {}
    on: Reasons = {}
    off: Reasons = {}
    for each in overrides:
        if each.kind is OverrideKind.REMOVE and each.remove in layers:
            removed.add(each.remove)
        elif each.kind is OverrideKind.REPLACE and each.remove in layers:
            earlier = replaced.get(each.remove)
            if earlier is None or cut(each.start) >= cut(earlier.start):
                replaced[each.remove] = each
    for person, before in layers.items():
        override = replaced.get(person)
        if override is not None and override.add is not None:
            because = Because(Source.OVERRIDE, instead_of=person, before=before)
            on = joined(on, {override.add: (because,)})
            off[person] = (Because(Source.OVERRIDE, by=override.add, before=before),)
        elif person in removed:
            off[person] = (Because(Source.OVERRIDE, before=before),)
        else:
            on = joined(on, {person: before})
    for each in overrides:
        if each.kind is OverrideKind.ADD and each.add is not None:
            on = joined(on, {each.add: (Because(Source.OVERRIDE),)})
    return on, _but(off, on)


def _swapped(on: Reasons, off: Reasons, swaps: Sequence[Swap]) -> tuple[Reasons, Reasons]:
    """The people after each swap in turn; one whose person is not on call changes nothing."""
    for swap in swaps:
        if swap.to_person is None or swap.from_person not in on:
            continue
        before = on[swap.from_person]
        rest = {person: why for person, why in on.items() if person != swap.from_person}
        because = Because(Source.SWAP, instead_of=swap.from_person, before=before)
        on = joined(rest, {swap.to_person: (because,)})
        off = off | {swap.from_person: (Because(Source.SWAP, by=swap.to_person, before=before),)}
    return on, _but(off, on)


def _but(off: Reasons, on: Reasons) -> Reasons:
    """Those taken off who were not put on again."""
    return {person: why for person, why in off.items() if person not in on}
