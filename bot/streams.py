"""Monitors that tell what happens over a connection that stays: it is held, and made anew, after
which they are looked at."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

from commands.errors import Busy
from integrations.base import IntegrationError, Monitor, Streams
from store.access import Source
from store.clock import Clock, Instant
from store.model import AlertReading

log = logging.getLogger("pixelview.monitors")

FIRST, LONGEST = 1.0, 60.0
"""Seconds until it is tried again after the first failure, and at most."""
LASTED = 30_000
"""Milliseconds after which a connection that ends is no failure."""
BETWEEN = 2.0
"""Seconds between two looks that events ask for."""

Reached = Callable[[str], Awaitable[tuple[Source, Monitor]]]
Take = Callable[[Source, tuple[AlertReading, ...]], Awaitable[object]]
Look = Callable[[str], Awaitable[object]]


class Stream:
    """The connection to one monitor. ``since`` is when it began, None while there is none, then
    ``trouble`` says why; ``wanted`` turns false where the monitor has no such thing."""

    def __init__(self, name: str, clock: Clock, reached: Reached, take: Take, look: Look) -> None:
        self.name, self._clock = name, clock
        self._reached, self._take, self._look = reached, take, look
        self.since: Instant | None = None
        self.trouble = ""
        self.wanted = False
        self._wants_look = False
        self._looking: asyncio.Task[None] | None = None
        self._pause = asyncio.sleep

    async def run(self) -> None:
        """For ever; returns where the monitor tells nothing by itself."""
        wait = FIRST
        while True:
            try:
                if not await self._hold():
                    return
                self.trouble = "it ended the connection"
            except IntegrationError as error:
                self.trouble = str(error)
                if self.wanted:
                    log.warning("%s tells nothing now: %s", self.name, error)
            except Exception:
                self.trouble = "a fault of ours; it is in the log"
                log.exception("what %s tells can't be taken in", self.name)
            held = self.since is not None and self._clock.now() - self.since > LASTED
            self.since, wait = None, FIRST if held else wait
            await self._pause(wait * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
            wait = min(wait * 2, LONGEST)

    async def _hold(self) -> bool:
        """Hear as long as the connection lasts; False where there is nothing to hear."""
        source, monitor = await self._reached(self.name)
        if not isinstance(monitor, Streams) or not getattr(monitor, "listens", True):
            return False
        self.wanted = True
        async for said in monitor.events():
            if self.since is None:
                self.since, self.trouble = self._clock.now(), ""
            if said is None:
                self._look_soon()
            else:
                await self._hear(source, said)
        return True

    async def _hear(self, source: Source, said: Sequence[AlertReading]) -> None:
        try:
            await self._take(source, tuple(said))
        except Busy:
            self._look_soon()  # what is not taken in now is found then

    def _look_soon(self) -> None:
        self._wants_look = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._looked())

    async def _looked(self) -> None:
        while self._wants_look:
            self._wants_look = False
            try:
                await self._look(self.name)
            except IntegrationError as error:
                log.warning("%s can't be looked at: %s", self.name, error)
            except Exception:
                log.exception("%s can't be looked at", self.name)
            await self._pause(BETWEEN)

    async def stop(self) -> None:
        """End a look that is under way."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
