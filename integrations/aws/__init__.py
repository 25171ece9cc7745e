"""Amazon Web Services: what is in its accounts, how it is, what it costs, who changed it.

What AWS sends by itself (alarms by SNS, events by EventBridge) is read by other integrations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.aws.deeds import ACTIONS
from integrations.aws.settings import INVENTORY
from integrations.base import Capability, Connector, Manifest

MANIFEST = Manifest(
    name="aws",
    title="Amazon Web Services",
    capabilities=frozenset({Capability.INVENTORY, Capability.HEALTH, Capability.COST}),
    docs="https://docs.aws.amazon.com/",
)

__all__ = ["ACTIONS", "INVENTORY", "MANIFEST", "check_source", "inventory"]


def check_source(settings: Mapping[str, Any]) -> None:
    """Misconfigured where the settings can't be, as far as they alone tell."""
    from integrations.aws.settings import source

    source("", settings)


def inventory(name: str, settings: Mapping[str, Any]) -> Connector:
    """The connector of a source. Misconfigured where a setting is wrong; asks nothing yet."""
    from integrations.aws.connector import Aws
    from integrations.aws.settings import source

    return Aws(source(name, settings))
