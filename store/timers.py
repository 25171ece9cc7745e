"""Timers: every delay is a row; what is due is claimed by severity and due time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from store.clock import Instant
from store.db import Tx
from store.model import Severity, Timer
from store.tables import TIMERS

STEP, RULE, FALLBACK = "step", "rule", "fallback"
"""A step of the policy, a later rule of a person, the end of the last pass."""
LEASE, UNSNOOZE, UNSILENCE = "lease", "unsnooze", "unsilence"
"""The end of an assignment, of a snooze, of a silence."""
CHECK_IN, NO_ANSWER = "check_in", "no_answer"
"""The end of an ack's quiet time, and of the wait for its holder's answer."""
HELD = "held"
"""A page that somebody's quiet hours hold back."""
EXPIRE, CALM, GATHER, JOINED = "expire", "calm", "gather", "joined"
"""Alerts of which nothing was heard for long, a look at what flaps, what a firing parent holds, and
who joined it late."""
PERSONAL = (RULE, HELD)
"""What belongs to a run, and not to the clock of its incident."""
ASIDE = (EXPIRE, CALM, GATHER, JOINED)
"""What alert rules set: it asks nobody, and nobody's answer ends it."""

RANKS = tuple(s.rank for s in Severity)
"""Timers are as urgent as the incident they belong to."""


def row(
    tx: Tx,
    now: Instant,
    kind: str,
    incident_id: int | None,
    generation: int,
    due_at: Instant,
    rank: int,
    detail: Mapping[str, Any] | None = None,
    run_id: int | None = None,
) -> tuple[Any, ...]:
    """The values of one timer, for ``Tx.insert``."""
    text = json.dumps(dict(detail)) if detail else "{}"
    return (tx.ids.next(now), kind, incident_id, run_id, generation, due_at, rank, text)


def add(
    tx: Tx,
    now: Instant,
    kind: str,
    incident_id: int | None,
    generation: int,
    due_at: Instant,
    rank: int,
    detail: Mapping[str, Any] | None = None,
    run_id: int | None = None,
) -> None:
    """Set a timer; the ticker is woken when it is due at once."""
    tx.insert(TIMERS, [row(tx, now, kind, incident_id, generation, due_at, rank, detail, run_id)])
    tx.wake.add("ticker")


def due(tx: Tx, now: Instant, limit: int = 200, ranks: Sequence[int] = RANKS) -> list[Timer]:
    """Claim up to ``limit`` due timers: removed in this transaction, most urgent first."""
    found: list[Any] = []
    for rank in ranks:
        left = limit - len(found)
        if left > 0:
            found += tx.run("due", _due, b_rank=rank, b_now=now, b_limit=left).all()
    if found:
        tx.conn.execute(TIMERS.delete().where(TIMERS.c.id.in_([r.id for r in found])))
    return [_timer(r) for r in found]


def _timer(r: Any) -> Timer:
    detail = {**json.loads(r.detail), **({"run_id": r.run_id} if r.run_id else {})}
    return Timer(r.id, r.kind, r.incident_id, r.generation, r.due_at, r.rank, detail)


def _due() -> Any:
    """One rank at a time: in its index they stand in order, however many wait."""
    return (
        select(TIMERS)
        .where((TIMERS.c.rank == bindparam("b_rank")) & (TIMERS.c.due_at <= bindparam("b_now")))
        .order_by(TIMERS.c.due_at, TIMERS.c.id)
        .limit(bindparam("b_limit"))
        .with_for_update(skip_locked=True)
    )


def asks(tx: Tx, incident_id: int) -> bool:
    """Whether anything is to come for an incident but the end of a silence and what alert rules
    set."""
    mine = (TIMERS.c.incident_id == incident_id) & TIMERS.c.kind.not_in((UNSILENCE, *ASIDE))
    return tx.conn.execute(select(TIMERS.c.id).where(mine).limit(1)).first() is not None


def next_due(tx: Tx) -> Instant | None:
    """When the next timer is due."""
    firsts = (tx.run("next due", _next_due, b_rank=rank).scalar() for rank in RANKS)
    return min((at for at in firsts if at is not None), default=None)


def _next_due() -> Any:
    return select(func.min(TIMERS.c.due_at)).where(TIMERS.c.rank == bindparam("b_rank"))


def cancel_asking(tx: Tx, incident_id: int) -> None:
    """Drop an incident's timers, but for the end of a silence and what alert rules set: those come
    whatever happens."""
    tx.run("cancel asking", _cancel_asking, b_incident=incident_id)


