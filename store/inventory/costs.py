"""What was spent: lines of bills, a row for each part and day; told again, a day is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any

import msgspec
from sqlalchemy import delete, func, select

from store.clock import Instant
from store.db import Tx
from store.inventory.resources import part_hash
from store.model.resource import Cost
from store.tables import COST_DAYS

_TABLE = "cost_days"
_FIELDS = tuple(field.name for field in fields(Cost) if field.name != "day")


def put(tx: Tx, source: str, part: str, days: Mapping[int, Sequence[Cost]], now: Instant) -> None:
    """Write the days that are named (counted from 1970), whole; others stay as they are."""
    c, home = COST_DAYS.c, part_hash(tx, source, part)
    mine = (c.source == source) & (c.part_hash == home) & c.day.in_(list(days))
    tx.conn.execute(delete(COST_DAYS).where(mine))
    rows = []
    for day, lines in days.items():
        number = tx.ids.next(now)
        doc = {"part": part, "day": next((line.day for line in lines), ""),
               "lines": [_packed(line) for line in lines]}  # fmt: skip
        rows.append((number, source, home, day, tx.ring.seal(_TABLE, number, doc)))
    tx.insert(COST_DAYS, rows)


def _packed(line: Cost) -> tuple[Any, ...]:
    """Without its day, and without what is empty at its end."""
    found = [dict(v) if isinstance(v, Mapping) else v for v in astuple(line)[1:]]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def read(
    tx: Tx, first: int, last: int, source: str | None = None
) -> Iterator[tuple[str, Sequence[Cost]]]:
    """The lines from a day to another, each day's of each source and part together."""
    c = COST_DAYS.c
    wanted = (c.day >= first) & (c.day <= last)
    if source is not None:
        wanted &= c.source == source
    for row in tx.conn.execute(select(COST_DAYS).where(wanted).order_by(c.day, c.id)):
        doc = tx.ring.open(_TABLE, row.id, row.sealed)
        day = doc["day"]
        yield row.source, [Cost(day, **dict(zip(_FIELDS, line, strict=False)))
                           for line in doc["lines"]]  # fmt: skip


def of(tx: Tx, first: int, last: int, source: str, resource: str) -> Iterator[Cost]:
    """The lines of a source's bills that name a resource: the other days are not unpacked."""
    c, key = COST_DAYS.c, resource.encode()
    wanted = (c.day >= first) & (c.day <= last) & (c.source == source)
    place = _FIELDS.index("resource")
    for row in tx.conn.execute(select(COST_DAYS).where(wanted).order_by(c.day, c.id)):
        text = tx.ring.open_text(_TABLE, row.id, row.sealed)
        if key not in text:
            continue
        doc = msgspec.json.decode(text)
        for line in doc["lines"]:
            if len(line) > place and line[place] == resource:
                yield Cost(doc["day"], **dict(zip(_FIELDS, line, strict=False)))


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
    tx.conn.execute(delete(COST_DAYS).where(COST_DAYS.c.day < before))
