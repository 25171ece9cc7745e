"""Errands: what has to be done outside beside sending messages, by the outbox, until it is done.

The truth of the moment counts: what is asked for again while it waits is done once, and what
failed for good is tried again when somebody asks anew.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, case, select

from store.clock import Instant
from store.db import Tx
from store.outbox import DROPPED, FAILED, PENDING, SENDING, UNCERTAIN, VIEW
from store.tables import OUTBOX

ERRAND = "errand"
RANK = 23
"""After every page and every card of an open incident, before news."""


def ask(
    tx: Tx, now: Instant, about: str, place: str, content: dict[str, Any], *, rank: int = RANK
) -> None:
    """Run an errand about something (``group:db``) at a place (``slack:``), from now on."""
    key = f"{about}/{place}"
    known = tx.run("errand", _known, b_key=key).first()
    tx.wake.add("outbox")
    if known is None:
        row_id = tx.ids.next(now)
        sealed = tx.ring.seal("outbox", row_id, content)
        queued = (row_id, VIEW, ERRAND, 0, place, PENDING, rank, 1, None, 0, now, now)
        tx.insert(OUTBOX, [(*queued, None, None, None, None, key, sealed, about)])
        return
    changed = {
        "generation": OUTBOX.c.generation + 1,
        "state": case((OUTBOX.c.state == SENDING, SENDING), else_=PENDING),
        "purpose": ERRAND,
        "attempts": 0,
        "asked_at": now,
        "due_at": now,
        "sealed": tx.ring.seal("outbox", known.id, content),
    }
    tx.conn.execute(OUTBOX.update().where(OUTBOX.c.id == known.id).values(**changed))


def last(tx: Tx, about: str, place: str) -> dict[str, Any] | None:
    """What an errand was asked for last, unless there was none or it failed for good."""
    known = tx.run("errand", _known, b_key=f"{about}/{place}").first()
    if known is None or known.state in (FAILED, DROPPED, UNCERTAIN):
        return None
    found: dict[str, Any] = tx.ring.open("outbox", known.id, known.sealed)
    return found


def _known() -> Any:
    return select(OUTBOX.c.id, OUTBOX.c.state, OUTBOX.c.sealed).where(
        OUTBOX.c.view_key == bindparam("b_key")
    )
