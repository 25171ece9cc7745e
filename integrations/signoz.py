"""SigNoz, whose webhook channel posts as Alertmanager does."""

from __future__ import annotations

from integrations import _prometheus_bodies
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="signoz",
    title="SigNoz",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://signoz.io/docs/alerts-management/notification-channel/webhook/",
)


def read(request: Request) -> Reading:
    """Every alert with its own status."""
    return Reading(_prometheus_bodies.alerts(request))
