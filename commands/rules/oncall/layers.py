"""When a layer is active and whom it then has; which layers count at an instant.

A window runs from the first occurrence of its start to the last of its end: adjoining windows
may overlap when clocks go back and never leave a hole when they go forward.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date
from itertools import groupby, pairwise

from commands.rules.oncall.rotation import turns
from commands.rules.oncall.spans import Span, Spans, both, rest, union
from commands.rules.oncall.wall import WallClock, clock_of, cut
from store.model import DAY, MINUTE, Instant
from store.model.oncall import Because, HolidayRule, Layer, Shift, Source, Window

Reasons = dict[str, tuple[Because, ...]]
"""Handles of people, each with why."""

NOBODY: Reasons = {}


class Intended(Reasons):
    """Nobody, by intention, and ``why``."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


Piece = tuple[Instant, Instant, Reasons]

_EPOCH = date(1970, 1, 1).toordinal()


def layered(layers: tuple[Layer, ...], start: Instant, end: Instant) -> list[Piece]:
    """Whom the layers have on call, in order; stretches with nobody are left out, but for those
    in which that is so by intention.

    Of the layers that are active and have somebody (or, by intention, nobody) those with the
    highest priority count, all of them together.
    """
    found: list[Piece] = []
    ranked = sorted(layers, key=_rank)
    for _, alike in groupby(ranked, _rank):
        each = [pieces for layer in alike if (pieces := _pieces(layer, start, end))]
        if each:
            pieces = each[0] if len(each) == 1 else list(_together(each))
            found = _filled(found, pieces, end) if found else pieces
    return found


def _rank(layer: Layer) -> int:
    return -layer.priority


def _together(each: list[list[Piece]]) -> Iterator[Piece]:
    """Layers of one priority, all at once."""
    edges = sorted({edge for pieces in each for piece in pieces for edge in piece[:2]})
    places = [0] * len(each)
    for start, end in pairwise(edges):
        found: Reasons | None = None
        for n, pieces in enumerate(each):
            place = places[n]
            while place < len(pieces) and pieces[place][1] <= start:
                place += 1
            places[n] = place
            if place < len(pieces) and pieces[place][0] <= start:
                reasons = pieces[place][2]
                found = joined(found, reasons) if found and reasons else found or reasons
        if found is not None:
            yield start, end, found


def _filled(upper: list[Piece], lower: list[Piece], end: Instant) -> list[Piece]:
    """The upper pieces, and the lower ones where there are none."""
    starts = [piece[0] for piece in lower]
    found: list[Piece] = []
    edge = min(starts[0], upper[0][0])
    for piece in upper:
        if edge < piece[0]:
            found += between(lower, starts, edge, piece[0])
        found.append(piece)
        edge = piece[1]
    if edge < end:
        found += between(lower, starts, edge, end)
    return found


def between(
    pieces: list[Piece], starts: list[Instant], start: Instant, end: Instant
) -> list[Piece]:
    """The pieces from ``start`` to ``end``, cut to them."""
    first = bisect_right(starts, start) - 1
    if first < 0 or pieces[first][1] <= start:
        first += 1
    some = pieces[first : bisect_left(starts, end, first)]
    if some and some[0][0] < start:
        some[0] = (start, *some[0][1:])
    if some and some[-1][1] > end:
        some[-1] = (some[-1][0], end, some[-1][2])
    return some


def joined(one: Reasons, other: Reasons) -> Reasons:
    """Everybody in either, each with all reasons."""
    both = dict(one)
    for person, reasons in other.items():
        both[person] = both.get(person, ()) + reasons
    return both


def _pieces(layer: Layer, start: Instant, end: Instant) -> list[Piece]:
    """When a layer has somebody, and whom."""
    spans = active(layer, start, end)
    because: tuple[Because, ...] = (Because(Source.LAYER, layer.name),)
    if layer.calendar is not None:
        return [piece for span in spans for piece in _events(layer, because, *span)]
    if layer.rotation is not None:
        alike = {people: dict.fromkeys(people, because) for people in layer.rotation.people}
        holders = [alike[people] for people in layer.rotation.people]
        clock = clock_of(layer.zone)
        return [t for span in spans for t in turns(layer.rotation, clock, *span, holders)]
    if not layer.people and layer.nobody is None:
        return []
    always: Reasons = dict.fromkeys(layer.people, because)
    if layer.nobody is not None:
        always = Intended(layer.nobody)
    return [(*span, always) for span in spans]


def _events(
    layer: Layer, because: tuple[Because, ...], start: Instant, end: Instant
) -> Iterator[Piece]:
    """The shifts that the layer's calendar has between two instants; none overlap."""
    for n in range(max(0, bisect_right(layer.events, start, key=_since) - 1), len(layer.events)):
        shift = layer.events[n]
        if shift.start >= end:
            return
        if shift.end > start and shift.people:
            reasons = dict.fromkeys(shift.people, because)
            yield max(start, shift.start), min(end, shift.end), reasons


def _since(shift: Shift) -> Instant:
    return shift.start


# ---- when a layer is active --------------------------------------------------------------------


def active(layer: Layer, start: Instant, end: Instant) -> Spans:
    """The stretches between two instants in which a layer is active, in order, none touching."""
    if layer.since is not None:
        start = max(start, cut(layer.since))
    if layer.until is not None:
        end = min(end, cut(layer.until))
    if start >= end:
        return []
    spans = [(start, end)]
    if layer.windows is not None:
        spans = union(
            span
            for window in layer.windows
            for span in _opened(window, clock_of(window.zone or layer.zone), start, end)
        )
    if layer.holiday_rule is HolidayRule.ONLY:
        return both(spans, _holidays(layer, start, end))
    if layer.holidays or layer.observed:
        return both(spans, rest(_holidays(layer, start, end), start, end))
    return spans


def _opened(window: Window, clock: WallClock, start: Instant, end: Instant) -> Iterator[Span]:
    """Each time a window opens between two instants, cut to them."""
    opens, closes = window.start * MINUTE, window.end * MINUTE
    if closes <= opens:
        closes += DAY
    day = (clock.low(start) - closes) // DAY + 1
    latest = (clock.high(end - 1) - opens) // DAY
    while day <= latest:
        if (day + 3) % 7 in window.days:  # 1 January 1970 was a Thursday
            since = clock.first(day * DAY + opens)
            until = clock.last(day * DAY + closes)
            if since < until:
                yield max(since, start), min(until, end)
        day += 1


def _holidays(layer: Layer, start: Instant, end: Instant) -> Spans:
    """When the local date is one of the layer's holidays."""
    clock = clock_of(layer.zone)
    days = range(clock.low(start) // DAY, clock.high(end - 1) // DAY + 1)
    return union(
        (max(since, start), min(until, end))
        for day in days
        if (today := date.fromordinal(day + _EPOCH)) in layer.holidays or today in layer.observed
        for since, until in clock.showing(day * DAY, (day + 1) * DAY)
        if since < end and until > start
    )
