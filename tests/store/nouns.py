"""Nouns for the store's tests."""

from __future__ import annotations

from typing import Any

from store import alerts, incidents
from store.db import Tx
from store.model import AlertReading, AlertStatus, AlertType, Incident, IncidentStatus, Severity
from store.tables import ALERTS, INCIDENTS
from tests.store.conftest import NOW


def incident(number: int = 1, **more: Any) -> Incident:
    """An incident of team db."""
    given: dict[str, Any] = {
        "id": number,
        "status": IncidentStatus.TRIGGERED,
        "severity": Severity.CRITICAL,
        "title": "Disk 94 % full on db-3",
        "source": "alertmanager",
        "type": AlertType.HOST,
        "route": "db",
        "team": "db",
        "service": "postgres-main",
        "resource": "db-3",
        "value": "94.2 %",
        "labels": {"team": "db"},
        "links": (),
        "tags": (),
        "opened_at": NOW,
        "updated_at": NOW,
        "rev": 1,
        "alerts_total": 1,
        "alerts_firing": 1,
        "last_alert_at": NOW,
    }
    return Incident(**{**given, **more})


def add(tx: Tx, one: Incident, group: bytes | None = None) -> None:
    """Insert an incident, as intake does."""
    group = group if group is not None else tx.ring.blind("group", str(one.id))
    tx.insert(INCIDENTS, [incidents.insert_row(tx, one, group)])


def add_alert(
    tx: Tx, incident_id: int | None, key: str, *, status: str = "firing", starts_at: int = NOW
) -> int:
    """Insert an alert, as intake does; its id."""
    reading = AlertReading(key, AlertStatus.FIRING, Severity.ERROR, f"{key} fires")
    row_id = tx.ids.next(NOW)
    sealed = tx.ring.seal("alerts", row_id, alerts.doc(reading, "alertmanager"))
    live = tx.ring.blind("alert", "1", key)
    row = (row_id, incident_id, 1, live, status, "error", "host", starts_at, None, NOW, NOW, 1)
    tx.insert(ALERTS, [(*row, sealed, None)])
    return row_id
