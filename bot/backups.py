"""Backups by themselves, each in a process of its own so that nothing else waits for it."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from bot.backing_up import in_a_child
from bot.keys_settings import BackupSettings
from bot.running import Looking
from bot.settings import Settings
from commands import backups as last_ones
from commands.backups import LEASE, Last
from commands.context import Ctx
from commands.door import SYSTEM, Door
from store import audit, upkeep
from store.writer import Lane

log = logging.getLogger("pixelview.backups")
LOOK = 30.0


class Backups:
    """Looks now and then whether one is due; ``signs`` say how it stands."""

    def __init__(self, door: Door, settings: Settings, me: str) -> None:
        self._door, self._settings, self._me = door, settings, me
        self._wanted = settings.backups
        wrong = "the backups could not be looked at; once more in a while"
        self._looking = Looking(self.look, LOOK, "pixelview-backups", log, wrong)
        self._since = door.clock.now()
        self.last = Last()

    async def start(self) -> None:
        """Say what is planned; look from time to time."""
        wanted = self._wanted
        every = wanted.pause if wanted else None
        await self._door.system(lambda ctx: last_ones.plan(ctx, every))
        if wanted is not None:
            self.last = await self._door.reader.read(last_ones.last)
            self._looking.start()

    async def stop(self) -> None:
        """End; one that is being made is given up, and leaves nothing behind but a part."""
        await self._looking.stop()

    async def look(self) -> None:
        """Make one where it is due."""
        wanted = self._wanted
        if wanted is None:
            return
        every = wanted.pause
        if await self._door.system(lambda ctx: last_ones.due(ctx, self._me, every), lane=Lane.BULK):
            await self._make(wanted)
        self.last = await self._door.reader.read(last_ones.last)

    async def _make(self, wanted: BackupSettings) -> None:
        now = self._door.clock.now()
        loop, spawn = asyncio.get_running_loop(), multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(max_workers=1, mp_context=spawn)
        try:
            made = await loop.run_in_executor(pool, in_a_child, self._settings, wanted, now)
            new, outcome = Last(now, *made), "ok"
        except Exception as error:  # noqa: BLE001  whatever the other process says is kept
            log.error("the backup failed: %s", error)  # noqa: TRY400  it says it all
            said = str(error)[:200] or type(error).__name__
            before = await self._door.reader.read(last_ones.last)
            new = Last(before.at, before.path, before.rows, before.size, now, said)
            outcome = "failed"
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        await self._door.system(lambda ctx: self._keep(ctx, new, outcome))

    def _keep(self, ctx: Ctx, new: Last, outcome: str) -> None:
        last_ones.keep(ctx, new)
        upkeep.drop_lease(ctx.tx, LEASE, self._me)
        detail = {"file": new.path, "rows": new.rows, "bytes": new.size, "error": new.error}
        audit.append(
            ctx.tx, self._door.writer_name, ctx.now, SYSTEM, "backup", outcome, None, detail
        )

    def signs(self) -> list[tuple[str, bool, str]]:
        """A line for the Health box."""
        if self._wanted is None:
            return []
        wrong = last_ones.trouble(
            self.last, self._wanted.pause, self._door.clock.now(), self._since
        )
        return [("Backups", not wrong, wrong or "the last one went well")]

    def gauges(self) -> dict[str, tuple[str, float]]:
        """For Prometheus."""
        if self.last.at is None:
            return {}
        age = (self._door.clock.now() - self.last.at) / 1000
        return {
            "backup_age_seconds": ("Age of the last good backup.", age),
            "backup_bytes": ("Size of the last good backup.", self.last.size),
        }
