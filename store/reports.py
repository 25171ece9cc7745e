"""Figures are counted from these rows: incidents and pages of a span of time, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from store.clock import HOUR, Instant
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
    tx: Tx, start: Instant, end: Instant, above: int | None
) -> tuple[list[Told], int | None]:
    """Incidents opened from ``start`` to before ``end``, in order, and the number to go on above
    (None at the end). Drills, incidents that became part of another one, and those that shadow mode
    kept quiet are left out."""
    i = INCIDENTS.c
    if above is None:
        above = _opened_before(tx, start - HOUR)
    names = ("id", "team", "severity", "holder", "opened_at", "acknowledged_at", "resolved_at")
    chosen = select(*(i[n] for n in names), i.merged_into).where(i.id > above)
    rows = tx.conn.execute(chosen.order_by(i.id).limit(AT_ONCE)).all()
    ids = [r.id for r in rows]
    drills = select(DRILLS.c.incident_id).where(DRILLS.c.incident_id.in_(ids))
    shadowed = select(OUTBOX.c.incident_id).where(OUTBOX.c.incident_id.in_(ids))
    left_out = {
        *tx.conn.execute(drills).scalars(),
        *tx.conn.execute(shadowed.where(OUTBOX.c.state == SHADOW)).scalars(),
    }
    found = [
        Told(*(getattr(r, n) for n in names))
        for r in rows
        if start <= r.opened_at < end and r.merged_into is None and r.id not in left_out
    ]
    over = len(rows) < AT_ONCE or rows[-1].opened_at > end + HOUR
    return found, None if over else rows[-1].id


def _opened_before(tx: Tx, at: Instant) -> int:
    """A number below which every incident was opened before an instant: they are numbered as they
    are opened, so that few rows are looked at."""
    i = INCIDENTS.c
    low, high = 0, int(tx.conn.execute(select(func.max(i.id))).scalar() or 0)
    while low < high:
        middle = (low + high) // 2
        one = select(i.opened_at).where(i.id > middle).order_by(i.id).limit(1)
        opened = tx.conn.execute(one).scalar()
        if opened is not None and opened < at:
            low = middle + 1
        else:
            high = middle
    return low


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
