"""Alerts are taken in with what they are about: looked up once, beside the writer, and never in
their way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from commands.inventory import finder, matching, taking
from store.inventory import about, happenings, resources
from store.inventory_tables import ALERT_RESOURCES
from store.model import MINUTE
from store.model.known import ResourceChange
from store.model.resource import Happening, Resource
from store.tables import INCIDENT_RESOURCES
from tests.inventory.house import built, hypervisor, of, server, tells
from tests.support.engines import AGAIN
from tests.support.world import World, alert

NODE = Resource("k8s:k8s-prod:node:w-3", "node", "w-3", account="k8s-prod")
SPACE = Resource(
    "k8s:k8s-prod:namespace:shop", "namespace", "shop", account="k8s-prod", tags={"team": "shop"}
)
CART = Resource(
    "k8s:k8s-prod:deployment:shop/cart", "deployment", "cart", account="k8s-prod", group="shop",
    parents=(SPACE.key,),
)  # fmt: skip
DB3 = server(3, "data", tags={"team": "db", "owner": "ana", "env": "prod"}, name="db-3")


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A server on a hypervisor, and a deployment in a namespace."""
    made = await built(request.param, tmp_path)
    await tells(made, [hypervisor(), DB3])
    await tells(made, [NODE, SPACE, CART], "k8s-prod")
    yield made
    await made.end()


async def hears(world: World, labels: dict[str, str], key: str = "k1", **more: Any) -> int:
    """A firing alert without labels of its own but these."""
    reading = replace(alert(key, **more), labels=labels)
    accepted = await world.hears(reading)
    assert accepted.incident_id is not None
    return accepted.incident_id


async def test_an_alert_is_routed_by_the_team_of_its_resource_and_says_where_from(
    world: World,
) -> None:
    number = await hears(world, {"host": "db-3"})
    detail = await world.detail(number)
    assert detail.incident.route == "db" and detail.incident.labels["team"] == "db"
    opened = next(e for e in detail.timeline if e.kind == "opened")
    assert "About server db-3 of os-prod, found by its host: team db, owner ana" in opened.why
    assert [one.resource.name for one in detail.about] == ["db-3"]
    assert detail.alerts[0].about == (detail.about[0].id,)


async def test_settings_can_leave_alerts_as_they_are(world: World) -> None:
    rules = replace(world.door.rules.inventory, inherit=False)
    world.door.rules = replace(world.door.rules, inventory=rules)
    detail = await world.detail(await hears(world, {"host": "db-3"}))
    assert detail.incident.labels == {"host": "db-3"} and len(detail.about) == 1


async def test_a_workload_has_its_team_from_its_namespace(world: World) -> None:
    number = await hears(world, {"namespace": "shop", "deployment": "cart"})
    assert (await world.incident(number)).labels["team"] == "shop"


async def test_repeats_are_not_looked_up_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def counting(tx: Any, rules: Any, source: str, readings: Any) -> Any:
        looked.append(len(readings))
        return matched(tx, rules, source, readings)

    matched = matching.matched
    monkeypatch.setattr(finder, "matched", counting)
    some = [replace(alert(f"k{n}"), labels={"host": "db-3"}) for n in range(50)]
    await world.hears(*some)
    await world.hears(*some)
    await world.hears(replace(alert("k1"), labels={"host": "db-3", "more": "x"}), some[2])
    assert looked == [50, 1]
    first = await world.incident(1)
    assert first.alerts_total == 50


async def test_what_is_over_or_only_a_change_is_not_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await hears(world, {"host": "db-3"})
    monkeypatch.setattr(finder, "matched", None)
    await world.clears("k1")
    assert str(await world.status(number)) == "resolved"


async def test_an_alert_is_not_lost_where_its_resource_can_not_be_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("no database")

    monkeypatch.setattr(finder, "matched", broken)
    number = await hears(world, {"host": "db-3"})
    assert (await world.detail(number)).about == ()
    assert "what 1 alerts are about was not found" in caplog.text


async def test_without_sources_nothing_is_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = replace(world.door.rules.inventory, sources={})
    world.door.rules = replace(world.door.rules, inventory=rules)
    monkeypatch.setattr(finder, "matched", None)
    number = await hears(world, {"host": "db-3"})
    assert (await world.incident(number)).labels == {"host": "db-3"}


