"""Shadow mode on record: pages that were not sent, and whom the old tool paged meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from store import incidents
from store.clock import Instant
from store.db import Tx
from store.oncall_tables import SHADOW_RECORDS
from store.outbox import SHADOW
from store.tables import OUTBOX, RUNS


@dataclass(frozen=True, slots=True)
class Would:
    """A page that would have been sent."""

    at: Instant
    person: str
    via: str
    incident_id: int
    title: str
    first: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Somebody was paged by the old tool. ``person`` is a handle, or the old tool's own word."""

    at: Instant
    person: str
    via: str = ""
    title: str = ""


def would(tx: Tx, start: Instant, end: Instant) -> list[Would]:
    """The pages kept back from ``start`` to before ``end``, by time; ``first`` are those of the
    first step of a first pass."""
    rows = tx.conn.execute(
        select(
            OUTBOX.c.asked_at, OUTBOX.c.place, OUTBOX.c.incident_id, RUNS.c.person, RUNS.c.step,
            RUNS.c.loop, RUNS.c.asked_by,
        )
        .select_from(OUTBOX.join(RUNS, RUNS.c.id == OUTBOX.c.run_id))
        .where((OUTBOX.c.state == SHADOW) & OUTBOX.c.asked_at.between(start, end - 1))
        .order_by(OUTBOX.c.asked_at, OUTBOX.c.id)
    ).all()  # fmt: skip
    known = incidents.many(tx, sorted({r.incident_id for r in rows}))
    return [
        Would(
            r.asked_at,
            r.person,
            r.place.partition(":")[0],
            r.incident_id,
            known[r.incident_id].title if r.incident_id in known else "",
            (r.step, r.loop, r.asked_by) == (0, 0, "step"),
        )
        for r in rows
    ]


def keep(tx: Tx, now: Instant, records: Iterable[Record]) -> int:
    """Put the old tool's record beside ours; how many were new."""
    before = _count(tx)
    for record in records:
        parts = (str(record.at), record.person, record.via, record.title)
        key = tx.ring.blind("shadow", *parts)
        said = {"person": record.person, "via": record.via, "title": record.title}
        sealed = tx.ring.seal("shadow_records", key.hex(), said)
        tx.insert_new(SHADOW_RECORDS, [(key, record.at, now, sealed)])
    return _count(tx) - before


def _count(tx: Tx) -> int:
    return int(tx.conn.execute(select(func.count()).select_from(SHADOW_RECORDS)).scalar() or 0)


def records(tx: Tx, start: Instant, end: Instant) -> list[Record]:
    """Whom the old tool paged from ``start`` to before ``end``, by time."""
    here = (SHADOW_RECORDS.c.at >= start) & (SHADOW_RECORDS.c.at < end)
    rows: list[Any] = list(
        tx.conn.execute(select(SHADOW_RECORDS).where(here).order_by(SHADOW_RECORDS.c.at))
    )
    return [
        Record(r.at, **tx.ring.open("shadow_records", bytes(r.key).hex(), r.sealed)) for r in rows
    ]
