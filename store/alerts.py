"""Alerts as rows: one per key and incident; the key's latest row carries ``live_key``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, case, func, select

from store.clock import Instant
from store.db import Tx
from store.model import Alert, AlertReading, AlertStatus, AlertType, Link, Severity
from store.tables import ALERTS, INCIDENTS, SOURCES


def doc(reading: AlertReading, source: str) -> dict[str, Any]:
    """The sealed part of an alert."""
    found: dict[str, Any] = {"source": source, "key": reading.key, "title": reading.title}
    if reading.severity_raw is not None:
        found["severity_raw"] = reading.severity_raw
    if reading.description:
        found["description"] = reading.description
    if reading.resource:
        found["resource"] = reading.resource
    if reading.labels:
        found["labels"] = reading.labels
    if reading.links:
        found["links"] = reading.links
    if reading.about is not None and reading.about.ids:
        found["about"] = reading.about.ids
    return found


def from_row(tx: Tx, row: Any) -> Alert:
    """The alert of one row."""
    d = tx.ring.open("alerts", row.id, row.sealed)
    return Alert(
        id=row.id,
        incident_id=row.incident_id or 0,
        source=d["source"],
        key=d["key"],
        status=AlertStatus(row.status),
        severity=Severity(row.severity),
        type=AlertType(row.type),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        first_at=row.first_at,
        last_at=row.last_at,
        count=row.count,
        title=d["title"],
        severity_raw=d.get("severity_raw"),
        description=d.get("description", ""),
        resource=d.get("resource"),
        labels=d.get("labels", {}),
        links=tuple(Link(**link) for link in d.get("links", ())),
        flips=bytes(row.flips or b""),
        about=tuple(d.get("about", ())),
    )


def get(tx: Tx, alert_id: int) -> Alert | None:
    """One alert, or None."""
    row = tx.conn.execute(select(ALERTS).where(ALERTS.c.id == alert_id)).first()
    return from_row(tx, row) if row is not None else None


def of_incident(tx: Tx, incident_id: int, limit: int = 500) -> list[Alert]:
    """The alerts of an incident: firing ones first, then the most severe, then the oldest."""
    found = tx.run("alerts of", _of_incident, b_incident=incident_id, b_limit=limit)
    return [from_row(tx, row) for row in found]


def _of_incident() -> Any:
    over = case((ALERTS.c.status == str(AlertStatus.FIRING), 0), else_=1)
    rank = case({str(s): s.rank for s in Severity}, value=ALERTS.c.severity, else_=len(Severity))
    return (
        select(ALERTS)
        .where(ALERTS.c.incident_id == bindparam("b_incident"))
        .order_by(over, rank, ALERTS.c.id)
        .limit(bindparam("b_limit"))
    )


def live(tx: Tx, keys: Iterable[bytes]) -> list[Any]:
    """The latest row of each key with what grouping needs of its incident.

    Rows have: id, live_key, status, severity, starts_at, count, flips, incident_id and, from the
    incident, istatus and iresolved_at; in no order.
    """
    return list(
        tx.conn.execute(
            select(
                ALERTS.c.id,
                ALERTS.c.live_key,
                ALERTS.c.status,
                ALERTS.c.severity,
                ALERTS.c.starts_at,
                ALERTS.c.count,
                ALERTS.c.flips,
                ALERTS.c.incident_id,
                INCIDENTS.c.status.label("istatus"),
                INCIDENTS.c.resolved_at.label("iresolved_at"),
            )
            .select_from(ALERTS.outerjoin(INCIDENTS, INCIDENTS.c.id == ALERTS.c.incident_id))
            .where(ALERTS.c.live_key.in_(list(keys)))
        )
    )


def open_incident(tx: Tx, source_id: int, key: str) -> int | None:
    """The open incident that holds the alert of this key, or None."""
    rows = live(tx, [tx.ring.blind("alert", str(source_id), key)])
    held = [r.incident_id for r in rows if r.incident_id and r.istatus != "resolved"]
    return int(held[0]) if held else None


def open_keys(tx: Tx) -> list[Any]:
    """All live rows of open incidents, to fill the memory at start."""
    return list(
        tx.conn.execute(
            select(
                ALERTS.c.id,
                ALERTS.c.live_key,
                ALERTS.c.status,
                ALERTS.c.severity,
                ALERTS.c.starts_at,
                ALERTS.c.count,
                ALERTS.c.flips,
                ALERTS.c.incident_id,
            )
            .select_from(ALERTS.join(INCIDENTS, INCIDENTS.c.id == ALERTS.c.incident_id))
            .where((INCIDENTS.c.status != "resolved") & ALERTS.c.live_key.is_not(None))
        )
    )


def update_statement() -> Any:
    """The hot statement for an alert seen again."""
    return (
        ALERTS.update()
        .where(ALERTS.c.id == bindparam("b_id"))
        .values(
            status=bindparam("b_status"),
            severity=bindparam("b_severity"),
            starts_at=bindparam("b_starts"),
            ends_at=bindparam("b_ends"),
            last_at=bindparam("b_last"),
            count=bindparam("b_count"),
            flips=bindparam("b_flips"),
        )
    )


def retire_statement() -> Any:
    """The hot statement that takes ``live_key`` from a row whose key fires in a new incident."""
    return ALERTS.update().where(ALERTS.c.id == bindparam("b_id")).values(live_key=None)


def firing(tx: Tx, incident_id: int) -> int:
    """How many alerts of an incident fire."""
    mine = (ALERTS.c.incident_id == incident_id) & (ALERTS.c.status == "firing")
    return int(tx.conn.execute(select(func.count()).where(mine)).scalar_one())


def firing_since(tx: Tx, incident_id: int, since: Instant) -> int:
    """How many alerts of an incident fire since an instant or later."""
    mine = (ALERTS.c.incident_id == incident_id) & (ALERTS.c.status == "firing")
    chosen = select(func.count()).where(mine & (ALERTS.c.starts_at > since))
    return int(tx.conn.execute(chosen).scalar_one())


def heard_since(tx: Tx, incident_id: int, since: Instant) -> int:
    """How many alerts of an incident were heard at an instant or later."""
    mine = (ALERTS.c.incident_id == incident_id) & (ALERTS.c.last_at >= since)
    return int(tx.conn.execute(select(func.count()).where(mine)).scalar_one())


def keys_of(tx: Tx, incident_id: int) -> list[bytes]:
    """The live keys of an incident's alerts."""
    rows = tx.conn.execute(
        select(ALERTS.c.live_key).where(
            (ALERTS.c.incident_id == incident_id) & ALERTS.c.live_key.is_not(None)
        )
    )
    return [r[0] for r in rows]


