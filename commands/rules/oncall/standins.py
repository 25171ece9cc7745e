"""How somebody is put in another's place, or taken off, so that they really are on call then: an
override where that does it, a swap on top where an earlier change stands in its way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from commands.rules.oncall.precedence import stretches
from commands.rules.oncall.wall import cut
from store.model import Instant
from store.model.oncall import Override, OverrideKind, Schedule, Swap, SwapState

People = frozenset[str]
_Over = list[tuple[Instant, People]]
_Wanted = Callable[[People], People]


@dataclass(frozen=True, slots=True)
class StandIn:
    """The changes that do it, whom they take off, and whether somebody is put where nobody was."""

    overrides: tuple[Override, ...] = ()
    swaps: tuple[Swap, ...] = ()
    off: tuple[str, ...] = ()
    filled: bool = False

    def __bool__(self) -> bool:
        return bool(self.overrides or self.swaps)


def replacing(
    schedule: Schedule, person: str, start: Instant, end: Instant, instead_of: str | None = None
) -> StandIn | None:
    """``person`` in place of whoever is on call from ``start`` to ``end``, or of one of them; where
    nobody is, they are on call too. None where a temporary schedule stands in the way."""
    start, end = cut(start), cut(end)
    over = _over(schedule, start, end)
    off = sorted({p for _, people in over for p in people} - {person})
    if instead_of is not None:
        off = [p for p in off if p == instead_of]

    def wanted(people: People) -> People:
        if instead_of is None:
            return frozenset((person,))
        return (people - {instead_of}) | {person} if instead_of in people else people

    gaps = _gaps(over, end) if instead_of is None else []
    added = [Override(OverrideKind.ADD, s, e, add=person) for s, e in gaps]
    overridden = [Override(OverrideKind.REPLACE, start, end, person, p) for p in off]
    swapped = tuple(Swap(p, start, end, person, SwapState.TAKEN) for p in off)
    first = StandIn((*overridden, *added), (), tuple(off), bool(gaps))
    second = StandIn(tuple(added), swapped, tuple(off), bool(gaps))
    return next(
        (each for each in (first, second) if _does(schedule, each, over, end, wanted)), None
    )


def adding(schedule: Schedule, person: str, start: Instant, end: Instant) -> StandIn | None:
    """``person`` beside whoever is on call; None where a temporary schedule stands in the way."""
    start, end = cut(start), cut(end)
    over = _over(schedule, start, end)
    found = StandIn((Override(OverrideKind.ADD, start, end, add=person),))
    return found if _does(schedule, found, over, end, lambda people: people | {person}) else None


def removing(schedule: Schedule, person: str, start: Instant, end: Instant) -> StandIn | None:
    """Nobody in place of ``person``; None where what put them there is no layer."""
    start, end = cut(start), cut(end)
    over = _over(schedule, start, end)
    found = StandIn((Override(OverrideKind.REMOVE, start, end, remove=person),), (), (person,))
    return found if _does(schedule, found, over, end, lambda people: people - {person}) else None


def changed(schedule: Schedule, by: StandIn) -> Schedule:
    """The schedule with the changes on top."""
    overrides, swaps = (*schedule.overrides, *by.overrides), (*schedule.swaps, *by.swaps)
    return replace(schedule, overrides=overrides, swaps=swaps)


def _over(schedule: Schedule, start: Instant, end: Instant) -> _Over:
    return [(s.start, frozenset(s.people)) for s in stretches(schedule, start, end)]


def _gaps(over: _Over, end: Instant) -> list[tuple[Instant, Instant]]:
    ends = [*(at for at, _ in over[1:]), end]
    found: list[tuple[Instant, Instant]] = []
    for (start, people), until in zip(over, ends, strict=True):
        if people:
            continue
        joins = found and found[-1][1] == start
        found.append((found.pop()[0] if joins else start, until))
    return found


def _does(schedule: Schedule, by: StandIn, over: _Over, end: Instant, wanted: _Wanted) -> bool:
    """Whether exactly those are on call then who should be."""
    after = _over(changed(schedule, by), over[0][0], end)
    edges = sorted({at for at, _ in (*over, *after)})
    return all(_at(after, edge) == wanted(_at(over, edge)) for edge in edges)


def _at(over: _Over, at: Instant) -> People:
    return over[bisect_right(over, at, key=lambda each: each[0]) - 1][1]
