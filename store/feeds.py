"""Calendar feeds: links to the shifts of a person or a schedule, each as good as its secret."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.tables import FEEDS

PERSON, SCHEDULE = "person", "schedule"


@dataclass(frozen=True, slots=True)
class Feed:
    """One link. ``kind`` is ``person`` or ``schedule``, ``name`` whose shifts it shows, ``by`` the
    handle of who asked for it."""

    id: int
    kind: str
    name: str
    by: str
    made_at: Instant
    used_at: Instant | None = None


def add(tx: Tx, now: Instant, secret: str, kind: str, name: str, by: str) -> int:
    """Let a secret open a feed; only its hash is kept."""
    row_id = tx.ids.next(now)
    tx.insert(FEEDS, [(row_id, _hash(secret), kind, name, by, now, None, None)])
    return row_id


def find(tx: Tx, secret: str) -> Feed | None:
    """The feed that a secret opens, unless it was revoked."""
    mine = (FEEDS.c.secret_hash == _hash(secret)) & FEEDS.c.revoked_at.is_(None)
    row = tx.conn.execute(select(FEEDS).where(mine)).first()
    return _feed(row) if row is not None else None


def of(tx: Tx, kind: str, name: str) -> list[Feed]:
    """The links to the shifts of a person or schedule that work, the oldest first."""
    rows = tx.conn.execute(select(FEEDS).where(_alive(kind, name)).order_by(FEEDS.c.id))
    return [_feed(row) for row in rows]


def count_by(tx: Tx, by: str) -> int:
    """How many links somebody asked for that work."""
    mine = (FEEDS.c.by == by) & FEEDS.c.revoked_at.is_(None)
    found: int = tx.conn.execute(select(func.count()).where(mine)).scalar_one()
    return found


def used(tx: Tx, now: Instant, feed_id: int) -> None:
    """A calendar read it."""
    tx.conn.execute(FEEDS.update().where(FEEDS.c.id == feed_id).values(used_at=now))


def revoke(tx: Tx, now: Instant, kind: str, name: str, by: str | None = None) -> int:
    """No link to these shifts (that ``by`` asked for) works from now on; how many did."""
    these = _alive(kind, name) if by is None else _alive(kind, name) & (FEEDS.c.by == by)
    return tx.conn.execute(FEEDS.update().where(these).values(revoked_at=now)).rowcount


def _alive(kind: str, name: str) -> Any:
    return (FEEDS.c.kind == kind) & (FEEDS.c.name == name) & FEEDS.c.revoked_at.is_(None)


def _hash(secret: str) -> bytes:
    """The secrets are long and random: a plain hash can't be turned round."""
    return hashlib.sha256(secret.encode()).digest()


def _feed(row: Any) -> Feed:
    return Feed(row.id, row.kind, row.name, row.by, row.made_at, row.used_at)
