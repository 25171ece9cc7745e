"""The pages about infrastructure side by side: which there are, for whoever looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.web.ports import Doorway
from bot.web.session import Visit
from commands import rights
from commands.registry import CATALOG

Subpage = tuple[str, str, bool]
"""Title, address, whether it is this one."""


def subpages(
    door: Doorway, visit: Visit, sources: Iterable[Mapping[str, Any]], here: str
) -> list[Subpage]:
    """Everything, services, then a page for each kind of provider that is there, then money."""
    providers = {str(one["provider"]) for one in sources}
    found = [("Resources", "/inventory", "inventory"), ("Services", "/services", "services")]
    if "kubernetes" in providers:
        found.append(("Kubernetes", "/kubernetes", "kubernetes"))
    if "openstack" in providers:
        found.append(("OpenStack", "/openstack", "openstack"))
    if providers & {"aws", "azure", "gcp"}:
        found.append(("Clouds", "/clouds", "clouds"))
    if rights.may(door.definitions(), visit.actor, "inventory.cost") and "cost" in CATALOG:
        found.append(("Cost", "/cost", "cost"))
        found.append(("Savings", "/findings", "findings"))
    return [(title, url, name == here) for title, url, name in found]
