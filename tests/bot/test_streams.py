"""A connection to a monitor is held, made anew ever more slowly, and its state is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from bot.health import _monitors
from bot.streams import FIRST, LONGEST, Stream
from commands.errors import Busy
from integrations.base import Misconfigured, Transient
from store.access import Source
from store.model import AlertReading
from tests.support.world import ObedientClock, alert

SOURCE = Source(1, "icinga", "icinga")


class Over(Exception):
    """The test has seen enough."""


class Talker:
    """A monitor; ``says`` is what each of its connections says, an error being raised."""

    def __init__(self, *says: Sequence[Any]) -> None:
        self.says = list(says)
        self.listens = True

    async def events(self) -> AsyncIterator[Sequence[AlertReading] | None]:
        for each in self.says.pop(0) if self.says else (Transient("gone"),):
            if isinstance(each, Exception):
                raise each
            yield each


class Desk:
    """Takes in what is heard, and looks."""

    def __init__(self, monitor: object) -> None:
        self.clock = ObedientClock()
        self.monitor, self.taken, self.looks = monitor, list[str](), 0
        self.waits: list[float] = []
        self.busy = False
        self.stream = Stream("icinga", self.clock, self.reached, self.take, self.look)
        self.stream._pause = self.pause  # type: ignore[assignment]

    async def reached(self, name: str) -> Any:
        return SOURCE, self.monitor

    async def take(self, source: Source, said: tuple[AlertReading, ...]) -> None:
        assert source is SOURCE
        if self.busy:
            raise Busy("full")
        self.taken += [one.key for one in said]

    async def look(self, name: str) -> None:
        self.looks += 1

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.waits.append(seconds)
        self.clock.at += 1
        if len(self.waits) >= 12:
            raise Over

    async def runs(self) -> None:
        with pytest.raises(Over):
            await self.stream.run()
        await self.stream.stop()


async def test_it_is_looked_at_when_it_begins_and_what_it_tells_is_taken_in() -> None:
    desk = Desk(Talker([None, [alert("a")], [alert("b")]]))
    await desk.runs()
    assert desk.taken == ["a", "b"]
    assert desk.looks == 1


async def test_it_is_tried_again_ever_more_slowly() -> None:
    desk = Desk(Talker())
    await desk.runs()
    assert desk.waits[0] <= FIRST * 1.25
    assert all(b > a * 0.9 for a, b in zip(desk.waits[:6], desk.waits[1:6], strict=False))
    assert max(desk.waits) <= LONGEST * 1.25
    assert desk.stream.trouble == "gone" and desk.stream.since is None


async def test_after_a_connection_that_lasted_it_is_tried_at_once() -> None:
    class Lasting(Talker):
        async def events(self) -> AsyncIterator[Sequence[AlertReading] | None]:
            if len(desk.waits) == 6:
                yield None
                desk.clock.at += 60_000
                return
            raise Transient("gone")

    desk = Desk(None)
    desk.monitor = Lasting()
    await desk.runs()
    retries = [w for w in desk.waits if w != 2.0]
    assert min(retries[6:]) <= FIRST * 1.25


async def test_what_is_not_taken_in_is_found_by_looking() -> None:
    desk = Desk(Talker([[alert("a")]]))
    desk.busy = True
    await desk.runs()
    assert desk.taken == [] and desk.looks == 1


async def test_one_that_tells_nothing_by_itself_is_left_alone() -> None:
    talker = Talker()
    talker.listens = False
    for monitor in (object(), talker):
        desk = Desk(monitor)
        await desk.stream.run()
        assert not desk.stream.wanted


async def test_its_state_is_seen_in_health() -> None:
    desk = Desk(Talker([Misconfigured("Icinga refuses: no", "user")]))
    await desk.runs()
    known: Any = SimpleNamespace(looked={}, troubles={}, streams={"icinga": desk.stream})
    [sign] = _monitors(known)
    assert (sign.name, sign.ok, sign.words) == ("Events of icinga", False, "gone")
    desk.stream.trouble, desk.stream.since = "", 7
    [sign] = _monitors(known)
    assert (sign.ok, sign.words, sign.at) == (True, "live since", 7)
