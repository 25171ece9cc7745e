"""One runner: what it has, its stream, its questions, and the executions it does for us."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.automation import catalogue
from bot.automation.follower import Follower
from bot.automation.pen import Pen
from bot.automation_settings import RunnerSettings
from bot.running import Running
from commands.automation import beginning, elsewhere, inquiring
from commands.automation.port import Standing
from commands.door import Door
from commands.errors import CommandError
from integrations.base import IntegrationError, Remote, RemoteInquiry, Runner, TellsSince
from store import executions
from store.clock import HOUR, MINUTE, SECOND, Instant
from store.db import Tx
from store.executions import Execution

log = logging.getLogger("pixelview.automation")

CATALOGUE, ASKED = 5 * MINUTE, 15 * SECOND
"""How often what it has is read, and which questions wait."""
SOON = 15 * SECOND
"""What it has is read again so soon where it could not be."""
TELL_AGAIN = 5 * MINUTE
LOAD = 30 * SECOND
TURN = 0.5
BACK, FARTHEST_BACK = 15 * MINUTE, HOUR
"""What began while nobody listened is looked for so far back: at the start, and at most."""
TOGETHER = 50


@dataclass(slots=True)
class Due:
    """When something is done next."""

    catalogue: Instant = 0
    asked: Instant = 0
    told: Instant = 0
    load: Instant = 0
    back: Instant = 0


class System:
    """See above. ``mark`` is what the marks of our executions begin with."""

    def __init__(
        self,
        door: Door,
        name: str,
        settings: RunnerSettings,
        actions: Any,
        runner: Runner,
        owns: Callable[[], bool],
    ) -> None:
        self._door, self.name, self._settings, self._actions = door, name, settings, actions
        self.runner, self._owns = runner, owns
        self.pen = Pen(door)
        self.follower = Follower(door, name, runner, self.pen, self.ask_soon)
        self.mark = ""
        self.version = ""
        self.streams = False
        self.stream_error = ""
        self.actions = 0
        self._due = Due()
        self._waiting: tuple[RemoteInquiry, ...] = ()
        self._others: dict[str, Remote] = {}
        self._said: set[str] = set()
        self._heard_at: Instant | None = None
        self._back_to: Instant | None = None
        self._running = Running(f"pixelview-{name}")

    def start(self) -> None:
        """Everything runs."""
        for work in (self.pen.run(), self._listen(), self._turns()):
            self._running.begin(work)

    async def stop(self) -> None:
        """Let go; what is new is on disk first, as far as it can be."""
        await self._running.end()
        await self.follower.end()
        try:
            await self.pen.flush()
        except CommandError as error:
            log.warning("what executions did last is not written: %s", error)
        try:
            async with asyncio.timeout(5):
                await self.runner.close()
        except (TimeoutError, IntegrationError) as error:
            log.warning("%s: %s", self.name, error)

    # the stream

    async def _listen(self) -> None:
        while True:
            try:
                async for remote in self.runner.stream():
                    await self.heard(remote)
            except IntegrationError as error:
                self._down(str(error))
            except Exception:
                log.exception("the stream of %s; once more in a while", self.name)
                self._down("a fault of ours")
            await asyncio.sleep(5)

    async def heard(self, remote: Remote) -> None:
        """The stream tells of an execution, or, without one, that it is up or down."""
        now = self._door.clock.now()
        if not remote.id:
            if remote.said:
                self._down(remote.said)
            else:
                self._up()
                self.follower.look_at_all()
                self._missed(now - BACK if self._heard_at is None else self._heard_at)
                self._heard_at = now
            return
        self._up()
        self._heard_at = now
        if self._owns():
            await self._told(remote, streamed=True)
        else:
            self._missed(now)

    async def _told(self, remote: Remote, *, streamed: bool = False) -> None:
        if self.follower.follows(remote.id):
            self.follower.heard(remote, streamed=streamed)
        elif remote.tag.startswith(self.mark) and self.mark and not remote.parent:
            await self._ours(remote)
        elif not remote.parent and self._wanted(remote):
            self._others[remote.id] = remote

    def _missed(self, since: Instant) -> None:
        """What the stream said after this moment nobody heard, or nobody minded."""
        self._back_to = min(since, self._back_to or since)

    async def _catch_up(self, now: Instant) -> None:
        """What began meanwhile is told as if the stream had told it."""
        if self._back_to is None or now < self._due.back or not isinstance(self.runner, TellsSince):
            return
        self._due.back = now + SOON
        try:
            found = await self.runner.since(max(self._back_to, now - FARTHEST_BACK) - MINUTE)
        except IntegrationError as error:
            log.info("what began in %s meanwhile can't be read: %s", self.name, error)
            return
        self._back_to = None
        for each in found:
            await self._told(each)

    def _up(self) -> None:
        self.streams, self.stream_error = True, ""
        self.follower.hears = True

    def _down(self, why: str) -> None:
        if self.streams:
            self.follower.look_at_all()
        self.streams, self.stream_error = False, self._door.rules.redact(why)
        self.follower.hears = False

    def _wanted(self, remote: Remote) -> bool:
        rules = self._door.rules.offers.runners.get(self.name)
        return bool(remote.incident) or (rules is not None and rules.opens_for(remote.ref))

    async def _ours(self, remote: Remote) -> None:
        """One of ours whose start was not answered yet, or whose answer was lost."""
        number = remote.tag.removeprefix(self.mark)
        if number.isdecimal() and len(number) < 16:
            await self.adopt(int(number), remote)

    async def adopt(self, number: int, remote: Remote) -> Execution | None:
        """An execution of ours is there under this id: it is followed."""
        one = await self._door.system(lambda ctx: beginning.started(ctx, number, remote))
        if one is not None and one.remote == remote.id:
            self.follower.put(one)
            self.follower.heard(remote)
        return one

    # now and then

    async def _turns(self) -> None:
        while True:
            try:
                await self.turn()
            except Exception:
                log.exception("%s could not be looked after; once more in a while", self.name)
            await asyncio.sleep(TURN)

    async def turn(self) -> None:
        """One look at everything that is due."""
        now = self._door.clock.now()
        if now >= self._due.catalogue:
            self._due.catalogue = now + (CATALOGUE if await self.read_actions() else SOON)
        if not self._owns():
            self.follower.drop()
            self._due.load = 0
            return
        if now >= self._due.load:
            self._due.load = now + LOAD
            await self.load()
        await self.follower.turn()
        if now >= self._due.asked:
            self._due.asked = now + ASKED
            await self._inquiries(now)
        await self._catch_up(now)
        await self._elsewhere()

    def ask_soon(self) -> None:
        """An execution waits: which questions there are is asked at once."""
        self._due.asked = 0

    async def load(self) -> None:
        """Follow what is open and not followed yet."""
        for one in await self._door.reader.read(self._open):
            self.follower.put(one)

    def _open(self, tx: Tx) -> list[Execution]:
        every = executions.still_open(tx, 5_000)
        return [one for one in every if one.via == "remote" and one.system == self.name]

    async def read_actions(self) -> bool:
        """What it has now; what was known stays known while it does not answer."""
        try:
            self.version = await self.runner.hello()
            there = await self.runner.actions()
        except IntegrationError as error:
            self.follower.error = said = self._door.rules.redact(str(error))
            if said not in self._said:
                log.warning("%s: %s", self.name, said)
                self._said.add(said)
            return False
        self.follower.answered()
        made = list(catalogue.offers(self.name, self._settings, self._actions, there))
        self._door.rules.offers.told(self.name, made)
        self.actions = len(there)
        for wrong in catalogue.unknown(o for o in made if o.name in self._actions):
            if wrong not in self._said:
                log.warning("%s", wrong)
                self._said.add(wrong)
        return True

    async def _inquiries(self, now: Instant) -> None:
        try:
            found = tuple(await self.runner.inquiries())
        except IntegrationError as error:
            self.follower.error = self._door.rules.redact(str(error))
            return
        self.follower.answered()
        if found == self._waiting and now < self._due.told:
            return
        await self._door.system(lambda ctx: inquiring.told(ctx, self.name, found))
        self._waiting, self._due.told = found, now + TELL_AGAIN

    async def _elsewhere(self) -> None:
        while self._others:
            some = [*self._others.values()][:TOGETHER]
            for one in some:
                del self._others[one.id]
            told = partial(elsewhere.told, system=self.name, remotes=some)
            if await self._door.system(told):
                self._due.load = 0

    # how it stands

    def standing(self) -> Standing:
        """How it stands."""
        follower = self.follower
        return Standing(
            self.name, self.version, follower.reached_at, self.actions, self.streams,
            len(follower.all), self.pen.lag, follower.error or self.stream_error,
        )  # fmt: skip
