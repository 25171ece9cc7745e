"""Runs: one asking of one person by one step; stopping a run is the only way to drop its pages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from store.clock import Instant
from store.db import Tx
from store.tables import OUTBOX, RUNS, TIMERS


def start(
    tx: Tx, now: Instant, incident_id: int, person: str, step: int, loop: int, why: str
) -> int:
    """Begin to ask a person; the run's id."""
    run_id = tx.ids.next(now)
    tx.insert(RUNS, [(run_id, incident_id, person, step, loop, why, now, None, None)])
    return run_id


def stop(tx: Tx, now: Instant, incident_id: int, why: str) -> list[str]:
    """Stop every open run of an incident: its rules and unsent pages go; who was being asked."""
    mine = (RUNS.c.incident_id == incident_id) & RUNS.c.stopped_at.is_(None)
    found = tx.run("open runs", _open, b_incident=incident_id).all()
    if not found:
        return []
    ids = [r.id for r in found]
    tx.conn.execute(RUNS.update().where(mine).values(stopped_at=now, stopped_why=why))
    tx.conn.execute(TIMERS.delete().where(TIMERS.c.run_id.in_(ids)))
    tx.conn.execute(
        OUTBOX.update()
        .where(OUTBOX.c.run_id.in_(ids) & (OUTBOX.c.state == "pending"))
        .values(state="dropped")
    )
    return list(dict.fromkeys(r.person for r in found))


def _open() -> Any:
    mine = (RUNS.c.incident_id == bindparam("b_incident")) & RUNS.c.stopped_at.is_(None)
    return select(RUNS.c.id, RUNS.c.person).where(mine)


def get(tx: Tx, run_id: int) -> Any:
    """One run, or None: id, incident_id, person, step, loop, why, started_at, stopped_at."""
    return tx.conn.execute(select(RUNS).where(RUNS.c.id == run_id)).first()


def of_incident(tx: Tx, incident_id: int) -> list[Any]:
    """All runs of an incident, oldest first."""
    return list(
        tx.conn.execute(select(RUNS).where(RUNS.c.incident_id == incident_id).order_by(RUNS.c.id))
    )


def open_runs(tx: Tx, incident_id: int, step: int, loop: int) -> list[Any]:
    """The runs of one step that still ask."""
    return list(
        tx.conn.execute(
            select(RUNS).where(
                (RUNS.c.incident_id == incident_id)
                & RUNS.c.stopped_at.is_(None)
                & (RUNS.c.step == step)
                & (RUNS.c.loop == loop)
            )
        )
    )


def hopeful(tx: Tx, run_id: int) -> bool:
    """Whether something of the run is still to come or has reached the person."""
    waits = tx.conn.execute(select(TIMERS.c.id).where(TIMERS.c.run_id == run_id).limit(1)).first()
    went = tx.conn.execute(
        select(OUTBOX.c.id)
        .where((OUTBOX.c.run_id == run_id) & OUTBOX.c.state.in_(("pending", "sending", "sent")))
        .limit(1)
    ).first()
    return waits is not None or went is not None
