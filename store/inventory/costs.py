"""What was spent: for each part and day a row of sums, and one of the lines that name a resource.

The second stands under the day's negative number: who asks for sums never reads it. Told again, a
day is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec
from sqlalchemy import delete, func, select

from store.clock import Instant
from store.crypto import Ring
from store.db import Tx
from store.inventory.resources import part_hash
from store.model.resource import Cost
from store.tables import COST_DAYS

MOST = 2_000
"""So many sums of a day are told apart."""
_TABLE = "cost_days"
_FIELDS = tuple(field.name for field in fields(Cost) if field.name != "day")
_LEAST, _USAGE = 3, _FIELDS.index("usage")

Packed = tuple[Any, ...]
"""A line in the order of its fields, without the day."""


def put(tx: Tx, source: str, part: str, days: Mapping[int, Sequence[Cost]], now: Instant) -> None:
    """Write the days that are named (counted from 1970), whole; others stay as they are."""
    c, home = COST_DAYS.c, part_hash(tx, source, part)
    both = [*days, *(-day for day in days)]
    mine = (c.source == source) & (c.part_hash == home) & c.day.in_(both)
    tx.conn.execute(delete(COST_DAYS).where(mine))
    for day, lines in days.items():
        named = [_packed(line, tags=False) for line in lines if line.resource]
        _write(tx, source, part, day, lines, summed(lines), now)
        if named:
            _write(tx, source, part, -day, lines, named, now)


def _write(
    tx: Tx, source: str, part: str, place: int, lines: Sequence[Cost], some: list[Packed],
    now: Instant,
) -> None:  # fmt: skip
    number = tx.ids.next(now)
    doc = {"part": part, "day": lines[0].day if lines else "", "lines": some}
    sealed = tx.ring.seal(_TABLE, number, doc)
    tx.insert(COST_DAYS, [(number, source, part_hash(tx, source, part), place, sealed)])


def summed(lines: Iterable[Cost]) -> list[Packed]:
    """The lines of a day without their resources; of very many the small ones without tags and
    usage too."""
    found = _added(_packed(line, resource=False) for line in lines)
    if len(found) <= MOST:
        return found
    found.sort(key=lambda one: -abs(one[1]))
    small = (one[:_USAGE] for one in found[MOST // 2 :])
    return found[: MOST // 2] + _added(_short(one) for one in small)


def _added(lines: Iterable[Packed]) -> list[Packed]:
    """Those that differ in the amount alone as one."""
    sums: dict[str, Packed] = {}
    for line in lines:
        key = repr((line[0], *line[2:]))
        before = sums.get(key)
        sums[key] = line if before is None else (line[0], before[1] + line[1], *line[2:])
    return list(sums.values())


def _packed(line: Cost, *, resource: bool = True, tags: bool = True) -> Packed:
    """Without its day, and without what is empty at its end."""
    return _short((
        line.service, line.amount, line.currency, line.account, line.region, line.team,
        line.usage, line.resource if resource else "", dict(line.tags) if tags else {},
    ))  # fmt: skip


def _short(line: Packed) -> Packed:
    end = len(line)
    while end > _LEAST and not line[end - 1]:
        end -= 1
    return line[:end]


Row = tuple[str, int, bytes]
"""A source, a number and a sealed day, for ``unpacked``."""


def rows(
    tx: Tx, first: int, last: int, source: str | None = None, *, details: bool = False
) -> list[Row]:
    """The days from one to another as they are kept; ``details`` are the lines that name a
    resource, else it is sums without them."""
    c = COST_DAYS.c
    begin, end = (-last, -first) if details else (first, last)
    wanted = (c.day >= begin) & (c.day <= end)
    if source is not None:
        wanted &= c.source == source
    found = tx.conn.execute(select(COST_DAYS).where(wanted).order_by(c.day, c.id))
    return [(row.source, row.id, row.sealed) for row in found]


def unpacked(ring: Ring, row: Row) -> list[Cost]:
    """The lines of a day; asks no database, so that it may be done elsewhere."""
    doc = ring.open(_TABLE, row[1], row[2])
    day = doc["day"]
    return [Cost(day, *line) for line in doc["lines"]]


def read(
    tx: Tx, first: int, last: int, source: str | None = None
) -> Iterator[tuple[str, Sequence[Cost]]]:
    """The sums from a day to another, each day's of each source and part together."""
    for row in rows(tx, first, last, source):
        yield row[0], unpacked(tx.ring, row)


def of(tx: Tx, first: int, last: int, source: str, resource: str) -> Iterator[Cost]:
    """The lines of a source's bills that name a resource: days that don't are not unpacked."""
    key = resource.encode()
    place = _FIELDS.index("resource")
    for _, number, sealed in rows(tx, first, last, source, details=True):
        text = tx.ring.open_text(_TABLE, number, sealed)
        if key not in text:
            continue
        doc = msgspec.json.decode(text)
        for line in doc["lines"]:
            if len(line) > place and line[place] == resource:
                yield Cost(doc["day"], *line)


def newest(tx: Tx) -> dict[str, int]:
    """The number of the row of each source that was written last."""
    c = COST_DAYS.c
    rows = tx.conn.execute(select(c.source, func.max(c.id)).group_by(c.source))
    return {row[0]: row[1] for row in rows}


def any_there(tx: Tx) -> bool:
    """Whether anything is known of what was spent."""
    return tx.conn.execute(select(COST_DAYS.c.id).limit(1)).first() is not None


def drop(tx: Tx, sources: Iterable[str]) -> None:
    """Forget sources."""
    tx.conn.execute(delete(COST_DAYS).where(COST_DAYS.c.source.in_(list(sources))))


def forget(tx: Tx, before: int) -> None:
    """Drop the days before one."""
    day = COST_DAYS.c.day
    old = ((day >= 0) & (day < before)) | ((day < 0) & (day > -before))
    tx.conn.execute(delete(COST_DAYS).where(old))
