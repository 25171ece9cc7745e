"""Chats that do not answer, as other processes and the next start find them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.outbox import FOLDED, PENDING, VIEW
from store.tables import META, OUTBOX
from store.upkeep import set_meta

_KEY = "outage:"


def noted(tx: Tx) -> Mapping[str, Instant]:
    """The chats of which it is told that they do not answer, since when."""
    rows = tx.conn.execute(
        select(META.c.key, META.c.value).where(META.c.key.startswith(_KEY, autoescape=True))
    )
    return {r.key.removeprefix(_KEY): int(r.value) for r in rows}


def note(tx: Tx, chat: str, since: Instant) -> None:
    """It is told from now on."""
    set_meta(tx, f"{_KEY}{chat}", str(since))


def forget(tx: Tx, chat: str) -> None:
    """It answers again."""
    tx.conn.execute(META.delete().where(META.c.key == f"{_KEY}{chat}"))


def waiting(tx: Tx, chat: str) -> int:
    """How many cards of incidents wait for it."""
    mine = (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None)
    mine &= OUTBOX.c.state.in_((PENDING, FOLDED))
    mine &= OUTBOX.c.place.startswith(f"{chat}:", autoescape=True)
    found: int = tx.conn.execute(select(func.count()).where(mine)).scalar_one()
    return found
