"""What people were told of their accounts and of tokens: a few words each, for a month."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from store import upkeep
from store.clock import DAY, Instant
from store.db import Tx
from store.tables import ACCESS_NEWS

KIND = "access"
KEPT = 30 * DAY


@dataclass(frozen=True, slots=True)
class News:
    """``title`` in a few words, ``says`` the sentences below it; ``bad``: somebody has to act."""

    id: int
    person: str
    at: Instant
    title: str
    says: tuple[str, ...]
    bad: bool = False


def add(
    tx: Tx, now: Instant, person: str, title: str, says: tuple[str, ...], *, bad: bool = False
) -> int:
    """Keep it; its number."""
    tx.conn.execute(ACCESS_NEWS.delete().where(ACCESS_NEWS.c.at < now - KEPT))
    number = upkeep.number(tx, "access_news")
    kept = {"title": title, "says": list(says), "bad": bad}
    tx.insert(ACCESS_NEWS, [(number, person, now, tx.ring.seal("access_news", number, kept))])
    return number


def get(tx: Tx, number: int) -> News | None:
    """One by its number."""
    row = tx.conn.execute(select(ACCESS_NEWS).where(ACCESS_NEWS.c.id == number)).first()
    if row is None:
        return None
    known = tx.ring.open("access_news", number, row.sealed)
    return News(number, row.person, row.at, known["title"], tuple(known["says"]), known["bad"])
