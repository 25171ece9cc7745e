"""Questions only tests ask of the store."""

from __future__ import annotations

from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.tables import OUTBOX, TIMERS


def next_due(tx: Tx) -> Instant | None:
    """When the next timer or outbox row is due."""
    timer = tx.conn.execute(select(func.min(TIMERS.c.due_at))).scalar()
    row = tx.conn.execute(
        select(func.min(OUTBOX.c.due_at)).where(OUTBOX.c.state == "pending")
    ).scalar()
    return min((at for at in (timer, row) if at is not None), default=None)


def anything_due(tx: Tx, now: Instant) -> bool:
    """Whether something should have happened by now."""
    due = next_due(tx)
    return due is not None and due <= now
