"""A PixelView beside a StackStorm: the real client over HTTP, and time that obeys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.automation.engine import LEASE_LIFE
from bot.automation.system import System
from store import executions
from store.executions import Execution
from tests.support.engines import fresh_url
from tests.support.stackstorm import StackStorm
from tests.support.world import YAML, World

ACTIONS = """
actions:
  rotate-wal:
    run: st2:pg.rotate_wal
    title: Rotate the WAL
    params: {host: "{labels.host}"}
    dangerous: writes stop for 20 s
    deadline: 30m
  upgrade: {run: "st2:pg.upgrade", deadline: 10m}
"""


def settings(st2: StackStorm, more: str = "", **own: str) -> str:
    """The house with a StackStorm."""
    given = {"url": st2.url, "api_key": st2.settings()["api_key"], **own}
    lines = "".join(f"    {name}: {value}\n" for name, value in given.items() if value)
    return f"{YAML}\nstackstorm:\n  st2:\n{lines}{ACTIONS}{more}"


class Ran:
    """The house, its engine by hand."""

    def __init__(self, world: World, st2: StackStorm) -> None:
        self.world, self.st2 = world, st2

    @classmethod
    async def build(cls, st2: StackStorm, path: Path, more: str = "", **own: str) -> Ran:
        """From nothing."""
        world = await World.build(fresh_url("sqlite", path), path, settings(st2, more, **own))
        return await cls(world, st2).begun()

    async def begun(self) -> Ran:
        """The engine is there, and knows the actions."""
        await self.world.app.automation.open()
        await self.system.turn()
        return self

    @property
    def system(self) -> System:
        """The runner's part of the engine."""
        return self.world.app.automation.systems["st2"]

    async def listen(self) -> None:
        """The stream is followed, too."""
        self.system._running.begin(self.system._listen())
        await self.st2.streams.listened()

    async def end(self) -> None:
        """Stop."""
        await self.system.stop()
        await self.world.end()

    async def died(self) -> Ran:
        """The process dies in mid-run, and another one begins."""
        await self.system._running.end()
        await self.system.follower.end()
        await self.system.runner.close()
        await self.world.die()
        self.world.clock.at += LEASE_LIFE
        return await Ran(await self.world.again(), self.st2).begun()

    # what people do

    async def run(self, action: str, params: str = "", by: str = "ana", **more: Any) -> Execution:
        """Somebody runs an action; its execution once it was begun."""
        await self.world.does(by, "run", action=action, params=params, **more)
        return await self.last()

    async def last(self) -> Execution:
        """The newest execution."""
        found = await self.world.door.reader.read(executions.last)
        return found[0]

    async def get(self, number: int) -> Execution:
        """One by its number."""
        one = await self.world.door.reader.read(lambda tx: executions.get(tx, number))
        assert one is not None
        return one

    async def output(self, number: int) -> str:
        """All that is kept of what it printed."""
        return await self.world.door.reader.read(lambda tx: executions.output(tx, number))

    # time

    async def look(self, seconds: float = 0) -> None:
        """Time passes, and what is due is looked at and written."""
        if seconds:
            await self.world.advance(seconds=seconds)
        await self.system.turn()
        await self.written()

    async def written(self) -> None:
        """What is being read is there, and on disk."""
        while self.system.follower.busy:
            await asyncio.wait([*self.system.follower._running._tasks])
        await self.system.pen.flush()
        await self.world.settle()

    async def until(self, there: Callable[[], Any]) -> None:
        """Wait for what comes over the wire."""
        async with asyncio.timeout(30):
            while not there():
                await asyncio.sleep(0.005)
        await self.written()
