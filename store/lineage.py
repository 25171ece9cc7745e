"""A definition as it was last, whether or not it is still in force."""

from __future__ import annotations

from sqlalchemy import select

from store.db import Tx
from store.definitions import Row
from store.tables import DEFINITIONS


def last(tx: Tx, kind: str, name: str) -> tuple[Row, int | None] | None:
    """A definition as it was last, and the version that took it away (None: it is in force)."""
    one = (DEFINITIONS.c.kind == kind) & (DEFINITIONS.c.name == name)
    newest_first = select(DEFINITIONS).where(one).order_by(DEFINITIONS.c.from_version.desc())
    r = tx.conn.execute(newest_first.limit(1)).first()
    return (tx.ring.open("definitions", r.id, r.sealed), r.until_version) if r else None
