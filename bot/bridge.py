"""Brings words that were written in one place to another, and there what became of them since."""

from __future__ import annotations

from collections.abc import Mapping

from bot.below import say_below
from bot.cards import bridged, notes
from bot.cards.model import Note, Sent, Surface
from bot.cards.view import View
from bot.discreet import read_at
from commands import queries
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import Misconfigured
from store import bridge, outbox
from store.model import note as model
from store.outbox import Row


class Words:
    """Draws words as they read now. Raises the integration errors."""

    def __init__(self, door: Door, surfaces: Mapping[str, Surface], url: str) -> None:
        self._door, self._surfaces, self._url = door, surfaces, url

    async def say(self, surface: Surface, row: Row) -> Landed | None:
        """Say words below a card or in a room; None where they were taken back before that."""
        number = int(row.content["note"])
        note = await read_at(self._door, row, lambda tx: bridge.get(tx, number))
        if note is None or note.gone:
            return None
        drawn = self._drawn(note, surface)
        said = await say_below(self._door, surface, row, lambda: drawn)
        if said is None:
            return None
        return Landed(said.channel, said.message, said.thread, note.version)

    def _drawn(self, note: model.Note, surface: Surface) -> Note:
        where = f"{self._url.rstrip('/')}/i/{note.incident_id}"
        return bridged.of(note, self._door.definitions(), where, surface.name)

    # what became of them

    async def follow(self, row: Row, number: int) -> Landed | None:
        """Make what was said at a place true; None where nothing stands there."""
        note = await read_at(self._door, row, lambda tx: bridge.get(tx, number))
        found = await self._door.reader.read(lambda tx: bridge.copies(tx, number))
        standing = [copy for copy in found if copy.place == row.place and copy.message]
        if note is None or not standing:
            return None
        surface = self._surfaces.get(row.place.partition(":")[0])
        if surface is None:
            raise Misconfigured(f"{row.place} is not connected", row.place)
        for copy in standing:
            if copy.shown != note.version:
                await self._make_true(surface, note, copy)
        return Landed("", "followed")

    async def _make_true(self, surface: Surface, note: model.Note, copy: model.Copy) -> None:
        at = Sent(copy.channel or "", copy.message or "", copy.thread or "")
        if note.gone and await surface.unsay(at):
            await self._door.system(lambda ctx: bridge.drop(ctx.tx, copy))
            return
        known = self._door.definitions()
        drawn = bridged.taken_back(note, known) if note.gone else self._drawn(note, surface)
        now = await surface.resay(at, drawn)
        if now is None:
            await self._door.system(lambda ctx: bridge.drop(ctx.tx, copy))
            return
        version = note.version
        await self._door.system(
            lambda ctx: bridge.stands(ctx.tx, copy, version, now.channel, now.message, now.thread)
        )

    # whether words are heard

    async def first_words(self, row: Row, incident: int) -> Landed | None:
        """The first words below a card say whether what is written there is heard; None where
        there are none."""
        surface = self._surfaces.get(row.place.partition(":")[0])
        detail = await read_at(self._door, row, lambda tx: queries.brief(tx, incident))
        found = await self._door.reader.read(
            lambda tx: bridge.first_words_at(tx, incident, row.place)
        )
        if surface is None or detail is None or found is None:
            return None
        known, now = self._door.definitions(), self._door.clock.now()
        drawn = notes.details(View(detail, known, self._url, now, surface.threads))
        await surface.resay(Sent(*found), drawn)
        return Landed("", "followed")


def is_words(row: Row) -> bool:
    """Whether a row says what somebody wrote."""
    return row.kind == outbox.SAY and "note" in row.content
