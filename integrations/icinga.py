"""Icinga: a notification command posts macros, as JSON or a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _nagios
from integrations.base import Capability, Manifest, Monitor, Reading, Request, Setting

MANIFEST = Manifest(
    name="icinga",
    title="Icinga",
    capabilities=frozenset({Capability.RECEIVE, Capability.WRITE_BACK, Capability.STREAM}),
    settings=(
        Setting("url", "Address of its API: https://icinga.example.org:5665", required=True),
        Setting(
            "user",
            "An ApiUser with objects/query/*, actions/* and events/*; a filter of its"
            " permissions says what PixelView is concerned with",
            required=True,
        ),
        Setting("password", "The ApiUser's password", secret=True, required=True),
        Setting("ca_file", "Icinga's own certificate authority: /var/lib/icinga2/certs/ca.crt"),
        Setting("events", "Hear what happens there as it happens, by /v1/events", default=True),
        Setting("queue", "How its event queues begin", default="pixelview"),
        Setting("author", "Who acknowledges and comments", default="PixelView"),
        Setting("notify", "Icinga tells its users of our acknowledgements", default=False),
        Setting(
            "passive_results", "A resolve sets what is only reported passively to OK", default=False
        ),
        Setting(
            "report",
            "host!service, a passive check of Icinga: told at each look that PixelView runs,"
            " WARNING with what is wrong; its freshness check tells when PixelView does not",
        ),
    ),
    docs="https://icinga.com/docs/icinga-2/latest/doc/03-monitoring-basics/#notification-commands",
)


def read(request: Request) -> Reading:
    """The one host or service of a notification; none where it is told of our own doing."""
    found = _nagios.alert(request, "$host.name$ as host_name")
    return Reading(() if _nagios.is_ours(found) else (found,))


def connect(settings: Mapping[str, Any]) -> Monitor:
    """An Icinga that is told what people did, and looked at."""
    from integrations._icinga_monitor import IcingaMonitor

    return IcingaMonitor(settings)
