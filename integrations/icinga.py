"""Icinga: a notification command posts macros, as JSON or a form."""

from __future__ import annotations

from integrations import _nagios
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="icinga",
    title="Icinga",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://icinga.com/docs/icinga-2/latest/doc/03-monitoring-basics/#notification-commands",
)


def read(request: Request) -> Reading:
    """The one host or service of a notification."""
    return Reading((_nagios.alert(request, "$host.name$ as host_name"),))