def move(tx: Tx, incident_id: int, into: int) -> int:
    """Give all alerts of one incident to another; how many."""
    done = tx.conn.execute(
        ALERTS.update().where(ALERTS.c.incident_id == incident_id).values(incident_id=into)
    )
    return int(done.rowcount)


def sources_of(tx: Tx, incident_id: int) -> list[str]:
    """The names of the intake sources that an incident's alerts came from."""
    joined = ALERTS.join(SOURCES, SOURCES.c.id == ALERTS.c.source_id)
    chosen = select(SOURCES.c.name).select_from(joined).where(ALERTS.c.incident_id == incident_id)
    return list(tx.conn.execute(chosen.distinct().order_by(SOURCES.c.name)).scalars())


def firing_of(tx: Tx, source_id: int, limit: int = 5000) -> list[Alert]:
    """What fires of one intake source as far as is known here, the oldest first."""
    mine = (ALERTS.c.source_id == source_id) & (ALERTS.c.status == str(AlertStatus.FIRING))
    known = mine & ALERTS.c.live_key.is_not(None) & ALERTS.c.incident_id.is_not(None)
    chosen = select(ALERTS).where(known).order_by(ALERTS.c.id).limit(limit)
    return [from_row(tx, row) for row in tx.conn.execute(chosen)]


def standing(tx: Tx, source_id: int, key: str) -> Any:
    """How an alert of an incident stands: status, severity, last_at, ends_at; None if unknown."""
    hashed = tx.ring.blind("alert", str(source_id), key)
    mine = (ALERTS.c.live_key == hashed) & ALERTS.c.incident_id.is_not(None)
    return tx.conn.execute(
        select(ALERTS.c.status, ALERTS.c.severity, ALERTS.c.last_at, ALERTS.c.ends_at).where(mine)
    ).first()
