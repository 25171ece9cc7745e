"""Asks the providers that keep receipts whether their pages were answered, every few seconds."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from bot.latest import Latest
from bot.pages.inbox import Inbox
from bot.pages.pagers import Pagers
from commands.door import Door
from integrations.base import Answered, Transient, Watcher
from store import page_tests, paged
from store.db import Tx
from store.model import HOUR
from store.outbox import Row

log = logging.getLogger("pixelview.receipts")

EVERY = 6.0
"""Seconds; Pushover asks not to be asked about a receipt more than once in five."""
OLDEST = 3 * HOUR
AT_ONCE = 50
_REMEMBERED = 5_000


class Receipts:
    """Watches the pages that ring until somebody presses."""

    def __init__(self, door: Door, pagers: Pagers, inbox: Inbox) -> None:
        self._door, self._pagers, self._inbox = door, pagers, inbox
        self._over: Latest[int, bool] = Latest(_REMEMBERED)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, where a channel keeps receipts."""
        if self._pagers.watched():
            self._task = asyncio.get_running_loop().create_task(
                self._run(), name="pixelview-receipts"
            )

    async def stop(self) -> None:
        """Look no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> int:
        """Ask about every open receipt once; how many answers there were."""
        found = 0
        for channel in self._pagers.watched():
            for row in (await self._open(channel))[:AT_ONCE]:
                found += await self._ask(channel, row)
        return found

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("looking at receipts")
            await asyncio.sleep(EVERY)

    async def _open(self, channel: str) -> list[Row]:
        since = self._door.clock.now() - OLDEST

        def find(tx: Tx) -> list[Row]:
            return [*paged.ringing(tx, channel, since), *page_tests.ringing(tx, channel, since)]

        return [row for row in await self._door.reader.read(find) if row.id not in self._over]

    async def _ask(self, channel: str, row: Row) -> int:
        pager, caller = self._pagers.get(channel), self._pagers.serving(channel)
        if not isinstance(pager, Watcher) or caller is None:
            return 0
        try:
            events = await pager.watch(row.channel or "", row.message or "")
        except Transient:
            return 0
        if events is None:
            self._over[row.id] = True
            return 0
        answers = [e for e in events if isinstance(e, Answered)]
        for event in answers:
            self._over[row.id] = True
            await self._inbox.answered(
                replace(event, key=str(row.id), id=str(row.message), channel=channel), caller
            )
        return len(answers)
