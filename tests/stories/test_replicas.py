"""Two processes on one PostgreSQL: what both decide at once is decided once, by the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.app import App, prepare
from commands.errors import Conflict
from commands.intake import Accepted
from store.access import Source
from store.model import AlertReading, AlertStatus, IncidentStatus
from tests.support.world import World, alert

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
async def other(world: World) -> AsyncIterator[App]:
    """A second process, without the lease."""
    app = App(world.app.settings, await prepare(world.app.settings), world.clock)
    await app.writer.start()
    app.door.attach(app.writer)
    await app.door.open()
    yield app
    await app.ticker.stop()
    await app.writer.stop()
    await app.reader.close()


async def both_hear(
    world: World, other: App, source: Source, one: AlertReading, two: AlertReading
) -> list[Accepted]:
    """Each process is told something at the same time."""
    return list(
        await asyncio.gather(world.door.intake(source, (one,)), other.door.intake(source, (two,)))
    )


async def test_alerts_of_one_group_open_one_incident(world: World, other: App) -> None:
    source = await world.source()
    for n in range(8):
        labels = {"service": f"s{n}"}
        one, two = alert(f"a{n}", labels=labels), alert(f"b{n}", labels=labels)
        got = await both_hear(world, other, source, one, two)
        assert got[0].incident_id == got[1].incident_id is not None
        found = await world.incident(got[0].incident_id or 0)
        assert (found.alerts_total, found.alerts_firing) == (2, 2)


async def test_the_same_alert_twice_is_one_alert(world: World, other: App) -> None:
    source = await world.source()
    for n in range(8):
        same = alert(f"k{n}", labels={"service": f"s{n}"})
        got = await both_hear(world, other, source, same, same)
        assert got[0].incident_id == got[1].incident_id
        (kept,) = (await world.detail(got[0].incident_id or 0)).alerts
        assert kept.count == 2


async def test_one_process_resolves_what_the_other_opened(world: World, other: App) -> None:
    source = await world.source()
    incident = await world.fires("a")
    await other.door.intake(source, (alert("b"),))
    await other.door.intake(source, (alert("a", status=AlertStatus.RESOLVED),))
    await world.clears("b")
    assert await world.status(incident) is IncidentStatus.RESOLVED
    again = await other.door.intake(source, (alert("a", starts_at=world.clock.at + 1),))
    assert again.incident_id == incident


async def test_of_two_acks_in_two_processes_one_wins_and_the_other_is_told(
    world: World, other: App
) -> None:
    for n in range(6):
        incident = await world.fires(f"k{n}", labels={"service": f"s{n}"})
        got = await asyncio.gather(
            world.door.do("ack", {"incident": incident}, world.actor("ana", "slack")),
            other.door.do("ack", {"incident": incident}, world.actor("omar", "discord")),
            return_exceptions=True,
        )
        lost = [e for e in got if isinstance(e, BaseException)]
        assert len(lost) == 1 and isinstance(lost[0], Conflict), got
        found = await world.incident(incident)
        assert lost[0].winner is not None
        assert lost[0].winner["who"] == world.door.definitions().name_of(found.holder)


async def test_a_press_that_reaches_both_processes_counts_once(world: World, other: App) -> None:
    incident = await world.fires()
    args = {"incident": incident, "text": "hello"}
    got = await asyncio.gather(
        world.door.do("note", args, world.actor("ana"), key="p1"),
        other.door.do("note", args, world.actor("ana"), key="p1"),
    )
    assert got[0] == got[1]
    assert (await world.incident(incident)).notes == 1


async def test_merges_across_do_not_lock_each_other_out(world: World, other: App) -> None:
    for n in range(4):
        one = await world.fires(f"a{n}", labels={"service": f"x{n}"})
        two = await world.fires(f"b{n}", labels={"service": f"y{n}"})
        got = await asyncio.gather(
            world.door.do("merge", {"incident": one, "into": two}, world.actor("ana")),
            other.door.do("merge", {"incident": two, "into": one}, world.actor("omar")),
            return_exceptions=True,
        )
        assert sum(isinstance(e, Conflict) for e in got) == 1, got
        states = [await world.status(i) for i in (one, two)]
        assert sorted(states) == ["resolved", "triggered"]
