"""Schedules that are watched: each has one timer, which says when to look next and what was seen
last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from store import timers
from store.clock import Instant
from store.db import Tx
from store.model.handoff import Watch
from store.tables import TIMERS

ROTA, CHANGED = "rota", "rota_changed"
"""A schedule is looked at; other definitions are in force, so that all of them are."""

RANK = timers.RANKS[-1]
"""Pages go before."""


def watched(tx: Tx) -> dict[str, int]:
    """The schedules that are watched, each with its timer's id."""
    found = tx.conn.execute(select(TIMERS.c.id, TIMERS.c.detail).where(TIMERS.c.kind == ROTA))
    return {json.loads(r.detail)["schedule"]: r.id for r in found}


def set_(tx: Tx, watch: Watch) -> None:
    """Look at a schedule at an instant; it has one such timer, whoever sets it."""
    mine = hashlib.sha256(f"rota {watch.schedule}".encode()).digest()
    seen = {"schedule": watch.schedule, "due": watch.due, "done": watch.done, "on": watch.on}
    timer = (int.from_bytes(mine[:6]), ROTA, None, None, 0, watch.due, RANK, json.dumps(seen))
    tx.insert_new(TIMERS, [timer])
    tx.wake.add("ticker")


def once(tx: Tx, kind: str, name: str, due: Instant, detail: Mapping[str, Any]) -> None:
    """Something is due at an instant, once, however often it is asked for."""
    mine = hashlib.sha256(f"{kind} {name}".encode()).digest()
    timer = (int.from_bytes(mine[:6]), kind, None, None, 0, due, RANK, json.dumps(dict(detail)))
    tx.insert_new(TIMERS, [timer])
    tx.wake.add("ticker")


def end(tx: Tx, ids: Iterable[int]) -> None:
    """Look no more."""
    for timer_id in ids:
        tx.conn.execute(TIMERS.delete().where(TIMERS.c.id == timer_id))


def all_due(tx: Tx, now: Instant) -> None:
    """Every watched schedule is looked at now."""
    later = (TIMERS.c.kind == ROTA) & (TIMERS.c.due_at > now)
    tx.conn.execute(TIMERS.update().where(later).values(due_at=now))
    tx.wake.add("ticker")


def look_again(tx: Tx, now: Instant, version: int, delay: int = 0) -> None:
    """Definitions of a version are in force: everything that is watched is looked at again."""
    timers.add(tx, now, CHANGED, None, version, now + delay, RANK)
