"""Nothing runs before it may, or after it may no more, and nobody reads what is not for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from commands.automation import beginning, ending, inquiring
from commands.automation.offers import REMOTE, RESOURCE, Catalogue, Offer
from commands.context import Ctx
from commands.errors import Conflict, Denied
from commands.inventory import taking
from commands.rules.approving import Need
from commands.rules.automating import Automation, Automations, Do, On
from commands.rules.inventory import InventoryRules, SourceRules
from integrations.base import Acted, Param, RemoteInquiry
from store import approvals, executions, incidents
from store.executions import Execution
from store.model.resource import Resource
from store.tables import OUTBOX
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, roles: [responder], slack: U0OMAR}
  sam: {name: Sam Ito, roles: [responder, staging], slack: U0SAM}
  lee: {name: Lee Bo, roles: {db: [responder, staging]}}
  kim: {name: Kim Yoo, roles: [viewer, restarts]}
roles:
  staging: {permissions: ["action:st2:pg.*[host=staging-*]"]}
  restarts: {permissions: ["action:restart"]}
teams: {db: {members: [ana, omar, lee], oncall: omar, lead: omar}, web: {members: [ana]}}
policies:
  hook: {steps: [{targets: ["action:drain"], delay: 5}, {targets: [person:ana], delay: 5}]}
routes:
  - {name: hr, match: {team: hr}, team: db, private: true}
  - {name: hook, match: {p: hook}, policy: hook, team: db}
  - {name: db, team: db, channels: ["slack:#ops"]}
sensitive: {labels: [customer]}
actions:
  drain: {url: "http://127.0.0.1:9/drain", approval: {by: "@omar"}}
  restart: {url: "http://127.0.0.1:9/restart"}
automations:
  restart-it: {on: opened, when: {alertname: Down}, mode: on, do: {run: restart}}
  tell-it: {on: opened, when: {alertname: Told}, mode: on, do: {note: "told of {labels.customer}"}}
  drain-it: {on: opened, when: {alertname: Full}, mode: on, do: {run: drain}}
"""
ROTATE = Offer(
    "st2:pg.rotate", REMOTE, "st2", "pg.rotate",
    params=(Param("host", required=True), Param("for"), Param("pin", secret=True)),
    given={"for": "{labels.customer}"}, on_failure="incident",
)  # fmt: skip
SCALE = Offer(
    "kubernetes.scale", RESOURCE, "kubernetes", "kubernetes.scale", kinds=("deployment",),
    params=(Param("replicas", "number", required=True),), needs=(Need("@omar"),),
)  # fmt: skip
CART = Resource("k8s:prod:deployment:shop/cart", "deployment", "cart", group="shop")


class Cluster:
    """Stands where the connectors are asked: what was done there, and whether it was dry."""

    def __init__(self) -> None:
        self.done: list[bool] = []

    async def act(
        self, source: str, action: str, resource: Resource, params: Mapping[str, Any], dry: bool
    ) -> Acted:
        self.done.append(dry)
        return Acted("Would scale to 5." if dry else "Scaled to 5.")


@pytest.fixture
async def cluster() -> Any:
    return Cluster()


@pytest.fixture
async def world(tmp_path: Path, cluster: Any) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/w.db", tmp_path, YAML)
    rules = made.door.rules
    own = [one for one in rules.offers if one.via != REMOTE]
    inventory = InventoryRules(sources={"prod": SourceRules("kubernetes")})
    made.door.rules = replace(rules, inventory=inventory, offers=Catalogue([*own, SCALE]))
    made.door.rules.offers.told("st2", [ROTATE])
    made.door.infra = cluster
    await made.door.system(lambda ctx: taking.took(ctx, "prod", "all", [CART]))
    yield made
    await made.end()


async def ran(world: World) -> list[Execution]:
    return await world.app.reader.read(executions.last)


async def waits(world: World) -> list[approvals.Approval]:
    return await world.app.reader.read(approvals.waiting)


def _ended(number: int, state: str, text: str, ctx: Ctx) -> None:
    ending.ended(ctx, number, state, text)


