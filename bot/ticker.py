"""The one APScheduler job that runs what is due; woken at once when something is due now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from commands import each_minute, keeping, noise, outgoing, self_audit
from commands.door import Door
from commands.inventory import costing, measuring, savings
from store import timers
from store.clock import SECOND
from store.model import Instant, Severity
from store.writer import Lane

log = logging.getLogger("pixelview.ticker")

BATCH, MANY = 20, 200
"""Timers in one transaction, and in each further one where more are due: they wait less, and
presses more."""
JUMP = 60.0  # seconds
CRITICAL = (Severity.CRITICAL.rank,)


class Ticker:
    """Fires due timers within a second, and keeps the house every minute."""

    def __init__(self, door: Door, steady: Callable[[], float] | None = None) -> None:
        """``steady`` are seconds that no change of the clock moves; without it no jump is seen."""
        self._door, self._steady = door, steady
        self._apart: float | None = None
        self._busy = asyncio.Lock()
        self._scheduler: AsyncIOScheduler | None = None
        self._woken: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.failures = 0
        self.last_tick = 0
        self.lag = 0
        self._looked = 0

    def start(self) -> None:
        """Begin to tick every second."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        scheduler.add_job(self.tick, "interval", seconds=1, **options)
        scheduler.add_job(self.minute, "interval", seconds=60, **options)
        scheduler.add_job(self.reports, "interval", minutes=5, **options)
        scheduler.start()
        self._scheduler = scheduler
        self.wake()

    async def stop(self) -> None:
        """End the ticking."""
        self._stopped = True
        if self._scheduler:
            self._scheduler.shutdown(wait=False)
        await asyncio.gather(*self._woken, return_exceptions=True)

    def wake(self) -> None:
        """Something is due now."""
        if not self._woken and not self._stopped:
            task = asyncio.get_running_loop().create_task(self.tick())
            self._woken.add(task)
            task.add_done_callback(self._woken.discard)

    async def tick(self) -> None:
        """Fire everything that is due."""
        async with self._busy:
            now = self._door.clock.now()
            await self._reload(now)
            first = await self._door.reader.read(timers.next_due)
            self.last_tick = now
            self.lag = max(0, now - first) if first is not None else 0
            if self._jumped(now):
                log.warning("the clock jumped; what is not critical waits for the self-audit")
                await self._drain(now, first, CRITICAL)
                await self._audit()
            await self._drain(now, first, timers.RANKS)

    async def _reload(self, now: Instant) -> None:
        """Each second: what another process put in force."""
        if now - self._looked >= SECOND:
            self._looked = now
            await self._door.reload()

    def _jumped(self, now: Instant) -> bool:
        """Whether the wall clock moved by more than a minute against the steady one."""
        if self._steady is None:
            return False
        apart, before = now / 1000 - self._steady(), self._apart
        self._apart = apart
        return before is not None and abs(apart - before) > JUMP

    async def _drain(self, now: Instant, first: Instant | None, ranks: Sequence[int]) -> None:
        size = BATCH
        while first is not None and first <= now and await self._fire(ranks, size) >= size:
            size = MANY
            await asyncio.sleep(0)

    async def _fire(self, ranks: Sequence[int], size: int) -> int:
        try:
            return await self._door.system(
                lambda ctx: outgoing.fire_due(ctx, size, ranks), lane=Lane.TIMER
            )
        except Exception:
            self.failures += 1
            log.exception("a batch of timers failed, going one by one")
            return await self._one_by_one(size)

    async def _one_by_one(self, size: int) -> int:
        fired = 0
        for _ in range(size):
            try:
                if not await self._door.system(lambda ctx: outgoing.fire_due(ctx, 1)):
                    break
                fired += 1
            except Exception:
                self.failures += 1
                log.exception("a timer failed; it is tried again in 30 s")
                await self._door.system(lambda ctx: outgoing.postpone(ctx, 30_000))
        return fired

    async def minute(self) -> None:
        """Every minute: anchors, old keys, the self-audit."""
        await self._door.system(outgoing.upkeep_minute, lane=Lane.BULK)
        await self._door.system(each_minute.run)
        await keeping.run(self._door)
        await self._audit()

    async def reports(self) -> None:
        """Now and then: reports that are due; long ones keep nothing else waiting."""
        await noise.run(self._door)
        await costing.run(self._door)
        await savings.run(self._door)
        await measuring.thin(self._door)

    async def _audit(self) -> None:
        found = await self_audit.run(self._door)
        if found:
            log.error("the self-audit put %d incidents back to paging", found)