async def test_the_resources_of_an_incident_go_with_it_where_it_is_merged(world: World) -> None:
    one = await hears(world, {"host": "db-3", "service": "a"})
    two = await hears(world, {"namespace": "shop", "deployment": "cart", "service": "b"}, "k2")
    await world.does("ana", "merge", one, into=two)
    found = {k.resource.name for k in (await world.detail(two)).about}
    assert found == {"db-3", "cart"}


async def test_an_alert_in_a_cluster_is_also_about_the_node_it_names(world: World) -> None:
    labels = {"namespace": "shop", "pod": "cart-7f9c4b6d5-aaaaa", "node": "w-3"}
    number = await hears(world, labels)
    names = [k.resource.name for k in (await world.detail(number)).about]
    assert names == ["cart", "w-3"]
    of_node = await of(world, NODE.key)
    there = await world.app.reader.read(lambda tx: about.incidents_of(tx, [of_node.id]))
    assert there == [number]


async def test_what_runs_on_a_node_that_is_not_ready_is_held_under_it(world: World) -> None:
    early = await hears(
        world,
        {"namespace": "shop", "pod": "cart-7f9c4b6d5-aaaaa", "node": "w-3", "service": "cart"},
        "early",
    )
    parent = await hears(
        world, {"node": "w-3", "alertname": "KubeNodeNotReady"}, "node", title="w-3 not ready"
    )
    assert (await world.incident(early)).under == parent


async def test_rows_say_which_alert_is_about_what(world: World) -> None:
    await hears(world, {"host": "db-3"})
    read = world.app.reader.read
    assert len(await read(lambda tx: tx.conn.execute(select(ALERT_RESOURCES)).all())) == 1
    assert len(await read(lambda tx: tx.conn.execute(select(INCIDENT_RESOURCES)).all())) == 1


async def test_what_changed_of_the_resource_comes_before_what_changed_of_what_it_stands_on(
    world: World,
) -> None:
    db, host = await of(world, DB3.key), await of(world, hypervisor().key)
    now = world.clock.at
    kept = [
        ResourceChange(host.id, now - 5 * MINUTE, "event", after="kernel update", who="Ansible"),
        ResourceChange(db.id, now - 50 * MINUTE, "type", "m1.small", "m1.large"),
        ResourceChange(db.id, now - MINUTE, "health", "ok", "down"),
        ResourceChange(db.id, now - 70 * MINUTE, "type", "m1.tiny", "m1.small"),
    ]
    call = Happening("c1", now - 30 * MINUTE, "StopServer", "by hand", DB3.key, "bob", change=True)
    noise = Happening("n1", now - 20 * MINUTE, "Pulled", "image", DB3.key)
    await world.door.system(lambda ctx: resources.keep_changes(ctx.tx, kept))
    await world.door.system(lambda ctx: happenings.put(ctx.tx, "os-prod", [call, noise], ctx.now))
    number = await hears(world, {"host": "db-3"})
    changed = (await world.detail(number)).changed
    assert [one.change.title for one in changed] == [
        "db-3: StopServer: by hand by bob", "db-3: type m1.small → m1.large",
    ]  # fmt: skip
    assert changed[-1].more == 1
    said = "\n".join((await world.asks("ana", "what-changed", what="db-3")).lines)
    assert "compute-7: kernel update by Ansible" in said and "StopServer" in said


async def test_the_api_tells_the_resources_of_an_incident(world: World) -> None:
    from bot.cards.gathered import as_facts

    number = await hears(world, {"host": "db-3"})
    facts = as_facts(await world.detail(number), "https://pv.example")
    (one,) = facts["resources"]
    assert (one["name"], one["kind"], one["team"]) == ("db-3", "server", "db")
    assert one["url"].startswith("https://pv.example/resources/") and facts["lost"] is None


async def test_a_resource_that_is_gone_is_not_found(world: World) -> None:
    await world.door.system(lambda ctx: taking.dropped(ctx, "os-prod", [DB3.key]))
    assert (await world.detail(await hears(world, {"host": "db-3"}))).about == ()


async def test_what_is_forgotten_is_no_more_what_an_alert_is_about(world: World) -> None:
    number = await hears(world, {"host": "db-3"})
    await world.door.system(lambda ctx: taking.dropped(ctx, "os-prod", [DB3.key]))
    later = world.clock.at + resources.KEPT + MINUTE
    await world.door.system(lambda ctx: resources.forget(ctx.tx, later))
    assert (await world.detail(number)).about == ()
    read = world.app.reader.read
    assert await read(lambda tx: tx.conn.execute(select(ALERT_RESOURCES)).all()) == []
