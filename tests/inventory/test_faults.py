"""What is wrong becomes an alert once it has lasted, and is over once it was not seen any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.inventory import faults
from integrations.base import Transient
from store.access import Source
from store.inventory import faults as rows
from store.inventory.faults import Standing
from store.model import HOUR, MINUTE, AlertReading, AlertType, IncidentStatus, Severity
from tests.inventory.house import built, server
from tests.inventory.scripted import Looked, Scripted, broken
from tests.support.engines import AGAIN
from tests.support.world import START, World

RESOLVED, NEW = IncidentStatus.RESOLVED, IncidentStatus.TRIGGERED


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = await built(request.param, tmp_path)
    yield made
    await made.end()


@pytest.fixture
def cloud() -> Scripted:
    return Scripted({"all": [server(0), broken()]})


@pytest.fixture
async def looked(world: World, cloud: Scripted) -> AsyncIterator[Looked]:
    made = Looked(world, cloud)
    yield made
    await made.asking.close()


async def open_now(world: World) -> list[str]:
    """The titles of open incidents."""
    found = await world.asks("ana", "list")
    return sorted(each.title for each in found.incidents)


async def known(world: World) -> list[Standing]:
    return await world.app.reader.read(rows.there)


async def test_a_fault_becomes_an_alert_with_labels_of_what_it_is_about(looked: Looked) -> None:
    await looked.look()
    detail = await looked.world.detail(1)
    (alert,) = detail.alerts
    assert (alert.title, alert.type) == ("shop-0 is in ERROR", AlertType.OPENSTACK)
    assert alert.source == "os-prod" and alert.key == "server/0"
    wanted = {
        "source": "os-prod", "alertname": "ServerError", "kind": "ServerError",
        "resource": "shop-0", "resource_kind": "server", "group": "shop", "host": "shop-0",
        "resource_id": "openstack:os-prod:server:11111111-0000-4000-8000-000000000000",
    }  # fmt: skip
    assert wanted.items() <= alert.labels.items()


async def test_it_is_over_once_a_whole_look_does_not_name_it(
    looked: Looked, cloud: Scripted
) -> None:
    await looked.look()
    cloud.says["all"] = [server(0)]
    await looked.look(seconds=61)
    assert await looked.world.status(1) is RESOLVED
    assert await known(looked.world) == []


async def test_a_look_that_breaks_off_ends_nothing(looked: Looked, cloud: Scripted) -> None:
    await looked.look()
    cloud.says["all"] = [server(1), Transient("503")]
    await looked.look(seconds=61)
    assert await looked.world.status(1) is NEW
    assert (await looked.part()).state == "stale"


async def test_it_waits_until_it_has_lasted(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"] = [broken(after=2 * MINUTE)]
    await looked.look()
    await looked.look(seconds=61)
    assert await open_now(looked.world) == []
    await looked.look(seconds=61)
    assert await open_now(looked.world) == ["shop-0 is in ERROR"]
    assert (await looked.world.detail(1)).alerts[0].starts_at == START


async def test_what_its_provider_says_it_lasts_counts(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"] = [broken(after=2 * MINUTE, since=START - 10 * MINUTE)]
    await looked.look()
    assert (await looked.world.detail(1)).alerts[0].starts_at == START - 10 * MINUTE


async def test_what_went_before_it_was_said_is_forgotten(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"] = [broken(after=2 * MINUTE)]
    await looked.look()
    cloud.says["all"] = []
    await looked.look(seconds=61)
    cloud.says["all"] = [broken(after=2 * MINUTE)]
    await looked.look(seconds=61)
    assert await open_now(looked.world) == []


async def test_it_is_over_only_after_it_stayed_away_for_long_enough(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says["all"] = [broken(calm=2 * MINUTE)]
    await looked.look()
    cloud.says["all"] = []
    await looked.look(seconds=61)
    await looked.look(seconds=61)
    assert await looked.world.status(1) is NEW
    cloud.says["all"] = [broken(calm=2 * MINUTE)]
    await looked.look(seconds=61)
    cloud.says["all"] = []
    for _ in range(3):
        await looked.look(seconds=61)
    assert await looked.world.status(1) is RESOLVED


async def test_the_same_fault_comes_back_as_a_new_one_although_it_began_before(
    looked: Looked, cloud: Scripted
) -> None:
    old = broken(since=START - HOUR)
    cloud.says["all"] = [old]
    await looked.look()
    cloud.says["all"] = []
    await looked.look(seconds=61)
    cloud.says["all"] = [old]
    await looked.look(seconds=61)
    assert await looked.world.status(1) is NEW
    assert "reopen" in await looked.world.history(1)
    cloud.says["all"] = []
    await looked.look(seconds=61)
    cloud.says["all"] = [old]
    await looked.look(seconds=20 * 60)
    assert await open_now(looked.world) == ["shop-0 is in ERROR"]
    assert await looked.world.status(2) is NEW


async def test_what_stands_is_said_again_so_that_silence_does_not_end_it(looked: Looked) -> None:
    for _ in range(7):
        await looked.look(seconds=61)
    (alert,) = (await looked.world.detail(1)).alerts
    assert alert.count == 2


async def test_it_is_said_again_while_its_source_is_silent(looked: Looked, cloud: Scripted) -> None:
    await looked.look()
    cloud.says["all"] = Transient("no route to host")
    for _ in range(3):
        await looked.look(seconds=301)
    found = {a.key: a.count for a in (await looked.world.detail(1)).alerts}
    assert found["server/0"] == 4
    assert await looked.world.status(1) is NEW


async def test_a_higher_severity_is_said_at_once(looked: Looked, cloud: Scripted) -> None:
    cloud.says["all"] = [broken(severity=Severity.WARNING)]
    await looked.look()
    cloud.says["all"] = [broken(severity=Severity.CRITICAL)]
    await looked.look(seconds=61)
    assert (await looked.world.incident(1)).severity is Severity.CRITICAL


async def test_a_crash_before_the_alert_was_taken_in_loses_nothing(
    looked: Looked, cloud: Scripted
) -> None:
    world = looked.world
    await world.door.system(lambda ctx: faults.told(ctx, "os-prod", "all", [broken()]))
    assert await open_now(world) == []
    await looked.again()
    await looked.look()
    assert await open_now(world) == ["shop-0 is in ERROR"]


async def test_a_crash_before_it_was_written_down_doubles_nothing(looked: Looked) -> None:
    world = looked.world
    told = await world.door.system(lambda ctx: faults.told(ctx, "os-prod", "all", [broken()]))
    await world.door.intake(await looked.taking.intake("os-prod"), tuple(told))
    await looked.again()
    await looked.look(seconds=30)
    assert await open_now(world) == ["shop-0 is in ERROR"]
    (alert,) = (await world.detail(1)).alerts
    assert alert.count == 2 and alert.starts_at == START


async def test_a_crash_before_the_end_was_written_down_ends_it_once(
    looked: Looked, cloud: Scripted
) -> None:
    world = looked.world
    await looked.look()
    cloud.says["all"] = []
    await world.advance(seconds=61)
    over = await world.door.system(lambda ctx: faults.told(ctx, "os-prod", "all", (), (), True))
    await world.door.intake(await looked.taking.intake("os-prod"), tuple(over))
    await looked.again()
    await looked.look()
    assert await world.status(1) is RESOLVED and await known(world) == []


async def test_hundreds_of_faults_end_in_one_look(
    looked: Looked, cloud: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    async def takes(source: Source, readings: tuple[AlertReading, ...]) -> None:
        said.extend(f"{each.status} {each.key}" for each in readings)

    monkeypatch.setattr(looked.world.door, "intake", takes)
    cloud.says["all"] = [broken(n) for n in range(450)]
    await looked.look()
    assert len(said) == len(set(said)) == len(await known(looked.world)) == 450
    cloud.says["all"] = []
    await looked.look(seconds=61)
    assert await known(looked.world) == [] and len(said) == len(set(said)) == 900


async def test_faults_of_other_parts_and_sources_are_left_alone(
    looked: Looked, cloud: Scripted
) -> None:
    cloud.says["more"] = [broken(7)]
    other = Looked(looked.world, Scripted({"all": [broken(9)]}), "aws-prod")
    await looked.look()
    await other.look()
    cloud.says["all"] = []
    await looked.look(seconds=61)
    assert sorted(one.fault.key for one in await known(looked.world)) == ["server/7", "server/9"]
    await other.asking.close()


async def test_what_was_asked_after_a_resource_is_found_by_its_key(looked: Looked) -> None:
    await looked.look()
    key = server(0).key
    (one,) = await looked.world.app.reader.read(lambda tx: rows.about(tx, [key.upper()]))
    assert one.fault == broken()
    assert await looked.world.app.reader.read(lambda tx: rows.about(tx, [server(1).key])) == []


async def test_rows_of_faults_that_are_over_go_after_a_week(
    looked: Looked, cloud: Scripted
) -> None:
    await looked.look()
    cloud.says["all"] = []
    await looked.look(seconds=61)
    world, day = looked.world, 24 * HOUR
    keys = ["server/0"]
    for later, left in ((7 * day, 1), (9 * day, 0)):
        world.clock.at = START + later
        await world.door.system(lambda ctx: rows.forget(ctx.tx, ctx.now))
        there = await world.app.reader.read(lambda tx: rows.by_keys(tx, "os-prod", keys))
        assert len(there) == left
