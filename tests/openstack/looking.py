"""What every test of the connector does: look at a part of the stand-in, and keep what is so."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from integrations import openstack
from integrations.openstack.connector import OpenStack
from store.model.resource import Fault, Happening, Resource, Sample
from tests.support.openstack.server import Cloud, serving
from tests.support.openstack.stack import REGION, Stack, small

SETTINGS: dict[str, Any] = {
    "username": "bot", "password": "hunter2-not", "project": "demo", "stuck_after": 15,
    "disabled_after": 60, "connect_timeout": 30, "read_timeout": 30,
}  # fmt: skip


@dataclass
class Told:
    """What one look at a part told, in order."""

    items: list[Any] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        """Those of one class."""
        return [each for each in self.items if isinstance(each, kind)]

    @property
    def faults(self) -> dict[str, Fault]:
        """By key without the region."""
        return {each.key.replace(f":{REGION}", ""): each for each in self.of(Fault)}

    @property
    def resources(self) -> dict[str, Resource]:
        """By kind and name."""
        return {f"{each.kind} {each.name}": each for each in self.of(Resource)}

    @property
    def happenings(self) -> list[Happening]:
        """What was done."""
        return self.of(Happening)

    def sample(self, resource: str, metric: str) -> float | None:
        """The last measure of a resource, by the end of its key."""
        found = [each.value for each in cast(list[Sample], self.of(Sample))
                 if each.resource.endswith(resource) and each.metric == metric]  # fmt: skip
        return found[-1] if found else None


class Eye:
    """A connector that looks at a stand-in."""

    def __init__(self, cloud: Cloud, connector: OpenStack) -> None:
        self.cloud, self.stack, self.connector = cloud, cloud.stack, connector

    async def look(self, part: str, cursor: str = "") -> Told:
        """Everything that one look at a part tells."""
        told = Told()
        async for item in self.connector.sync(part, cursor):
            told.items += item if isinstance(item, Sequence) else [item]
        return told

    def key(self, kind: str, name: str) -> str:
        """The key of something that is named in its region."""
        return f"openstack:os:{kind}:{REGION}/{name}"


@asynccontextmanager
async def looking(
    stack: Stack | None = None, tls: ssl.SSLContext | None = None, **settings: Any
) -> AsyncIterator[Eye]:
    """A stand-in, a small cloud unless told otherwise, and a connector of it."""
    async with serving(stack or small(), tls) as cloud:
        own = {**SETTINGS, "auth_url": f"{cloud.url}/identity/v3", **settings}
        connector = cast(OpenStack, openstack.inventory("os", own))
        try:
            yield Eye(cloud, connector)
        finally:
            cloud.release.set()
            await connector.close()
