"""What keeps chats from working, on record: what stands, and what is over."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.model.trouble import Trouble
from store.trouble_tables import TROUBLES

SERIES = "troubles"
KIND = "trouble"


def begin(
    tx: Tx, now: Instant, place: str, what: str, words: str, told: tuple[str, ...]
) -> Trouble | None:
    """A new one; None where the same stands already."""
    if find(tx, place, what) is not None:
        return None
    made = Trouble(upkeep.number(tx, SERIES), place, what, now, None, words, told)
    sealed = tx.ring.seal("troubles", made.id, {"words": words, "told": list(told)})
    tx.insert(TROUBLES, [(made.id, place, what, now, None, sealed)])
    return made


def end(tx: Tx, now: Instant, number: int) -> None:
    """It is over."""
    tx.conn.execute(TROUBLES.update().where(TROUBLES.c.id == number).values(over_at=now))


def find(tx: Tx, place: str, what: str) -> Trouble | None:
    """The one of that name that stands there."""
    mine = (TROUBLES.c.place == place) & (TROUBLES.c.what == what) & TROUBLES.c.over_at.is_(None)
    found = tx.conn.execute(select(TROUBLES).where(mine).limit(1)).first()
    return _trouble(tx, found) if found is not None else None


def get(tx: Tx, number: int) -> Trouble | None:
    """One by its number."""
    found = tx.conn.execute(select(TROUBLES).where(TROUBLES.c.id == number)).first()
    return _trouble(tx, found) if found is not None else None


def standing(tx: Tx) -> list[Trouble]:
    """All that stand, the oldest first."""
    rows = select(TROUBLES).where(TROUBLES.c.over_at.is_(None)).order_by(TROUBLES.c.id)
    return [_trouble(tx, r) for r in tx.conn.execute(rows)]


def forget(tx: Tx, before: Instant) -> None:
    """Drop those that were over by then."""
    tx.conn.execute(TROUBLES.delete().where(TROUBLES.c.over_at < before))


def _trouble(tx: Tx, r: Any) -> Trouble:
    known = tx.ring.open("troubles", r.id, r.sealed)
    told = tuple(known["told"])
    return Trouble(r.id, r.place, r.what, r.since, r.over_at, known["words"], told)
