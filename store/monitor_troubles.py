"""What is wrong with a monitor that is told what people did, or was: one row for a source."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.tables import MONITOR_TROUBLES

_NAME = "monitor_troubles"


@dataclass(frozen=True, slots=True)
class MonitorTrouble:
    """``since`` is when it began, ``told_at`` when channels last heard of it, ``over_at`` when it
    ended; ``say`` is what could not be done, ``error`` why."""

    source_id: int
    name: str
    since: Instant
    told_at: Instant
    over_at: Instant | None
    say: str
    error: str


def get(tx: Tx, source_id: int) -> MonitorTrouble | None:
    """What is known of the monitor of a source."""
    chosen = select(MONITOR_TROUBLES).where(MONITOR_TROUBLES.c.id == source_id)
    row = tx.conn.execute(chosen).first()
    if row is None:
        return None
    words = tx.ring.open(_NAME, row.id, row.sealed)
    return MonitorTrouble(
        row.id, words["name"], row.since, row.told_at, row.over_at, words["say"], words["error"]
    )


def put(tx: Tx, found: MonitorTrouble) -> None:
    """Write how it stands now."""
    words = {"name": found.name, "say": found.say, "error": found.error}
    new = {
        "since": found.since, "told_at": found.told_at, "over_at": found.over_at,
        "sealed": tx.ring.seal(_NAME, found.source_id, words),
    }  # fmt: skip
    mine = MONITOR_TROUBLES.update().where(MONITOR_TROUBLES.c.id == found.source_id)
    if not tx.conn.execute(mine.values(**new)).rowcount:
        tx.insert(MONITOR_TROUBLES, [(found.source_id, *new.values())])
