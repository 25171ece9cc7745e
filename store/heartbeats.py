"""Heartbeats: which checks have to say that they ran, when they did, and until when they may."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from store import access
from store.clock import Instant
from store.db import Tx
from store.model import Severity
from store.tables import HEARTBEATS, TIMERS

NEW, UP, DOWN, PAUSED = "new", "up", "down", "paused"
"""Not armed yet, as it should be, late or failed, and looked at by nobody."""
TIMER = "heartbeat"


@dataclass(frozen=True, slots=True)
class Plan:
    """When a check has to be heard: each ``every`` ms, or by a ``cron`` line on the clock of
    ``zone``; ``grace`` is how many ms it may be late. ``team`` is asked then."""

    every: int = 0
    cron: str = ""
    zone: str = "UTC"
    grace: int = 0
    team: str = ""
    severity: str = str(Severity.ERROR)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One check. ``due_at`` is when it counts as silent, None where nothing is waited for;
    ``started_at`` when a run began that has not ended; ``took`` how long the last one was."""

    id: int
    name: str
    state: str
    due_at: Instant | None
    pinged_at: Instant | None
    started_at: Instant | None
    took: int | None
    pings: int
    plan: Plan


def add(tx: Tx, now: Instant, name: str, secret: str, plan: Plan) -> int:
    """Remember a check that this secret speaks for; only the secret's hash is kept."""
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("heartbeats", row_id, dataclasses.asdict(plan))
    hashed = access.hashed(secret)
    tx.insert(HEARTBEATS, [(row_id, name, hashed, NEW, None, None, None, None, 0, sealed)])
    return row_id


def of_secret(tx: Tx, secret: str) -> int | None:
    """The check a secret speaks for."""
    found: int | None = tx.run("heartbeat of", _of, b_hash=access.hashed(secret)).scalar()
    return found


def _of() -> Any:
    return select(HEARTBEATS.c.id).where(HEARTBEATS.c.secret_hash == bindparam("b_hash"))


def get(tx: Tx, beat_id: int) -> Heartbeat | None:
    """One check, to be changed in this transaction."""
    row = tx.run("heartbeat", _get, b_id=beat_id).first()
    return _beat(tx, row) if row is not None else None


def _get() -> Any:
    return select(HEARTBEATS).where(HEARTBEATS.c.id == bindparam("b_id")).with_for_update()


def named(tx: Tx, name: str) -> Heartbeat | None:
    """The check of that name."""
    row = tx.conn.execute(select(HEARTBEATS).where(HEARTBEATS.c.name == name)).first()
    return _beat(tx, row) if row is not None else None


def every(tx: Tx) -> list[Heartbeat]:
    """All of them, by name."""
    rows = tx.conn.execute(select(HEARTBEATS).order_by(HEARTBEATS.c.name))
    return [_beat(tx, row) for row in rows]


def save(tx: Tx, beat: Heartbeat) -> None:
    """Write what a check is like now, and look at it when it is due."""
    tx.run(
        "save heartbeat", _save, b_id=beat.id, b_state=beat.state, b_due=beat.due_at,
        b_pinged=beat.pinged_at, b_started=beat.started_at, b_took=beat.took, b_pings=beat.pings,
    )  # fmt: skip
    if beat.due_at is None:
        tx.run("drop heartbeat timer", _drop, b_id=_timer(beat.id))
    else:
        wake(tx, beat.id, beat.due_at)


def _save() -> Any:
    changed = HEARTBEATS.update().where(HEARTBEATS.c.id == bindparam("b_id"))
    return changed.values(
        state=bindparam("b_state"), due_at=bindparam("b_due"), pinged_at=bindparam("b_pinged"),
        started_at=bindparam("b_started"), took=bindparam("b_took"), pings=bindparam("b_pings"),
    )  # fmt: skip


def _drop() -> Any:
    return TIMERS.delete().where(TIMERS.c.id == bindparam("b_id"))


def wake(tx: Tx, beat_id: int, at: Instant) -> None:
    """Look at a check at an instant; it has one timer, which each ping moves."""
    timer = _timer(beat_id)
    if not tx.run("move heartbeat timer", _move, b_id=timer, b_due=at).rowcount:
        detail, rank = f'{{"heartbeat": {beat_id}}}', Severity.ERROR.rank
        tx.insert_new(TIMERS, [(timer, TIMER, None, None, 0, at, rank, detail)])
        tx.wake.add("ticker")


def _move() -> Any:
    mine = TIMERS.update().where(TIMERS.c.id == bindparam("b_id"))
    return mine.values(due_at=bindparam("b_due"))


def _timer(beat_id: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{TIMER} {beat_id}".encode()).digest()[:6])


def remove(tx: Tx, beat: Heartbeat) -> None:
    """Forget a check; its address answers no more."""
    tx.run("drop heartbeat timer", _drop, b_id=_timer(beat.id))
    tx.conn.execute(HEARTBEATS.delete().where(HEARTBEATS.c.id == beat.id))


def put_off(tx: Tx, since: Instant, by: int) -> int:
    """Whatever was still in time at ``since`` has so many milliseconds more; how many those are."""
    due = HEARTBEATS.c.due_at
    later = HEARTBEATS.update().where(due > since).values(due_at=due + by)
    return tx.conn.execute(later).rowcount


def _beat(tx: Tx, row: Any) -> Heartbeat:
    plan = Plan(**tx.ring.open("heartbeats", row.id, row.sealed))
    return Heartbeat(
        row.id, row.name, row.state, row.due_at, row.pinged_at, row.started_at, row.took,
        row.pings, plan,
    )  # fmt: skip