async def test_a_dry_run_before_a_yes_does_nothing_whatever_does_it(
    world: World, cluster: Any
) -> None:
    args: dict[str, Any] = {"action": SCALE.name, "params": "shop/cart replicas=5"}
    done = await world.does("ana", "run", **args)
    number = int(done.say.rpartition(" ")[2])
    await world.does("omar", "try-approval", approval=number)
    await world.settle()
    assert cluster.done == [True]
    await world.does("omar", "approve", approval=number)
    await world.settle()
    assert cluster.done == [True, False]


async def test_what_a_policy_starts_waits_for_its_second_person_and_for_the_switch(
    world: World,
) -> None:
    incident = await world.fires("a", labels={"p": "hook"})
    (one,) = await waits(world)
    assert (one.asker, one.to, one.incident) == ("", ("omar",), incident)
    assert not await ran(world)
    await world.does("omar", "stop-automation")
    with pytest.raises(Conflict, match="stopped all automation"):
        await world.does("omar", "approve", approval=one.id)
    assert await world.fires("b", labels={"p": "hook", "service": "b"}) != incident
    assert len(await waits(world)) == 1 and not await ran(world)
    await world.does("ana", "start-automation")
    await world.does("omar", "approve", approval=one.id)
    (begun,) = await ran(world)
    assert (begun.action, begun.approved_by, begun.extra["step"]) == ("drain", "omar", 0)


async def test_nothing_of_an_automation_begins_once_somebody_stopped_it(world: World) -> None:
    await world.fires("a", labels={"alertname": "Down"})
    (asked,) = await ran(world)
    await world.fires("b", labels={"alertname": "Full", "service": "b"})
    (one,) = await waits(world)
    await world.does("omar", "automation-off", name="drain-it")
    with pytest.raises(Conflict, match="it is off now"):
        await world.does("omar", "approve", approval=one.id)
    await world.does("ana", "automation-on", name="drain-it")
    with pytest.raises(Conflict, match="goes no further"):
        await world.does("omar", "approve", approval=one.id)

    def as_if_it_had_not_left(ctx: Ctx) -> None:
        executions.save(ctx.tx, asked, state=executions.ASKED, ended_at=None, extra={})

    await world.does("omar", "stop-automation")
    await world.door.system(as_if_it_had_not_left)
    assert await world.door.system(lambda ctx: beginning.posting(ctx, asked.id)) is None
    after = next(each for each in await ran(world) if each.id == asked.id)
    assert after.state == "canceled" and "Omar Haddad stopped all automation" in after.outcome


async def test_a_secret_goes_nowhere_else_than_who_typed_it_let_it_go(world: World) -> None:
    await world.does("ana", "run", action=ROTATE.name, params="host=db-1 pin=4711-secret")
    (one,) = await ran(world)
    with pytest.raises(Denied):
        await world.does("sam", "cancel-run", execution=one.id)
    await world.door.system(partial(_ended, one.id, "done", "rotated"))
    await world.does("sam", "rerun", execution=one.id, params="host=staging-1")
    changed = (await ran(world))[0]
    assert changed.params == {"host": "staging-1"}, "its pin is typed anew"
    with pytest.raises(Denied):
        await world.does("sam", "rerun", execution=one.id)
    await world.does("ana", "rerun", execution=one.id, params="host=db-2")
    assert (await ran(world))[0].params == {"host": "db-2", "pin": "4711-secret"}
    open_ = replace(ROTATE, params=tuple(replace(p, secret=False) for p in ROTATE.params))
    world.door.rules.offers.told("st2", [open_])
    await world.does("ana", "rerun", execution=one.id)
    assert (await ran(world))[0].params == {"host": "db-1"}, "it is no secret any more there"


async def test_what_is_sensitive_of_an_incident_is_on_no_card_of_a_run(world: World) -> None:
    incident = await world.fires("a", labels={"customer": "acme-corp", "team": "db"})
    done = await world.does("ana", "run", incident, action=ROTATE.name, params="host=db-1")
    (one,) = await ran(world)
    assert one.params == {"host": "db-1", "for": "acme-corp"}, "it runs with what it is"
    assert one.secret == ("for",)
    told = await world.asks("ana", "execution", execution=one.id)
    for said in (done.say, one.says, repr(told.facts)):
        assert "acme-corp" not in said and "db-1" in said


