"""Who is on call, from one function for every view: the record, then temporary schedules, then
layers changed by overrides and those by swaps. Computed from edge to edge, not minute by minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from commands.rules.oncall.changes import Changes
from commands.rules.oncall.layers import NOBODY, Piece, Reasons, layered
from commands.rules.oncall.wall import cut
from store.model import MINUTE, Instant
from store.model.oncall import OnCall, Schedule, Shift, Stretch

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
        if held is not None and held[2:] == state[2:]:
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
    found: list[Shift] = []
    since, until = cut(start), cut(start)
    people: Iterable[str] = ()
    for first, last, on, _ in _states(schedule, cut(start), cut(end)):
        if on.keys() != people:
            if people:
                found.append(Shift(since, until, tuple(sorted(people))))
            since, people = first, on.keys()
        until = last
    if people:
        found.append(Shift(since, until, tuple(sorted(people))))
    return found


def gaps(schedule: Schedule, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
    """The stretches of ``[start, end)`` in which nobody is on call."""
    found: list[tuple[Instant, Instant]] = []
    edge = cut(start)
    for shift in shifts(schedule, start, end):
        if edge < shift.start:
            found.append((edge, shift.start))
        edge = shift.end
    if edge < cut(end):
        found.append((edge, cut(end)))
    return found


# ---- the one function --------------------------------------------------------------------------


def _states(schedule: Schedule, start: Instant, end: Instant) -> Iterator[_State]:
    """Who is on call from ``start`` to ``end``, whole, in order; neighbours may be alike."""
    changes = Changes(schedule, start, end)
    pieces = _whole(layered(schedule.layers, start, end), start, end)
    if changes:
        for first, last, reasons in _split(pieces, changes.edges):
            yield first, last, *changes.applied(first, reasons)
    else:
        for first, last, reasons in pieces:
            yield first, last, reasons, NOBODY


def _whole(pieces: list[Piece], start: Instant, end: Instant) -> Iterator[Piece]:
    for piece in pieces:
        if start < piece[0]:
            yield start, piece[0], {}
        yield piece
        start = piece[1]
    if start < end:
        yield start, end, {}


def _split(pieces: Iterator[Piece], edges: list[Instant]) -> Iterator[Piece]:
    n = 0
    for start, end, reasons in pieces:
        since = start
        while n < len(edges) and edges[n] < end:
            if edges[n] > since:
                yield since, edges[n], reasons
                since = edges[n]
            n += 1
        yield since, end, reasons


def _stretch(state: _State) -> Stretch:
    start, end, on, off = state
    return Stretch(start, end, _listed(on), _listed(off))


def _listed(reasons: Reasons) -> tuple[OnCall, ...]:
    return tuple(OnCall(person, reasons[person]) for person in sorted(reasons))
