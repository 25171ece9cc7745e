"""Runs: one asking of one person by one step; stopping a run is the only way to drop its pages."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, select

from store.clock import Instant
from store.db import Tx
from store.model.escalation import ACKNOWLEDGED
from store.tables import INCIDENTS, OUTBOX, RUNS, TIMERS
from store.timers import HELD

ANSWERED = "answered"
"""A run's ``until``: this very person answers, where ``acknowledged`` means that anybody does, and
``resolved`` that it is over or this person answers."""

STEP, FALLBACK, PERSON = "step", "fallback", "person"
"""Who asks: a step of the policy, its fallback, or a person outside the policy."""


def start(
    tx: Tx,
    now: Instant,
    incident_id: int,
    person: str,
    step: int,
    loop: int,
    why: str,
    asked_by: str = STEP,
    until: str = ACKNOWLEDGED,
) -> int:
    """Begin to ask a person; the run's id."""
    run_id = tx.ids.next(now)
    sealed = tx.ring.seal("runs", run_id, {"why": why})
    row = (run_id, incident_id, person, step, loop, "", now, None, None, asked_by, until, sealed)
    tx.insert(RUNS, [row])
    return run_id


def stop(tx: Tx, now: Instant, incident_id: int, why: str) -> list[str]:
    """Stop every open run of an incident: its rules and unsent pages go; who was being asked."""
    found = open_of(tx, incident_id)
    _end(tx, now, [r.id for r in found], why)
    return _people(found)


def answered(tx: Tx, now: Instant, incident_id: int, by: str, why: str) -> list[str]:
    """Somebody answered: stop their runs, and those for which anybody's answer is enough; whom
    the others still ask."""
    found = open_of(tx, incident_id)
    over = [r for r in found if r.until == ACKNOWLEDGED or r.person == by]
    _end(tx, now, [r.id for r in over], why)
    return _people([r for r in found if r not in over])


def end(tx: Tx, now: Instant, run_ids: Sequence[int], why: str) -> None:
    """Stop these runs: their rules and unsent pages go."""
    _end(tx, now, list(run_ids), why)


def _people(found: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(r.person for r in found))


def _end(tx: Tx, now: Instant, ids: list[int], why: str) -> None:
    if not ids:
        return
    for run in tx.conn.execute(select(RUNS).where(RUNS.c.id.in_(ids))).all():
        sealed = tx.ring.seal("runs", run.id, {"why": why_of(tx, run), "stopped": why})
        these = {"stopped_at": now, "sealed": sealed}
        tx.conn.execute(RUNS.update().where(RUNS.c.id == run.id).values(these))
    tx.conn.execute(TIMERS.delete().where(TIMERS.c.run_id.in_(ids)))
    tx.conn.execute(
        OUTBOX.update()
        .where(OUTBOX.c.run_id.in_(ids) & (OUTBOX.c.state == "pending"))
        .values(state="dropped")
    )


def open_of(tx: Tx, incident_id: int) -> list[Any]:
    """The runs of an incident that still ask, oldest first: id, person, until."""
    return list(tx.run("open runs", _open, b_incident=incident_id))


def _open() -> Any:
    mine = (RUNS.c.incident_id == bindparam("b_incident")) & RUNS.c.stopped_at.is_(None)
    return select(RUNS.c.id, RUNS.c.person, RUNS.c.until).where(mine).order_by(RUNS.c.id)


def asked(tx: Tx, person: str) -> list[int]:
    """The New incidents that ask a person now."""
    new = select(INCIDENTS.c.id).where(INCIDENTS.c.status == "triggered")
    mine = (RUNS.c.person == person) & RUNS.c.stopped_at.is_(None)
    found = select(RUNS.c.incident_id).where(RUNS.c.incident_id.in_(new) & mine).distinct()
    return list(tx.conn.execute(found).scalars())


def asks(tx: Tx, incident_id: int, person: str) -> bool:
    """Whether the person is asked for their own answer, whoever has the incident."""
    mine = (r for r in open_of(tx, incident_id) if r.person == person)
    return any(r.until != ACKNOWLEDGED for r in mine)


def get(tx: Tx, run_id: int) -> Any:
    """One run, or None: id, incident_id, person, step, loop, why, started_at, stopped_at …"""
    row = tx.conn.execute(select(RUNS).where(RUNS.c.id == run_id)).first()
    return None if row is None else _opened(tx, row)


def _opened(tx: Tx, row: Any) -> Any:
    """A row with its words."""
    said = tx.ring.open("runs", row.id, row.sealed) if row.sealed is not None else {}
    words = {"why": said.get("why", row.why), "stopped_why": said.get("stopped", row.stopped_why)}
    return SimpleNamespace(**{**row._mapping, **words})


def why_of(tx: Tx, row: Any) -> str:
    """Why somebody was asked: ``id``, ``sealed`` and ``why`` of a row."""
    if row.sealed is None:
        return str(row.why)
    return str(tx.ring.open("runs", row.id, row.sealed)["why"])


def seal_words(tx: Tx) -> None:
    """Seal what stands in clear in rows of before; done when a database is opened."""
    plain = select(RUNS).where(RUNS.c.sealed.is_(None)).order_by(RUNS.c.id)
    for row in tx.conn.execute(plain).all():
        said = {"why": row.why} | ({"stopped": row.stopped_why} if row.stopped_why else {})
        sealed = {"sealed": tx.ring.seal("runs", row.id, said), "why": "", "stopped_why": None}
        tx.conn.execute(RUNS.update().where(RUNS.c.id == row.id).values(sealed))


def of_incident(tx: Tx, incident_id: int) -> list[Any]:
    """All runs of an incident, oldest first."""
    mine = select(RUNS).where(RUNS.c.incident_id == incident_id).order_by(RUNS.c.id)
    return [_opened(tx, row) for row in tx.conn.execute(mine)]


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


_HOPEFUL = ("pending", "sending", "sent", "delivered", "unanswered", "shadow")


def hopeful(tx: Tx, run_id: int) -> bool:
    """Whether something of the run is still to come or has reached the person; what quiet hours
    hold back comes too late for that."""
    mine = (TIMERS.c.run_id == run_id) & (TIMERS.c.kind != HELD)
    waits = tx.conn.execute(select(TIMERS.c.id).where(mine).limit(1)).first()
    went = tx.conn.execute(
        select(OUTBOX.c.id)
        .where((OUTBOX.c.run_id == run_id) & OUTBOX.c.state.in_(_HOPEFUL))
        .limit(1)
    ).first()
    return waits is not None or went is not None
