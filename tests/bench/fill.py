"""Fills a database with alerts of the past, by the store's own rows, in bulk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from store import hot
from store.crypto import Ring, load_ring
from store.db import Tx, sqlite_writer_engine
from store.hot import Opening
from store.ids import Ids
from store.model import AlertReading, AlertStatus, AlertType, Link, Severity
from store.tables import ALERTS, CHANGES, INCIDENTS, LABELS, OUTBOX, TIMELINE, TIMERS

NOW = 1_767_225_600_000
"""2026-01-01T00:00:00Z: long ago."""
EACH = 10
"""Alerts of an incident."""
FAR = 40 * 365 * 86_400_000
_COLUMNS = [c.name for c in INCIDENTS.columns]


def reading(number: int) -> AlertReading:
    """An alert as the load's look."""
    return AlertReading(
        f"past-{number}", AlertStatus.FIRING, Severity.CRITICAL, f"Disk 94 % full on db-{number}",
        AlertType.METRIC, "critical", "/var/lib/postgresql is at 94.2 % of 2.0 TB", f"db-{number}",
        {"alertname": "DiskAlmostFull", "service": f"past-{number // EACH}",
         "instance": f"db-{number}", "team": "ops", "env": "prod", "severity": "critical"},
        (Link("Runbook", "https://wiki.example.eu/rb/disk"),), NOW,
    )  # fmt: skip


def fill(database: Path, key: Path, alerts: int, *, resolved: bool = True) -> None:
    """Add so many alerts with incidents, lines and labels; open ones have cards and timers."""
    engine = sqlite_writer_engine(f"sqlite:///{database}")
    ring, ids = load_ring(None, key, may_create=False), Ids(1)
    keep: dict[str, Any] = {}
    with engine.connect() as conn:
        for some in _parts(range(alerts), 20_000):
            with conn.begin():
                tx = Tx(conn, ring, ids, hot=keep)
                _write(tx, ring, list(some), resolved=resolved)
            conn.connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    engine.dispose()


def _parts(numbers: range, size: int) -> Iterator[Iterable[int]]:
    for first in range(0, len(numbers), size):
        yield numbers[first : first + size]


def _write(tx: Tx, ring: Ring, numbers: list[int], *, resolved: bool) -> None:
    each = EACH if resolved else 1
    firsts = numbers[::each]
    incidents = list(hot.take_numbers(tx, "incidents", len(firsts)))
    tx.insert(
        INCIDENTS, [_incident(tx, n, i, resolved) for n, i in zip(firsts, incidents, strict=True)]
    )
    alerts, lines, labels = [], [], set()
    for place, number in enumerate(numbers):
        made, incident = reading(number), incidents[place // each]
        a, b = tx.ids.many(NOW, 2)
        hashed = ring.blind("alert", "1", made.key)
        row = hot.alert_row(tx, a, incident, 1, "alertmanager", hashed, made, "critical", NOW, NOW)
        alerts.append((*row[:4], "resolved" if resolved else "firing", *row[5:]))
        words = {"actor": "alertmanager", "surface": "alertmanager", "say": f"{made.title} joined."}
        lines.append((b, incident, NOW, "alert", ring.seal("timeline", b, words)))
        for name in ("alertname", "service", "instance", "team"):
            labels.add((ring.blind("label", name, made.labels[name]), incident))
    tx.insert(ALERTS, alerts)
    tx.insert(TIMELINE, lines)
    tx.insert_new(LABELS, sorted(labels))
    if not resolved:
        _wait_for_somebody(tx, incidents)


def _incident(tx: Tx, number: int, incident: int, resolved: bool) -> tuple[object, ...]:
    made = reading(number)
    new = Opening(
        incident, made, "alertmanager", "rest", "ops", None, 1, os.urandom(16), None, NOW, 0
    )
    row = dict(zip(_COLUMNS, hot.incident_row(tx, new, EACH, 0, NOW, 3), strict=True))
    if resolved:
        row |= {"status": "resolved", "resolved_at": NOW + 60_000, "group_open": None}
    else:
        row |= {"alerts_total": 1, "alerts_firing": 1}
    return tuple(row.values())


def _wait_for_somebody(tx: Tx, incidents: list[int]) -> None:
    """Open incidents: posted cards, the next step far away."""
    tx.insert(TIMERS, [hot.first_step_row(tx.ids.next(NOW), i, NOW + FAR, 0) for i in incidents])
    cards = [
        (tx.ids.next(NOW), "view", "card", i, f"{s}:#c0", "sent", 20, 3, None, 0, NOW, NOW, NOW,
         "C1", f"{s}-{i}", f"{s}-{i}", f"{i}/{s}:#c0", None)
        for i in incidents
        for s in ("slack", "discord")
    ]  # fmt: skip
    tx.insert(OUTBOX, cards)
    tx.insert(CHANGES, [(tx.ids.next(NOW), i, 3, NOW) for i in incidents])
