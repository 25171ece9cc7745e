"""Names and keys that somebody gives to their own things so that they pass for another's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from commands.context import Ctx
from commands.inventory import happening, readings, taking
from commands.inventory.matching import matched
from commands.rules import clues, matching
from commands.rules.inventory import InventoryRules, SourceRules
from commands.rules.inventory_words import filter_of
from integrations.kubernetes.of_storage import claim
from integrations.kubernetes.settings import Source
from integrations.kubernetes.state import State
from store.inventory import faults, resources, sweeping
from store.model import AlertReading, AlertStatus, Severity
from store.model.known import Belonging, Known
from store.model.resource import Fault, Happening, Resource
from tests.support.engines import fresh_url
from tests.support.world import START, World

HOST = Resource(
    "openstack:prod:hypervisor:compute-7", "hypervisor", "compute-7", tags={"team": "db"}
)
UUID = "5b7a9c1e-0001-4000-8000-000000000001"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(fresh_url("sqlite", tmp_path), tmp_path)
    yield made
    await made.end()


async def told(world: World, source: str, *items: Resource) -> None:
    await world.door.system(lambda ctx: taking.took(ctx, source, "all", items))


async def known(world: World, key: str) -> Known:
    found = await world.door.reader.read(lambda tx: resources.known(tx, key))
    assert found is not None
    return found


def _sweep(ctx: Ctx) -> None:
    """The stranger's part was told whole, and nothing was among it."""
    taking.ended(ctx, sweeping.untold(ctx.tx, "stranger", "all", set())[0])


async def test_no_source_takes_over_or_ends_what_another_tells_of(world: World) -> None:
    await told(world, "prod", HOST)
    forged = Resource(HOST.key, "server", "mine", tags={"team": "evil"})
    await told(world, "stranger", forged)
    await world.door.system(lambda ctx: taking.dropped(ctx, "stranger", [HOST.key]))
    await world.door.system(_sweep)
    one = await known(world, HOST.key)
    assert (one.source, one.resource.name, one.gone_at) == ("prod", "compute-7", None)
    await world.door.system(lambda ctx: taking.dropped(ctx, "prod", [HOST.key]))
    await told(world, "stranger", forged)
    assert (await known(world, HOST.key)).source == "stranger"


async def test_what_is_only_called_like_a_key_is_not_what_a_fault_or_event_is_about(
    world: World,
) -> None:
    forged = Resource("openstack:prod:server:1", "server", HOST.key, tags={"team": "evil"})
    await told(world, "prod", forged)
    await told(world, "prod", HOST)
    fault = Fault("down:compute-7", "HypervisorDown", Severity.CRITICAL, "down", HOST.key)
    event = Happening("e", START, "Moved", "moved", HOST.key, change=True)

    def write(ctx: Ctx) -> tuple[list[AlertReading], list[int]]:
        faults.add(ctx.tx, [faults.Standing(0, "prod", "all", fault, START, START)], START)
        standing = faults.by_keys(ctx.tx, "prod", [fault.key]).values()
        happening.happened(ctx, "prod", [event])
        whose = [resources.known(ctx.tx, key) for key in (HOST.key, forged.key)]
        many = [len(resources.changes(ctx.tx, one.id, START)) for one in whose if one]
        return readings.readings_of(ctx, "prod", standing), many

    (said,), events = await world.door.system(write)
    assert said.resource == "compute-7"
    assert said.labels["resource_kind"] == "hypervisor"
    assert events == [2, 1]


def test_a_key_means_what_has_it_whoever_else_claims_the_name() -> None:
    forged = Resource("k8s:dev:volume:evil/x", "volume", "x", ids=(HOST.key,))
    both = {n: Known(n, s, r, Belonging(), 0, 0) for n, s, r in
            ((1, "dev", forged), (2, "prod", HOST))}  # fmt: skip
    reading = AlertReading(
        "k", AlertStatus.FIRING, Severity.CRITICAL, "down", labels={clues.OURS: HOST.key}
    )
    look = clues.clues(reading)
    found = {look[0].name: [(1, True), (2, True)]}
    match = matching.choose(reading, "prod", look, found, both)
    assert match.known is both[2]


@pytest.mark.parametrize(("given", "is_its"), [("shop", True), ("other", False)])
def test_a_claim_is_called_like_its_volume_only_where_that_was_given_to_it(
    given: str, is_its: bool
) -> None:
    state = State(Source("prod"))
    thing = {"metadata": {"name": "x", "namespace": "shop", "uid": "u"},
             "spec": {"volumeName": UUID}}  # fmt: skip
    state.things["claim"]["shop/x"] = thing
    state.things["volume"][UUID] = {
        "spec": {"csi": {"volumeHandle": "vol-1"}, "claimRef": {"namespace": given, "name": "x"}}
    }
    (one,) = claim(state, "shop/x").resources
    assert (UUID in one.ids, "vol-1" in one.parents) == (is_its, is_its)


async def test_where_tenants_name_things_names_and_tags_say_nothing_and_ids_do(
    world: World,
) -> None:
    """Who calls a machine of theirs like a database of others gets none of its alerts, and none
    of those is held when that machine falls."""
    mine = Resource(
        f"openstack:public:server:{UUID}", "server", "db-1", ids=(UUID,), tags={"team": "evil"}
    )
    open_, shut = (
        InventoryRules(sources={"public": SourceRules("openstack", "infra", strangers=strangers)})
        for strangers in (False, True)
    )
    by_name = AlertReading(
        "k", AlertStatus.FIRING, Severity.CRITICAL, "db-1 down", labels={"host": "db-1"}
    )
    by_id = replace(by_name, labels={"instance_id": UUID})
    found = {}
    for rules in (open_, shut):
        world.door.rules = replace(world.door.rules, inventory=rules)
        await told(world, "public", mine)
        for reading in (by_name, by_id):
            for source in ("zabbix", "public"):
                (one,) = await world.door.reader.read(
                    partial(matched, rules=rules, source=source, readings=[reading])
                )
                found[rules is shut, reading is by_id, source] = one.labels.get("team")
    evil = {key: team for key, team in found.items() if not key[0]}
    assert {*evil.values()} == {"evil"}
    assert found[True, False, "zabbix"] is None
    assert {found[True, True, s] for s in ("zabbix", "public")} == {"infra"}
    assert found[True, False, "public"] == "infra"


@pytest.mark.parametrize("name", ["*", "db-*", "x team=db", "a,b", "!a", "[a-z]", "a|b", ""])
def test_a_name_that_says_more_than_itself_silences_nothing(name: str) -> None:
    assert filter_of(name) == ""
    assert filter_of("db-3.example.eu:9100") == "resource=db-3.example.eu:9100"
