"""A running process and its keys: takes over those that are added, and seals anew when asked."""

from __future__ import annotations

import asyncio
import logging

from commands import keys, rotating
from commands.context import Ctx
from commands.door import SYSTEM, Door
from store import audit, keyring, rotation
from store.crypto import MissingKey, Ring
from store.key_sources import Found, KeySource
from store.rotation import State
from store.writer import Lane

log = logging.getLogger("pixelview.keys")

LOOK, SAY, COMMAND = 3.0, 10_000, 300_000
"""Seconds between looks; milliseconds between words that this process runs, and between runs of a
command that prints the keys."""


class Keys:
    """Holds the ring up to date; ``problem`` says what is wrong with it."""

    def __init__(self, door: Door, ring: Ring, source: KeySource, me: str) -> None:
        self._door, self._ring, self._source, self._me = door, ring, source, me
        self._stamp, self._asked, self._said = source.stamp(), 0, 0
        self._task: asyncio.Task[None] | None = None
        self.problem = ""
        self.state: State | None = None

    def start(self) -> None:
        """Look every few seconds."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-keys")

    async def stop(self) -> None:
        """End; this process holds no keys any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._door.system(lambda ctx: keyring.let_go(ctx.tx, self._me))

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("the keys could not be looked at; once more in a while")
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Take over new keys, say that this process runs, do what rotation there is."""
        await self.refresh()
        self.state = await self._door.reader.read(rotation.state)
        if self.state is not None and self.state.ended is None:
            done = await rotating.work(self._door, self._me, self._tell)
            self.state = done or self.state
            if done is not None:
                log.info("everything is sealed by key %d", done.to)

    def _tell(self, state: State) -> None:
        self.state = state

    async def refresh(self) -> None:
        """The ring as the database and the keys' source have it now."""
        now = self._door.clock.now()
        known = await self._door.reader.read(lambda tx: keys.standing(tx, now))
        live = {key.number for key in known.keys if key.gone is None}
        lacking = live - set(self._ring.numbers)
        extra = set(self._ring.numbers) - live
        found = await self._read(now, lacking=bool(lacking))
        settled = found is None and not extra and known.writes == self._ring.writes
        if settled and now - self._said < SAY:
            return
        await self._door.system(lambda ctx: self._take(ctx, found), lane=Lane.BULK)
        self._said = now

    async def _read(self, now: int, *, lacking: bool) -> Found | None:
        """The keys anew where their source may have others than this process."""
        stamp = self._source.stamp()
        late = self._source.kind == "command" and now - self._asked > (SAY if lacking else COMMAND)
        if stamp == self._stamp and not late:
            return None
        self._stamp, self._asked = stamp, now
        try:
            found = await asyncio.to_thread(self._source.read)
        except MissingKey as error:
            self.problem = str(error)
            log.error("the keys can't be read again: %s", error)  # noqa: TRY400  it says it all
            return None
        self.problem = "" if found else f"{self._source.file} is not there any more"
        return found

    def _take(self, ctx: Ctx, found: Found | None) -> None:
        ring = ctx.tx.ring
        try:
            new = keyring.take(ctx.tx, ring, found, ctx.now) if found else []
        except MissingKey as error:
            self.problem, new = str(error), []
        if not keyring.follow(ctx.tx, ring):
            self.problem = f"this process lacks key {keyring.writes(ctx.tx)}"
        for number in new:
            log.info("key %d is here", number)
            detail = {"key": number, "from": self._source.kind}
            audit.append(
                ctx.tx, self._door.writer_name, ctx.now, SYSTEM, "keys.add", "ok", None, detail
            )
        keyring.hold(ctx.tx, self._me, ring, ctx.now)

    @property
    def percent(self) -> int:
        """How far sealing anew is; 100 where none is under way."""
        return 100 if self.state is None else self.state.percent

    def signs(self) -> list[tuple[str, bool, str]]:
        """Lines for the Health box."""
        if self.problem:
            return [("Keys", False, self.problem)]
        if self.state is not None and self.state.ended is None:
            return [("Keys", True, f"sealing anew with key {self.state.to}: {self.percent} %")]
        return []

    def gauges(self) -> dict[str, tuple[str, float]]:
        """For Prometheus."""
        left = 0 if self.state is None or self.state.ended else self.state.total - self.state.done
        return {
            "key_rotation_percent": ("How far sealing anew is, in percent.", self.percent),
            "key_rotation_rows_left": ("Rows that sealing anew has not looked at.", max(0, left)),
            "keys_held": ("Keys this process holds.", len(self._ring.numbers)),
        }
