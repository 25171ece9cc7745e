"""A world in two chats: what is written in one is read in the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cards.model import Account, Heard
from store import bridge, outbox
from store.model.note import Note
from tests.support.engines import AGAIN, migrated_url
from tests.support.world import Pad, World

YAML = """
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA, discord: "201"}
  omar: {name: Omar Haddad, zone: Asia/Dubai, slack: U0OMAR, discord: "202"}
  mei: {name: Mei Lin, zone: UTC, roles: [viewer], slack: U0MEI}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: db, team: db, channels: ["slack:#ops", "slack:#db", "discord:#ops"]}
"""
ANA = Account("slack", "T1", "U0ANA", "ana")
OMAR = Account("discord", "G1", "202", "Omar")
ZOE = Account("slack", "T1", "U0ZOE", "Zoe")


@dataclass
class Bridge:
    """A world, its two chats, and one incident with a card in each of three channels."""

    world: World
    slack: Pad
    discord: Pad
    incident: int

    async def threads(self) -> dict[str, str]:
        """Place → the thread of the card there."""
        rows = await self.world.app.reader.read(lambda tx: outbox.places(tx, self.incident))
        return {row.place: str(row.thread or row.message) for row in rows}

    async def writes(
        self, text: str, message: str = "1.1", place: str = "slack:#ops", by: Account = ANA,
        *, settle: bool = True, **more: object,
    ) -> Heard:  # fmt: skip
        """Somebody writes in the thread at a place."""
        thread = (await self.threads())[place]
        heard = Heard("C1", message, text, thread=thread, **more)  # type: ignore[arg-type]
        await self.world.app.desk.heard(self.incident, heard, by)
        if settle:
            await self.world.settle()
        return heard

    async def edits(self, heard: Heard, text: str, by: Account = ANA) -> bool:
        """Who wrote it changes it."""
        new = Heard(heard.channel, heard.message, text, heard.thread, heard.files)
        known = await self.world.app.desk.edited(new, by)
        await self.world.settle()
        return known

    async def deletes(self, heard: Heard, surface: str = "slack") -> bool:
        """It is taken away where it was written."""
        known = await self.world.app.desk.deleted(surface, heard.channel, heard.message)
        await self.world.settle()
        return known

    async def note(self, number: int = 1) -> Note:
        """A note as it is on record."""
        found = await self.world.app.reader.read(
            lambda tx: bridge.numbered(tx, self.incident, number)
        )
        assert found is not None
        return found

    def said(self) -> list[str]:
        """What was said in threads that is no detail of the alert, in Slack and then in Discord."""
        every = [t for pad in (self.slack, self.discord) for _, t in pad.said]
        return [text for text in every if "Labels" not in text]


async def bridged(url: str, keys: Path) -> Bridge:
    """A new one on a database."""
    slack, discord = Pad("slack"), Pad("discord")
    world = await World.build(url, keys, YAML, pad=slack)
    world.app.surfaces["discord"] = discord
    incident = await world.fires()
    world.clear()
    slack.said.clear()
    discord.said.clear()
    return Bridge(world, slack, discord, incident)


@pytest.fixture(params=AGAIN)
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bridge]:
    made = await bridged(migrated_url(request.param, tmp_path), tmp_path)
    yield made
    await made.world.end()
