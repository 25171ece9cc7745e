"""Kubernetes: events that are sent to us, and clusters that are looked at: what runs there, what is
wrong with it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.base import Capability, Connector, Manifest
from integrations.kubernetes.actions import ACTIONS
from integrations.kubernetes.settings import INVENTORY
from integrations.kubernetes.webhook import read

MANIFEST = Manifest(
    name="kubernetes",
    title="Kubernetes events and clusters",
    capabilities=frozenset({Capability.RECEIVE, Capability.INVENTORY}),
    docs="https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/",
)

__all__ = ["ACTIONS", "INVENTORY", "MANIFEST", "check_source", "inventory", "read"]


def check_source(settings: Mapping[str, Any]) -> None:
    """Misconfigured where the settings can't be, as far as they alone tell."""
    from integrations.kubernetes.settings import source

    source("", settings)


def inventory(name: str, settings: Mapping[str, Any]) -> Connector:
    """The connector of a cluster. Misconfigured where a setting is wrong; asks nothing yet."""
    from integrations.kubernetes.connector import Kubernetes
    from integrations.kubernetes.settings import source

    return Kubernetes(source(name, settings))
