"""How clusters and clouds are asked from here: the connectors live in a process of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from integrations.base import Acted
from store.model.resource import Resource


class Infrastructure(Protocol):
    """Raises the integration errors: Transient (``uncertain`` where something may have been done
    although no answer came), Permanent, Misconfigured where there is no such source."""

    async def ask(
        self, source: str, what: str, resource: Resource, params: Mapping[str, Any]
    ) -> Any:
        """Look something up: ``logs``, ``events``, ``detail``."""
        ...

    async def act(
        self, source: str, action: str, resource: Resource, params: Mapping[str, Any],
        dry_run: bool,
    ) -> Acted:  # fmt: skip
        """Do an action, or say exactly what would be done."""
        ...
