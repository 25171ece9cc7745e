"""A whole PixelView that knows some of its infrastructure: what matching and gathering are tried
with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from commands.inventory import taking
from commands.rules.inventory import InventoryRules, SourceRules
from store.inventory import resources
from store.model.known import Known
from store.model.resource import Health, Resource
from tests.support.engines import migrated_url
from tests.support.world import YAML, World

SOURCES = {
    "os-prod": SourceRules("openstack"),
    "k8s-prod": SourceRules("kubernetes"),
    "aws-prod": SourceRules("aws"),
}
TENANTS = ("shop",) * 19 + ("data",) * 11 + ("ci",) * 6 + ("web",) * 3 + ("mail", "lab")


async def built(engine: str, folder: Path, yaml: str = YAML, **rules: Any) -> World:
    """A world with three sources; ``rules`` are settings of the inventory."""
    world = await World.build(migrated_url(engine, folder), folder, yaml)
    known = InventoryRules(sources=SOURCES, **rules)
    world.door.rules = replace(world.door.rules, inventory=known)
    return world


async def tells(
    world: World, some: Iterable[Resource], source: str = "os-prod", part: str = "all"
) -> None:
    """A connector tells of resources."""
    await world.door.system(lambda ctx: taking.took(ctx, source, part, list(some), first=True))


async def of(world: World, key: str) -> Known:
    """A resource by its key."""
    found = await world.app.reader.read(lambda tx: resources.known(tx, key))
    assert found is not None
    return found


def hypervisor(name: str = "compute-7", **more: Any) -> Resource:
    """What servers run on."""
    return Resource(f"openstack:os-prod:hypervisor:{name}", "hypervisor", name, **more)


def server(
    number: int, tenant: str = "shop", on: str = "compute-7", **more: Any
) -> Resource:  # fmt: skip
    """A virtual machine."""
    uuid = f"11111111-0000-4000-8000-{number:012d}"
    given: dict[str, Any] = {
        "name": f"{tenant}-{number}", "group": tenant, "ids": (uuid,),
        "addresses": (f"10.0.{number // 250}.{number % 250 + 1}",),
        "parents": (f"openstack:os-prod:hypervisor:{on}",), **more,
    }  # fmt: skip
    return Resource(f"openstack:os-prod:server:{uuid}", "server", **given)


def compute(on: str = "compute-7", many: int = 41) -> list[Resource]:
    """A hypervisor and its servers, of six tenants."""
    return [hypervisor(on), *(server(n, TENANTS[n], on) for n in range(many))]


def sick(one: Resource, health: Health = Health.DOWN) -> Resource:
    """The same, not well."""
    return replace(one, health=health)
