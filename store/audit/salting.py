"""Rows of before have the salt of their digest beside them in clear: it is sealed with the rest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, tuple_

from store import upkeep
from store.audit.chain import SALT
from store.crypto import Damaged
from store.db import Tx
from store.tables import AUDIT

DONE = "audit.salts"
_PAGE = 1_000


def seal_salts(tx: Tx) -> int:
    """Seal every salt that stands in clear; how many. Done once, when a database is opened: no MAC
    covers a salt, so every row verifies as before."""
    if upkeep.meta(tx, DONE) is not None:
        return 0
    count, after = 0, ("", 0)
    key = (AUDIT.c.writer, AUDIT.c.seq)
    plain = select(*key, AUDIT.c.salt, AUDIT.c.sealed).where(AUDIT.c.salt.is_not(None))
    while page := tx.conn.execute(
        plain.where(tuple_(*key) > after).order_by(*key).limit(_PAGE)
    ).all():
        count += sum(_seal(tx, row) for row in page)
        after = (page[-1].writer, page[-1].seq)
    upkeep.set_meta(tx, DONE, "sealed")
    return count


def _seal(tx: Tx, row: Any) -> bool:
    """One row; what does not open stays for the verification to find."""
    name = f"{row.writer}.{row.seq}"
    try:
        detail = tx.ring.open("audit", name, bytes(row.sealed or b""))
    except Damaged:
        return False
    whole = tx.ring.seal("audit", name, {**detail, SALT: bytes(row.salt).hex()})
    mine = (AUDIT.c.writer == row.writer) & (AUDIT.c.seq == row.seq)
    tx.conn.execute(AUDIT.update().where(mine).values(sealed=whole, salt=None))
    return True
