"""Google Cloud: what is there in all projects, how it is, what it costs, and what could be saved.

Plain REST: Google's libraries load gRPC and its kind, 50 MB for a few JSON requests, and one of
them can't be pointed at anything else. Alerts that Google sends are ``googlecloud``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.base import Action, Capability, Connector, Manifest
from integrations.gcp.settings import INVENTORY as INVENTORY

MANIFEST = Manifest(
    name="gcp",
    title="Google Cloud",
    capabilities=frozenset({Capability.INVENTORY, Capability.HEALTH, Capability.COST}),
    docs="https://cloud.google.com/asset-inventory/docs/search-resources",
)
ACTIONS = (
    Action("gcp.start", "Start", ("server",), "Starts a virtual machine."),
    Action(
        "gcp.reset",
        "Reset",
        ("server",),
        "Resets a virtual machine as its power switch would; what it had not written is lost.",
        dangerous=True,
    ),
    Action(
        "gcp.stop",
        "Stop",
        ("server",),
        "Shuts a virtual machine down; its disks and reserved addresses go on costing.",
        dangerous=True,
    ),
)


def check_source(settings: Mapping[str, Any]) -> None:
    """Misconfigured where the settings can't be, as far as they alone tell."""
    from integrations.gcp.settings import read

    read(settings)


def inventory(name: str, settings: Mapping[str, Any]) -> Connector:
    """The connector of one source; Misconfigured where its settings can't be."""
    from integrations.gcp.connector import GoogleCloud

    return GoogleCloud(name, settings)
