"""Keeps the pages fresh that people have open in a chat: looked at again once something changed,
seldom, and only where somebody may look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.abilities import ShowsHome
from bot.cards.model import Surface
from store import upkeep
from store.db import Reader

log = logging.getLogger("pixelview.fresh")

EACH, ALWAYS = 20.0, 300.0
"""Seconds between two looks, and after how many everything is looked at: shifts begin and end
although nothing changes."""


class Freshener:
    """Tells the chats when their pages may be stale."""

    def __init__(
        self, reader: Reader, surfaces: Mapping[str, Surface], *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._reader, self._surfaces, self._pause = reader, surfaces, pause
        self._task: asyncio.Task[None] | None = None
        self._newest, self._idle = -1, 0.0

    def start(self) -> None:
        """Look from now on."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-fresh")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._pause(EACH)
            try:
                await self.look()
            except Exception:
                log.exception("looking at open pages")

    async def look(self) -> None:
        """Where something changed, or after a while anyway, each chat draws what is open there."""
        open_in = [s for s in self._surfaces.values() if isinstance(s, ShowsHome) and s.homes()]
        if not open_in:
            return
        newest = await self._reader.read(upkeep.newest_change)
        self._idle += EACH
        if newest == self._newest and self._idle < ALWAYS:
            return
        self._newest, self._idle = newest, 0.0
        for surface in open_in:
            try:
                await surface.freshen()
            except Exception:
                log.exception("drawing open pages anew")
