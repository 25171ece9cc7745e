"""Something falls that others hang on: their alerts ask nobody while somebody is asked about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.model import IncidentStatus
from tests.inventory.house import built, compute, hypervisor, server, tells
from tests.support.engines import AGAIN
from tests.support.world import World


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A hypervisor with 41 servers."""
    made = await built(request.param, tmp_path)
    await tells(made, compute())
    yield made
    await made.end()


async def falls(world: World, name: str = "compute-7") -> int:
    """Nagios says that a host is down."""
    return await world.fires(
        f"host/{name}", type="host", title=f"{name} is DOWN", labels={"host": name}
    )  # fmt: skip


async def ails(world: World, number: int, tenant: str = "shop", **more: object) -> int:
    """An alert about a server."""
    labels = {"instance": f"10.0.0.{number + 1}:9100", "service": f"{tenant}-{number}"}
    title = f"{tenant}-{number} does not answer"
    return await world.fires(f"up/{number}", title=title, labels=labels, **more)


async def test_the_servers_of_a_hypervisor_that_is_down_are_held_under_it(world: World) -> None:
    parent = await falls(world)
    world.clear()
    child = await ails(world, 3)
    incident = await world.incident(child)
    assert incident.under == parent and world.paged() == []
    assert (await world.incident(parent)).title == "compute-7 down, 41 servers of 6 tenants"
    assert [c.id for _, c in world.pad.posts] == [parent]
    said = "\n".join(await world.asks("ana", "why", incident=child))
    assert "Nobody is asked: under #1 compute-7 down" in said
    assert "(shop-3 hangs on compute-7)" in said


async def test_those_that_came_up_to_five_minutes_before_join_unless_somebody_has_them(
    world: World,
) -> None:
    long_ago = await ails(world, 1)
    await world.advance(minutes=1)
    early, taken = await ails(world, 2), await ails(world, 4)
    await world.does("omar", "ack", taken)
    await world.advance(minutes=4.5)
    parent = await falls(world)
    assert (await world.incident(early)).under == parent
    assert (await world.incident(long_ago)).under is None
    assert (await world.incident(taken)).under is None


async def test_what_hangs_on_something_else_is_on_its_own(world: World) -> None:
    await tells(world, [hypervisor("compute-8"), server(90, on="compute-8")], part="more")
    await falls(world)
    assert (await world.incident(await ails(world, 90))).under is None


async def test_late_ones_are_told_in_one_line_of_the_thread(world: World) -> None:
    await falls(world)
    await world.advance(minutes=3)
    await ails(world, 5)
    await ails(world, 6)
    await world.advance(minutes=2)
    late = [said for _, said in world.pad.said if "joined" in said]
    assert late == ["2 late alerts joined."]


async def test_what_still_fires_after_it_is_on_its_own_and_said_in_the_thread(
    world: World,
) -> None:
    parent = await falls(world)
    await world.does("ana", "ack", parent)
    one, two = await ails(world, 5), await ails(world, 6)
    await world.clears("up/6")
    world.clear()
    await world.clears("host/compute-7")
    assert await world.status(parent) is IncidentStatus.RESOLVED and world.paged() == []
    await world.advance(minutes=3)
    assert (await world.incident(one)).under is None
    assert await world.status(two) is IncidentStatus.RESOLVED
    assert world.paged()
    assert any(f"1 alert still fires and is on its own now: #{one}" in s for _, s in world.pad.said)


async def test_a_parent_that_is_snoozed_holds_nothing(world: World) -> None:
    parent = await falls(world)
    child = await ails(world, 5)
    world.clear()
    await world.does("ana", "snooze", parent, until="4h")
    await world.advance(minutes=3)
    assert (await world.incident(child)).under is None and world.paged()
