"""A war room as it looks from its start to its end, for the pictures."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.cards.model import Account, Form, Note, Private
from tests.rooms.conftest import House, build
from tests.support.world import words

if TYPE_CHECKING:
    from tests.golden.night import Shown

ANA = Account("slack", "T1", "U0ANA", "ana")
MEI = Account("slack", "T1", "U0MEI", "mei")


async def put(shown: Shown) -> None:
    """Add every card, note and form of a war room."""
    with TemporaryDirectory() as folder:
        house = await build(f"sqlite:///{folder}/rooms.db", Path(folder), _RULE)
        try:
            await _Play(house, shown).all()
        finally:
            await house.world.end()


_RULE = 'rooms: {open: critical, call: "https://meet.example.eu/{id}"}\n'


class _Play:
    def __init__(self, house: House, shown: Shown) -> None:
        self.house, self.shown = house, shown

    async def all(self) -> None:
        world = self.house.world
        self.house.slack.strangers.add("U0OMAR")
        n = await world.fires()
        await world.advance(seconds=5)
        self._card("26 war room, nobody leads")
        await world.does("ana", "ack", n)
        await self._presses("26 role taken", f"cmd:take-comms:{n}:1", MEI)
        await world.does("ana", "role", n, role="scribe", who="@omar")
        given = [c for _, c in self.house.slack.direct if c.head.word == "SCRIBE"]
        self._kept("26 role given", given[-1])
        self._card("26 war room")
        for verb in ("update", "invite", "end-room"):
            await self._presses(f"form {verb}", f"cmd:{verb}:{n}:1", ANA)
        await world.does("ana", "update", n, text="Writes are back.\nThe cause is known.")
        self._said("26 update", "Writes are back")
        await world.advance(minutes=31)
        self._said("26 update due", "is due")
        self._card("26 war room, update due")
        await world.does("ana", "invite", n, people="bob")
        await world.advance(seconds=5)
        told = [c for _, c in self.house.slack.direct if c.head.word == "WAR ROOM"]
        self._kept("26 not everybody came", told[-1])
        await world.does("ana", "resolve", n, how="now", text="cleaned old WAL")
        self._card("26 war room, resolved")
        await world.does("ana", "end-room", n)
        await world.advance(seconds=5)
        self._said("26 room over", "ended the war room")
        self._card("26 war room, over")
        m = await world.fires("k2", severity="warning", labels={"service": "other"})
        await self._presses("form room", f"cmd:room:{m}:1", ANA)

    def _kept(self, name: str, card: object) -> None:
        self.shown.cards[name] = (card, None)  # type: ignore[assignment]
        self.shown.at[name] = self.house.world.clock.at

    def _card(self, name: str) -> None:
        pad = self.house.slack
        newest = [c for _, c in (*pad.posts, *pad.edits) if c.head.word == "WAR ROOM"]
        self._kept(name, newest[-1])

    def _said(self, name: str, text: str) -> None:
        found: list[Note] = [note for note in self.house.slack.room.notes if text in words(note)]
        self.shown.notes[name] = found[-1]
        self.shown.at[name] = self.house.world.clock.at

    async def _presses(self, name: str, token: str, who: Account) -> None:
        answer = await self.house.world.app.desk.press(token, who, name)
        await self.house.world.settle()
        if isinstance(answer, Form):
            self.shown.forms[name] = answer
        else:
            assert isinstance(answer, Private)
            assert answer.note is not None
            self.shown.notes[name] = answer.note
        self.shown.at[name] = self.house.world.clock.at
