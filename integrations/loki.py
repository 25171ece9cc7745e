"""Grafana Loki's ruler, which posts to Alertmanager or straight to an address in its form."""

from __future__ import annotations

from integrations import _prometheus_bodies
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="loki",
    title="Grafana Loki",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://grafana.com/docs/loki/latest/alert/",
)


def read(request: Request) -> Reading:
    """Every alert with its own status."""
    return Reading(_prometheus_bodies.alerts(request))
