"""Sources are asked part by part, in time; what fails makes a part old and changes nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.inventory.schedule import Before
from integrations.base import (
    Changes,
    Cursor,
    Gone,
    Misconfigured,
    Over,
    Permanent,
    Progress,
    Transient,
)
from store.inventory import resources
from store.model import IncidentStatus
from store.model.resource import Sample
from tests.inventory.house import built, of, server
from tests.inventory.scripted import Looked, Scripted, broken
from tests.support.engines import AGAIN
from tests.support.world import World


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = await built(request.param, tmp_path)
    yield made
    await made.end()


@pytest.fixture
def cloud() -> Scripted:
    return Scripted({"all": [[server(0), server(1)], server(2)]})


@pytest.fixture
async def looked(world: World, cloud: Scripted) -> AsyncIterator[Looked]:
    made = Looked(world, cloud)
    yield made
    await made.asking.close()


async def names(world: World) -> list[str]:
    """What is there, by the database."""
    rows = await world.app.reader.read(lambda tx: resources.since(tx, (0, 0), 10_000))
    found = resources.opened(world.app.reader.ring, rows)
    return sorted(one.resource.name for one in found if one.gone_at is None)


async def test_what_is_told_is_there_and_what_is_not_told_again_is_gone(
    looked: Looked, cloud: Scripted
) -> None:
    await looked.look()
    assert await names(looked.world) == ["shop-0", "shop-1", "shop-2"]
    cloud.says["all"] = [server(1)]
    await looked.look(seconds=61)
    assert await names(looked.world) == ["shop-1"]
    assert (await of(looked.world, server(0).key)).gone_at == looked.world.clock.at
    part = await looked.part()
    assert (part.state, part.resources, part.failures) == ("ok", 1, 0)


@pytest.mark.parametrize("wrong", [Transient("503"), Permanent("no"), ValueError("oops")])
async def test_one_that_breaks_off_is_old_and_nothing_is_gone(
    looked: Looked, cloud: Scripted, wrong: Exception
) -> None:
    await looked.look()
    cloud.says["all"] = [replace(server(0), state="SHUTOFF"), wrong]
    await looked.look(seconds=61)
    assert await names(looked.world) == ["shop-0", "shop-1", "shop-2"]
    part = await looked.part()
    assert part.state == "stale" and part.failures == 1 and str(wrong) in part.error
    assert part.ok_at == looked.world.clock.at - 61_000


async def test_one_that_takes_too_long_is_given_up(looked: Looked, cloud: Scripted) -> None:
    async def hangs(cursor: str) -> AsyncIterator[Any]:
        yield server(0)
        await asyncio.Event().wait()

    cloud.says["all"], cloud.more = hangs, {"timeout": 0.01}
    await looked.look()
    part = await looked.part()
    assert (part.state, part.error) == ("stale", "it took longer than 0.01 s")
    assert part.kind == "late"


async def test_changes_alone_sweep_nothing_and_say_what_is_gone(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says["all"] = [server(0), server(1), broken(0), broken(1), Cursor("7")]
    await looked.look()
    cloud.says["all"] = [Changes(), Gone(server(1).key), Over("server/1"), server(2), Cursor("8")]
    await looked.look(seconds=61)
    assert await names(looked.world) == ["shop-0", "shop-2"]
    assert await looked.world.status(2) is IncidentStatus.RESOLVED
    assert await looked.world.status(1) is IncidentStatus.TRIGGERED
    assert [cursor for _, cursor in cloud.asked] == ["", "7"]
    assert (await looked.part()).cursor == "8"


async def test_a_cursor_is_kept_only_once_all_went_well(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"] = [Cursor("7")]
    await looked.look()
    cloud.says["all"] = [Cursor("8"), Transient("503")]
    await looked.look(seconds=61)
    cloud.says["all"] = []
    await looked.look(seconds=61)
    assert [cursor for _, cursor in cloud.asked] == ["", "7", "7"]


async def test_what_came_and_went_in_one_page_is_there_as_it_was_last(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says["all"] = [Changes(), server(0), Gone(server(0).key), Gone(server(1).key), server(1)]
    await looked.look()
    assert await names(looked.world) == ["shop-1"]


async def test_each_part_is_asked_when_it_is_due(looked: Looked, cloud: Scripted) -> None:
    cloud.more = {"every": 100.0}
    await looked.look()
    await looked.look(seconds=90)
    assert len(cloud.asked) == 1
    await looked.look(seconds=15)
    assert len(cloud.asked) == 2


async def test_what_fails_is_asked_again_later_each_time(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"], cloud.more = Transient("503"), {"every": 600.0}
    asked = []
    for _ in range(40):
        await looked.look(seconds=15)
        asked.append(len(cloud.asked))
    when = [15 * (i + 1) for i in range(40) if i == 0 or asked[i] > asked[i - 1]]
    assert when == [15, 30, 60, 120, 240, 480]


async def test_what_could_not_be_reached_is_asked_again_once_something_else_can_be(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says, cloud.more = {"often": Transient("no way"), "seldom": Transient("no way")}, {}
    await looked.look(seconds=1)
    cloud.each = {"seldom": {"every": 43_200.0}}
    await looked.look(seconds=400)  # parts are asked for again
    for _ in range(8):
        await looked.look(seconds=60)
    cloud.says = {"often": [server(0)], "seldom": [server(1)]}
    cloud.asked.clear()
    for _ in range(3):
        await looked.look(seconds=60)
    assert ("seldom", "") in cloud.asked
    assert await names(looked.world) == ["shop-0", "shop-1"]
    assert (await looked.part("seldom")).state == "ok"


async def test_what_is_refused_is_not_asked_again_because_something_else_is_not(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says = {"often": Transient("no way"), "refused": Permanent("403")}
    await looked.look(seconds=1)
    cloud.says["often"] = [server(0)]
    cloud.asked.clear()
    for _ in range(3):
        await looked.look(seconds=60)
    assert ("often", "") in cloud.asked and ("refused", "") not in cloud.asked


async def test_what_the_other_side_asks_for_is_kept_to(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"] = Transient("slow down", 200.0)
    await looked.look()
    await looked.look(seconds=190)
    assert len(cloud.asked) == 1
    await looked.look(seconds=11)
    assert len(cloud.asked) == 2


async def test_no_more_than_a_few_parts_are_asked_at_once(looked: Looked, cloud: Scripted) -> None:
    running, most = 0, 0

    async def part(cursor: str) -> AsyncIterator[Any]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        yield server(0)
        running -= 1

    cloud.says = {f"p{i}": part for i in range(20)}
    await looked.look()
    assert most == 4 and len(cloud.asked) == 20


async def test_a_source_that_can_not_say_its_parts_goes_on_with_those_it_had(
    looked: Looked, cloud: Scripted
) -> None:
    await looked.look()
    cloud.wrong = Misconfigured("is not a number", "region")
    await looked.look(seconds=400)
    assert len(cloud.asked) == 2
    assert (await looked.part("")).error == "region: is not a number"


async def test_a_part_that_is_not_named_any_more_goes_after_an_hour(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says["more"] = [server(9), broken(9)]
    await looked.look()
    del cloud.says["more"]
    await looked.look(seconds=400)
    assert "shop-9" in await names(looked.world)
    await looked.look(seconds=3700)
    await looked.look(seconds=400)
    assert "shop-9" not in await names(looked.world)
    assert await looked.world.status(1) is IncidentStatus.RESOLVED
    assert "more" not in {one.name for one in looked.ledger.of(looked.name)}


async def test_after_a_restart_what_is_seldom_asked_waits_for_its_time(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says = {"hourly": [server(0)], "often": [server(1)]}
    cloud.more = {"every": 3600.0}
    looked.begin({"hourly": Before("c", 600.0), "often": Before("", None)})
    await looked.look()
    assert cloud.asked == [("often", "")]
    await looked.look(seconds=3001)
    assert ("hourly", "c") in cloud.asked


async def test_how_far_a_long_look_is_can_be_seen_while_it_runs(
    looked: Looked, cloud: Scripted
) -> None:
    seen = []

    async def long(cursor: str) -> AsyncIterator[Any]:
        yield server(0)
        looked.world.clock.at += 3000
        yield Progress(500, 2000, "no right to read volumes")
        seen.append(await looked.world.asks("ana", "inventory-status"))

    cloud.says["all"] = long
    await looked.look()
    assert "all: 0, being read for the first time (500 of 2,000)" in "\n".join(seen[0].lines)
    assert "no right to read volumes" in (await looked.part()).note


async def test_people_say_inventory_status_too(looked: Looked) -> None:
    await looked.look()
    said = (await looked.world.asks("ana", "inventory", find="status")).lines
    assert said[-1] == "os-prod: 3 resources in 1 part, read just now"
    assert said == (await looked.world.asks("ana", "inventory-status")).lines
    one = (await looked.world.asks("ana", "inventory", find="status os-prod")).lines
    assert one[1].startswith("  all: 3, ") and one[1].endswith("read just now")


async def test_measures_are_taken_in_and_may_become_alerts(looked: Looked, cloud: Scripted) -> None:
    async def hot(cursor: str) -> AsyncIterator[Any]:
        yield server(0)
        yield Sample(server(0).key, "cpu", looked.world.clock.at, 99.0)

    cloud.says["all"] = hot
    for _ in range(20):
        await looked.look(seconds=61)
    (alert,) = (await looked.world.detail(1)).alerts
    assert alert.type == "metric" and "shop-0" in alert.title


async def test_the_part_that_measures_comes_from_ends_no_alert_of_a_rule(
    looked: Looked, cloud: Scripted
) -> None:
    async def hot(cursor: str) -> AsyncIterator[Any]:
        yield Sample(server(0).key, "cpu", looked.world.clock.at, 99.0)

    cloud.says = {"all": [server(0)], "metrics": hot}
    for _ in range(22):
        await looked.look(seconds=61)
    assert (await looked.world.detail(1)).alerts[0].type == "metric"
    assert await looked.world.status(1) is IncidentStatus.TRIGGERED


# a source that is out of reach


async def test_a_source_that_fails_three_times_is_an_alert_of_its_own(
    looked: Looked, cloud: Scripted
) -> None:
    await looked.look()
    cloud.says["all"] = Transient("connection refused")
    for _ in range(3):
        await looked.look(seconds=61)
    (alert,) = (await looked.world.detail(1)).alerts
    assert alert.title == "OpenStack os-prod does not answer since 02:10 UTC"
    assert "all: connection refused" in alert.description
    assert alert.labels["alertname"] == "SourceUnreachable" and alert.severity == "error"
    cloud.says["all"] = [server(0)]
    await looked.look(seconds=601)
    assert await looked.world.status(1) is IncidentStatus.RESOLVED


async def test_one_that_fails_for_five_minutes_is_one_too(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"] = Permanent("403 Forbidden")
    await looked.look()
    await looked.look(seconds=310)
    assert "does not answer" in (await looked.world.incident(1)).title


async def test_some_parts_of_many_are_said_as_such_and_are_one_alert(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says = {f"p{i}": [server(i)] for i in range(10)}
    cloud.says |= {"p3": Permanent("AccessDenied"), "p4": Permanent("AccessDenied")}
    for _ in range(4):
        await looked.look(seconds=301)
    (alert,) = (await looked.world.detail(1)).alerts
    assert alert.title.startswith("2 of 10 parts of OpenStack os-prod can't be read since 02:")
    assert alert.description == "p3, p4: AccessDenied" and alert.severity == "warning"


async def test_one_of_which_nothing_is_heard_is_one_as_well(looked: Looked) -> None:
    await looked.look()
    world = looked.world
    for _ in range(14):
        await world.advance(seconds=50)
        await looked.taking.due("os-prod")
    assert (await world.incident(1)).title == "OpenStack os-prod does not answer since 02:09 UTC"


# what is not looked at any more


async def test_a_source_that_is_not_in_the_settings_any_more_is_let_go_with_a_word(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says["all"] = [*(server(n) for n in range(450)), broken(0)]
    await looked.look()
    await looked.taking.remove("os-prod")
    world = looked.world
    assert await names(world) == []
    assert await world.status(1) is IncidentStatus.RESOLVED
    number = (await of(world, server(0).key)).id
    (change,) = await world.app.reader.read(lambda tx: resources.changes(tx, number))
    assert (change.what, change.after) == ("gone", "os-prod is not looked at any more")
    assert looked.ledger.sources == set()


async def test_an_alert_goes_under_another_name_where_the_name_is_a_monitors(
    looked: Looked, cloud: Scripted
) -> None:
    await looked.world.source("os-prod")
    cloud.says["all"] = [broken()]
    await looked.look()
    assert (await looked.world.detail(1)).alerts[0].source == "os-prod-inventory"


async def test_what_can_not_be_taken_in_makes_its_part_fail_and_ends_nothing(
    looked: Looked, cloud: Scripted
) -> None:
    await looked.look()
    none: Any = None
    cloud.says["all"] = [server(0), Sample(server(0).key, none, looked.world.clock.at, 1.0)]
    await looked.look(seconds=61)
    part = await looked.part()
    assert part.state == "stale" and part.error.startswith("it could not be taken in")
    assert len(await names(looked.world)) == 3
