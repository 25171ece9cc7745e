"""Who is on call, from one function for every view: the record, then temporary schedules, then
layers changed by overrides and those by swaps. Computed from edge to edge, not minute by minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from commands.rules.oncall.changes import Changes
from commands.rules.oncall.layers import NOBODY, Intended, Piece, Reasons, between, layered
from commands.rules.oncall.wall import cut
from store.model import MINUTE, Instant
from store.model.oncall import Gap, OnCall, Schedule, Shift, Stretch

_State = tuple[Instant, Instant, Reasons, Reasons]
"""From, until, who is on call, who was taken off."""


def who(schedule: Schedule, at: Instant) -> tuple[OnCall, ...]:
    """Who is on call at an instant (its minute), each with the reasons; sorted by handle."""
    return at_instant(schedule, at).on


def at_instant(schedule: Schedule, at: Instant) -> Stretch:
    """The minute of an instant: who is on call and why, and who was taken off by what."""
    at = cut(at)
    return _stretch(next(_states(schedule, at, at + MINUTE)))


def stretches(schedule: Schedule, start: Instant, end: Instant) -> Iterator[Stretch]:
    """Every stretch of ``[start, end)`` with the same people for the same reasons.

    They join without a hole; one with nobody has an empty ``on``.
    """
    held: _State | None = None
    for state in _states(schedule, cut(start), cut(end)):
        if held is not None and held[2:] == state[2:] and _why(held[2]) == _why(state[2]):
            held = (held[0], state[1], held[2], held[3])
        else:
            if held is not None:
                yield _stretch(held)
            held = state
    if held is not None:
        yield _stretch(held)


def shifts(schedule: Schedule, start: Instant, end: Instant) -> list[Shift]:
    """The longest stretches of ``[start, end)`` with the same set of people, cut to it.

    Stretches with nobody are left out.
    """
    start, end = cut(start), cut(end)
    changes = Changes(schedule, start, end)
    pieces = layered(schedule.layers, start, end)
    if changes:
        pieces = _with(changes, pieces, start, end)
    names: dict[int, tuple[str, ...]] = {}
    found: list[Shift] = []
    since, until = start, start
    people: tuple[str, ...] = ()
    for first, last, on in pieces:
        now = names.get(id(on))
        if now is None:
            now = names[id(on)] = tuple(sorted(on))
        if now == people and first == until:
            until = last
            continue
        if people:
            found.append(Shift(since, until, people))
        since, until, people = first, last, now
    if people:
        found.append(Shift(since, until, people))
    return found


def gaps(schedule: Schedule, start: Instant, end: Instant) -> list[Gap]:
    """The stretches of ``[start, end)`` in which nobody is on call, those by intention marked."""
    start, end = cut(start), cut(end)
    found: list[Gap] = []
    for first, last, on, _ in _states(schedule, start, end):
        if on:
            continue
        why = _why(on)
        goes_on = found and found[-1].end == first and found[-1].intended == why
        found.append(Gap(found.pop().start if goes_on else first, last, why))
    return found


def intends(schedule: Schedule) -> bool:
    """Whether nobody may be on call by intention at some time: only layers can say so."""
    return any(layer.nobody is not None for layer in schedule.layers)


# ---- the one function --------------------------------------------------------------------------


def _states(schedule: Schedule, start: Instant, end: Instant) -> Iterator[_State]:
    """Who is on call from ``start`` to ``end``, whole, in order; neighbours may be alike."""
    changes = Changes(schedule, start, end)
    pieces = layered(schedule.layers, start, end)
    if not changes:
        for first, last, reasons in _whole(pieces, start, end):
            yield first, last, reasons, NOBODY
        return
    for since, until, some in _apart(changes, pieces, start, end):
        for first, last, reasons in _whole(some, since, until):
            yield first, last, *changes.applied(first, reasons)


def _with(changes: Changes, pieces: list[Piece], start: Instant, end: Instant) -> list[Piece]:
    """Pieces after all changes; where none holds they are taken over as they are."""
    found: list[Piece] = []
    for since, until, some in _apart(changes, pieces, start, end):
        if not changes.hold(since):
            found += some
            continue
        for first, last, reasons in _whole(some, since, until):
            found.append((first, last, changes.applied(first, reasons)[0]))
    return found


def _apart(
    changes: Changes, pieces: list[Piece], start: Instant, end: Instant
) -> Iterator[tuple[Instant, Instant, list[Piece]]]:
    """From each edge of the changes to the next, and the pieces between them."""
    starts = [piece[0] for piece in pieces]
    for since, until in pairwise((start, *changes.edges, end)):
        yield since, until, between(pieces, starts, since, until)


def _whole(pieces: Iterable[Piece], start: Instant, end: Instant) -> Iterator[Piece]:
    for piece in pieces:
        if start < piece[0]:
            yield start, piece[0], NOBODY
        yield piece
        start = piece[1]
    if start < end:
        yield start, end, NOBODY


def _why(reasons: Reasons) -> str | None:
    """Why nobody is on call by intention."""
    return reasons.why if isinstance(reasons, Intended) else None


def _stretch(state: _State) -> Stretch:
    start, end, on, off = state
    return Stretch(start, end, _listed(on), _listed(off), _why(on))


def _listed(reasons: Reasons) -> tuple[OnCall, ...]:
    return tuple(OnCall(person, reasons[person]) for person in sorted(reasons))
