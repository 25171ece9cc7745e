"""Pods come and go: what is lost with a node, and what came in their place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.inventory import taking
from store.model.resource import Health, Resource
from tests.inventory.house import built, tells
from tests.support.engines import AGAIN
from tests.support.world import World

NODE = Resource("k8s:k8s:node:w-3", "node", "w-3", account="k8s")
CART = Resource("k8s:k8s:deployment:shop/cart", "deployment", "cart", group="shop", account="k8s")
PODS = [
    Resource(
        f"k8s:k8s:pod:{space}/{name}", "pod", name, group=space, account="k8s",
        parents=(NODE.key, *((CART.key,) if space == "shop" else ())),
    )
    for space, name in (("shop", "cart-1"), ("shop", "cart-2"), ("pay", "till-1"))
]  # fmt: skip


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A node with three pods of two namespaces."""
    made = await built(request.param, tmp_path)
    await tells(made, [NODE, CART, *PODS])
    yield made
    await made.end()


async def falls(world: World) -> int:
    labels = {"node": "w-3", "alertname": "KubeNodeNotReady"}
    return await world.fires("node/w-3", title="w-3 not ready", labels=labels, severity="critical")


async def test_a_node_that_is_not_ready_says_how_many_pods_are_lost_with_it(world: World) -> None:
    number = await falls(world)
    found = await world.incident(number)
    assert found.title == "w-3 not ready, 3 pods of 2 namespaces"


async def test_pods_whose_workload_has_others_instead_are_back(world: World) -> None:
    number = await falls(world)
    await tells(world, [replace(CART, health=Health.DEGRADED, state="0/2")])
    keys = [one.key for one in PODS]
    await world.door.system(lambda ctx: taking.dropped(ctx, "os-prod", keys))
    told = await world.asks("ana", "lost", incident=number)
    said = "\n".join(told.lines)
    assert "3 pods, 0 back, 3 down" in said
    await tells(world, [replace(CART, state="2/2")])
    told = await world.asks("ana", "lost", incident=number)
    said = "\n".join(told.lines)
    assert "3 pods, 2 back, 1 down" in said and "till-1" in said


async def test_pods_that_went_before_are_not_lost_with_their_node(world: World) -> None:
    await world.door.system(lambda ctx: taking.dropped(ctx, "os-prod", [PODS[0].key]))
    found = await world.incident(await falls(world))
    assert found.title == "w-3 not ready, 2 pods of 2 namespaces"
