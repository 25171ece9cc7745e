"""The hot path's rows are the repositories' rows."""

from __future__ import annotations

from typing import Any

import pytest

from store import alerts, hot, incidents, timers
from store.db import Tx, is_sqlite
from store.hot import Opening
from store.model import (
    AlertReading,
    AlertStatus,
    AlertType,
    Incident,
    IncidentStatus,
    Link,
    NextUp,
    Severity,
)
from store.tables import ALERTS, INCIDENTS, TIMERS
from tests.store.conftest import NOW, Base

READING = AlertReading(
    key="k1",
    status=AlertStatus.FIRING,
    severity=Severity.ERROR,
    title="Disk 94 % full",
    type=AlertType.HOST,
    severity_raw="major",
    description="94.2 % of 2.0 TB\nfull in 41 min",
    resource="db-3",
    labels={"service": "postgres", "env": "prod"},
    links=(Link("Runbook", "https://wiki.example.eu/rb"),),
    starts_at=NOW - 5,
)
GROUP = bytes(range(16))


def opening(reading: AlertReading) -> Opening:
    """An incident about to be opened."""
    return Opening(
        7, reading, "alertmanager", "db", "ops", "night", 3, GROUP, 4, NOW, reading.severity.rank
    )


@pytest.mark.parametrize("bare", [False, True])
async def test_a_new_incident_reads_as_intake_meant_it(base: Base, bare: bool) -> None:
    reading = AlertReading("k", AlertStatus.FIRING, Severity.INFO, "t") if bare else READING
    await base.do(
        lambda tx: tx.insert(INCIDENTS, [hot.incident_row(tx, opening(reading), 3, 2, NOW + 1, 1)])
    )
    expected = Incident(
        id=7, status=IncidentStatus.TRIGGERED, severity=reading.severity, title=reading.title,
        source="alertmanager", type=reading.type, route="db", team="ops",
        service=None if bare else "postgres", resource=reading.resource,
        value="" if bare else "94.2 % of 2.0 TB", labels=reading.labels, links=reading.links,
        tags=(), opened_at=NOW, updated_at=NOW, rev=1, alerts_total=3, alerts_firing=2,
        last_alert_at=NOW + 1, policy="night", policy_version_id=3, previous_id=4,
        next=NextUp("page", NOW),
    )  # fmt: skip
    assert await base.read(lambda tx: incidents.get(tx, 7)) == expected


async def test_a_new_alert_reads_as_the_monitor_said_it(base: Base) -> None:
    def write(tx: Tx) -> None:
        row = hot.alert_row(tx, 11, 7, 5, "am", b"key", READING, "error", NOW - 5, NOW)
        tx.insert(ALERTS, [row])

    await base.do(write)
    (found,) = await base.read(lambda tx: alerts.of_incident(tx, 7))
    assert (found.id, found.source, found.status, found.severity) == (11, "am", "firing", "error")
    assert (found.starts_at, found.ends_at, found.first_at, found.count) == (NOW - 5, None, NOW, 1)
    assert (found.title, found.labels, found.links) == (
        READING.title, READING.labels, READING.links,
    )  # fmt: skip


async def test_the_first_step_is_the_timer_that_the_policy_would_set(base: Base) -> None:
    def write(tx: Tx) -> tuple[Any, ...]:
        row = hot.first_step_row(1, 7, NOW, 1)
        tx.insert(TIMERS, [row])
        return timers.row(tx, NOW, timers.STEP, 7, 1, NOW, 1, {"step": 0, "loop": 0})

    meant = await base.do(write)
    (found,) = await base.do(lambda tx: timers.due(tx, NOW))
    assert (found.kind, found.generation, found.rank, found.detail) == (
        meant[1], meant[4], meant[6], {"step": 0, "loop": 0},
    )  # fmt: skip


@pytest.mark.parametrize("rows", [1, 2, 3, 127, 128, 129, 300])
async def test_many_rows_are_inserted_and_found_again(base: Base, rows: int) -> None:
    keys = [n.to_bytes(16) for n in range(rows)]

    def write(tx: Tx) -> None:
        made = [
            hot.alert_row(tx, n + 1, 7, 5, "am", key, READING, "error", NOW, NOW)
            for n, key in enumerate(keys)
        ]
        tx.insert(ALERTS, made)

    await base.do(write)
    live = await base.read(lambda tx: alerts.live(tx, keys))
    assert len(live) == rows
    if is_sqlite(base.url):
        unknown = [(n + 10_000).to_bytes(16) for n in range(rows)]
        found = await base.do(lambda tx: hot.on_record(tx, [*keys, *unknown]))
        assert sorted(set(found)) == keys
