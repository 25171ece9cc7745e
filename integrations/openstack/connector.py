"""The connector of one cloud: its parts, each by itself and each by region."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from integrations._inventory import Acted, Cursor, Item, Part, Progress
from integrations.base import Permanent, Transient
from integrations.openstack import deeds
from integrations.openstack.api import api
from integrations.openstack.capacity import capacity
from integrations.openstack.cloud import Cloud
from integrations.openstack.compute import compute
from integrations.openstack.here import Here, Items, Memory
from integrations.openstack.looking import look
from integrations.openstack.network import balancers, network
from integrations.openstack.servers import servers
from integrations.openstack.settings import Source
from integrations.openstack.storage import images, pools, storage
from integrations.openstack.tenants import tenants
from integrations.openstack.throughput import throughput
from store.model.resource import Resource

Reader = Callable[[Here], Items]

_PARTS: dict[str, tuple[str, float, Reader | None]] = {
    "api": ("Endpoints", 1, None),
    "compute": ("Services and hypervisors", 1, compute),
    "servers": ("Servers", 1, servers),
    "storage": ("Volumes", 2, storage),
    "pools": ("Storage pools", 2, pools),
    "network": ("Networks", 2, network),
    "balancers": ("Load balancers", 2, balancers),
    "images": ("Images", 10, images),
    "tenants": ("Projects and quotas", 5, tenants),
    "capacity": ("Capacity", 5, capacity),
    "throughput": ("Throughput", 1, throughput),
}
"""Name → title, how many times rarer than the first, and what reads it."""


EVERY, SHORT, LONG = 60.0, 300.0, 900.0
"""Seconds between two looks at what is looked at most, and how long one may take."""
_LONG = frozenset(("servers", "storage", "tenants", "network"))


class OpenStack:
    """One cloud."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._cloud = Cloud(source)
        self._memory = Memory()

    async def parts(self) -> Sequence[Part]:
        """Each kind of thing, in each region where there are several."""
        regions = await self._regions()
        return [
            Part(
                f"{region}/{name}" if region else name,
                every=EVERY * times,
                timeout=LONG if name in _LONG else SHORT,
                title=f"{title} in {region}" if region else title,
            )
            for region in (regions if len(regions) > 1 else ("",))
            for name, (title, times, _) in _PARTS.items()
        ]

    async def sync(self, part: str, cursor: str) -> AsyncIterator[Item | Sequence[Item]]:
        """One part of one region. The cursor is the name of the region, for a start at which
        Keystone does not answer."""
        region, _, name = part.rpartition("/")
        if name not in _PARTS:
            raise Permanent(f"there is no part {part}")
        regions = await self._regions()
        region = region or regions[0] or cursor
        here = Here(self._cloud, self._memory, region)
        async for item in self._read(name, here, first=region == regions[0]):
            yield item
        if here.refused:
            yield Progress(0, note=_note(here.refused))
        yield Cursor(region)

    async def _regions(self) -> tuple[str, ...]:
        """Those of the settings or of the catalogue; one without a name while none is known."""
        try:
            return await self._cloud.regions()
        except Transient:
            return ("",)

    async def _read(
        self, name: str, here: Here, *, first: bool
    ) -> AsyncIterator[Item | Sequence[Item]]:
        reader = _PARTS[name][2]
        async for item in api(here, first=first) if reader is None else reader(here):
            if not isinstance(item, Sequence) or item:
                yield item

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        """One of ACTIONS."""
        here = Here(self._cloud, self._memory, resource.region)
        return await deeds.act(here, action, resource, params, dry_run=dry_run)

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        """``console`` and ``logs``, ``detail``, ``events``."""
        here = Here(self._cloud, self._memory, resource.region)
        return await look(here, what, resource, params)

    async def close(self) -> None:
        """Let go of threads and connections."""
        await self._cloud.close()


def _note(refused: list[str]) -> str:
    """What was left out for lack of a right."""
    names = sorted(set(refused))
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"not allowed: {', '.join(names[:5])}{more}"
