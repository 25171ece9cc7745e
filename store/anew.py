"""Cards that have to be posted anew: somebody deleted them, or their place works again."""

from __future__ import annotations

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.outbox import FAILED, PENDING, VIEW
from store.tables import INCIDENTS, OUTBOX


def taken_away(tx: Tx, now: Instant, row_id: int) -> None:
    """Somebody deleted a card: it is posted anew, and what waits goes below the new one."""
    nowhere = {"channel": None, "message": None, "thread": None}
    again = {"state": PENDING, "generation": OUTBOX.c.generation + 1, "due_at": now}
    tx.conn.execute(
        OUTBOX.update()
        .where((OUTBOX.c.id == row_id) & OUTBOX.c.message.is_not(None))
        .values(**nowhere, **again)
    )
    tx.wake.add("outbox")


def works_again(tx: Tx, now: Instant, place: str) -> int:
    """What a place refused of open incidents is tried once more there, a whole chat (``slack``) or
    one channel of it (``slack:#ops``); how many cards."""
    there = OUTBOX.c.place == place
    if ":" not in place:
        there = OUTBOX.c.place.startswith(f"{place}:", autoescape=True)
    still = select(INCIDENTS.c.id).where(INCIDENTS.c.status != "resolved")
    found = tx.conn.execute(
        OUTBOX.update()
        .where(there & (OUTBOX.c.kind == VIEW) & (OUTBOX.c.state == FAILED))
        .where(OUTBOX.c.about.is_(None) & OUTBOX.c.incident_id.in_(still))
        .values(state=PENDING, generation=OUTBOX.c.generation + 1, attempts=0, due_at=now)
    )
    tx.wake.add("outbox")
    return int(found.rowcount)
