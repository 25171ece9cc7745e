"""Listens to a source that tells as things change; what breaks is begun again, later each time."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from bot.inventory.words import BROKEN, TRANSIENT, Begun, Ended, Failed, Noted, Page, Teller
from integrations.base import (
    Begin,
    Broken,
    End,
    IntegrationError,
    Of,
    Progress,
    Streaming,
    Transient,
)

log = logging.getLogger("pixelview.inventory")

GATHERED, HELD = 400, 0.25
"""So many items are told together; none is held back for longer than so many seconds."""
FIRST, LONGEST, WELL = 1.0, 60.0, 300.0
"""Seconds until a stream is begun again, at first and at most; one that held so long is well."""


class Flow:
    """The stream of one source."""

    def __init__(self, source: str, connector: Streaming, teller: Teller) -> None:
        self._source, self._connector, self._teller = source, connector, teller
        self._pages: dict[str, Page] = {}
        self._live: set[str] = set()
        self._known: set[str] = set()
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Listen for ever."""
        clock, failures = asyncio.get_running_loop().time, 0
        while True:
            began, error = clock(), await self.once()
            failures = 0 if clock() - began > WELL else failures + 1
            wait = min(FIRST * 2.0 ** min(failures - 1, 10), LONGEST) if failures else FIRST
            if isinstance(error, Transient) and error.retry_after is not None:
                wait = max(wait, min(error.retry_after, 600.0))
            await self._broke(_said(error), _kind(error), wait)
            await asyncio.sleep(wait)

    async def once(self) -> Exception | None:
        """Listen until the stream ends; what ended it, None where it ended by itself."""
        holding = asyncio.get_running_loop().create_task(self._let_go_now_and_then())
        told: Any = self._connector.stream()
        try:
            async for found in told:
                async with self._lock:
                    for one in found if isinstance(found, (list, tuple)) else (found,):
                        await self._take(one)
        except Exception as error:
            if _kind(error) == BROKEN:
                log.exception("the stream of %s failed", self._source)
            return error
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            await self._flush_all()
        return None

    async def _let_go_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(HELD)
            async with self._lock:
                await self._flush_all()

    async def _take(self, one: Any) -> None:
        match one:
            case Begin(part=part):
                await self._flush(part)
                self._live.discard(part)
                self._known.add(part)
                await self._teller.tell(Begun(self._source, part, live=True))
            case End(part=part):
                await self._flush(part)
                self._live.add(part)
                await self._teller.tell(Ended(self._source, part, live=True))
            case Broken(part=part, why=why):
                await self._flush(part)
                self._live.discard(part)
                await self._teller.tell(Failed(self._source, part, why))
            case Of(part=part, item=item):
                await self._put(part, item)
            case _:
                raise TypeError(f"{type(one).__name__} is nothing a stream tells")

    async def _put(self, part: str, item: Any) -> None:
        page = self._pages.setdefault(part, Page(self._source, part))
        if not page.put(item):
            if isinstance(item, Progress):
                said = Noted(self._source, part, item.done, item.total, item.note)
                await self._teller.tell(said)
                return
            raise TypeError(f"{type(item).__name__} is nothing a stream tells of a part")
        if len(page) >= GATHERED:
            await self._flush(part)

    async def _flush(self, part: str) -> None:
        page = self._pages.pop(part, None)
        if page is not None and len(page):
            await self._teller.tell(page)

    async def _flush_all(self) -> None:
        for part in [*self._pages]:
            await self._flush(part)

    async def _broke(self, why: str, kind: str, again: float) -> None:
        parts = self._known or {""}
        self._live.clear()
        for part in sorted(parts):
            await self._teller.tell(Failed(self._source, part, why, kind, again))


def _kind(error: Exception | None) -> str:
    fine = error is None or isinstance(error, (IntegrationError, OSError, TimeoutError))
    return TRANSIENT if fine else BROKEN


def _said(error: Exception | None) -> str:
    if error is None:
        return "it stopped telling"
    text = " ".join(str(error).split())[:400]
    return (
        text if isinstance(error, IntegrationError) and text else f"{type(error).__name__} {text}"
    )
