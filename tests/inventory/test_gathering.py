"""Something falls that others hang on: their alerts ask nobody while somebody is asked about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from store.model import IncidentStatus
from store.model.resource import Resource
from tests.inventory.house import built, compute, hypervisor, server, tells
from tests.support.engines import AGAIN
from tests.support.world import World, alert


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


async def test_of_what_is_private_the_thread_of_its_parent_says_nothing(world: World) -> None:
    parent = await falls(world)
    await world.does("ana", "ack", parent)
    one, two = await ails(world, 5), await ails(world, 6)
    await world.does("ana", "private", incident=two)
    await world.clears("host/compute-7")
    await world.advance(minutes=3)
    assert (await world.incident(two)).under is None
    said = {s for _, s in world.pad.said if "on its own now" in s or "on their own now" in s}
    assert said == {f"1 alert still fires and is on its own now: #{one}"}
    told = [line.say for line in (await world.detail(parent)).timeline]
    assert not any(f"#{two}" in line for line in told)


async def test_a_parent_that_is_snoozed_holds_nothing(world: World) -> None:
    parent = await falls(world)
    child = await ails(world, 5)
    world.clear()
    await world.does("ana", "snooze", parent, until="4h")
    await world.advance(minutes=3)
    assert (await world.incident(child)).under is None and world.paged()


async def test_over_several_heights_everything_is_held_under_the_topmost(world: World) -> None:
    zone = Resource("openstack:os-prod:zone:a", "zone", "zone-a")
    await tells(world, [zone, replace(hypervisor(), parents=(zone.key,))])
    host = await falls(world)
    child = await ails(world, 5)
    assert (await world.incident(child)).under == host
    top = await world.fires(
        "zone", title="Zone is unavailable", labels={"zone": "a", "kind": "ZoneUnavailable",
        "resource_id": zone.key, "resource_kind": "zone"},
    )  # fmt: skip
    assert (await world.incident(host)).under == top
    await world.advance(minutes=3)
    assert (await world.incident(child)).under == top


async def test_two_monitors_that_say_the_same_of_one_host_are_one_incident_and_one_page(
    world: World,
) -> None:
    parent = await falls(world)
    world.clear()
    heard = await world.hears(
        alert("InstanceDown/compute-7", title="down", labels={
            "instance": "compute-7:9100", "alertname": "InstanceDown", "service": "nodes"}),
        source="prometheus",
    )  # fmt: skip
    assert heard.incident_id is not None
    assert (await world.incident(heard.incident_id)).under == parent
    assert (await world.incident(parent)).under is None and world.paged() == []
    await world.advance(minutes=30)
    assert (await world.incident(parent)).under is None


async def test_a_circle_of_parents_harms_nobody(world: World) -> None:
    a, b = hypervisor("a"), hypervisor("b")
    await tells(world, [replace(a, parents=(b.key,)), replace(b, parents=(a.key,))], part="ring")
    one, two = await falls(world, "a"), await falls(world, "b")
    assert (await world.incident(two)).under == one
    assert (await world.incident(one)).under is None
    await world.advance(minutes=25)
    assert (await world.incident(one)).under is None


async def test_settings_let_critical_alerts_or_all_ask_by_themselves(world: World) -> None:
    known = world.door.rules.inventory
    world.door.rules = replace(
        world.door.rules, inventory=replace(known, gather_criticals=False)
    )  # fmt: skip
    parent = await falls(world)
    assert (await world.incident(await ails(world, 5))).under is None
    child = await ails(world, 6, severity="error")
    assert (await world.incident(child)).under == parent
    world.door.rules = replace(world.door.rules, inventory=replace(known, gather=False))
    assert (await world.incident(await ails(world, 7))).under is None


async def test_a_full_disk_of_the_host_holds_nothing(world: World) -> None:
    await world.fires("disk", type="host", title="Disk full", labels={"host": "compute-7"})
    assert (await world.incident(await ails(world, 5))).under is None


async def test_what_fell_and_is_merged_into_another_holds_on_there(world: World) -> None:
    parent = await falls(world)
    child = await ails(world, 5)
    other = await world.fires("rack", title="Rack B14 without power", labels={"service": "rack"})
    await world.does("ana", "merge", parent, into=other)
    await world.advance(minutes=3)
    assert (await world.incident(child)).under == other


async def test_a_maintenance_of_the_parent_lets_its_children_ask(world: World) -> None:
    parent = await falls(world)
    await world.does("ana", "ack", parent)
    child = await ails(world, 5)
    await world.does("ana", "maintenance", what="host=compute-7", when="03:00-05:00")
    world.clear()
    await world.minute()
    await world.advance(seconds=5)
    assert (await world.incident(child)).under is None and world.paged()
