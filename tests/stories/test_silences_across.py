"""Two processes on one PostgreSQL: a silence made in one holds in the other, and none slips by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.app import App, prepare
from store.model import AlertReading
from tests.support.world import World, alert

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
WHAT: dict[str, Any] = {
    "what": "host=staging-2", "until": "3h", "text": "load test", "no_preview": True,
}  # fmt: skip


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


def warns(n: int, service: str = "one") -> AlertReading:
    labels = {"host": "staging-2", "service": service}
    return alert(f"k{n}", severity="warning", labels=labels)


async def test_a_silence_of_one_process_holds_in_the_other(world: World, other: App) -> None:
    source = await world.source()
    await world.does("ana", "silence", **WHAT)
    first = await other.door.intake(source, (warns(1),))
    second = await world.door.intake(source, (warns(2),))
    await world.settle()
    number = first.incident_id
    assert number is not None and number == second.incident_id
    found = await world.incident(number)
    assert found.hush is not None and found.alerts_total == 2 and world.paged() == []
    await other.door.do("silence-extend", {"silence": 1, "until": "1h"}, world.actor("omar"))
    assert (await world.incident(number)).silenced_until == (world.clock.at + 4 * 3_600_000)
    await other.door.do("silence-end", {"silence": 1}, world.actor("omar"))
    await world.settle()
    assert world.paged() == ["U0ANA", "ana"]
    third = await world.door.intake(source, (warns(3, "two"),))
    assert (await world.incident(third.incident_id or 0)).hush is None


async def test_what_opens_while_a_silence_begins_is_hidden_too(world: World, other: App) -> None:
    source = await world.source()
    for n in range(6):
        started, opened = await asyncio.gather(
            world.door.do("silence", WHAT, world.actor("ana")),
            other.door.intake(source, (warns(n, f"s{n}"),)),
        )
        await world.advance(seconds=6)
        found = await world.incident(opened.incident_id or 0)
        assert found.hush is not None, started
        world.clear()
        ends = [world.door.do("silence-end", {"silence": n + 1}, world.actor("ana"))]
        await asyncio.gather(*ends, other.door.intake(source, (warns(100 + n, f"t{n}"),)))
        await world.advance(seconds=6)
        ids = [i.id for i in (await world.asks("ana", "list", limit=100)).incidents]
        hushed = [i for i in ids if (await world.incident(i)).hush is not None]
        assert hushed == []
        for i in ids:
            await world.does("ana", "resolve", i, how="now")
