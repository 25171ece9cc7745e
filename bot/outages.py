"""Sees that a chat does not answer: nothing is sent there until it does, the others are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from bot.abilities import TellsTroubles, TellsWhetherAlive
from bot.cards import outage
from bot.cards.model import Surface
from commands import outages
from commands.context import Ctx
from commands.door import Door
from commands.words import surface_name
from integrations.base import IntegrationError, Transient
from store.model import MINUTE, Instant

log = logging.getLogger("pixelview.outages")

TOLD_AFTER = MINUTE
"""Whatever is shorter is nobody's business."""
AGAIN, LONGEST = 1_000, 30_000
"""From one question whether it answers to the next, doubling, in ms."""
PATIENCE = 10.0


class Outages:
    """What chats do not answer, since when. A send that found no answer says so here; then the chat
    is asked something harmless now and then, and until it answers its cards wait."""

    def __init__(
        self, door: Door, surfaces: Mapping[str, Surface], answers: Callable[[], None]
    ) -> None:
        self._door, self._surfaces, self._answers = door, surfaces, answers
        self._silent: dict[str, Instant] = {}
        self._down: dict[str, Instant] = {}
        self._ask: dict[str, tuple[Instant, Instant]] = {}
        self._told: dict[str, Instant] | None = None
        self._redrawn: Instant = 0
        self.words: dict[str, str] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def failed(self, name: str) -> None:
        """A send found no answer."""
        if self._can_tell(name) is not None and name not in self._silent:
            now = self._door.clock.now()
            self._silent[name], self._ask[name] = now, (now, AGAIN)

    def silent(self, name: str) -> bool:
        """Whether nothing should be sent there but what can't wait."""
        return name in self._silent

    @property
    def since(self) -> dict[str, Instant]:
        """Chats that do not answer, as far as people are told, since when."""
        before = self._door.clock.now() - TOLD_AFTER
        both = [*self._silent.items(), *self._down.items()]
        known: dict[str, Instant] = {}
        for name, at in both:
            known[name] = min(at, known.get(name, at))
        return {name: at for name, at in known.items() if at <= before}

    @property
    def idle(self) -> bool:
        """Nobody is being asked."""
        return not self._asking

    async def stop(self) -> None:
        """Ask nobody any more."""
        tasks = [*self._asking.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Ask who did not answer whether they do now, and tell the others what changed."""
        now = self._door.clock.now()
        for name, surface in self._surfaces.items():
            self._health(name, surface, now)
        for name, (at, pause) in [*self._ask.items()]:
            if at <= now and name not in self._asking:
                self._ask[name] = (now + pause, min(2 * pause, LONGEST))
                self._asking[name] = asyncio.get_running_loop().create_task(self._look_at(name))
        await self._tell()

    def _health(self, name: str, surface: Surface, now: Instant) -> None:
        if surface.health()[0] or (isinstance(surface, TellsTroubles) and surface.troubles()):
            self._down.pop(name, None)
        else:
            self._down.setdefault(name, now)

    def _can_tell(self, name: str) -> TellsWhetherAlive | None:
        found: object = self._surfaces.get(name)
        return found if isinstance(found, TellsWhetherAlive) else None

    async def _look_at(self, name: str) -> None:
        asked = self._can_tell(name)
        try:
            async with asyncio.timeout(PATIENCE):
                if asked is not None:
                    await asked.alive()
        except Transient as error:
            if error.retry_after is None or error.uncertain:
                return
        except TimeoutError:
            return
        except IntegrationError:
            pass  # a refusal is an answer too
        except Exception:
            log.exception("asking %s whether it answers", name)
        finally:
            self._asking.pop(name, None)
        self._silent.pop(name, None)
        self._ask.pop(name, None)
        self._answers()

    async def _tell(self) -> None:
        if self._told is None:
            self._told = dict(await self._door.reader.read(outages.noted))
        known = self.since
        for name in known.keys() - self._told.keys():
            log.warning("%s does not answer", surface_name(name))
            at = await self._door.system(partial(_began, name, known[name]))
            self._told[name] = at
            await self._word(name, at)
        now = self._door.clock.now()
        for name, at in self._told.items() if now - self._redrawn >= MINUTE else ():
            await self._door.system(partial(_redraw, name))
            await self._word(name, at)
        for name in self._told.keys() - known.keys():
            log.warning("%s answers again", surface_name(name))
            await self._door.system(partial(_over, name))
            del self._told[name]
            self.words.pop(name, None)

    async def _word(self, name: str, at: Instant) -> None:
        """What the console says of it."""
        self._redrawn = self._door.clock.now()
        found = await self._door.reader.read(lambda tx: outage.read(tx, f"{name}.{at}"))
        if found is not None:
            self.words[name] = outage.sentence(found)


def _began(name: str, at: Instant, ctx: Ctx) -> Instant:
    return outages.began(ctx, name, at)


def _redraw(name: str, ctx: Ctx) -> None:
    outages.redraw(ctx, name)


def _over(name: str, ctx: Ctx) -> None:
    outages.over(ctx, name)
