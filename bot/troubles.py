"""Sees what keeps chats from working: told once, taken back when it works again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping

from bot.abilities import TellsTroubles
from bot.cards.model import Surface
from commands import troubles
from commands.door import Door
from commands.errors import CommandError
from commands.words import surface_name
from integrations.base import Misconfigured
from store import troubles as record
from store.model import Definitions
from store.model.chats import is_chat
from store.model.trouble import Trouble
from store.outbox import Row

log = logging.getLogger("pixelview.troubles")

EVERY = 2.0

Sign = tuple[str, bool, str, int | None]


class Troubles:
    """Compares what surfaces say of themselves, and what the outbox meets, with the record."""

    def __init__(self, door: Door, surfaces: Mapping[str, Surface]) -> None:
        self._door, self._surfaces = door, surfaces
        self._standing: dict[tuple[str, str], Trouble] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load what stands, and begin to look."""
        await self.load()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-troubles")

    async def load(self) -> None:
        """What stands, from the record."""
        found = await self._door.reader.read(record.standing)
        self._standing = {(each.place, each.what): each for each in found}

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except CommandError as error:
                log.warning("what is wrong with chats is not on record: %s", error)
            except Exception:
                log.exception("looking what is wrong with chats")

    # what surfaces say of themselves

    async def look(self) -> None:
        """One look at every surface; and at channels that nothing is posted to any more."""
        for name, surface in [*self._surfaces.items()]:
            if isinstance(surface, TellsTroubles):
                await self._compare(name, surface.troubles(), well=surface.health()[0])
        known = self._door.definitions()
        for place, what in [*self._standing]:
            if what == troubles.CHANNEL and not _is_named(known, place):
                await self._over(place, what, works=False)

    async def _compare(self, name: str, said: Mapping[str, str], *, well: bool) -> None:
        """What it does not say any more is over only once it works: at a start it says nothing."""
        for what, words in said.items():
            await self._begin(name, what, words)
        if well:
            gone = [w for place, w in self._standing if place == name and w not in said]
            for what in gone:
                await self._over(name, what)

    # what the outbox meets

    async def refused(self, row: Row, error: Exception) -> None:
        """A place refused a card or words: if the place itself is at fault, those who can change
        that are told. Places of no route, such as rooms, are nobody's."""
        mine = isinstance(error, Misconfigured) and error.setting in _OF_A_CHANNEL
        if mine and _is_channel(row.place) and _is_named(self._door.definitions(), row.place):
            await self._begin(row.place, troubles.CHANNEL, str(error))

    async def worked(self, row: Row) -> None:
        """Something arrived there."""
        if (row.place, troubles.CHANNEL) in self._standing:
            await self._over(row.place, troubles.CHANNEL)

    async def _begin(self, place: str, what: str, words: str) -> None:
        words = self._door.rules.redact(words)
        if (place, what) in self._standing:
            return
        writer = self._door.writer_name
        made = await self._door.system(lambda ctx: troubles.begin(ctx, writer, place, what, words))
        if made is None:
            await self.load()
            return
        self._standing[place, what] = made
        log.warning("%s: %s", place, words)

    async def _over(self, place: str, what: str, *, works: bool = True) -> None:
        known = self._standing.pop((place, what), None)
        if known is None:
            return
        writer = self._door.writer_name
        await self._door.system(lambda ctx: troubles.over(ctx, writer, known.id, works=works))
        log.warning("%s works again" if works else "%s is not named any more", place)

    # health

    def signs(self) -> Iterator[Sign]:
        """A line for each channel that can't be written to; surfaces speak for themselves."""
        for each in self._standing.values():
            if each.channel:
                name = f"{each.channel} in {surface_name(each.surface)}"
                yield name, False, each.words, each.since


_OF_A_CHANNEL = {"routes.channels", "discord"}


def _is_channel(place: str) -> bool:
    surface, _, channel = place.partition(":")
    return is_chat(surface) and not channel.startswith("@")


def _is_named(known: Definitions, place: str) -> bool:
    """Whether a route or a step of a policy still sends something there."""
    steps = (step for policy in known.policies.values() for step in policy.steps)
    told = (target for step in steps for target in step.targets)
    return any(place in r.channels for r in known.routes) or f"channel:{place}" in told
