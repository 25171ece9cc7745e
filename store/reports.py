"""Figures are counted from these rows: incidents and pages of a span of time, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.ids import first
from store.oncall_tables import DRILLS
from store.outbox import SHADOW
from store.tables import INCIDENTS, OUTBOX, RUNS

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Told:
    """What figures need of one incident."""

    id: int
    team: str | None
    severity: str
    holder: str | None
    opened_at: Instant
    acknowledged_at: Instant | None
    resolved_at: Instant | None


@dataclass(frozen=True, slots=True)
class Paged:
    """What figures need of one page: its state says whether it went."""

    id: int
    incident_id: int
    team: str | None
    person: str
    state: str
    asked_at: Instant


def incidents(
    tx: Tx, start: Instant, end: Instant, below: int | None
) -> tuple[list[Told], int | None]:
    """Incidents opened from ``start`` to before ``end``, the newest first, and the number to go on
    below (None at the end). Drills, incidents that became part of another one, and those that
    shadow mode kept quiet are left out."""
    drills = select(DRILLS.c.incident_id)
    shadowed = select(OUTBOX.c.incident_id).where(OUTBOX.c.state == SHADOW)
    names = ("id", "team", "severity", "holder", "opened_at", "acknowledged_at", "resolved_at")
    i = INCIDENTS.c
    chosen = select(*(i[n] for n in names), i.merged_into).order_by(i.id.desc()).limit(AT_ONCE)
    if below is not None:
        chosen = chosen.where(i.id < below)
    rows = tx.conn.execute(chosen).all()
    ids = [r.id for r in rows]
    left_out = {
        *tx.conn.execute(drills.where(DRILLS.c.incident_id.in_(ids))).scalars(),
        *tx.conn.execute(shadowed.where(OUTBOX.c.incident_id.in_(ids))).scalars(),
    }
    found = [
        Told(*(getattr(r, n) for n in names))
        for r in rows
        if start <= r.opened_at < end and r.merged_into is None and r.id not in left_out
    ]
    over = len(rows) < AT_ONCE or rows[-1].opened_at < start
    return found, None if over else rows[-1].id


def pages(tx: Tx, start: Instant, end: Instant, above: int) -> tuple[list[Paged], int | None]:
    """Pages asked for from ``start`` to before ``end``, in order, and the row to go on above (None
    at the end). Those of drills are left out, and what shadow mode kept back."""
    drills = select(DRILLS.c.incident_id)
    o = OUTBOX.c
    chosen = (
        select(o.id, o.incident_id, INCIDENTS.c.team, RUNS.c.person, o.state, o.asked_at)
        .select_from(
            OUTBOX.join(RUNS, RUNS.c.id == o.run_id).join(
                INCIDENTS, INCIDENTS.c.id == o.incident_id
            )
        )
        .where((o.id > max(above, first(start) - 1)) & (o.run_id.is_not(None)))
        .where((o.asked_at >= start) & (o.asked_at < end) & (o.state != SHADOW))
        .where(o.purpose.startswith("page") & o.incident_id.not_in(drills))
        .order_by(o.id)
        .limit(AT_ONCE)
    )
    rows = [Paged(*r) for r in tx.conn.execute(chosen)]
    return rows, rows[-1].id if len(rows) == AT_ONCE else None
