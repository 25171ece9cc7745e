"""OpenStack: alarms of Aodh, Monasca and Vitrage, notifications of Masakari and other services, and
the inventory of a cloud: what is there, what is wrong with it, who uses how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.base import Capability, Connector, Manifest
from integrations.openstack.alarms import read
from integrations.openstack.deeds import ACTIONS
from integrations.openstack.settings import INVENTORY

MANIFEST = Manifest(
    name="openstack",
    title="OpenStack (Aodh, Vitrage, Masakari)",
    capabilities=frozenset({Capability.RECEIVE, Capability.INVENTORY}),
    docs="https://docs.openstack.org/aodh/latest/admin/telemetry-alarms.html",
)

__all__ = ["ACTIONS", "INVENTORY", "MANIFEST", "check_source", "inventory", "read"]


def check_source(settings: Mapping[str, Any]) -> None:
    """Misconfigured where the settings can't be, as far as they alone tell."""
    from integrations.openstack.settings import source

    source("", settings)


def inventory(name: str, settings: Mapping[str, Any]) -> Connector:
    """The connector of a cloud. Misconfigured where a setting is wrong; asks nothing yet."""
    from integrations.openstack.connector import OpenStack
    from integrations.openstack.settings import source

    return OpenStack(source(name, settings))
