"""Writes down what is new of executions: what ended at once, the rest at most every second, many in
one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from commands.automation import following
from commands.automation.following import News
from commands.door import Door
from commands.errors import Busy
from store.clock import Instant

log = logging.getLogger("pixelview.automation")

TOGETHER = 40
"""So many in one transaction: other writes go between."""
PAUSE = 1.0
"""Seconds between two writes of what only goes on."""


class Pen:
    """What is new waits here until it is on disk."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._news: dict[int, News] = {}
        self._heard: dict[int, Instant] = {}
        self._any, self._urgent = asyncio.Event(), asyncio.Event()
        self.lag: Instant = 0

    def __len__(self) -> int:
        return len(self._news)

    def note(self, one: News, heard: Instant = 0) -> None:
        """Something is new; ``heard`` is when an end was heard of."""
        before = self._news.get(one.number)
        self._news[one.number] = one if before is None else before.with_(one)
        if heard:
            self._heard.setdefault(one.number, heard)
        self._any.set()
        if one.ends:
            self._urgent.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._any.wait()
            if not self._urgent.is_set():
                try:
                    async with asyncio.timeout(PAUSE):
                        await self._urgent.wait()
                except TimeoutError:
                    pass
            try:
                await self.flush()
            except Busy as error:
                log.warning("what executions did waits to be written: %s", error)
                await asyncio.sleep(PAUSE)
            except Exception:
                log.exception("what executions did could not be written; once more in a second")
                await asyncio.sleep(PAUSE)

    async def flush(self) -> None:
        """Write all there is, what ended first."""
        while self._news:
            self._any.clear()
            self._urgent.clear()
            order = sorted(self._news.values(), key=lambda one: (not one.ends, one.number))
            some = order[:TOGETHER]
            for one in some:
                del self._news[one.number]
            try:
                await self._write(some)
            except BaseException:
                for one in some:
                    later = self._news.get(one.number)
                    self._news[one.number] = one if later is None else one.with_(later)
                self._any.set()
                raise

    async def _write(self, some: Sequence[News]) -> None:
        try:
            await self._door.system(lambda ctx: following.told(ctx, some))
        except Busy:
            raise
        except Exception:
            if len(some) == 1:
                log.exception("execution %d can't be written", some[0].number)
                return
            for one in some:
                await self._write([one])
            return
        now = self._door.clock.now()
        for one in some:
            heard = self._heard.pop(one.number, 0) if one.ends else 0
            if heard:
                self.lag = max(now - heard, 0)
