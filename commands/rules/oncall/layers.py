"""When a layer is active and whom it then has; which layers count at an instant.

A window runs from the first occurrence of its start to the last of its end: adjoining windows
may overlap when clocks go back and never leave a hole when they go forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from commands.rules.oncall.rotation import turns
from commands.rules.oncall.wall import WallClock, clock_of, cut
from store.model import DAY, MINUTE, Instant
from store.model.oncall import Because, HolidayRule, Layer, Source, Window

Span = tuple[Instant, Instant]
Reasons = dict[str, tuple[Because, ...]]
"""Handles of people, each with why."""

NOBODY: Reasons = {}

Piece = tuple[Instant, Instant, Reasons]

_EPOCH = date(1970, 1, 1).toordinal()


def layered(layers: tuple[Layer, ...], start: Instant, end: Instant) -> list[Piece]:
    """Whom the layers have on call, in order; stretches with nobody are left out.

    Of the layers that are active and have somebody those with the highest priority count, all of
    them together.
    """
    ranked = sorted(layers, key=lambda layer: -layer.priority)
    each = [(layer.priority, list(_pieces(layer, start, end))) for layer in ranked]
    each = [(priority, pieces) for priority, pieces in each if pieces]
    if len(each) < 2:
        return each[0][1] if each else []
    return list(_together(each))


def _together(ranked: list[tuple[int, list[Piece]]]) -> Iterator[Piece]:
    edges = sorted({edge for _, pieces in ranked for piece in pieces for edge in piece[:2]})
    places = [0] * len(ranked)
    for i in range(len(edges) - 1):
        start = edges[i]
        found: Reasons = {}
        top = None
        for n, (priority, pieces) in enumerate(ranked):
            if top is not None and priority != top:
                break
            place = places[n]
            while place < len(pieces) and pieces[place][1] <= start:
                place += 1
            places[n] = place
            if place < len(pieces) and pieces[place][0] <= start:
                reasons, top = pieces[place][2], priority
                found = joined(found, reasons) if found else reasons
        if found:
            yield start, edges[i + 1], found


def joined(one: Reasons, other: Reasons) -> Reasons:
    """Everybody in either, each with all reasons."""
    both = dict(one)
    for person, reasons in other.items():
        both[person] = both.get(person, ()) + reasons
    return both


def _pieces(layer: Layer, start: Instant, end: Instant) -> Iterator[Piece]:
    """When a layer has somebody, and whom."""
    because = (Because(Source.LAYER, layer.name),)
    known: dict[tuple[str, ...], Reasons] = {}
    for since, until in active(layer, start, end):
        if layer.rotation is None:
            spans = iter(((since, until, layer.people),))
        else:
            spans = turns(layer.rotation, clock_of(layer.zone), since, until)
        for first, last, people in spans:
            if people:
                reasons = known.get(people)
                if reasons is None:
                    reasons = known[people] = dict.fromkeys(people, because)
                yield first, last, reasons


# ---- when a layer is active --------------------------------------------------------------------


def active(layer: Layer, start: Instant, end: Instant) -> list[Span]:
    """The stretches between two instants in which a layer is active, in order, none touching."""
    if layer.since is not None:
        start = max(start, cut(layer.since))
    if layer.until is not None:
        end = min(end, cut(layer.until))
    if start >= end:
        return []
    spans = [(start, end)]
    if layer.windows is not None:
        spans = _union(
            span
            for window in layer.windows
            for span in _opened(window, clock_of(window.zone or layer.zone), start, end)
        )
    if layer.holiday_rule is HolidayRule.ONLY:
        return _common(spans, _holidays(layer, start, end))
    if layer.holidays:
        return _common(spans, _rest(_holidays(layer, start, end), start, end))
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


def _holidays(layer: Layer, start: Instant, end: Instant) -> list[Span]:
    """When the local date is one of the layer's holidays."""
    clock = clock_of(layer.zone)
    days = range(clock.low(start) // DAY, clock.high(end - 1) // DAY + 1)
    return _union(
        (max(since, start), min(until, end))
        for day in days
        if date.fromordinal(day + _EPOCH) in layer.holidays
        for since, until in clock.showing(day * DAY, (day + 1) * DAY)
        if since < end and until > start
    )


# ---- stretches of time -------------------------------------------------------------------------


def _union(spans: Iterator[Span]) -> list[Span]:
    whole: list[Span] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def _rest(spans: list[Span], start: Instant, end: Instant) -> list[Span]:
    """What of ``start`` to ``end`` the spans leave free."""
    edges = [start, *(edge for span in spans for edge in span), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _common(one: list[Span], other: list[Span]) -> list[Span]:
    found: list[Span] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            found.append((start, end))
        if one[i][1] <= other[j][1]:
            i += 1
        else:
            j += 1
    return found
