"""Tasks that end with whoever began them, looks that come again, the wait for a connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from integrations.base import Misconfigured


class Running:
    """The tasks of one owner; ``name`` is what they are called where nothing else is said."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, work: Coroutine[Any, Any, None], name: str | None = None) -> asyncio.Task[None]:
        """Do something beside, until it or the owner ends."""
        task = asyncio.get_running_loop().create_task(work, name=name or self._name)
        self.take(task)
        return task

    def take(self, task: asyncio.Task[Any]) -> None:
        """A task that somebody else began ends with the owner too."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def let_go(self, task: asyncio.Task[Any]) -> None:
        """A task goes on by itself."""
        self._tasks.discard(task)
        task.remove_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """End every task, and wait until each has."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Looking:
    """Looks at something now and every ``pause`` seconds, until it is told to stop; what goes wrong
    in a look is logged as ``wrong``, and the next one comes as ever."""

    def __init__(
        self, look: Callable[[], Awaitable[None]], pause: float, name: str,
        log: logging.Logger, wrong: str,
    ) -> None:  # fmt: skip
        self._look, self._pause, self._name = look, pause, name
        self._log, self._wrong = log, wrong
        self._running = Running(name)

    def start(self) -> None:
        """Look from now on."""
        self._running.begin(self._run())

    async def stop(self) -> None:
        """End, also in the middle of a look."""
        await self._running.end()

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:  # noqa: BLE001  logged, and the next look comes as ever
                self._log.exception("%s", self._wrong)
            await asyncio.sleep(self._pause)


async def until_connected(
    connected: asyncio.Event, wrong: asyncio.Future[Misconfigured], trying: asyncio.Task[None]
) -> None:
    """Returns when connected or when ``trying`` ended; raises what is ``wrong`` first."""
    up = asyncio.get_running_loop().create_task(connected.wait())
    ends: set[asyncio.Future[Any]] = {up, wrong, trying}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        up.cancel()
    if wrong.done():
        raise wrong.result()
