"""A signed delivery that comes again is answered as it was the first time, and nothing is done.

It is remembered only after its commit: one that failed is taken in when its sender tries again.
Kept for a day, in memory and in the store, so that a restart and another process know it too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from commands.door import Door
from commands.errors import CommandError
from commands.intake import Accepted
from integrations.base import Reading
from store import deliveries
from store.clock import DAY, Instant

log = logging.getLogger("pixelview.hooks")

MOST = 10_000
"""How many are known without a look into the store."""

Taken = tuple[Accepted, Reading]


class Repeats:
    """What was taken in, by a mark that only who has the secret can make."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: dict[str, tuple[Instant, Taken]] = {}
        self._at_work: dict[str, asyncio.Future[None]] = {}
        self._unwritten: dict[str, Any] = {}
        self._writing: asyncio.Task[None] | None = None
        self.count = 0

    async def once(self, key: str, take: Callable[[], Awaitable[Taken]]) -> Taken:
        """What it was answered, or what ``take`` answers where it comes for the first time."""
        while (first := self._at_work.get(key)) is not None:
            await asyncio.wait([first])
        done = self._at_work[key] = asyncio.get_running_loop().create_future()
        try:
            before = await self._before(key)
            if before is not None:
                self.count += 1
                return before
            taken = await take()
            await self._keep(key, taken)
            return taken
        finally:
            del self._at_work[key]
            done.set_result(None)

    async def _before(self, key: str) -> Taken | None:
        now = self._door.clock.now()
        at, taken = self._known.get(key, (now - DAY - 1, None))
        if taken is not None and at >= now - DAY:
            return taken
        try:
            said = await self._door.reader.read(lambda tx: deliveries.answered(tx, now, key))
        except (SQLAlchemyError, OSError, TimeoutError):
            log.exception("whether a delivery came before")
            return None
        return None if said is None else _of(said)

    async def _keep(self, key: str, taken: Taken) -> None:
        """Those that wait together are written together."""
        accepted, read = taken
        while len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[key] = (self._door.clock.now(), (accepted, Reading((), read.reply)))
        self._unwritten[key] = _plain(taken)
        while key in self._unwritten:
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._write())
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        batch = dict(self._unwritten)
        try:
            await self._door.system(lambda ctx: deliveries.keep(ctx.tx, ctx.now, batch))
        except (CommandError, SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("%d deliveries are taken in and not remembered: %s", len(batch), error)
        finally:
            for key in batch:
                self._unwritten.pop(key, None)


def _plain(taken: Taken) -> dict[str, Any]:
    accepted, read = taken
    return {"accepted": accepted.accepted, "incidents": list(accepted.incidents),
            "incident": accepted.incident_id,
            "reply": None if read.reply is None else dict(read.reply)}  # fmt: skip


def _of(said: dict[str, Any]) -> Taken:
    accepted = Accepted(said["accepted"], tuple(said["incidents"]), said["incident"])
    return accepted, Reading((), said["reply"])
