"""Words in threads that wait to be said: what is said next may still become part of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from store.db import Tx
from store.outbox import PENDING, SAY, Row, from_row
from store.tables import OUTBOX


def last(tx: Tx, incident_id: int, place: str) -> Row | None:
    """The last message that is to be said below an incident's card at a place, if it still waits
    and was not tried yet."""
    wanted = {"b_incident": incident_id, "b_place": place}
    found = tx.run("last waiting", _last, **wanted).first()
    if found is None or found.state != PENDING or found.attempts:
        return None
    return from_row(tx, found)


def _last() -> Any:
    mine = (OUTBOX.c.incident_id == bindparam("b_incident")) & (OUTBOX.c.kind == SAY)
    here = mine & (OUTBOX.c.place == bindparam("b_place"))
    return select(OUTBOX).where(here).order_by(OUTBOX.c.id.desc()).limit(1)


def reword(tx: Tx, row: Row, content: dict[str, Any]) -> None:
    """A message that waits says something else."""
    sealed = tx.ring.seal("outbox", row.id, content)
    tx.conn.execute(OUTBOX.update().where(OUTBOX.c.id == row.id).values(sealed=sealed))
