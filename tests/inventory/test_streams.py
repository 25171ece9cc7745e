"""Sources that tell of changes by themselves: what is told whole is swept, what breaks is old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.inventory.streaming import Flow
from integrations.base import Begin, Broken, End, Gone, Of, Over, Transient
from store.model import MINUTE, IncidentStatus
from tests.inventory.house import built, server
from tests.inventory.scripted import Looked, Scripted, broken
from tests.inventory.test_engine import names
from tests.support.world import World

POD = "pods"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await built("sqlite", tmp_path)
    yield made
    await made.end()


class Stream(Scripted):
    """Tells what it is given, then ends or raises."""

    def __init__(self, *told: Any) -> None:
        super().__init__({})
        self.told: Sequence[Any] = told

    async def stream(self) -> AsyncIterator[Any]:
        for one in self.told:
            if isinstance(one, Exception):
                raise one
            yield one


class Heard(Looked):
    """A stream that is listened to until it ends."""

    async def hears(self, *told: Any, seconds: float = 0) -> None:
        await self.world.advance(seconds=seconds)
        self.connector.told = told  # type: ignore[attr-defined]
        flow = Flow(self.name, self.connector, self.taking)  # type: ignore[arg-type]
        self.ended = await flow.once()
        await self.taking.due(self.name)
        await self.world.settle()


@pytest.fixture
def heard(world: World) -> Heard:
    return Heard(world, Stream())


def of(*items: Any) -> list[Of]:
    return [Of(POD, item) for item in items]


async def test_what_was_told_whole_is_swept_and_then_changes_follow(heard: Heard) -> None:
    await heard.hears(Begin(POD), of(server(0), server(1), broken(0), broken(1)), End(POD))
    assert await names(heard.world) == ["shop-0", "shop-1"]
    assert (await heard.part(POD)).state == "live"
    await heard.hears(of(Gone(server(1).key), server(2), Over("server/1")), seconds=30)
    assert await names(heard.world) == ["shop-0", "shop-2"]
    await heard.hears(of(server(3)), seconds=30)
    assert (await heard.part(POD)).resources == 3
    assert await heard.world.status(2) is IncidentStatus.RESOLVED
    await heard.hears(Begin(POD), of(server(2)), End(POD), seconds=30)
    assert await names(heard.world) == ["shop-2"]
    assert await heard.world.status(1) is IncidentStatus.RESOLVED


async def test_what_breaks_off_before_its_end_sweeps_nothing(heard: Heard) -> None:
    await heard.hears(Begin(POD), of(server(0), broken(0)), End(POD))
    await heard.hears(Begin(POD), of(server(1)), Broken(POD, "410 Gone"), seconds=30)
    assert await names(heard.world) == ["shop-0", "shop-1"]
    assert await heard.world.status(1) is IncidentStatus.TRIGGERED
    part = await heard.part(POD)
    assert (part.state, part.error) == ("stale", "410 Gone")


async def test_a_fault_of_a_stream_becomes_an_alert_once_it_has_lasted_without_a_word(
    heard: Heard,
) -> None:
    await heard.hears(Begin(POD), of(server(0), broken(0, after=2 * MINUTE)), End(POD))
    await heard.world.advance(seconds=110)
    await heard.taking.due(heard.name)
    assert (await heard.world.asks("ana", "list")).incidents == ()
    await heard.world.advance(seconds=11)
    await heard.taking.due(heard.name)
    assert await heard.world.status(1) is IncidentStatus.TRIGGERED


async def test_one_that_stays_away_for_long_enough_is_over_without_a_word(heard: Heard) -> None:
    away = broken(0, calm=2 * MINUTE)
    await heard.hears(Begin(POD), of(server(0), away), End(POD))
    await heard.hears(of(Over(away.key)), seconds=30)
    assert await heard.world.status(1) is IncidentStatus.TRIGGERED
    await heard.hears(of(away), seconds=30)
    await heard.hears(of(Over(away.key)), seconds=30)
    await heard.hears(seconds=100)
    assert await heard.world.status(1) is IncidentStatus.TRIGGERED
    await heard.hears(seconds=21)
    assert await heard.world.status(1) is IncidentStatus.RESOLVED


async def test_nothing_is_over_while_its_part_is_old(heard: Heard) -> None:
    away = broken(0, calm=MINUTE)
    await heard.hears(Begin(POD), of(server(0), away), End(POD))
    await heard.hears(of(Over(away.key)), Broken(POD, "lost"), seconds=30)
    await heard.hears(seconds=300)
    assert await heard.world.status(1) is IncidentStatus.TRIGGERED


async def test_items_are_told_in_their_order_before_what_follows_them(heard: Heard) -> None:
    many = [server(n) for n in range(1000)]
    await heard.hears(Begin(POD), *of(*many), *of(Gone(many[7].key)), End(POD))
    assert len(await names(heard.world)) == 999


async def test_a_stream_that_ends_is_begun_again_and_its_parts_are_old_meanwhile(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asyncio.Event()
    stream: Any = heard.connector
    stream.told = [Begin(POD), *of(server(0)), End(POD), Transient("connection reset")]
    count = 0

    async def told() -> AsyncIterator[Any]:
        nonlocal count
        count += 1
        if count == 3:
            began.set()
            await asyncio.Event().wait()
        for one in stream.told:
            if isinstance(one, Exception):
                raise one
            yield one

    monkeypatch.setattr(stream, "stream", told)
    monkeypatch.setattr("bot.inventory.streaming.FIRST", 0.001)
    task = asyncio.create_task(Flow(heard.name, stream, heard.taking).run())
    await began.wait()
    part = await heard.part(POD)
    assert (part.state, part.error, part.failures) == ("stale", "connection reset", 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
