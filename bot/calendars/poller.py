"""Asks the iCal addresses of the definitions every so often, outside of paging: a change becomes a
new state; one that does not answer keeps what it said last, and that is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.calendars import parse
from bot.calendars.fetch import Fetched, NoAnswer, fetch
from bot.calendars.parse import NoCalendar
from bot.calendars.settings import CalendarSettings
from bot.running import Looking
from commands import calendars as known_calendars
from commands.context import Ctx
from commands.door import Door
from integrations._outside import Outside
from store import calendars
from store.calendars import Asked
from store.db import Tx
from store.model import DAY, MINUTE, Instant
from store.model.calendar import Event, host
from store.writer import Lane

log = logging.getLogger("pixelview.calendars")

Fetch = Callable[[str, CalendarSettings, Mapping[str, str] | None], Awaitable[Fetched]]

EVERY = 30.0
"""Seconds between two looks at what is due."""

_AT_ONCE = 4
_KEPT = 800 * DAY


class Poller:
    """One task beside everything else."""

    def __init__(
        self,
        door: Door,
        settings: CalendarSettings,
        ask: Fetch | None = None,
        *,
        outside: Outside | None = None,
    ) -> None:
        guard = outside or Outside()
        self._door, self._settings = door, settings
        self._fetch: Fetch = ask or (lambda url, s, marks: fetch(url, s, marks, guard))
        wrong = f"calendars could not be looked at; again in {EVERY} s"
        self._looking = Looking(self.look, EVERY, "pixelview-calendars", log, wrong)
        self._kept_at: tuple[int, Instant] = (0, 0)

    def start(self) -> None:
        """Look now, then every half a minute."""
        self._looking.start()

    async def stop(self) -> None:
        """End, also in the middle of an answer."""
        await self._looking.stop()

    async def look(self) -> None:
        """Ask every address that is due, write public holidays down, take over what changed."""
        known, now = self._door.definitions(), self._door.clock.now()
        await self._keep(known.version_id, now)
        urls = set(known_calendars.addresses(known))
        if urls:
            asked = await self._door.reader.read(lambda tx: _asked(tx, urls))
            due = [url for url in sorted(urls) if self._is_due(asked.get(url), now)]
            slots = asyncio.Semaphore(_AT_ONCE)

            async def one(url: str) -> None:
                async with slots:
                    await self._one(url, asked.get(url))

            for failed in await asyncio.gather(*map(one, due), return_exceptions=True):
                if isinstance(failed, Exception):
                    log.error("a calendar could not be looked at", exc_info=failed)
        await self._door.reload()

    async def _keep(self, version: int, now: Instant) -> None:
        """Once a day, and where the definitions changed, what has no address."""
        this = (version, now // DAY)
        if this != self._kept_at:
            await self._door.system(_holidays, lane=Lane.BULK)
            before = now - _KEPT
            await self._door.system(lambda ctx: calendars.forget(ctx.tx, before), lane=Lane.BULK)
            self._kept_at = this

    def _is_due(self, asked: Asked | None, now: Instant) -> bool:
        return asked is None or now - asked.asked_at >= self._settings.interval * MINUTE

    async def _one(self, url: str, before: Asked | None) -> None:
        now = self._door.clock.now()
        reaches = parse.reaches(now)
        same = before is not None and before.until == reaches and not before.error
        events: list[Event] | None = None
        try:
            marks = before.marks if before is not None and same else None
            found = await self._fetch(url, self._settings, marks)
            new = Asked(url, now, now, "", found.marks, reaches)
            if found.body is not None:
                events, bad = await asyncio.to_thread(parse.events, found.body, now)
                if bad:
                    said = f"{bad} of its events can't be read"
                    new = replace(new, error=said, marks=None)
            elif before is not None:
                new = replace(before, asked_at=now, answered_at=now)
        except (NoAnswer, NoCalendar) as error:
            base = before or Asked(url, now)
            new = replace(base, asked_at=now, error=str(error))
        changed = (before.error if before else "") != new.error
        if changed and new.error:
            log.warning("calendar at %s: %s", host(url), new.error)
        await self._door.system(lambda ctx: _kept(ctx, new, events, changed), lane=Lane.BULK)


def _asked(tx: Tx, urls: set[str]) -> dict[str, Asked]:
    found = {url: calendars.asked(tx, url) for url in urls}
    return {url: asked for url, asked in found.items() if asked is not None}


def _kept(ctx: Ctx, new: Asked, events: list[Event] | None, changed: bool) -> None:
    if events is not None:
        changed |= calendars.keep_events(ctx.tx, ctx.now, new.url, events)
    calendars.note(ctx.tx, ctx.now, new, changed=changed)
    if changed:
        words = new.error or "says something else, or can be read again"
        ctx.did("calendar", f"The calendar at {host(new.url)}: {words}.")


def _holidays(ctx: Ctx) -> None:
    known_calendars.record(ctx.tx, ctx.now, ctx.definitions)