async def test_what_fails_about_a_private_incident_opens_none_for_all(world: World) -> None:
    private = await world.fires("a", labels={"team": "hr"})
    await world.does("ana", "run", private, action=ROTATE.name, params="host=db-1")
    (one,) = await ran(world)
    await world.door.system(partial(_ended, one.id, "failed", "the secret affair"))
    found = await world.asks("ana", "list")
    assert [each.id for each in found.incidents] == [private]


async def test_nobody_is_asked_to_do_what_they_do_not_read_whole(world: World) -> None:
    for params, asks in (
        ("host=prod-1", True), ("host=prod-1 pin=4711", False), (f"host={'x' * 300}", False),
    ):  # fmt: skip
        with pytest.raises(Denied) as found:
            await world.does("omar", "run", action=ROTATE.name, params=params)
        assert bool(found.value.wish) is asks, params
        wish = found.value.wish
        if wish:
            one = await world.app.reader.read(partial(approvals.get, number=wish))
            assert one is not None and "host=prod-1" in one.says


async def test_what_an_automation_says_below_a_card_is_for_all_to_read(world: World) -> None:
    await world.fires("a", labels={"alertname": "Told", "customer": "acme-corp"})
    said = await world.app.reader.read(
        lambda tx: repr([
            tx.ring.open("outbox", row.id, row.sealed)
            for row in tx.conn.execute(select(OUTBOX)) if row.sealed
        ])
    )  # fmt: skip
    assert "told of" in said and "acme-corp" not in said


async def test_what_would_be_posted_is_shown_as_whoever_asks_sees_it(world: World) -> None:
    incident = await world.fires("a", labels={"customer": "acme-corp", "team": "db"})
    args = {"action": "restart", "incident": incident}
    for who, sees in (("ana", True), ("kim", False)):
        told = await world.asks(who, "dry-run", **args)
        assert ("acme-corp" in repr(told.lines)) is sees and '"team": "db"' in repr(told.lines)


async def test_what_went_to_another_team_meanwhile_is_run_by_who_may_there(world: World) -> None:
    world.door.rules.offers.told("st2", [replace(ROTATE, needs=(Need("@omar"),))])
    incident = await world.fires("a", labels={"team": "db"})
    await world.does("lee", "run", incident, action=ROTATE.name, params="host=staging-1")
    (one,) = await waits(world)

    def moved(team: str, ctx: Ctx) -> None:
        found = incidents.for_change(ctx.tx, incident)
        assert found is not None
        ctx.save(replace(found, team=team))

    await world.door.system(partial(moved, "web"))
    with pytest.raises(Denied, match="Lee Bo"):
        await world.does("omar", "approve", approval=one.id)
    await world.door.system(partial(moved, "db"))
    await world.does("omar", "approve", approval=one.id)
    assert [each.by for each in await ran(world)] == ["lee"]


async def test_a_question_for_nobody_by_name_is_not_for_everybody(world: World) -> None:
    asks = RemoteInquiry(
        "q1", "", text="Go on?", schema={"properties": {"go": {}}}, users=("", " ")
    )
    await world.door.system(lambda ctx: inquiring.told(ctx, "st2", [asks]))
    mine = {who: (await world.asks(who, "inquiries")).facts["inquiries"] for who in ("ana", "kim")}
    assert len(mine["ana"]) == 1 and not mine["kim"]


async def test_what_an_automation_breaks_is_nothing_for_it_to_mend(world: World) -> None:
    do = Do("run", ROTATE.name, {"host": "h{incident.id}"})
    loop = Automation("loop", (On("opened"),), (do,), mode="on", limit=None, breaker=0, cooldown=0)
    world.door.rules = replace(world.door.rules, automations=Automations([loop]))
    await world.fires("a", labels={"team": "db"})
    for _ in range(3):
        for one in [each for each in await ran(world) if not each.over]:
            await world.door.system(partial(_ended, one.id, "failed", "exit 1"))
        await world.settle()
    assert [each.params["host"] for each in await ran(world)] == ["h1"]
