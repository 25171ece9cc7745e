"""Codes by which an account in a chat becomes somebody's: for minutes, used once."""

from __future__ import annotations

from sqlalchemy import func, select

from store.clock import MINUTE, Instant
from store.db import Tx
from store.secret import new_code
from store.tables import LINK_CODES

LIFE = 10 * MINUTE
MOST = 5
"""Codes of one person that work at once."""


def make(tx: Tx, now: Instant, person: str) -> str | None:
    """A new code of a person's; None where they have too many that nobody used."""
    tx.conn.execute(LINK_CODES.delete().where(LINK_CODES.c.expires_at <= now))
    mine = (LINK_CODES.c.person == person) & LINK_CODES.c.used_at.is_(None)
    waiting = tx.conn.execute(select(func.count()).select_from(LINK_CODES).where(mine)).scalar()
    if (waiting or 0) >= MOST:
        return None
    code = new_code()
    row = (tx.ids.next(now), _hashed(tx, code), person, now, now + LIFE, None)
    tx.insert(LINK_CODES, [row])
    return code


def use(tx: Tx, now: Instant, code: str) -> str | None:
    """The handle of whose code it is, and used up; None where it is unknown, old or used."""
    mine = (
        (LINK_CODES.c.hash == _hashed(tx, code))
        & LINK_CODES.c.used_at.is_(None)
        & (LINK_CODES.c.expires_at > now)
    )
    row = tx.conn.execute(select(LINK_CODES).where(mine)).first()
    if row is None:
        return None
    done = tx.conn.execute(LINK_CODES.update().where(mine).values(used_at=now))
    return str(row.person) if done.rowcount else None


def _hashed(tx: Tx, code: str) -> bytes:
    """Keyed: a code is short, and must not be found by trying all of them."""
    return tx.ring.blind("link code", code)
