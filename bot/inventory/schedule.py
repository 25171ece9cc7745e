"""Asks one source what there is: each part when it is due, a few at once, within its time; what
fails is asked again later, and said.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.inventory.streaming import Flow
from bot.inventory.words import (
    BROKEN,
    LATE,
    MISCONFIGURED,
    PERMANENT,
    TRANSIENT,
    Begun,
    Ended,
    Failed,
    Noted,
    Page,
    Parts,
    Teller,
)
from integrations.base import (
    Changes,
    Connector,
    Cursor,
    IntegrationError,
    Misconfigured,
    Part,
    Permanent,
    Progress,
    Streaming,
    Transient,
)

log = logging.getLogger("pixelview.inventory")

AT_ONCE = 4
"""Parts of one source that are asked at the same time."""
PAGE = 400
"""Items that are told together."""
ANEW = 300.0
"""Seconds after which a source is asked again what it consists of."""
FIRST, LONGEST, HOPELESS = 15.0, 600.0, 300.0
"""Seconds until what failed is asked again: at first, at most, and at least where it says no."""
LONG = 300.0
"""A part that is asked more seldom than this waits for its time after a restart too."""
BACK = 30.0
"""What could not be reached is asked again as soon as another part of its source can be, though not
more often than this."""
PATIENCE = 120.0
"""Seconds in which a source has to say what it consists of."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a part from before: where it may go on, and how many seconds ago it was
    told well; None where it never was."""

    cursor: str = ""
    age: float | None = None


@dataclass(slots=True)
class _Due:
    """A part and when it is to be asked next."""

    part: Part
    at: float
    cursor: str = ""
    failures: int = 0
    running: bool = False
    asked: float = 0.0
    unreached: bool = False


class Asking:
    """One source. ``now`` gives seconds of any clock that goes forward only; ``scale`` stretches
    the time between two askings."""

    def __init__(
        self, name: str, make: Callable[[], Connector], teller: Teller,
        before: Mapping[str, Before] | None = None, *, scale: float = 1.0,
        now: Callable[[], float], spread: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self.name, self._make, self._teller = name, make, teller
        self._before, self._scale = dict(before or {}), scale
        self._now, self._spread = now, spread
        self._connector: Connector | None = None
        self._parts: dict[str, _Due] = {}
        self._parts_at, self._parts_failed = now(), 0
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening = False

    async def run(self) -> None:
        """Ask for ever."""
        try:
            while True:
                wait = await self.begin()
                self._listen()
                await asyncio.sleep(wait)
        finally:
            await self.close()

    def _listen(self) -> None:
        """Listen, once there is a connector that tells by itself."""
        connector: object = self._connector
        if not self._listening and isinstance(connector, Streaming):
            self._listening = True
            self._start(Flow(self.name, connector, self._teller).run())

    async def step(self) -> None:
        """Ask what is due now, to its end; a stream is left alone."""
        await self.begin()
        while tasks := [*self._tasks]:
            await asyncio.gather(*tasks)
            await self.begin()

    async def begin(self) -> float:
        """Begin to ask what is due; seconds until something else is."""
        if self._now() >= self._parts_at:
            self._parts_at = math.inf
            looking = self._start(self._look_at_parts())
            if not self._parts:
                await looking
        now = self._now()
        for due in sorted(self._parts.values(), key=lambda one: one.at):
            if due.at <= now and not due.running:
                due.running = True
                self._start(self._ask(due))
        next_at = min((d.at for d in self._parts.values() if not d.running), default=now + 1)
        return min(max(0.05, min(next_at, self._parts_at) - now), 1.0)

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End what runs and let go of connections."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._connector is not None:
            try:
                async with asyncio.timeout(5):
                    await self._connector.close()
            except Exception:  # noqa: BLE001  it ends anyway
                log.warning("%s did not let go of its connections", self.name)

    @property
    def connector(self) -> Connector:
        """The source's connector, made when it is first needed; Misconfigured where it can't be."""
        if self._connector is None:
            self._connector = self._make()
        return self._connector

    # what it consists of

    async def _look_at_parts(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                parts = await self.connector.parts()
        except Exception as error:  # noqa: BLE001  a connector may raise anything; it is said
            self._parts_failed += 1
            again = _again(error, self._parts_failed, ANEW)
            self._parts_at = self._now() + again
            await self._teller.tell(Failed(self.name, "", _said(error), _kind(error), again))
            return
        self._parts_failed = 0
        self._parts_at = self._now() + ANEW * (0.9 + 0.2 * self._spread())
        self._take(parts)
        live = isinstance(self._connector, Streaming)
        await self._teller.tell(Parts(self.name, tuple(parts), live))

    def _take(self, parts: Sequence[Part]) -> None:
        now, found = self._now(), {}
        for part in parts:
            known = self._parts.get(part.name)
            if known is None:
                before = self._before.get(part.name, Before())
                known = _Due(part, self._first(part, before, now), before.cursor)
            known.part = part
            found[part.name] = known
        self._parts = found

    def _first(self, part: Part, before: Before, now: float) -> float:
        """When a part is asked first: at once, but for what is seldom asked and was lately."""
        every = part.every * self._scale
        if before.age is None or every < LONG:
            return now
        return now + max(0.0, every - max(0.0, before.age))

    # one part

    async def _ask(self, due: _Due) -> None:
        async with self._slots:
            part, began = due.part, self._now()
            due.asked = began
            try:
                sync = Sync(self.name, part, self.connector, self._teller)
                await sync.run(due.cursor)
            except Exception as error:
                due.failures += 1
                due.unreached = _unreached(error)
                again = _again(error, due.failures, part.every * self._scale)
                due.at = self._now() + again
                if _kind(error) == BROKEN:
                    log.exception("%s: %s failed", self.name, part.title or part.name)
                said = Failed(self.name, part.name, _said(error, part), _kind(error), again)
                await self._teller.tell(said)
            else:
                if due.unreached:
                    due.unreached = False
                    self._is_back()
                due.failures, due.cursor = 0, sync.cursor if sync.cursor is not None else due.cursor
                spread = 0.95 + 0.1 * self._spread()
                due.at = max(self._now(), began + part.every * self._scale * spread)
            finally:
                due.running = False

    def _is_back(self) -> None:
        """The source answers again: nothing of it waits longer because it did not."""
        now = self._now()
        if self._parts_failed:
            self._parts_at = min(self._parts_at, now)
        for due in self._parts.values():
            if due.unreached and not due.running:
                due.at = min(due.at, max(now, due.asked + BACK))


class Sync:
    """One part told once, to its end or until it fails."""

    def __init__(self, source: str, part: Part, connector: Connector, teller: Teller) -> None:
        self._source, self._part = source, part
        self._connector, self._teller = connector, teller
        self._page = Page(source, part.name)
        self._whole = True
        self.cursor: str | None = None

    async def run(self, cursor: str) -> None:
        """Tell everything; raises what the connector raises, TimeoutError where it took too long.
        The time that the other end takes to listen does not count."""
        clock = asyncio.get_running_loop().time
        source, part, began = self._source, self._part.name, clock()
        await self._teller.tell(Begun(source, part))
        told: AsyncIterator[Any] = self._connector.sync(part, cursor)
        try:
            async with asyncio.timeout(self._part.timeout) as limit:
                async for found in told:
                    before = clock()
                    for item in found if isinstance(found, (list, tuple)) else (found,):
                        await self._take(item)
                    limit.reschedule((limit.when() or before) + clock() - before)
        finally:
            await _closed(told)
        await self._flush()
        took = clock() - began
        await self._teller.tell(Ended(source, part, self._whole, self.cursor, took=took))

    async def _take(self, item: Any) -> None:
        if self._page.put(item):
            if len(self._page) >= PAGE:
                await self._flush()
        elif isinstance(item, Changes):
            self._whole = False
        elif isinstance(item, Cursor):
            self.cursor = item.text
        elif isinstance(item, Progress):
            said = Noted(self._source, self._part.name, item.done, item.total, item.note)
            await self._teller.tell(said)
        else:
            raise TypeError(f"{type(item).__name__} is nothing a sync tells")

    async def _flush(self) -> None:
        if len(self._page):
            page, self._page = self._page, Page(self._source, self._part.name)
            await self._teller.tell(page)


async def _closed(told: Any) -> None:
    close = getattr(told, "aclose", None)
    if close is not None:
        try:
            await close()
        except Exception:
            log.debug("a sync could not be closed", exc_info=True)


def _kind(error: Exception) -> str:
    match error:
        case Misconfigured():
            return MISCONFIGURED
        case Permanent():
            return PERMANENT
        case TimeoutError():
            return LATE
        case IntegrationError():
            return TRANSIENT
        case OSError():
            return TRANSIENT
        case _:
            return BROKEN


def _unreached(error: Exception) -> bool:
    """Whether what failed may be well as soon as the other side is."""
    named = isinstance(error, Transient) and error.retry_after is not None
    return _kind(error) in (TRANSIENT, LATE) and not named


def _said(error: Exception, part: Part | None = None) -> str:
    text = " ".join(str(error).split())[:400]
    match error:
        case Misconfigured(setting=setting):
            return f"{setting}: {text}"
        case IntegrationError():
            return text
        case TimeoutError():
            most = part.timeout if part else PATIENCE
            return f"it took longer than {most:g} s"
        case _:
            return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _again(error: Exception, failures: int, every: float) -> float:
    """Seconds until what failed is asked again."""
    if isinstance(error, Transient) and error.retry_after is not None:
        return max(1.0, min(error.retry_after, 3600.0))
    if isinstance(error, (Permanent, Misconfigured)):
        return max(HOPELESS, min(every, 3600.0))
    backed_off = FIRST * 2.0 ** min(failures - 1, 10)
    return float(min(backed_off, max(every, FIRST), LONGEST))