def _cancel_asking() -> Any:
    mine = TIMERS.c.incident_id == bindparam("b_incident")
    kept = [TIMERS.c.kind != bindparam(f"b_{kind}", kind) for kind in (UNSILENCE, *ASIDE)]
    return TIMERS.delete().where(mine & and_(*kept))


_CLOCK = (STEP, FALLBACK, LEASE, UNSNOOZE, CHECK_IN, NO_ANSWER)


def stop_clock(tx: Tx, incident_id: int) -> Timer | None:
    """Drop what moves an incident on by itself, but no later rule of a person; the step that was
    to come, if one was."""
    mine = (TIMERS.c.incident_id == incident_id) & TIMERS.c.kind.in_(_CLOCK)
    found = tx.conn.execute(select(TIMERS).where(mine).order_by(TIMERS.c.due_at)).all()
    if found:
        tx.conn.execute(TIMERS.delete().where(TIMERS.c.id.in_([r.id for r in found])))
    return next((_timer(r) for r in found if r.kind == STEP), None)


def first(tx: Tx, incident_id: int, kind: str) -> Timer | None:
    """The first timer of a kind that an incident has."""
    mine = (TIMERS.c.incident_id == incident_id) & (TIMERS.c.kind == kind)
    found = tx.conn.execute(select(TIMERS).where(mine).order_by(TIMERS.c.due_at).limit(1)).first()
    return _timer(found) if found is not None else None


def drop(tx: Tx, incident_id: int, *kinds: str) -> None:
    """Drop an incident's timers of these kinds."""
    mine = (TIMERS.c.incident_id == incident_id) & TIMERS.c.kind.in_(kinds)
    tx.conn.execute(TIMERS.delete().where(mine))


def release(tx: Tx, now: Instant, incident_id: int) -> None:
    """What quiet hours hold back for an incident comes now."""
    mine = (TIMERS.c.incident_id == incident_id) & (TIMERS.c.kind == HELD)
    tx.conn.execute(TIMERS.update().where(mine).values(due_at=now))
    tx.wake.add("ticker")


def waiting(tx: Tx, until: Instant) -> list[int]:
    """The incidents whose next step is due at that instant."""
    due = TIMERS.c.kind.in_((STEP, FALLBACK)) & (TIMERS.c.due_at == until)
    return [r.incident_id for r in tx.conn.execute(select(TIMERS.c.incident_id).where(due))]


def put_off(tx: Tx, incident_id: int, old: Instant, new: Instant) -> None:
    """What comes next for an incident, due at ``old``, comes at ``new``."""
    mine = (TIMERS.c.incident_id == incident_id) & TIMERS.c.kind.in_((STEP, FALLBACK))
    tx.conn.execute(TIMERS.update().where(mine & (TIMERS.c.due_at == old)).values(due_at=new))
    tx.wake.add("ticker")


def rerank(tx: Tx, incident_id: int, rank: int) -> None:
    """An incident's timers are as urgent as it is now."""
    mine = TIMERS.c.incident_id == incident_id
    tx.conn.execute(TIMERS.update().where(mine).values(rank=rank))


def move(tx: Tx, incident_id: int, into: int) -> None:
    """Give an incident's timers to another."""
    mine = TIMERS.c.incident_id == incident_id
    tx.conn.execute(TIMERS.update().where(mine).values(incident_id=into))


def hasten(
    tx: Tx,
    now: Instant,
    *,
    run_id: int | None = None,
    incident_id: int | None = None,
    kind: str = RULE,
) -> int:
    """Make the earliest matching timer due now; how many were there."""
    if run_id is not None:
        found = tx.run("first of a run", _first_of_run, b_kind=kind, b_of=run_id)
    else:
        found = tx.run("first of an incident", _first_of_incident, b_kind=kind, b_of=incident_id)
    first = found.scalar()
    if first is None:
        return 0
    tx.run("hasten", _hasten, b_id=first, b_due=now)
    tx.wake.add("ticker")
    return 1


def _hasten() -> Any:
    one = TIMERS.update().where(TIMERS.c.id == bindparam("b_id"))
    return one.values(due_at=bindparam("b_due"))


def _first_of_run() -> Any:
    return _first_of(TIMERS.c.run_id)


def _first_of_incident() -> Any:
    return _first_of(TIMERS.c.incident_id)


def _first_of(column: Any) -> Any:
    mine = (TIMERS.c.kind == bindparam("b_kind")) & (column == bindparam("b_of"))
    return select(TIMERS.c.id).where(mine).order_by(TIMERS.c.due_at).limit(1)
