"""What stands above the layers: the record, temporary schedules, overrides, swaps.

Up to now the record alone counts; inside a temporary schedule only its own shifts; else the
layers' people are changed by overrides, all at once, and the result by swaps, one after another.
"""

from __future__ import annotations

from collections.abc import Iterable
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


class Changes:
    """The changes of a schedule between two instants; ``edges`` are where one begins or ends."""

    def __init__(self, schedule: Schedule, start: Instant, end: Instant) -> None:
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

    def __bool__(self) -> bool:
        return self._any

    def applied(self, at: Instant, layers: Reasons) -> tuple[Reasons, Reasons]:
        """Who is on call at an instant, and who was taken off, where the layers have these."""
        if at < self._past:
            return dict.fromkeys(_holding(self._recorded, at), _RECORDED), {}
        if _holding(self._temporary, at):
            people = (person for group in _holding(self._shifts, at) for person in group)
            return dict.fromkeys(people, _TEMPORARY), {}
        on, off = layers, NOBODY
        if self._overrides:
            on, off = _overridden(on, _holding(self._overrides, at))
        if self._swaps:
            on, off = _swapped(on, off, _holding(self._swaps, at))
        return on, off


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


def _overridden(layers: Reasons, overrides: list[Override]) -> tuple[Reasons, Reasons]:
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


def _swapped(on: Reasons, off: Reasons, swaps: list[Swap]) -> tuple[Reasons, Reasons]:
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
