"""Actions on resources: shown first, done once, told of; a lost answer is never done again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.cards.model import Form
from commands.automation import dry_running, ending, form_fields
from commands.automation import executing as execution
from commands.automation.offers import RESOURCE, Catalogue, Offer
from commands.context import Ctx
from commands.door import PATIENCE
from commands.errors import Busy, Conflict, Denied, Invalid
from commands.inventory import taking
from commands.rules.approving import Need
from commands.rules.inventory import InventoryRules, SourceRules
from integrations.base import Acted, Action, Param, Permanent, Transient
from store import errands, executions
from store.inventory import resources
from store.model import HOUR
from store.model.resource import Resource
from store.tables import INCIDENT_RESOURCES
from tests.support.engines import fresh_url
from tests.support.world import World

SCALE = Action(
    "kubernetes.scale", "Scale", ("deployment", "statefulset"),
    params=(Param("replicas", "number", "how many", required=True), Param("force", "flag")),
)  # fmt: skip
CORDON = Action("kubernetes.cordon", "Cordon", ("node",), dangerous=True)
CART = Resource("k8s:prod:deployment:shop/cart", "deployment", "cart", group="shop")
WEB = Resource("k8s:prod:deployment:shop/web", "deployment", "web", group="shop", ids=("cart-old",))
NODE = Resource("k8s:prod:node:n1", "node", "n1")
TWIN = Resource("k8s:dev:deployment:shop/cart", "deployment", "cart", group="shop")


class Cluster:
    """Stands where the connectors are asked; ``says`` is what it answers or raises."""

    def __init__(self) -> None:
        self.says: Acted | Exception = Acted("Scaled from 3 to 5. password=hunter2secret")
        self.done: list[tuple[str, str, str, Mapping[str, Any], bool]] = []

    async def act(
        self, source: str, action: str, resource: Resource, params: Mapping[str, Any],
        dry_run: bool,
    ) -> Acted:  # fmt: skip
        self.done.append((source, action, resource.key, params, dry_run))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    async def ask(
        self, source: str, what: str, resource: Resource, params: Mapping[str, Any]
    ) -> Any:
        raise Permanent("nothing is known of it")


@pytest.fixture
async def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
async def world(tmp_path: Path, cluster: Cluster) -> AsyncIterator[World]:
    made = await World.build(fresh_url("sqlite", tmp_path), tmp_path)
    made.door.rules = _with(made.door.rules, None)
    made.door.infra = cluster
    for source, items in (("prod", [CART, WEB, NODE]), ("dev", [TWIN])):
        await made.door.system(partial(_told, source, items))
    yield made
    await made.end()


def _told(source: str, items: list[Resource], ctx: Ctx) -> None:
    taking.took(ctx, source, "all", items)


def _with(rules: Any, need: Need | None) -> Any:
    sources = {name: SourceRules("kubernetes") for name in ("prod", "dev")}
    offers = Catalogue((_offer(SCALE, need), _offer(CORDON, None)))
    inventory = InventoryRules(sources=sources)
    return replace(rules, inventory=inventory, offers=offers)


def _offer(action: Action, need: Need | None) -> Offer:
    return Offer(
        action.name, RESOURCE, "kubernetes", action.name, action.title, params=action.params,
        kinds=action.kinds, needs=(need,) if need else (),
    )  # fmt: skip


async def run(world: World, params: str, action: str = "kubernetes.scale", by: str = "ana") -> str:
    done = await world.does(by, "run", action=action, params=params)
    return done.say


async def last(world: World) -> executions.Execution:
    return (await world.door.reader.read(executions.last))[0]


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    world: World, cluster: Cluster
) -> None:
    cluster.says = Acted("Would scale from 3 to 5.", done=False)
    args = {"action": "kubernetes.scale", "params": "on=k8s:prod:deployment:shop/cart replicas=5"}
    told = await world.door.ask("dry-run", args, world.actor("ana"))
    assert told.lines[1] == "Would scale from 3 to 5."
    assert cluster.done == [("prod", "kubernetes.scale", CART.key, {"replicas": 5}, True)]
    short = args | {"params": "shop/cart replicas=5"}
    with pytest.raises(Invalid, match=r"Which one\? deployment cart \(prod, .*cart \(dev"):
        await world.door.ask("dry-run", short, world.actor("ana"))
    assert not await world.door.reader.read(executions.last)


async def test_a_dry_run_that_no_answer_comes_to_names_the_source(
    world: World, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dry_running.PATIENCE < PATIENCE
    monkeypatch.setattr(dry_running, "PATIENCE", 0.0)
    monkeypatch.setattr(cluster, "act", _never)
    args = {"action": "kubernetes.scale", "params": f"on={CART.key} replicas=5"}
    with pytest.raises(Busy, match=r"^prod did not answer in time; try again\.$"):
        await world.door.ask("dry-run", args, world.actor("ana"))


async def _never(*_: object) -> Acted:
    await asyncio.Event().wait()
    raise AssertionError


async def test_an_action_is_done_once_and_its_result_is_told_without_secrets(
    world: World, cluster: Cluster
) -> None:
    say = await run(world, f"{CART.key} replicas=5")
    assert say.startswith("kubernetes.scale replicas=5 on deployment shop/cart in prod")
    await world.settle()
    one = await last(world)
    assert (one.state, len(cluster.done), cluster.done[0][4]) == ("done", 1, False)
    assert "Scaled from 3 to 5." in one.outcome and "hunter2secret" not in one.outcome


async def test_what_it_is_for_comes_from_the_incident_where_nothing_is_named(
    world: World, cluster: Cluster
) -> None:
    incident = await world.fires()
    known = await world.door.reader.read(lambda tx: resources.known(tx, CART.key))
    assert known is not None

    def about(ctx: Ctx) -> None:
        ctx.tx.insert(INCIDENT_RESOURCES, [(incident, known.id)])

    await world.door.system(about)
    await world.does(
        "ana", "run", action="kubernetes.scale", incident=incident, params="replicas=5"
    )
    await world.settle()
    assert cluster.done[0][2] == CART.key
    detail = await world.detail(incident)
    said = [line.say for line in detail.timeline if line.kind == "action"]
    assert said[0] == "Ana Petrova ran kubernetes.scale replicas=5 on deployment shop/cart in prod."
    assert said[1].startswith("✅ kubernetes.scale")


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ("replicas=5", "Name what kubernetes.scale is for"),
        ("cart replicas=5", "Which one?"),
        ("nothing-here replicas=5", "Nothing is called nothing-here."),
        ("n1 replicas=5", "is for deployment, statefulset, not for node n1"),
        ("cart-old", "replicas is missing."),
        ("cart-old replicas=five", "replicas is a whole number."),
        ("cart-old replicas=5 size=9", "size is no parameter of it; those are: replicas, force."),
        ("cart-old replicas=5 replicas=6", "replicas is there twice."),
        ("cart-old replicas=5 force=maybe", "force is yes or no."),
    ],
)
async def test_words_that_can_not_be_are_answered_and_nothing_is_done(
    world: World, cluster: Cluster, params: str, says: str
) -> None:
    with pytest.raises(Invalid, match=re.escape(says)):
        await run(world, params)
    await world.settle()
    assert cluster.done == []


async def test_who_has_not_the_permission_of_the_action_is_denied_it_dry_or_not(
    world: World, cluster: Cluster
) -> None:
    with pytest.raises(Denied):
        await run(world, "cart-old replicas=5", by="mei")
    args = {"action": "kubernetes.scale", "params": "cart-old replicas=5"}
    with pytest.raises(Denied):
        await world.door.ask("dry-run", args, world.actor("mei"))
    assert cluster.done == []


async def test_a_second_person_is_asked_where_the_settings_say_so(
    world: World, cluster: Cluster
) -> None:
    world.door.rules = _with(world.door.rules, Need("@omar", HOUR))
    assert (await run(world, "cart-old replicas=5")).startswith("Not done yet: kubernetes.scale")
    await world.settle()
    assert cluster.done == []
    await world.does("omar", "approve", approval=1)
    await world.settle()
    assert [one[1] for one in cluster.done] == ["kubernetes.scale"]
    assert (await last(world)).by == "ana"


@pytest.mark.parametrize(
    ("error", "state", "says"),
    [
        (Permanent("403 deployments is forbidden"), "failed", "403 deployments is forbidden"),
        (Transient("connection refused"), "failed", "connection refused"),
        (Transient("timed out", uncertain=True), "unknown", ending.LOST),
    ],
)
async def test_what_goes_wrong_is_told_and_not_tried_again(
    world: World, cluster: Cluster, error: Exception, state: str, says: str
) -> None:
    cluster.says = error
    await run(world, "cart-old replicas=5")
    await world.settle()
    await world.advance(minutes=5)
    one = await last(world)
    assert (one.state, one.outcome, len(cluster.done)) == (state, says, 1)


async def test_what_was_under_way_when_the_process_died_is_not_begun_again(
    world: World, cluster: Cluster
) -> None:
    await run(world, "cart-old replicas=5")
    was = await last(world)
    cluster.done.clear()

    def as_if_it_had_died(ctx: Ctx) -> None:
        executions.save(ctx.tx, was, state=executions.RUNNING)
        errands.ask(ctx.tx, ctx.now, f"{execution.ABOUT}:{was.id}", "prod:", {"execution": was.id})

    await world.door.system(as_if_it_had_died)
    await world.settle()
    assert ((await last(world)).state, cluster.done) == ("unknown", [])


async def test_dry_runs_need_the_clusters_to_be_connected(world: World) -> None:
    world.door.infra = None
    args = {"action": "kubernetes.cordon", "params": "n1"}
    with pytest.raises(Busy, match="not connected"):
        await world.door.ask("dry-run", args, world.actor("ana"))
    await run(world, "n1", "kubernetes.cordon")
    await world.settle()
    assert (await last(world)).state == "failed"


async def test_a_refusal_of_a_dry_run_is_told_in_the_other_sides_words(
    world: World, cluster: Cluster
) -> None:
    cluster.says = Permanent("403 forbidden")
    args = {"action": "kubernetes.cordon", "params": "n1"}
    with pytest.raises(Conflict, match="prod says: 403 forbidden"):
        await world.door.ask("dry-run", args, world.actor("ana"))


async def test_the_form_offers_what_fits_and_says_what_it_takes(world: World) -> None:
    known = await world.door.reader.read(lambda tx: resources.known(tx, CART.key))
    assert known is not None
    asked = {"params": f"on={known.id}"}
    told = await world.door.ask("run-form", asked, world.actor("ana"))
    assert told.facts["choices"] == {"action": [("kubernetes.scale", "Scale (kubernetes.scale)")]}
    assert [each["label"] for each in told.facts["inputs"]] == [
        "On", "Replicas", "Force", "Dry run",
    ]  # fmt: skip
    assert "kubernetes.scale on deployment cart" in told.facts["intro"]
    answer = await world.press("U0ANA", f"ask:run?params=on%3D{known.id}")
    assert isinstance(answer, Form)
    (action, *_) = answer.inputs
    assert [value for value, _ in action.options] == ["kubernetes.scale"]


async def test_a_dry_run_that_is_ticked_asks_nobody_and_does_nothing(
    world: World, cluster: Cluster
) -> None:
    world.door.rules = _with(world.door.rules, Need("@omar", HOUR))
    offer = world.door.rules.offers.get("kubernetes.scale")
    assert offer is not None
    name = partial(form_fields.field_name, offer)
    ticked = {name("on"): CART.key, name("replicas"): "5", name("dry_run"): "true"}
    said = await run(world, form_fields.line(offer, ticked))
    assert said.startswith("Dry run of kubernetes.scale"), said
    await world.settle()
    assert cluster.done[-1][3:] == ({"replicas": 5}, True)
    assert (await last(world)).dry


async def test_the_form_of_what_is_not_there_offers_nothing(world: World) -> None:
    told = await world.door.ask("run-form", {"params": "on=nothing"}, world.actor("ana"))
    assert (told.lines, "choices" in told.facts) == (("No action fits.",), False)
