"""Reads one mailbox for as long as the service runs: what is new, in order, each mail once."""

from __future__ import annotations

import asyncio
import imaplib
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.inbox.mailbox import Mailbox, Opened, Refused, trouble_of
from bot.inbox.recipients import Recipients
from bot.inbox.settings import MailboxSettings
from bot.inbox.taking import Taker
from commands.context import Ctx
from commands.door import Door
from commands.errors import Busy
from commands.mails import Spot
from integrations.base import Malformed, Misconfigured
from integrations.email import mime
from store import mails
from store.access import Source
from store.clock import DAY, Instant
from store.mails import Place

log = logging.getLogger("pixelview.mail")
T = TypeVar("T")

FIRST, LONGEST = 2.0, 300.0
"""Seconds after the first failure, doubled to this many."""
AT_ONCE = 500
_HEAD = 64 << 10
_TO = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_ADDRESS = re.compile(r"[^\s<>\"',;:()]{1,200}@[^\s<>\"',;:()]{1,200}")
_FAILURES = (imaplib.IMAP4.error, OSError, EOFError, ValueError, KeyError, Refused)


class Later(Exception):
    """It can't be taken now; the mail stays where it is."""


class MailboxPoller:
    """One mailbox. ``trouble`` is what is wrong with it now, ``looked`` when it last answered."""

    def __init__(
        self, name: str, settings: MailboxSettings, door: Door, recipients: Recipients, taker: Taker
    ) -> None:
        self.name, self._settings, self._door = name, settings, door
        self._recipients, self._taker = recipients, taker
        self._task: asyncio.Task[None] | None = None
        self._box: Mailbox | None = None
        self._marked: tuple[int, ...] = ()
        self._failures = 0
        self.trouble = "not looked at yet"
        self.looked: Instant | None = None

    @property
    def source_name(self) -> str:
        """The intake source of its mails."""
        return self._settings.source or self.name

    def start(self) -> None:
        """Read what is new, then wait for more."""
        self._task = asyncio.create_task(self._run(), name=f"pixelview-mailbox-{self.name}")

    async def stop(self) -> None:
        """End, also in the middle of an answer."""
        if self._task is not None:
            self._task.cancel()
            if self._box is not None:
                self._box.interrupt()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            box = self._box = Mailbox(self._settings)
            try:
                await self._session(box)
            except Later as later:
                self._fails(str(later))
            except _FAILURES as error:
                self._fails(trouble_of(error, self._settings.host))
            except Exception:
                log.exception("mailbox %s can't be read", self.name)
                self._fails("a fault of ours; it is in the log")
            finally:
                box.interrupt()
                _start(box.close)
            await asyncio.sleep(min(LONGEST, FIRST * 2 ** (self._failures - 1)))

    def _fails(self, trouble: str) -> None:
        self._failures = min(self._failures + 1, 20)
        if trouble != self.trouble:
            log.warning("mailbox %s: %s", self.name, trouble)
        self.trouble = trouble

    async def _session(self, box: Mailbox) -> None:
        opened = await _in_thread(box.open)
        place = await self._begin(box, opened)
        self._marked = place.unmarked
        await _in_thread(lambda: box.settle(list(place.unmarked)))
        while True:
            await self._take_new(box, opened.validity)
            self._failures, self.trouble = 0, ""
            self.looked = self._door.clock.now()
            if opened.tells:
                await _in_thread(box.wait)
            else:
                await asyncio.sleep(self._settings.every)

    async def _begin(self, box: Mailbox, opened: Opened) -> Place:
        """Where to go on. A mailbox seen for the first time begins with what is unread and young;
        one that was made anew with what came since the last mail, of which those that were taken
        are known by what they say."""
        known = await self._place()
        if known is not None and known.validity == opened.validity:
            return known
        if known is not None:
            log.warning("mailbox %s was made anew by its server", self.name)
        since = known.at if known is not None and known.at else self._door.clock.now() - DAY
        unread = known is None
        waiting = await _in_thread(lambda: box.since(since, unread=unread))
        last = opened.next - 1
        pending = tuple(uid for uid in waiting if uid <= last)[-AT_ONCE:]
        place = Place(opened.validity, last, pending, (), known.at if known is not None else 0)
        await self._door.system(lambda ctx: _begun(ctx, self.name, place))
        return place

    async def _place(self) -> Place | None:
        return await self._door.reader.read(lambda tx: mails.place(tx, self.name))

    async def _take_new(self, box: Mailbox, validity: int) -> None:
        while True:
            place = await self._place() or Place(validity, 0)
            newer = await _in_thread(lambda at=place.last: box.newer(at))  # type: ignore[misc]
            waiting = [*place.pending, *newer]
            if not waiting:
                return
            for uid in waiting[:AT_ONCE]:
                await self._one(box, Spot(self.name, validity, uid, marked=self._marked))

    async def _one(self, box: Mailbox, spot: Spot) -> None:
        found = await _in_thread(lambda: box.fetch(spot.uid))
        if found is None:
            await self._taker.pass_over(spot)
            return
        raw, came = found
        spot = replace(spot, at=came)
        source = await self._source(raw)
        if source is None:
            await self._taker.pass_over(spot)
            return
        try:
            await self._taker.take(source, raw, spot)
        except Malformed:
            await self._taker.pass_over(spot)
            self._marked = (spot.uid,)
            await _in_thread(lambda: box.flag(spot.uid))
            return
        except Misconfigured as error:
            say = f"the settings of source {source.name} are wrong at {error.setting}: {error}"
            raise Later(say) from None
        except Busy as busy:
            raise Later(busy.error) from None
        await _in_thread(lambda: box.settle([spot.uid]))
        self._marked = (spot.uid,)

    async def _source(self, raw: bytes) -> Source | None:
        """By an address in its head, else the mailbox's own; None where its sender may not."""
        try:
            mail = mime.parse(raw[:_HEAD])
        except Malformed:
            return await self._own()
        if not self._may(mail.sender):
            return None
        written = " ".join(mail.header(name)[:2_000] for name in _TO)
        for address in dict.fromkeys(_ADDRESS.findall(written)[:40]):
            if found := await self._recipients.of_address(address):
                return found
        return await self._own()

    async def _own(self) -> Source:
        found = await self._recipients.named(self.source_name)
        if found is None:
            raise Later(self._recipients.troubles.get(self.source_name, "its source is missing"))
        return found

    def _may(self, sender: str) -> bool:
        allowed = [each.casefold() for each in self._settings.senders]
        return not allowed or any(
            sender.endswith(each) if each.startswith("@") else sender == each for each in allowed
        )


def _begun(ctx: Ctx, name: str, place: Place) -> None:
    mails.set_place(ctx.tx, name, place)


async def _in_thread(call: Callable[[], T]) -> T:
    """A call that may block for long; its thread never holds the end of the process up."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = call()
        except BaseException as failed:  # noqa: BLE001
            error = failed
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    _start(run)
    return await done


def _start(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="pixelview-imap", daemon=True).start()
