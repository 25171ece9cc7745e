"""Tells consoles what changed: hints from our own commits, the table for everybody else's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store import upkeep
from store.db import Reader

log = logging.getLogger("pixelview.changes")

Batch = list[tuple[int, int]]
EACH = 0.25


class Changes:
    """Coalesced: at most one batch each 250 ms, the newest rev of each incident."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._subscribers: set[asyncio.Queue[Batch]] = set()
        self._pending: dict[int, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._last = 0
        self._seen: set[int] = set()
        self._alone = reader.sqlite

    async def start(self) -> None:
        """Begin with what comes from now on."""
        self._last = await self._reader.read(upkeep.newest_change)
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-changes")

    async def stop(self) -> None:
        """End; subscribers see nothing more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def hint(self, changed: dict[int, int]) -> None:
        """Our own commit changed these."""
        if self._subscribers:
            self._pending.update(changed)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Batch]]:
        """A queue of batches of (incident, rev)."""
        queue: asyncio.Queue[Batch] = asyncio.Queue(maxsize=1000)
        self._subscribers.add(queue)
        try:
            yield queue
        finally:
            self._subscribers.discard(queue)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EACH)
            if not self._subscribers:
                continue
            try:
                await self._others()
            except Exception:
                log.exception("reading changes")
            if self._pending:
                batch = list(self._pending.items())
                self._pending = {}
                for queue in self._subscribers:
                    if not queue.full():
                        queue.put_nowait(batch)

    async def _others(self) -> None:
        """Ids are made before their commit, so each look goes back a little.

        On SQLite there are no others: one process at a time holds the lease.
        """
        if self._alone:
            return
        back = self._last - (2_000 << 22)
        rows = await self._reader.read(lambda tx: upkeep.changes_since(tx, max(back, 0)))
        fresh = [r for r in rows if r[0] not in self._seen]
        self._seen = {r[0] for r in rows}
        if rows:
            self._last = max(self._last, rows[-1][0])
        for _, incident, rev in fresh:
            self._pending[incident] = max(rev, self._pending.get(incident, 0))
