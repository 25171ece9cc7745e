"""Saved views: a list under a name, for a person, a team or everybody."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text as sql

from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.told import Told
from store.model import Listing
from tests.support.world import World, alert


async def save(world: World, who: str, name: str, words: str, share: str = "") -> str:
    done = await world.does(who, "view-save", name=name, filter=words, share=share)
    return done.say


async def lines(world: World, who: str) -> list[str]:
    told: Told = await world.asks(who, "views")
    return list(told.lines)


async def shown(world: World, who: str, name: str) -> list[int]:
    found: Listing = await world.asks(who, "view", name=name)
    return [i.id for i in found.incidents]


async def two(world: World) -> tuple[int, int]:
    critical = await world.fires("a", labels={"alertname": "disk", "service": "pay", "env": "prod"})
    warning = await world.fires(
        "b", severity="warning", labels={"alertname": "load", "service": "web", "env": "prod"}
    )
    return critical, warning


async def test_a_view_is_saved_seen_and_narrowed(world: World) -> None:
    critical, warning = await two(world)
    say = await save(world, "ana", "Prod, now", "env=prod group=service")
    assert say == "Saved: Prod, now. See it: view Prod, now"
    assert await shown(world, "ana", "prod, NOW") == [warning, critical]
    assert await shown(world, "ana", "Prod, now critical") == [critical]
    assert await shown(world, "ana", '"Prod, now" warning') == [warning]
    found: Listing = await world.asks("ana", "list", filter='view:"Prod, now" severity=warning')
    assert [i.id for i in found.incidents] == [warning]
    assert (found.group, [g.value for g in found.groups]) == ("service", ["web"])
    assert await lines(world, "ana") == [
        "Prod, now: env=prod, by service · 2 open, 2 with nobody · yours"
    ]


async def test_a_state_takes_the_place_of_the_views_own(world: World) -> None:
    critical, _ = await two(world)
    await world.does("ana", "resolve", critical, how="now")
    await save(world, "ana", "pay", "open service=pay")
    assert await shown(world, "ana", "pay") == []
    assert await shown(world, "ana", "pay resolved") == [critical]


async def test_who_sees_a_view_is_said_when_it_is_saved(world: World) -> None:
    await save(world, "ana", "mine", "critical")
    await save(world, "ana", "ours", "team=db", "team")
    await save(world, "omar", "all", "nobody", "everybody")
    names = {
        who: [line.split(":")[0] for line in await lines(world, who)]
        for who in ("ana", "omar", "mei")
    }
    assert names == {"ana": ["mine", "ours", "all"], "omar": ["ours", "all"], "mei": ["all"]}
    with pytest.raises(NotFound, match=r"There is no view mine\. There are: ours · all"):
        await world.asks("omar", "view", name="mine")


async def test_mine_means_whoever_looks(world: World) -> None:
    critical, warning = await two(world)
    await save(world, "ana", "my part", "mine", "everybody")
    await world.does("omar", "ack", warning)
    assert await shown(world, "omar", "my part") == [warning]
    assert await shown(world, "ana", "my part") == []
    await world.does("ana", "ack", critical)
    assert await shown(world, "ana", "my part") == [critical]


async def test_names_are_unique_for_each_owner(world: World) -> None:
    await save(world, "ana", "Payments", "critical")
    assert (await save(world, "ana", "payments", "warning")).startswith("Changed: payments.")
    await save(world, "ana", "payments", "info", "everybody")
    assert await lines(world, "ana") == [
        "payments: warning · 0 open · yours",
        "payments: info · 0 open · everybody's",
    ]
    await save(world, "ana", "other", "error")
    with pytest.raises(Conflict, match="There is a view payments already"):
        await world.does("ana", "view-rename", name="other", to="PAYMENTS")
    await world.does("ana", "view-rename", name="other", to="Billing")
    await world.does("ana", "view-rename", name="payments", to="PAYMENTS")
    said = [line.split(":")[0] for line in await lines(world, "ana")]
    assert said == ["Billing", "PAYMENTS", "payments"]


async def test_a_view_is_removed_and_says_what_it_showed(world: World) -> None:
    await save(world, "ana", "pay", "critical team=db")
    done = await world.does("ana", "view-remove", name="pay")
    assert done.say == "Removed: pay. It showed: severity=critical team=db"
    with pytest.raises(NotFound, match=r"There is no view pay\. Save one: view-save"):
        await world.does("ana", "view-remove", name="pay")
    assert await lines(world, "ana") == [
        "No view is saved yet. For example: view-save payments team=db critical"
    ]


async def test_now_begins_with_the_view_somebody_chose(world: World) -> None:
    await save(world, "ana", "pay", "critical", "everybody")
    await world.does("omar", "view-first", name="pay")
    assert (await lines(world, "omar"))[0].endswith("your Now begins with it")
    assert not (await lines(world, "ana"))[0].endswith("your Now begins with it")
    facts = (await world.asks("omar", "views")).facts["views"]
    assert [(v["name"], v["first"]) for v in facts] == [("pay", True)]
    await world.does("omar", "view-first", name="everything")
    assert not (await world.asks("omar", "views")).facts["views"][0]["first"]
    await world.does("omar", "view-first", name="pay")
    await world.does("ana", "view-remove", name="pay")
    await save(world, "ana", "pay", "critical", "everybody")
    assert not (await world.asks("omar", "views")).facts["views"][0]["first"]


@pytest.mark.parametrize(
    ("args", "where"),
    [
        ({"name": "save", "filter": "critical"}, "name"),
        ({"name": '" "', "filter": "critical"}, "name"),
        ({"name": "x" * 41, "filter": "critical"}, "name"),
        ({"name": "a", "filter": "severity=loud"}, "filter"),
        ({"name": "a", "filter": "view:b"}, "filter"),
        ({"name": "a", "filter": "since=later"}, "filter"),
        ({"name": "a"}, "filter"),
        ({"name": "a", "filter": "critical", "share": "nobody"}, "share"),
        ({"name": "a", "filter": "critical", "share": "team:nosuch"}, "share"),
    ],
)
async def test_what_can_not_be_saved_names_its_field(
    world: World, args: dict[str, Any], where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await world.does("ana", "view-save", **args)
    assert refused.value.where == where


async def test_nobody_changes_the_view_of_somebody_else(world: World) -> None:
    with pytest.raises(Denied, match="Mei Lin may save views for themselves"):
        await save(world, "mei", "all", "critical", "everybody")
    with pytest.raises(Invalid, match="You are in no team"):
        await save(world, "mei", "ours", "critical", "team")
    with pytest.raises(Denied):
        await save(world, "mei", "ours", "critical", "team:db")
    await save(world, "mei", "mine", "critical")
    await save(world, "ana", "all", "critical", "everybody")
    others: list[tuple[str, dict[str, Any]]] = [("view-remove", {}), ("view-rename", {"to": "x"})]
    for verb, more in others:
        with pytest.raises(Denied, match="saved for everybody by Ana Petrova"):
            await world.does("omar", verb, name="all", **more)
    with pytest.raises(Denied):
        await save(world, "omar", "all", "warning", "everybody")
    await save(world, "omar", "ours", "critical", "team")
    await world.does("ana", "view-rename", name="ours", to="theirs")


async def test_there_are_only_so_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from commands import saving_views

    monkeypatch.setattr(saving_views, "MOST", 2)
    for name in ("a", "b"):
        await save(world, "ana", name, "critical")
    await save(world, "ana", "b", "warning")
    with pytest.raises(Conflict, match="There are 2 such views already"):
        await save(world, "ana", "c", "critical")


async def test_what_people_wrote_is_sealed_and_every_change_is_on_record(world: World) -> None:
    await save(world, "ana", "secret plan", "service=skunkworks")
    await world.does("ana", "view-remove", name="secret plan")
    await save(world, "ana", "secret plan", "service=skunkworks")

    def look(tx: object) -> tuple[list[object], list[str]]:
        rows = tx.conn.execute(sql("SELECT * FROM views")).all()  # type: ignore[attr-defined]
        told = tx.conn.execute(sql("SELECT verb FROM audit WHERE verb LIKE 'view%' ORDER BY seq"))  # type: ignore[attr-defined]
        return list(rows), list(told.scalars())

    rows, verbs = await world.app.reader.read(look)
    assert len(rows) == 1
    assert b"skunk" not in repr(rows).encode() and "secret" not in repr(rows)
    assert verbs == ["view-save", "view-remove", "view-save"]


async def test_of_what_is_over_nothing_is_counted(world: World) -> None:
    await two(world)
    await save(world, "ana", "done", "resolved since yesterday")
    await save(world, "ana", "late", "opened>1h")
    assert await lines(world, "ana") == [
        "done: resolved, since yesterday · yours",
        "late: opened>1h · 0 open · yours",
    ]
    await world.advance(minutes=61)
    assert (await lines(world, "ana"))[1] == "late: opened>1h · 2 open, 2 with nobody · yours"


async def test_while_it_is_typed_it_may_go_on(world: World) -> None:
    await two(world)
    await save(world, "ana", "payments", "critical")

    async def begun(text: str, kind: str = "list") -> list[str]:
        told: Told = await world.asks("ana", "completions", text=text, kind=kind)
        return list(told.lines)

    assert await begun("critical env=") == ["critical env=prod"]
    assert (await begun("service=p"))[0] == "service=pay"
    assert "view=payments" in await begun("view=")
    assert await begun("pay", "view") == ["payments"]
    assert "who=omar" in await begun("who=o")


async def test_an_alert_that_comes_in_changes_what_is_counted(world: World) -> None:
    await save(world, "ana", "pay", "service=pay")
    assert (await lines(world, "ana"))[0] == "pay: service=pay · 0 open · yours"
    await world.hears(alert("a", labels={"service": "pay", "alertname": "x"}))
    assert (await lines(world, "ana"))[0].startswith("pay: service=pay · 1 open")
