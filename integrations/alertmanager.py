"""Alertmanager's webhook, versions 3 and 4, and alerts in the form of its own API.

What it really sends is in the captures: the top-level status lies, resolved alerts come again
and again, and what is absent from a body is not resolved. So every alert speaks for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _prometheus_bodies
from integrations.base import Capability, Manifest, Monitor, Reading, Request, Setting

MANIFEST = Manifest(
    name="alertmanager",
    title="Prometheus Alertmanager",
    capabilities=frozenset({Capability.RECEIVE, Capability.WRITE_BACK}),
    settings=(
        Setting(
            "url",
            "Its address: http://alertmanager:9093, with its path if it has one",
            required=True,
        ),
        Setting(
            "receiver",
            "The name of PixelView's receiver in alertmanager.yml: only what goes"
            " there is taken in; without it all but what goes to a receiver named null",
        ),
        Setting("user", "For basic authentication"),
        Setting("password", "For basic authentication", secret=True),
        Setting("token", "For a proxy that wants a bearer token", secret=True),
        Setting("ca_file", "Certificates to trust instead of the public ones"),
    ),
    docs="https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
)


def read(request: Request) -> Reading:
    """Every alert with its own status; Malformed names the first field that can't be read."""
    return Reading(_prometheus_bodies.alerts(request))


def connect(settings: Mapping[str, Any]) -> Monitor:
    """An Alertmanager in which alerts are silenced as here, and that is looked at."""
    from integrations._alertmanager_monitor import AlertmanagerMonitor

    return AlertmanagerMonitor(settings)
