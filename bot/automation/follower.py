"""Follows the executions of one runner to their end: by its stream, which tells at once, and by
looking, which misses nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from bot.automation import reading
from bot.automation.followed import DEAF, FIRST, KEEP, LONGEST, SLOWEST, Followed
from bot.automation.pen import Pen
from bot.running import Running
from commands.automation import following
from commands.automation.following import STATES, News
from commands.door import Door
from integrations.base import (
    IntegrationError,
    LooksAtMany,
    Permanent,
    Remote,
    Runner,
    Transient,
)
from store.clock import HOUR, MINUTE, SECOND, Instant
from store.executions import KEPT, RUNNING, Execution

log = logging.getLogger("pixelview.automation")

MOST = 100
"""So many are looked at together."""
READS = 3
"""So many outputs are read at once."""
AT_ONCE = 6
SILENT = 2 * MINUTE
AGAIN = 30 * SECOND
GIVEN_UP = 24 * HOUR
UNREAD = HOUR
"""So long it is tried to read what came of one that is over."""
MISSES = 3
PATIENCE = 1.2
"""Seconds that an end waits for what came of it; what comes later is told later."""
CROWD, AFTER = 30, 1.5
"""Where so many end at once their ends are told first, and what came of them so many seconds
later."""
GONE = "{system} does not know it any more: what came of it is not known."
SILENCE = "{system} did not answer for 24 hours: what came of it is not known."


class Follower:
    """The executions of one runner."""

    def __init__(
        self, door: Door, name: str, runner: Runner, pen: Pen, waits: Callable[[], None]
    ) -> None:
        self._door, self._name, self._runner, self._pen = door, name, runner, pen
        self._waits = waits
        self.all: dict[int, Followed] = {}
        self._by_remote: dict[str, Followed] = {}
        self._unread: dict[int, tuple[Followed, Remote]] = {}
        self._running = Running(f"pixelview-{name}")
        self._ends = asyncio.Semaphore(AT_ONCE)
        self._reads = 0
        self.hears = False
        """Whether the stream tells what changes."""
        self.silent_since: Instant | None = None
        self.reached_at: Instant | None = None
        self.error = ""

    def put(self, one: Execution) -> None:
        """Follow one from here on."""
        if one.over or not one.remote or one.id in self.all:
            return
        offer = self._door.rules.offers.get(one.action)
        made = Followed.of(one, offer, self._door.clock.now())
        self.all[one.id] = self._by_remote[one.remote] = made

    def follows(self, remote: str) -> bool:
        """Whether one that is called so there is ours and open."""
        return remote in self._by_remote

    def drop(self) -> None:
        """Somebody else follows them from here on."""
        self.all.clear()
        self._by_remote.clear()
        self._unread.clear()

    async def end(self) -> None:
        """Stop what is under way."""
        await self._running.end()

    @property
    def busy(self) -> bool:
        """Whether what came of an end is being read."""
        return bool(len(self._running))

    # what is heard and seen

    def heard(self, remote: Remote, *, streamed: bool = False) -> None:
        """An answer, or the stream, tells of one of ours."""
        one = self._by_remote.get(remote.id)
        if one is not None:
            if streamed:
                one.looked(self._door.clock.now(), told=True)
            self.saw(one, remote)

    def look_at_all(self) -> None:
        """Something may have been missed: each is looked at at once."""
        now = self._door.clock.now()
        for one in self.all.values():
            one.look_at = min(one.look_at, now)

    def saw(self, one: Followed, remote: Remote) -> None:
        """This is how it is there now."""
        one.misses = 0
        if one.ending:
            return
        if remote.over:
            one.ending = True
            self._running.begin(self._ended(one, remote))
            return
        if remote.status not in (one.status, "requested"):  # an answer may come after later news
            one.status = remote.status
            self._pen.note(News(one.number, remote=remote))
            if remote.status == "waiting":
                self._waits()

    async def _ended(self, one: Followed, remote: Remote) -> None:
        """What came of it is read and told with its end; where that takes long, after it."""
        heard = self._door.clock.now()
        if len(self._running) > CROWD:
            self._pen.note(News(one.number, remote=remote), heard)
            await asyncio.sleep(AFTER)
        reads = asyncio.get_running_loop().create_task(self._came(one, remote))
        self._running.take(reads)
        done, _ = await asyncio.wait({reads}, timeout=PATIENCE)
        news = reads.result() if done else News(one.number, remote=remote)
        self._pen.note(news, heard)
        self._let_go(one)
        if not done:
            late = await reads
            self._pen.note(late)

    async def _came(self, one: Followed, remote: Remote) -> News:
        runner, hide = self._runner, self._door.rules.redact
        result, whole, steps = None, None, None
        try:
            async with self._ends:
                result, text = await reading.came(
                    runner, remote.id, one.secrets, hide, one.workflow
                )
                whole = await reading.pack(text) if text else None
                if one.workflow or one.status == "waiting":
                    steps = reading.ran(await runner.steps(remote.id), _state)
        except IntegrationError as error:
            log.warning("what came of execution %d could not be read: %s", one.number, error)
            if not isinstance(error, Permanent):
                self._read_later(one, remote)
        tail = reading.tail(result.text) if result is not None and result.text else None
        return News(one.number, remote, tail or None, steps, whole, result)

    def _read_later(self, one: Followed, remote: Remote) -> None:
        """Nothing that came of one is lost because its system was away at its end."""
        now = self._door.clock.now()
        if one.unread_since is None:
            one.unread_since, one.gap = now, FIRST
        if now - one.unread_since < UNREAD:
            one.read_at, one.gap = now + one.gap, min(2 * one.gap, AGAIN)
            self._unread[one.number] = one, remote

    async def _read_again(self, one: Followed, remote: Remote) -> None:
        self._pen.note(await self._came(one, remote))

    def _let_go(self, one: Followed) -> None:
        self.all.pop(one.number, None)
        self._by_remote.pop(one.remote, None)

    # looking

    async def turn(self) -> None:
        """Look at what is due, read what is printed, mind who takes too long."""
        now = self._door.clock.now()
        await self._overdue(now)
        due = [o for o in self.all.values() if o.look_at <= now and not o.ending]
        if due:
            due.sort(key=lambda one: one.look_at)
            await self._look(due[: 1 if self.silent_since is not None else MOST])
        for one, remote in [*self._unread.values()]:
            if one.read_at <= now:
                del self._unread[one.number]
                self._running.begin(self._read_again(one, remote))
        if self.silent_since is None:
            self._read(self._door.clock.now())
        else:
            self._silence(self._door.clock.now())

    async def _look(self, due: Sequence[Followed]) -> None:
        found = await self._asked([one.remote for one in due])
        now = self._door.clock.now()
        deaf = not self.hears and isinstance(self._runner, LooksAtMany)
        for one, remote in zip(due, found, strict=True):
            one.looked(now, longest=DEAF if deaf else LONGEST)
            if isinstance(remote, Remote):
                self.answered()
                self.saw(one, remote)
            elif isinstance(remote, Permanent):
                self.answered()
                self._missed(one)
            else:
                self.unanswered(remote)

    async def _asked(self, remotes: list[str]) -> list[Remote | IntegrationError]:
        """How each is there, or why that can't be said."""
        runner = self._runner
        if isinstance(runner, LooksAtMany):
            try:
                there = {one.id: one for one in await runner.looks(remotes)}
            except IntegrationError as error:
                return [Transient(str(error))] * len(remotes)
            return [there.get(each, Permanent("it is not there")) for each in remotes]
        looks = (runner.look(each) for each in remotes)
        return [self._said(each) for each in await asyncio.gather(*looks, return_exceptions=True)]

    def _said(self, answer: Remote | BaseException) -> Remote | IntegrationError:
        if isinstance(answer, (Remote, IntegrationError)):
            return answer
        log.error("a look at %s: %r", self._name, answer)
        return Transient(f"a fault of ours: {type(answer).__name__}")

    def _missed(self, one: Followed) -> None:
        one.misses += 1
        if one.misses >= MISSES:
            one.ending = True
            self._pen.note(News(one.number, gone=GONE.format(system=self._name)))
            self._let_go(one)

    def answered(self) -> None:
        """It answers."""
        self.reached_at, self.error = self._door.clock.now(), ""
        if self.silent_since is not None:
            self.silent_since = None
            self.look_at_all()
        for one in self.all.values():
            if one.lost:
                one.lost = False
                self._pen.note(News(one.number, lost_at=0))

    def unanswered(self, error: IntegrationError) -> None:
        """It does not."""
        self.error = self._door.rules.redact(str(error))
        if self.silent_since is None:
            self.silent_since = self._door.clock.now()

    def _silence(self, now: Instant) -> None:
        """It has not answered for a while: the cards say so, and in the end it is given up."""
        since = self.silent_since
        if since is None or now - since < SILENT:
            return
        for one in [*self.all.values()]:
            one.gap = AGAIN
            one.look_at = min(max(one.look_at, now), now + AGAIN)
            if now - since >= GIVEN_UP and not one.ending:
                self._pen.note(News(one.number, gone=SILENCE.format(system=self._name)))
                self._let_go(one)
            elif not one.lost:
                one.lost = True
                self._pen.note(News(one.number, lost_at=since))

    async def _overdue(self, now: Instant) -> None:
        for one in [*self.all.values()]:
            if one.deadline_at is None or now < one.deadline_at or one.ending:
                continue
            number = one.number
            if await self._door.system(partial(following.overdue, number=number)):
                self._let_go(one)
            else:
                one.deadline_at, one.look_at = now + following.GRACE, now

    # while it runs

    def _read(self, now: Instant) -> None:
        """The last lines of those that were not read for longest."""
        due = [o for o in self.all.values() if o.read_at <= now and _prints(o)]
        due.sort(key=lambda one: one.read_at)
        for one in due[: READS - self._reads]:
            one.read_at = now + SLOWEST
            self._reads += 1
            self._running.begin(self._progress(one, now))

    async def _progress(self, one: Followed, now: Instant) -> None:
        try:
            await self._printed(one, now)
        finally:
            self._reads -= 1

    async def _printed(self, one: Followed, now: Instant) -> None:
        loop, hide = asyncio.get_running_loop(), self._door.rules.redact
        began, keeps = loop.time(), one.keep_at <= now
        steps, whole = None, None
        try:
            text = await self._runner.output(one.remote, KEPT if keeps else reading.PRINTED)
            if one.workflow:
                steps = reading.ran(await self._runner.steps(one.remote), _state)
        except IntegrationError as error:
            one.read(now, loop.time() - began)
            log.info("the output of execution %d could not be read: %s", one.number, error)
            return
        one.read(self._door.clock.now(), loop.time() - began)
        text = await reading.clean(text, one.secrets, hide)
        if keeps:
            one.keep_at = now + max(KEEP, 3 * one.read_gap)
            whole = await reading.pack(text) if text else None
        if one.number in self.all and not one.ending:
            tail = reading.tail(text) or None
            self._pen.note(News(one.number, tail=tail, steps=steps, whole=whole))


def _state(status: str) -> str:
    return STATES.get(status, RUNNING)


def _prints(one: Followed) -> bool:
    return one.status in ("running", "waiting", "canceling") and not one.ending
