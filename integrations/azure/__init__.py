"""Azure: what is there in all subscriptions, how it is, what it costs, and what could be saved.

Plain REST: the management libraries and the one for signing in would load 38 MB for a dozen
requests that are read field by field here anyway. Alerts that Azure sends are ``azuremonitor``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.azure.settings import INVENTORY as INVENTORY
from integrations.base import Action, Capability, Connector, Manifest

MANIFEST = Manifest(
    name="azure",
    title="Azure",
    capabilities=frozenset({Capability.INVENTORY, Capability.HEALTH, Capability.COST}),
    docs="https://learn.microsoft.com/azure/governance/resource-graph/overview",
)
ACTIONS = (
    Action("azure.start", "Start", ("server",), "Starts a virtual machine."),
    Action(
        "azure.restart",
        "Restart",
        ("server",),
        "Restarts a virtual machine; it keeps its disks and addresses.",
        dangerous=True,
    ),
    Action(
        "azure.deallocate",
        "Stop and deallocate",
        ("server",),
        "Stops a virtual machine and gives its hardware back, so that it costs nothing more than"
        " its disks; a dynamic address may change.",
        dangerous=True,
    ),
)


def check_source(settings: Mapping[str, Any]) -> None:
    """Misconfigured where the settings can't be, as far as they alone tell."""
    from integrations.azure.settings import read

    read(settings)


def inventory(name: str, settings: Mapping[str, Any]) -> Connector:
    """The connector of one source; Misconfigured where its settings can't be."""
    from integrations.azure.connector import Azure

    return Azure(name, settings)
