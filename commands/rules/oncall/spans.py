"""Stretches of time as sorted lists of spans that do not touch: joined, cut, taken away."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import merge

from store.model import Instant

Span = tuple[Instant, Instant]
Spans = list[Span]


def union(spans: Iterable[Span]) -> Spans:
    """Spans in any order as one list; those that touch are one."""
    whole: Spans = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            if end > whole[-1][1]:
                whole[-1] = (whole[-1][0], end)
        elif start < end:
            whole.append((start, end))
    return whole


def either(one: Spans, other: Spans) -> Spans:
    """What is in one or the other."""
    if not one or not other:
        return one or other
    return union(merge(one, other))


def both(one: Spans, other: Spans) -> Spans:
    """What is in one and the other."""
    found: Spans = []
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


def without(one: Spans, other: Spans) -> Spans:
    """What is in one and not in the other."""
    if not one or not other:
        return one
    return both(one, rest(other, one[0][0], one[-1][1]))


def rest(spans: Spans, start: Instant, end: Instant) -> Spans:
    """What of ``start`` to ``end`` the spans leave free."""
    found: Spans = []
    for since, until in spans:
        if until <= start:
            continue
        if since >= end:
            break
        if start < since:
            found.append((start, since))
        start = until
    if start < end:
        found.append((start, end))
    return found
