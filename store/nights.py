"""What kept somebody up: each time they were asked, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.ids import first
from store.tables import RUNS


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody was asked to take an incident; ``stopped`` is when that ended, if it has."""

    person: str
    incident: int
    start: Instant
    stopped: Instant | None


def of(tx: Tx, person: str, start: Instant, end: Instant) -> list[Asked]:
    """Each time a person was asked between two instants, in order."""
    mine = (RUNS.c.person == person) & (RUNS.c.id >= first(start)) & (RUNS.c.started_at >= start)
    found = select(RUNS).where(mine & (RUNS.c.started_at < end)).order_by(RUNS.c.id)
    rows = tx.conn.execute(found)
    return [Asked(r.person, r.incident_id, r.started_at, r.stopped_at) for r in rows]
