"""Nagios and Naemon: a notification command posts macros, as a form, JSON or the environment."""

from __future__ import annotations

from integrations import _nagios
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="nagios",
    title="Nagios",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/notifications.html",
)


def read(request: Request) -> Reading:
    """The one host or service of a notification."""
    return Reading((_nagios.alert(request, "$HOSTNAME$ as host"),))
