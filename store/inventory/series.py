"""Measures over time: a row for each resource, metric and day, its points packed side by side.

A point is six bytes: the minute of the day and a float of four bytes. One that comes again for the
same minute takes the place of the one before. What is older than it is kept in full is thinned to
one point an hour, the mean.
"""

from __future__ import annotations

import math
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.inventory.pieces import pieces
from store.inventory.resources import name_hash
from store.model import DAY, HOUR, MINUTE
from store.tables import RESOURCES, SERIES

FULL, HOURLY = 14, 90
"""So many days are kept in full, so many there is anything at all."""
LONGEST_NAME = 60
_POINT = struct.Struct("<Hf")
_HOURS = 24 * _POINT.size
_THINNED = "series thinned"
_LARGEST = 3.0e38

Points = list[tuple[Instant, float]]
Row = tuple[int, str, Instant, float]
"""Resource, metric, instant, value."""


# packing


def unpacked(day: int, packed: bytes) -> Points:
    """The points of a day, in order."""
    begin = day * DAY
    return [(begin + minute * MINUTE, value) for minute, value in _POINT.iter_unpack(packed)]


def packed(points: Iterable[tuple[Instant, float]]) -> bytes:
    """Points of one day; the last of those of a minute counts, what is no number is left out."""
    by_minute = {at % DAY // MINUTE: value for at, value in points if _is_number(value)}
    return b"".join(_POINT.pack(minute, by_minute[minute]) for minute in sorted(by_minute))


def with_points(before: bytes, new: Sequence[tuple[Instant, float]]) -> bytes:
    """What a day's points are once some have come; in the usual case that they are later ones,
    nothing is unpacked."""
    added = packed(new)
    if not before or not added:
        return added or before
    if _POINT.unpack_from(before, len(before) - _POINT.size)[0] < _POINT.unpack_from(added)[0]:
        return before + added
    return packed([*unpacked(0, before), *unpacked(0, added)])


def thinned(before: bytes) -> bytes:
    """A point an hour, the mean of what there was."""
    hours: defaultdict[int, list[float]] = defaultdict(list)
    for at, value in unpacked(0, before):
        hours[at // HOUR].append(value)
    return packed((hour * HOUR, sum(some) / len(some)) for hour, some in hours.items())


def _is_number(value: float) -> bool:
    return math.isfinite(value) and abs(value) < _LARGEST


# writing


def add(tx: Tx, rows: Iterable[Row]) -> int:
    """Keep points; how many days of series were written."""
    new: dict[tuple[int, str], dict[int, Points]] = {}
    for resource, metric, at, value in rows:
        by_resource = new.setdefault((at // DAY, metric[:LONGEST_NAME]), {})
        by_resource.setdefault(resource, []).append((at, value))
    written = []
    for (day, metric), by_resource in new.items():
        there = _of_a_day(tx, day, metric, by_resource)
        for resource, points in by_resource.items():
            found = with_points(there.get(resource, b""), sorted(points))
            if found:
                written.append((resource, metric, day, found))
    _put(tx, written)
    return len(written)


def _of_a_day(tx: Tx, day: int, metric: str, resources: Iterable[int]) -> dict[int, bytes]:
    s = SERIES.c
    mine = select(s.resource_id, s.points).where((s.day == day) & (s.metric == metric))
    found: dict[int, bytes] = {}
    for some in pieces(resources):
        found.update((r[0], r[1]) for r in tx.conn.execute(mine.where(s.resource_id.in_(some))))
    return found


def _put(tx: Tx, rows: Sequence[tuple[int, str, int, bytes]]) -> None:
    names = ("resource_id", "metric", "day", "points")
    dialect: Any = postgresql if tx.conn.dialect.name == "postgresql" else sqlite

    def statement() -> Any:
        made = dialect.insert(SERIES).values({name: bindparam(name) for name in names})
        return made.on_conflict_do_update(
            index_elements=list(names[:3]), set_={"points": made.excluded.points}
        )

    values = [dict(zip(names, row, strict=True)) for row in rows]
    tx.many("put series", statement, values)


def thin(tx: Tx, now: Instant, full: int = FULL, most: int = 500) -> int:
    """Thin some of what is older than it is kept in full, and drop what is too old; how many rows
    were thinned, 0 once nothing is left to do."""
    today, s = now // DAY, SERIES.c
    tx.conn.execute(delete(SERIES).where(s.day < today - max(HOURLY, full)))
    last = int(upkeep.meta(tx, _THINNED) or 0)
    old = (s.day < today - full) & (s.day >= last) & (func.length(s.points) > _HOURS)
    rows = tx.conn.execute(select(SERIES).where(old).order_by(s.day).limit(most)).all()
    _put(tx, [(r.resource_id, r.metric, r.day, thinned(r.points)) for r in rows])
    if len(rows) < most and last != today - full - 1:
        upkeep.set_meta(tx, _THINNED, str(today - full - 1))
    return len(rows)


# reading


def read(tx: Tx, resource: int, metric: str, since: Instant, until: Instant) -> Points:
    """The points of a series from an instant up to another, in order."""
    return many(tx, [resource], metric, since, until).get(resource, [])


def many(
    tx: Tx, resources: Iterable[int], metric: str, since: Instant, until: Instant
) -> dict[int, Points]:
    """The same of several resources; those without any are not there."""
    s = SERIES.c
    days = (s.day >= since // DAY) & (s.day <= until // DAY) & (s.metric == metric)
    mine = select(s.resource_id, s.day, s.points).where(days).order_by(s.day)
    found: dict[int, Points] = {}
    for some in pieces(resources):
        for resource, day, points in tx.conn.execute(mine.where(s.resource_id.in_(some))):
            these = [p for p in unpacked(day, points) if since <= p[0] <= until]
            if these:
                found.setdefault(resource, []).extend(these)
    return found


def days_of(
    tx: Tx, resources: Iterable[int], metric: str, since: Instant
) -> dict[int, list[tuple[int, bytes]]]:
    """The days of several resources as they are packed, in order: for ``unpacked``, elsewhere."""
    s = SERIES.c
    these = (s.day >= since // DAY) & (s.metric == metric)
    mine = select(s.resource_id, s.day, s.points).where(these).order_by(s.day)
    found: dict[int, list[tuple[int, bytes]]] = {}
    for some in pieces(resources):
        for resource, day, points in tx.conn.execute(mine.where(s.resource_id.in_(some))):
            found.setdefault(resource, []).append((day, points))
    return found


def values_of(days: Iterable[tuple[int, bytes]]) -> list[float]:
    """The values of packed days, in order."""
    found: list[float] = []
    for _, packed_ in days:
        found += struct.unpack(f"<{'Hf' * (len(packed_) // _POINT.size)}", packed_)[1::2]
    return found


def metrics(tx: Tx, resource: int, since: Instant) -> list[str]:
    """What was measured of a resource since an instant."""
    s = SERIES.c
    mine = select(s.metric).where((s.resource_id == resource) & (s.day >= since // DAY))
    return sorted(tx.conn.execute(mine.distinct()).scalars())


def measured(tx: Tx, metric: str, since: Instant) -> list[int]:
    """The resources of which something was measured since an instant."""
    s = SERIES.c
    mine = select(s.resource_id).where((s.day >= since // DAY) & (s.metric == metric))
    return list(tx.conn.execute(mine.distinct().order_by(s.resource_id)).scalars())


def marks(tx: Tx, keys: Iterable[str]) -> Mapping[str, tuple[int, int]]:
    """The number of each resource that is there, by its key, and a mark that is another once
    anything of it is."""
    hashes = {name_hash(tx, key): key for key in keys}
    r = RESOURCES.c
    mine = select(r.key_hash, r.id, r.seq).where(r.gone_at.is_(None))
    found: dict[str, tuple[int, int]] = {}
    for some in pieces(hashes):
        for row in tx.conn.execute(mine.where(r.key_hash.in_(some))):
            found[hashes[row.key_hash]] = (row.id, row.seq)
    return found
