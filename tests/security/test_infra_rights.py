"""Actions on resources of others, words that change under an approval, and incidents that whoever
asks may not see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from commands.automation.offers import RESOURCE, Catalogue, Offer
from commands.context import Ctx
from commands.errors import Denied
from commands.inventory import taking
from commands.rules.approving import Need
from commands.rules.inventory import InventoryRules, SourceRules
from commands.rules.sight import HIDDEN, Sensitive
from integrations.base import Acted, Action
from store.inventory import resources
from store.model import HOUR
from store.model.resource import Resource
from store.tables import INCIDENT_RESOURCES
from tests.support.engines import fresh_url
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, zone: UTC, roles: [admin]}
  omar: {name: Omar Haddad, zone: UTC, roles: {db: [dba], everywhere: [viewer]}}
  mei: {name: Mei Lin, zone: UTC, roles: [viewer]}
roles:
  dba: {permissions: ["action:kubernetes.*", incident.act, self]}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [mei], oncall: mei, lead: mei}
routes:
  - {name: rest, team: db}
"""
RESTART = Action("kubernetes.restart", "Restart", ("deployment",))


def deployment(name: str, team: str = "", **more: Any) -> Resource:
    tags = {"team": team} if team else {}
    key = f"k8s:prod:deployment:shop/{name}"
    return Resource(key, "deployment", name, group="shop", tags=tags, **more)


class Cluster:
    """Stands where the connectors are asked."""

    def __init__(self) -> None:
        self.done: list[tuple[str, bool]] = []

    async def act(
        self, source: str, action: str, resource: Resource, params: Mapping[str, Any],
        dry_run: bool,
    ) -> Acted:  # fmt: skip
        self.done.append((resource.name, dry_run))
        return Acted("Restarted.")

    async def ask(
        self, source: str, what: str, resource: Resource, params: Mapping[str, Any]
    ) -> Any:
        return ""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(fresh_url("sqlite", tmp_path), tmp_path, YAML)
    needing(made, None)
    made.door.infra = Cluster()
    await told(made, deployment("cart", "db"), deployment("web", "web"), deployment("lone"))
    yield made
    await made.end()


def needing(world: World, need: Need | None) -> None:
    rules = InventoryRules(sources={"prod": SourceRules("kubernetes")})
    offer = Offer(
        RESTART.name, RESOURCE, "kubernetes", RESTART.name, RESTART.title, kinds=RESTART.kinds,
        needs=(need,) if need else (),
    )  # fmt: skip
    world.door.rules = replace(world.door.rules, inventory=rules, offers=Catalogue((offer,)))


async def told(world: World, *items: Resource) -> None:
    await world.door.system(lambda ctx: taking.took(ctx, "prod", "all", items))


async def about(world: World, name: str) -> int:
    """An incident of team db about a resource."""
    incident = await world.fires()
    key = f"k8s:prod:deployment:shop/{name}"
    known = await world.door.reader.read(lambda tx: resources.known(tx, key))
    assert known is not None
    number = known.id

    def write(ctx: Ctx) -> None:
        ctx.tx.insert(INCIDENT_RESOURCES, [(incident, number)])

    await world.door.system(write)
    return incident


def done(world: World) -> list[tuple[str, bool]]:
    cluster = world.door.infra
    assert isinstance(cluster, Cluster)
    return cluster.done


async def test_whose_right_is_of_one_team_acts_on_what_is_of_that_team_alone(world: World) -> None:
    incident = await about(world, "cart")
    run = partial(world.does, "omar", "run", action=RESTART.name, incident=incident)
    for on in ("on=web", "on=lone"):
        with pytest.raises(Denied):
            await run(params=on)
        args = {"action": RESTART.name, "incident": incident, "params": on}
        with pytest.raises(Denied):
            await world.door.ask("dry-run", args, world.actor("omar"))
    await world.settle()
    assert done(world) == []
    await run(params="on=cart")
    await world.settle()
    assert done(world) == [("cart", False)]


async def test_an_incident_about_what_is_of_another_team_gives_no_right_on_it(
    world: World,
) -> None:
    incident = await about(world, "web")
    with pytest.raises(Denied):
        await world.does("omar", "run", action=RESTART.name, incident=incident)
    await world.settle()
    assert done(world) == []


async def test_what_was_approved_is_done_to_what_was_shown_and_to_nothing_else(
    world: World,
) -> None:
    needing(world, Need("@mei", HOUR))
    said = (await world.does("ana", "run", action=RESTART.name, params="on=lone")).say
    assert said.startswith("Not done yet: kubernetes.restart on deployment shop/lone")
    await told(world, deployment("lone", addresses=("x",)), deployment("new", ids=("lone",)))
    await world.does("mei", "approve", approval=1)
    await world.settle()
    assert done(world) == [("lone", False)]


async def test_what_was_run_about_a_private_incident_is_not_there_for_others(
    world: World,
) -> None:
    incident = await about(world, "cart")
    await world.does("ana", "run", action=RESTART.name, incident=incident)
    await world.settle()
    await world.does("ana", "private", incident=incident)
    seen = {}
    for who in ("ana", "mei"):
        asked = await world.door.ask("executions", {}, world.actor(who))
        seen[who] = len(asked.facts["executions"])
    assert seen == {"ana": 1, "mei": 0}


async def test_a_sensitive_tag_is_neither_shown_nor_found_by_who_may_not_read_it(
    world: World,
) -> None:
    sensitive = Sensitive(("customer",))
    world.door.rules = replace(world.door.rules, sensitive=sensitive)
    key = "k8s:prod:deployment:shop/vip"
    vip = Resource(key, "deployment", "vip", tags={"customer": "umbrella-corp", "app": "vip"})
    await told(world, vip)
    seen = {}
    for who in ("ana", "mei"):
        shown = await world.door.ask("resource", {"resource": "vip"}, world.actor(who))
        seen[who] = shown.facts["tags"]["customer"]
        found = await world.door.ask("inventory", {"find": "umbrella-corp"}, world.actor(who))
        assert "vip" not in str(found.facts.get("resources"))
        assert ("umbrella" in str((shown.facts, shown.lines))) == (who == "ana")
    assert seen == {"ana": "umbrella-corp", "mei": HIDDEN}
