"""The connectors there are, by the kind of source; importing one imports no SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import integrations
from integrations.base import Connector, Misconfigured, Setting


def module_of(kind: str) -> Any | None:
    """The integration that connects to this kind, or None."""
    if kind not in integrations.names():
        return None
    found = integrations.load(kind)
    return found if callable(getattr(found, "inventory", None)) else None


def offered(kind: str) -> tuple[Setting, ...]:
    """The settings that a connector of a kind understands."""
    return tuple(getattr(module_of(kind), "INVENTORY", ()))


def connect(name: str, kind: str, own: Mapping[str, Any]) -> Connector:
    """The connector of a source; Misconfigured where its settings can't be."""
    found = module_of(kind)
    if found is None:
        raise Misconfigured(f"nothing connects to {kind}", f"inventory.sources.{name}.kind")
    return cast(Connector, found.inventory(name, own))
