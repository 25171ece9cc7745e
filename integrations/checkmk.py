"""Checkmk: a notification script posts its context, ``NOTIFY_HOSTNAME`` and the like."""

from __future__ import annotations

from integrations import _nagios
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="checkmk",
    title="Checkmk",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.checkmk.com/latest/en/notifications.html#scripts",
)


def read(request: Request) -> Reading:
    """The one host or service of a notification."""
    return Reading((_nagios.alert(request, "NOTIFY_HOSTNAME"),))
