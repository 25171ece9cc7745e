"""Noise reports on record, and the rows they are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.noise_tables import NOISE_REPORTS
from store.tables import TIMELINE

FIRES = ("opened", "alert")
OVER = "alert_resolved"
ACTED = ("note", "assign", "merge", "tag", "run")
"""What people do about an incident that is no noise."""

Event = tuple[str, Instant]


def events(tx: Tx, ids: Sequence[int]) -> dict[int, list[Event]]:
    """What happened to incidents, in order: kinds and instants of what counts here."""
    t = TIMELINE.c
    kinds = (*FIRES, OVER, *ACTED)
    chosen = select(t.incident_id, t.kind, t.at).where(t.incident_id.in_(ids) & t.kind.in_(kinds))
    found = defaultdict[int, list[Event]](list)
    for row in tx.conn.execute(chosen.order_by(t.incident_id, t.id)):
        found[row.incident_id].append((row.kind, row.at))
    return found


def keep(tx: Tx, now: Instant, team: str, report: dict[str, Any]) -> int:
    """Put a report of a team on record; its number."""
    row_id = upkeep.number(tx, "noise_reports")
    sealed = tx.ring.seal("noise_reports", row_id, report)
    tx.insert(NOISE_REPORTS, [(row_id, team, now, sealed)])
    return row_id


def get(tx: Tx, report_id: int) -> tuple[str, dict[str, Any]] | None:
    """The team and the contents of a report, or None."""
    chosen = select(NOISE_REPORTS).where(NOISE_REPORTS.c.id == report_id)
    row = tx.conn.execute(chosen).first()
    return None if row is None else (row.team, tx.ring.open("noise_reports", row.id, row.sealed))


def latest(tx: Tx) -> dict[str, Instant]:
    """When each team had its last report."""
    r = NOISE_REPORTS.c
    rows = tx.conn.execute(select(r.team, func.max(r.at)).group_by(r.team))
    return {row[0]: row[1] for row in rows}


def forget(tx: Tx, before: Instant) -> None:
    """Drop the reports made before an instant."""
    tx.conn.execute(NOISE_REPORTS.delete().where(NOISE_REPORTS.c.at < before))
