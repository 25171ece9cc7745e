"""Stretches of time with the people on call in them, and wall clocks as Python has them: the
comparison shares no arithmetic with the rules it checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import gcd
from zoneinfo import ZoneInfo

from store.model import DAY, MINUTE, Instant

Answer = list[tuple[Instant, Instant, frozenset[str]]]
"""Stretches in order with who is on call; none touches another with the same people, and those
with nobody are left out."""

Held = tuple[Instant, Instant, int, frozenset[str]]
"""From, until, rank, people: at each instant the highest rank that has somebody counts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001 — what a clock on the wall shows has no zone


def instant(at: datetime) -> Instant:
    """An aware time as milliseconds."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000


def aware(at: Instant, zone: str = "UTC") -> datetime:
    """Milliseconds as a time of a zone."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone))


def located(wall: datetime, zone: str) -> Instant:
    """When a clock shows a wall time: the first time it does, or as if clocks had not changed."""
    return instant(wall.replace(tzinfo=ZoneInfo(zone), fold=0))


def shown(at: Instant, zone: str) -> int:
    """The minutes since 1970 that a clock shows."""
    local = aware(at, zone).replace(tzinfo=None)
    since = local - NAIVE
    return since.days * 1440 + since.seconds // 60


def wall_minutes(wall: datetime) -> int:
    """A wall time as minutes since 1970."""
    since = wall - NAIVE
    return since.days * 1440 + since.seconds // 60


def joined(pieces: Iterable[tuple[Instant, Instant, frozenset[str]]]) -> Answer:
    """Pieces in order, with neighbours of the same people made one."""
    found: Answer = []
    for start, end, people in pieces:
        if not people or start >= end:
            continue
        if found and found[-1][1] == start and found[-1][2] == people:
            found[-1] = (found[-1][0], end, people)
        else:
            found.append((start, end, people))
    return found


def swept(held: Iterable[Held], start: Instant, end: Instant) -> Answer:
    """Who is on call where things overlap: of each instant those of the highest rank."""
    cut = [
        (max(s, start), min(e, end), rank, people)
        for s, e, rank, people in held
        if people and s < end and e > start and s < e
    ]
    begins = sorted(cut)
    edges = sorted({edge for each in cut for edge in each[:2]})
    return joined(_swept(begins, edges))


def _swept(
    begins: list[Held], edges: list[Instant]
) -> Iterator[tuple[Instant, Instant, frozenset[str]]]:
    active: list[Held] = []
    n = 0
    for since, until in pairwise(edges):
        active = [each for each in active if each[1] > since]
        while n < len(begins) and begins[n][0] <= since:
            active.append(begins[n])
            n += 1
        if active:
            top = max(each[2] for each in active)
            people = frozenset(p for each in active if each[2] == top for p in each[3])
            yield since, until, people


def sampled(
    start: Instant, end: Instant, step: int, who: Callable[[Instant], frozenset[str]]
) -> Answer:
    """Who is on call, asked at every ``step`` minutes."""
    step *= MINUTE
    return joined((at, min(at + step, end), who(at)) for at in range(start, end, step))


def granule(minutes: Iterable[int], zone: str, start: Instant, end: Instant) -> int:
    """The largest step in minutes that misses no edge: what edges and clock changes share."""
    found = gcd(60, start // MINUTE % 1440)
    for each in minutes:
        found = gcd(found, each)
    for at in (start, end, *changes(zone, start, end)):
        found = gcd(found, int(offset(at, zone) // MINUTE), at // MINUTE % 1440)
    return found or 60


def offset(at: Instant, zone: str) -> int:
    """Milliseconds that the clock is ahead of UTC."""
    ahead = aware(at, zone).utcoffset()
    assert ahead is not None
    return round(ahead.total_seconds()) * 1000


def changes(zone: str, start: Instant, end: Instant) -> list[Instant]:
    """When the clocks of a zone change between two instants."""
    found = []
    at, end = start // 1000 * 1000, -(-end // 1000) * 1000
    while at < end:
        following = min(at + DAY, end)
        if offset(at, zone) != offset(following, zone):
            low, high = at, following
            while high - low > 1000:
                middle = (low + high) // 2000 * 1000
                if offset(middle, zone) == offset(at, zone):
                    low = middle
                else:
                    high = middle
            found.append(high)
        at = following
    return found
