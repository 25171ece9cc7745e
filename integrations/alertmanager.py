"""Alertmanager's webhook, versions 3 and 4, and alerts in the form of its own API.

What it really sends is in the captures: the top-level status lies, resolved alerts come again
and again, and what is absent from a body is not resolved. So every alert speaks for itself.
"""

from __future__ import annotations

from integrations import _prometheus_bodies
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="alertmanager",
    title="Prometheus Alertmanager",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
)


def read(request: Request) -> Reading:
    """Every alert with its own status; Malformed names the first field that can't be read."""
    return Reading(_prometheus_bodies.alerts(request))
