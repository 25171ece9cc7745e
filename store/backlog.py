"""How much waits in the outbox, and for how long: for people who look, and for storms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from store.clock import Instant
from store.db import Tx
from store.ids import first
from store.outbox import CARDS, PENDING, VIEW, WENT
from store.tables import OUTBOX

_NEWS = 20
"""New cards are more urgent than that, but for those that follow a storm."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Cards that wait to be posted or edited at a place: how many, and since when the oldest."""

    count: int
    since: Instant


def next_due(tx: Tx) -> Instant | None:
    """When the next pending row is due."""
    found = tx.conn.execute(
        select(OUTBOX.c.due_at).where(OUTBOX.c.state == PENDING).order_by(OUTBOX.c.due_at).limit(1)
    ).scalar()
    return int(found) if found is not None else None


def counts(tx: Tx) -> dict[str, int]:
    """How many rows are in each state that somebody should look at."""
    rows = tx.conn.execute(
        select(OUTBOX.c.state, func.count())
        .where(OUTBOX.c.state.not_in(WENT))
        .group_by(OUTBOX.c.state)
    )
    return {r[0]: r[1] for r in rows}


def cards(tx: Tx) -> Mapping[str, Queue]:
    """The cards of incidents that wait, by place."""
    return {r[0]: Queue(r[1], r[2]) for r in tx.run("waiting cards", _cards)}


def _cards() -> Any:
    mine = (OUTBOX.c.state == PENDING) & (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None)
    mine &= OUTBOX.c.rank >= CARDS
    chosen = select(OUTBOX.c.place, func.count(), func.min(OUTBOX.c.asked_at))
    return chosen.where(mine).group_by(OUTBOX.c.place)


def unposted(tx: Tx, since: Instant) -> Mapping[str, int]:
    """How many cards asked for since an instant wait to be posted for the first time, by place."""
    found = tx.run("unposted cards", _unposted, b_first=first(since))
    return {r[0]: r[1] for r in found}


def _unposted() -> Any:
    mine = (OUTBOX.c.state == PENDING) & (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None)
    mine &= OUTBOX.c.message.is_(None) & (OUTBOX.c.id >= bindparam("b_first"))
    mine &= (OUTBOX.c.rank >= CARDS) & (OUTBOX.c.rank < _NEWS)
    return select(OUTBOX.c.place, func.count()).where(mine).group_by(OUTBOX.c.place)
