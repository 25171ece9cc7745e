"""What people write where incidents live: kept once, followed when they edit it or take it back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from bot.cards.model import Account, Heard
from commands import hearing
from commands.bridge import Wrote
from commands.context import Ctx
from commands.door import Door
from commands.errors import Busy
from store import bridge, outbox, rooms
from store.db import Tx
from store.model import Actor
from store.model.note import DIRECT, ROOM, File

log = logging.getLogger("pixelview.hearing")
T = TypeVar("T")

TRIES = 6
"""A database that takes nothing for a moment loses no words: about half a minute."""


class Hearing:
    """The part of a desk that hears words; ``_actor`` says who an account is."""

    _door: Door

    async def _actor(self, account: Account) -> Actor:
        raise NotImplementedError

    async def heard(self, incident: int, heard: Heard, account: Account) -> None:
        """Words in a thread or a room: a note, shown in every other place."""
        origin = bridge.origin(account.surface, heard.channel, heard.message)
        if await self._door.reader.read(lambda tx: bridge.by_origin(tx, origin)) is not None:
            return
        actor = await self._actor(account)
        place, where = await self._door.reader.read(
            lambda tx: standing(tx, incident, account.surface, heard)
        )
        wrote = Wrote(heard.text, _files(heard), origin, place, where)
        to = heard.reply_to and bridge.origin(account.surface, heard.channel, heard.reply_to)
        writer = self._door.writer_name
        await self._kept(lambda ctx: hearing.heard(ctx, writer, incident, wrote, to), actor)

    async def edited(self, heard: Heard, account: Account) -> bool:
        """Words were edited where they were written; False where they are not known."""
        origin = bridge.origin(account.surface, heard.channel, heard.message)
        if await self._door.reader.read(lambda tx: bridge.by_origin(tx, origin)) is None:
            return False
        actor, writer, files = await self._actor(account), self._door.writer_name, _files(heard)
        return await self._kept(
            lambda ctx: hearing.edited(ctx, writer, origin, heard.text, files), actor
        )

    async def deleted(
        self, surface: str, channel: str, message: str, incident: int | None = None
    ) -> bool:
        """A message is gone where it was written; False where it is not known."""
        origin = bridge.origin(surface, channel, message)
        known = await self._door.reader.read(lambda tx: bridge.by_origin(tx, origin))
        if known is None and incident is None:
            return False
        chat, writer = hearing.chat(surface), self._door.writer_name
        return await self._kept(lambda ctx: hearing.deleted(ctx, writer, origin, incident), chat)

    async def _kept(self, fn: Callable[[Ctx], T], actor: Actor) -> T:
        for tried in range(TRIES):
            try:
                return await self._door.system(fn, actor=actor)
            except Busy as error:
                if tried == TRIES - 1:
                    log.error("words of %s could not be kept: %s", actor.id, error)  # noqa: TRY400
                    raise
                await asyncio.sleep(min(error.retry_after, 8) if tried else 0.1)
        raise AssertionError

    async def incident_at(self, surface: str, channel: str, message: str) -> int | None:
        """The incident whose card, thread or war room is there."""
        found = rooms.standing
        return await self._door.reader.read(lambda tx: found(tx, surface, channel, message))

    async def keeps(self, surface: str, message: str) -> bool:
        """Whether that message is a card that is kept up to date, of an incident or not."""
        at = outbox.at_message
        return await self._door.reader.read(lambda tx: at(tx, surface, message)) is not None


def standing(tx: Tx, incident: int, surface: str, heard: Heard) -> tuple[str, str]:
    """The place that words stand at already (empty where they stand in none), and whether that is
    a war room, or a talk with the bot alone."""
    if heard.direct:
        return "", DIRECT
    here: Any = (
        r.place for r in outbox.places(tx, incident)
        if r.place.startswith(f"{surface}:") and heard.thread in (r.thread, r.message)
    )  # fmt: skip
    if heard.thread and (place := next(here, "")):
        return place, ""
    names = {heard.channel, heard.thread, f"{heard.channel}/{heard.thread}"}
    for room in rooms.live_of(tx, incident):
        if room.surface == surface and room.channel in names:
            return room.place, ROOM
    return "", ""


def _files(heard: Heard) -> tuple[File, ...]:
    return tuple(File(name, url) for name, url in heard.files)
