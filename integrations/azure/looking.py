"""A subscription's resources by Resource Graph, joined with what hangs on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import say
from integrations._cloud.rest import Refused
from integrations.azure import faults, kinds, reading
from integrations.azure.arm import Arm
from integrations.azure.findings import Rules
from integrations.azure.settings import Settings
from integrations.base import Item, Progress, Transient
from store.clock import Clock
from store.model import Instant
from store.model.resource import Health, Resource

_COLUMNS = (
    "id, name, type, kind, location, resourceGroup, subscriptionId, managedBy, sku, properties,"
    " tags, zones"
)
RESOURCES = f"resources | project {_COLUMNS} | order by id asc"
IN_SETS = (
    "computeresources"
    " | where type =~ 'microsoft.compute/virtualmachinescalesets/virtualmachines'"
    " | project id, name, type, location, resourceGroup, subscriptionId, sku, properties, tags,"
    " zones | order by id asc"
)
_LEFT_OUT = ("/extensions", "/runcommands", "/providers/microsoft.advisor/")
_SETS = "/virtualmachinescalesets/"
_PAGE = 400


@dataclass(slots=True)
class View:
    """What is remembered of a subscription between two looks: the sick by Resource Health's word
    (None where it was not asked yet), and the regions in use."""

    sick: dict[str, tuple[Health, str]] | None = None
    regions: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Seen:
    """What one look gathers until its end: machines wait for the addresses of their interfaces."""

    servers: dict[str, Resource] = field(default_factory=dict)
    private: dict[str, list[str]] = field(default_factory=dict)
    public: dict[str, list[str]] = field(default_factory=dict)
    machine_of: dict[str, str] = field(default_factory=dict)
    places: set[tuple[str, str]] = field(default_factory=set)
    sets: bool = False

    def addresses(self, key: str) -> tuple[str, ...]:
        """The addresses that a machine has by its interfaces."""
        return tuple(self.private.get(key, ()))


class Looking:
    """Looks at subscriptions."""

    def __init__(self, arm: Arm, settings: Settings, clock: Clock, rules: Rules) -> None:
        self._arm = arm
        self._settings = settings
        self._clock = clock
        self._rules = rules

    async def resources(
        self, sub: str, view: View, learn: Callable[[str], Awaitable[None]]
    ) -> AsyncIterator[Item | Sequence[Item]]:
        """All resources of a subscription, with what they say is wrong and what our rules find."""
        if view.sick is None:
            try:
                await learn(sub)
            except (Refused, Transient):
                view.sick = None
        seen, done, now = _Seen(), 0, self._clock.now()
        async for rows, total in self._arm.graph(RESOURCES, [sub]):
            yield [item for row in rows for item in self._told(row, seen, view, now)]
            done += len(rows)
            yield Progress(done, total)
        if seen.sets:
            try:
                async for rows, _ in self._arm.graph(IN_SETS, [sub]):
                    yield [item for row in rows for item in self._told(row, seen, view, now)]
            except Refused as no:
                yield Progress(done, done, f"Machines of scale sets are left out. {no}")
        for chunk in fields.chunks(list(_joined(seen)), _PAGE):
            yield chunk
        view.regions = frozenset(region for region, _ in seen.places)
        yield list(_places(sub, seen))

    def _told(
        self, row: Mapping[str, Any], seen: _Seen, view: View, now: Instant
    ) -> Iterator[Item]:
        found = reading.resource(row, self._settings.cloud.portal)
        if found is None or any(each in found.key for each in _LEFT_OUT):
            return
        found = _with_health(found, view)
        seen.sets = seen.sets or _SETS in f"{found.key}/"
        if found.region and found.region != "global":
            seen.places.add((found.region, found.zone.removeprefix(f"{found.region}-")))
        yield from self._with_rest(row, found, seen)
        yield from faults.of_resource(found, now, self._settings.certificate_days)
        yield from self._rules.found(row, found, now)

    def _with_rest(
        self, row: Mapping[str, Any], found: Resource, seen: _Seen
    ) -> Iterator[Resource]:
        match found.kind:
            case "server":
                seen.servers[found.key] = found
                return
            case "port":
                machine = say(row, "properties.virtualMachine.id").lower()
                if machine:
                    seen.machine_of[found.key] = machine
                    seen.private.setdefault(machine, []).extend(found.addresses)
            case "address":
                owner = kinds.owner_id(say(row, "properties.ipConfiguration.id"))
                if owner:
                    seen.public.setdefault(owner, []).extend(found.addresses)
            case "network":
                yield from reading.subnets(row, found)
        yield found


def _with_health(found: Resource, view: View) -> Resource:
    """The worse of what it says of itself and what Resource Health says."""
    health, why = (view.sick or {}).get(found.key, (Health.OK, ""))
    if health is Health.OK or found.health is Health.DOWN:
        return found
    return replace(found, health=health, why=why)


def _joined(seen: _Seen) -> Iterator[Resource]:
    """The machines, with the private and public addresses of their interfaces."""
    for port, addresses in seen.public.items():
        if machine := seen.machine_of.get(port):
            seen.private.setdefault(machine, []).extend(addresses)
    for key, server in seen.servers.items():
        found = dict.fromkeys((*server.addresses, *seen.addresses(key)))
        yield replace(server, addresses=tuple(found)) if found else server


def _places(sub: str, seen: _Seen) -> Iterator[Resource]:
    """The regions and zones in use: what stands in them falls with them."""
    for region in sorted({region for region, _ in seen.places}):
        yield Resource(
            key=kinds.region_key(sub, region), kind="region", name=region, region=region,
            account=sub, parents=(kinds.subscription_key(sub),), health=Health.UNKNOWN,
        )  # fmt: skip
    for region, zone in sorted(place for place in seen.places if place[1]):
        yield Resource(
            key=kinds.zone_key(sub, region, zone), kind="zone", name=f"{region}-{zone}",
            region=region, zone=f"{region}-{zone}", account=sub, health=Health.UNKNOWN,
            parents=(kinds.region_key(sub, region),),
        )  # fmt: skip
