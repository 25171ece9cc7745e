"""Chats that do not answer, as other processes and the next start find them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.outbox import PENDING, VIEW
from store.tables import META, OUTBOX
from store.upkeep import set_meta

_KEY = "outage:"


@dataclass(frozen=True, slots=True)
class Noted:
    """Since when a chat does not answer, and by what ways most people are paged meanwhile."""

    since: Instant
    ways: tuple[str, ...]


def noted(tx: Tx) -> Mapping[str, Noted]:
    """The chats of which it is told that they do not answer."""
    rows = tx.conn.execute(
        select(META.c.key, META.c.value).where(META.c.key.startswith(_KEY, autoescape=True))
    )
    return {r.key.removeprefix(_KEY): _read(r.value) for r in rows}


def _read(text: str) -> Noted:
    since, *ways = json.loads(text)
    return Noted(since, tuple(ways))


def note(tx: Tx, chat: str, since: Instant, ways: Sequence[str]) -> None:
    """It is told from now on."""
    set_meta(tx, f"{_KEY}{chat}", json.dumps([since, *ways]))


def forget(tx: Tx, chat: str) -> None:
    """It answers again."""
    tx.conn.execute(META.delete().where(META.c.key == f"{_KEY}{chat}"))


def waiting(tx: Tx, chat: str) -> int:
    """How many cards of incidents wait for it."""
    mine = (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None)
    mine &= OUTBOX.c.state == PENDING
    mine &= OUTBOX.c.place.startswith(f"{chat}:", autoescape=True)
    found: int = tx.conn.execute(select(func.count()).where(mine)).scalar_one()
    return found
