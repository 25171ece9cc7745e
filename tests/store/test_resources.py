"""Resources are kept with their history, found by their names and by what hangs on what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.inventory import index as searching
from commands.inventory.index import Index, Wanted
from store.db import Tx
from store.inventory import about, resources, sweeping, ties
from store.inventory.resources import Told
from store.model import DAY, HOUR, MINUTE
from store.model.known import Belonging
from store.model.resource import Health, Resource
from tests.store.conftest import NOW, Base

ZONE = Resource("os:zone:nova", "zone", "nova")
HYPERVISOR = Resource("os:hypervisor:1", "hypervisor", "compute-7", parents=(ZONE.key,))
SERVER = Resource(
    "os:server:aa-bb", "server", "db-3.example.eu", state="ACTIVE", type="m1.large",
    ids=("AA-BB",), addresses=("10.0.0.5",), parents=(HYPERVISOR.key,), size={"vcpus": 8},
    tags={"team": "db"}, facts={"image": "debian"},
)  # fmt: skip
NODE = Resource("k8s:prod:node:n1", "node", "n1", parents=("aa-bb",))
POD = Resource("k8s:prod:pod:shop/cart", "pod", "cart", group="shop", parents=(NODE.key,))


async def put(base: Base, *items: Resource, at: int = NOW, part: str = "all") -> resources.Put:
    told = [Told(one, Belonging(team=one.tags.get("team", ""))) for one in items]
    return await base.do(lambda tx: resources.put(tx, "os", part, told, at))


async def test_what_was_told_is_read_back_as_it_was(base: Base) -> None:
    done = await put(base, SERVER)
    found = await base.read(lambda tx: resources.get(tx, done.new[0]))
    assert found is not None
    assert found.resource == SERVER
    assert (found.belongs.team, found.source, found.first_at) == ("db", "os", NOW)


async def test_what_is_as_it_was_is_not_written_again(base: Base) -> None:
    await put(base, SERVER, HYPERVISOR)
    again = await put(base, SERVER, replace(HYPERVISOR, state="down"), at=NOW + MINUTE)
    assert (again.new, len(again.changed)) == ((), 1)


async def test_what_became_otherwise_is_remembered_in_words(base: Base) -> None:
    (number,) = (await put(base, SERVER)).new
    worse = replace(SERVER, state="ERROR", health=Health.DOWN, facts={"image": "other"})
    await put(base, worse, at=NOW + HOUR)
    found = await base.read(lambda tx: resources.changes(tx, number, NOW + 1))
    assert {(one.what, one.before, one.after) for one in found} == {
        ("state", "ACTIVE", "ERROR"), ("health", "ok", "down"),
    }  # fmt: skip


async def test_nothing_appears_while_a_part_is_told_for_the_first_time(base: Base) -> None:
    await base.do(lambda tx: resources.put(tx, "os", "all", [Told(ZONE)], NOW, first=True))
    old, new = replace(SERVER, created_at=NOW - 9 * DAY), replace(NODE, created_at=NOW - HOUR)
    await base.do(lambda tx: resources.put(tx, "os", "all", [Told(old), Told(new)], NOW))
    said = await base.read(lambda tx: resources.changes_of(tx, _all(tx)))
    assert sorted((one.what, one.at) for one in said) == [
        ("appeared", NOW),
        ("created", NOW - HOUR),
    ]


async def test_a_sweep_ends_what_was_not_told_of_its_own_part_alone(base: Base) -> None:
    await put(base, SERVER, HYPERVISOR)
    await put(base, ZONE, part="zones")
    ended = await base.do(lambda tx: swept(tx, SERVER.key, NOW + 1))
    assert len(ended) == 1
    gone = await base.read(lambda tx: resources.known(tx, HYPERVISOR.key))
    assert gone is not None and gone.gone_at == NOW + 1
    back = await put(base, HYPERVISOR, at=NOW + 2)
    assert back.changed == (gone.id,)
    there = await base.read(lambda tx: resources.get(tx, gone.id))
    assert there is not None and there.gone_at is None


async def test_names_are_strong_or_weak_and_fold_their_case(base: Base) -> None:
    (number,) = (await put(base, SERVER)).new
    found = await base.read(
        lambda tx: resources.by_names(tx, ["aa-BB", "DB-3", "db-3.example.eu", "10.0.0.5", "no"])
    )
    assert found == {
        "aa-BB": [(number, True)], "DB-3": [(number, False)],
        "db-3.example.eu": [(number, False)], "10.0.0.5": [(number, False)],
    }  # fmt: skip


async def test_what_hangs_on_what_is_followed_over_sources_both_ways(base: Base) -> None:
    zone, hypervisor, server, node, pod = (
        await put(base, ZONE, HYPERVISOR, SERVER, NODE, POD)
    ).new  # fmt: skip
    up = await base.read(lambda tx: [one.id for one in ties.ancestors(tx, pod)])
    assert up == [node, server, hypervisor, zone]
    assert await base.read(lambda tx: ties.descendants(tx, hypervisor)) == [server, node, pod]
    assert await base.read(lambda tx: [k.id for k in ties.children(tx, zone)]) == [hypervisor]


async def test_two_that_call_each_other_parent_end_nobody_in_a_circle(base: Base) -> None:
    one = Resource("a", "other", "a", parents=("b",))
    other = Resource("b", "other", "b", parents=("a",))
    first, second = (await put(base, one, other)).new
    assert await base.read(lambda tx: ties.descendants(tx, first)) == [second]
    assert await base.read(lambda tx: ties.lineage(tx, [first])) == {first: {second: 1}}


async def test_what_is_gone_for_long_is_forgotten_with_its_names(base: Base) -> None:
    await put(base, SERVER)
    await base.do(lambda tx: resources.drop(tx, "os", [SERVER.key], NOW))
    assert await base.do(lambda tx: resources.forget(tx, NOW + 20 * DAY)) == 0
    assert await base.do(lambda tx: resources.forget(tx, NOW + 31 * DAY)) == 1
    assert await base.read(lambda tx: resources.known(tx, SERVER.key)) is None
    await put(base, SERVER, at=NOW + 32 * DAY)


async def test_the_index_follows_what_is_written_and_finds_the_nearest_first(base: Base) -> None:
    index = Index()
    await put(base, SERVER, HYPERVISOR, replace(ZONE, name="db-30"))
    await index.fresh(base.reader)
    found = index.search(Wanted(("db-3",)))
    names = await base.read(
        lambda tx: [resources.many(tx, found.ids)[n].resource.name for n in found.ids]
    )
    assert (names, found.total) == (["db-3.example.eu", "db-30"], 2)
    assert index.search(Wanted(("team=db",))).total == 1
    assert index.search(Wanted(kind="hypervisor")).total == 1
    await base.do(lambda tx: resources.drop(tx, "os", [SERVER.key], NOW + 1))
    await index.fresh(base.reader)
    assert index.search(Wanted(("db-3",))).total == 1
    assert index.counts(Wanted(), ("kind",)) == {("hypervisor",): 1, ("zone",): 1}
    assert index.names("comp") == ["compute-7"]


async def test_a_pod_that_is_gone_leaves_nothing_behind(base: Base) -> None:
    other = replace(POD, key="k8s:prod:pod:shop/b", name="b", addresses=("10.1.1.1",))
    index = Index()
    (node, pod, _) = (await put(base, NODE, POD, other)).new
    await put(base, NODE, replace(POD, state="Running"), other, at=NOW + 1)
    await index.fresh(base.reader)
    await base.do(lambda tx: resources.drop(tx, "os", [POD.key], NOW + MINUTE))
    await base.do(lambda tx: swept(tx, NODE.key, NOW + MINUTE))
    await index.fresh(base.reader)
    assert len(index) == 1
    assert await base.read(lambda tx: resources.by_names(tx, ["cart", "10.1.1.1"])) == {}
    assert await base.read(lambda tx: ties.descendants(tx, node)) == []
    assert await base.read(lambda tx: resources.changes(tx, pod)) == []
    assert await base.do(lambda tx: resources.let_pass(tx, NOW + 5 * MINUTE)) == 0
    assert await base.do(lambda tx: resources.let_pass(tx, NOW + HOUR)) == 2
    assert await base.read(lambda tx: resources.known(tx, POD.key)) is None


async def test_a_pod_that_comes_back_under_its_name_is_found_again(base: Base) -> None:
    await put(base, NODE, POD)
    await base.do(lambda tx: resources.drop(tx, "os", [POD.key], NOW + 1))
    await put(base, POD, at=NOW + 2)
    found = await base.read(lambda tx: resources.by_names(tx, ["cart"]))
    assert len(found["cart"]) == 1
    assert await base.do(lambda tx: resources.let_pass(tx, NOW + HOUR)) == 0


async def test_a_pod_that_an_incident_is_about_is_kept_like_anything_else(base: Base) -> None:
    (pod,) = (await put(base, POD)).new
    await base.do(lambda tx: about.put(tx, [(7, pod)]))
    await base.do(lambda tx: resources.drop(tx, "os", [POD.key], NOW + 1))
    assert await base.do(lambda tx: resources.let_pass(tx, NOW + DAY)) == 0
    assert [one.what for one in await base.read(lambda tx: resources.changes(tx, pod))] == ["gone"]
    there = await base.read(lambda tx: resources.get(tx, pod))
    assert there is not None and there.gone_at == NOW + 1


async def test_an_index_that_was_not_asked_for_long_still_hears_what_went(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index()
    await put(base, NODE, POD)
    await index.fresh(base.reader)
    await base.do(lambda tx: resources.drop(tx, "os", [POD.key], NOW + 1))
    await base.do(lambda tx: resources.let_pass(tx, NOW + DAY))
    monkeypatch.setattr(searching, "RECOUNTED", -1.0)
    await index.fresh(base.reader)
    assert (len(index), index.search(Wanted(("cart",))).total) == (1, 0)


async def test_pods_are_listed_after_everything_else_unless_one_is_called_so(base: Base) -> None:
    pods = [Resource(f"p:{n}", "pod", f"cart-{n}", health=Health.DOWN, group="shop") for n in "abc"]
    others = (
        Resource("d", "deployment", "cart", group="shop"),
        Resource("b", "database", "shop-cart-db", health=Health.DEGRADED),
        Resource("x", "bucket", "else", tags={"for": "cart"}),
    )
    await put(base, *pods, *others)
    index = Index()
    await index.fresh(base.reader)
    names = {one.id: one.name for one in index.entries(Wanted())}

    def found(*words: str, **more: Any) -> str:
        return " ".join(names[n] for n in index.search(Wanted(words, **more), 4).ids)

    assert found("cart") == "cart shop-cart-db else cart-a"
    assert found("cart-b") == "cart-b"
    assert found() == "shop-cart-db cart else cart-a"
    assert found(health="bad") == "shop-cart-db cart-a cart-b cart-c"
    assert found(kind="pod") == "cart-a cart-b cart-c"
    assert index.names("cart", 3) == ["cart", "shop-cart-db", "cart-a"]
    assert (
        index.search(Wanted(("cart",)), 2, skip=3).ids
        == index.search(Wanted(("cart",)), 9).ids[3:5]
    )


async def test_counts_follow_what_changes(base: Base) -> None:
    index = Index()
    await put(base, SERVER, HYPERVISOR, POD)
    await index.fresh(base.reader)
    await put(base, replace(SERVER, health=Health.DOWN), replace(POD, group="pay"), at=NOW + 1)
    await index.fresh(base.reader)
    tally = index.tally(Wanted())
    assert sorted((one.kind, one.health, many) for one, many in tally.profiles.items()) == [
        ("hypervisor", "ok", 1), ("pod", "ok", 1), ("server", "down", 1),
    ]  # fmt: skip
    assert tally.groups == {"": 2, "pay": 1}
    assert index.tally(Wanted(group="pay")).groups == {"pay": 1}
    assert index.counts(Wanted(health="bad"), ("kind",)) == {("server",): 1}


async def test_the_index_reads_on_over_pages(base: Base) -> None:
    many = [Resource(f"r:{n}", "server", f"web-{n}") for n in range(650)]
    await put(base, *many)
    index = Index()
    await index.fresh(base.reader)
    assert len(index) == 650
    assert index.search(Wanted(("web-64",))).total == 11


def _all(tx: Tx) -> list[int]:
    return [row.id for row in resources.since(tx, (0, 0), 100)]


def swept(tx: Tx, kept: str, now: int) -> list[int]:
    """A part was told whole, and this alone was among it."""
    keys = {resources.name_hash(tx, kept)}
    return resources.end(tx, sweeping.untold(tx, "os", "all", keys)[0], now)
