"""What happens in the demo by itself: a small night, told by an Alertmanager."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

Fire = Callable[[dict[str, Any]], Awaitable[Any]]

DISK = {
    "alertname": "DiskAlmostFull", "severity": "critical", "service": "postgres-orders",
    "instance": "db-1", "team": "db", "env": "prod", "region": "eu-west-1",
}  # fmt: skip
WAL = DISK | {"alertname": "WalArchiveFailing", "severity": "warning"}
LAG = {
    "alertname": "ReplicaLag", "severity": "warning", "service": "postgres-replica",
    "instance": "db-5", "team": "db", "env": "prod", "region": "eu-west-1",
}  # fmt: skip
CHECKOUT = {
    "alertname": "CheckoutSlow", "severity": "error", "service": "checkout", "team": "web",
    "env": "prod", "region": "eu-west-1",
}  # fmt: skip
SAID: dict[str, dict[str, str]] = {
    "DiskAlmostFull": {
        "summary": "Disk 97 % full on db-1",
        "description": "/var/lib/postgresql is at 97.4 % of 2.0 TB, full in about 18 min",
        "runbook_url": "https://wiki.example.eu/rb/disk",
        "dashboard_url": "https://grafana.example.eu/d/disk",
    },
    "WalArchiveFailing": {
        "summary": "WAL archive is failing on db-1",
        "description": "archive_command has failed 118 times in 10 min: target is full",
    },
    "ReplicaLag": {
        "summary": "Replica db-5 is 94 s behind",
        "description": "Replay lag 94 s, 30 s allowed",
        "runbook_url": "https://wiki.example.eu/rb/lag",
    },
    "CheckoutSlow": {
        "summary": "Checkout p99 at 2.4 s",
        "description": "p99 is 2.4 s over 5 min, 0.8 s allowed; 312 requests/s",
        "dashboard_url": "https://grafana.example.eu/d/checkout",
    },
}


async def tell(fire: Fire, *, pause: float = 2.0) -> None:
    """A disk fills up and pages, a replica lags silently, a slow checkout gets well by itself."""
    began = datetime.now(UTC)
    for labels in (CHECKOUT, DISK, LAG, WAL):
        await fire(body(labels, since=began))
        await asyncio.sleep(pause)
    await fire(body(CHECKOUT, since=began, firing=False))


def body(
    labels: dict[str, str], *, since: datetime | None = None, firing: bool = True
) -> dict[str, Any]:
    """A version 4 webhook with one alert, which begins now unless said otherwise."""
    status = "firing" if firing else "resolved"
    alert = {
        "status": status, "labels": labels, "annotations": SAID.get(labels["alertname"], {}),
        "startsAt": (since or datetime.now(UTC)).isoformat(),
        "endsAt": _NEVER if firing else datetime.now(UTC).isoformat(),
        "generatorURL": "https://prometheus.example.eu/graph", "fingerprint": labels["alertname"],
    }  # fmt: skip
    return {
        "version": "4", "status": status, "receiver": "pixelview", "alerts": [alert],
        "externalURL": "https://alertmanager.example.eu", "groupLabels": {}, "commonLabels": labels,
        "commonAnnotations": {}, "groupKey": labels["alertname"], "truncatedAlerts": 0,
    }  # fmt: skip


_NEVER = "0001-01-01T00:00:00Z"
