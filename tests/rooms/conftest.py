"""A PixelView with two chats that make rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from bot.cards.model import Surface
from commands.context import Done
from tests.support.engines import AGAIN, migrated_url
from tests.support.room_pad import RoomPad
from tests.support.world import World

YAML = """
slack: {bot_token: xoxb-1, signing_secret: s}
discord: {bot_token: d}
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin],
        slack: U0ANA, discord: "801"}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC, slack: U0MEI, discord: "803"}
  bob: {name: Bob Marsh, email: bob@example.eu, zone: UTC}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [mei], oncall: mei}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
  - {name: rest, team: db}
"""
RULE = """
rooms:
  open: critical
  call: "https://meet.example.eu/{id}"
  dashboard: "https://graphs.example.eu/{service}"
  archive_after: 2
"""


@dataclass
class House:
    """A world with its two chats."""

    world: World
    slack: RoomPad
    discord: RoomPad

    async def room(self, incident: int, who: str = "ana", **more: Any) -> Done:
        """Somebody asks for a war room, and it is made and filled."""
        said = await self.world.does(who, "room", incident, **more)
        await self.world.advance(seconds=3)
        return said

    async def again(self) -> House:
        """After a crash another process starts on the same database."""
        new = await self.world.again()
        new.app.surfaces["discord"] = cast("Surface", self.discord)
        self.world = new
        return self


async def build(url: str, folder: Path, rooms: str = "") -> House:
    """A house with these settings of rooms."""
    slack, discord = RoomPad("slack"), RoomPad("discord", below=False)
    world = await World.build(url, folder, YAML + rooms, pad=slack)
    world.app.surfaces["discord"] = cast("Surface", discord)
    return House(world, slack, discord)


@pytest.fixture(params=AGAIN[:1])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without rows."""
    return migrated_url(request.param, tmp_path)


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:
    """War rooms as they are without any setting."""
    made = await build(url, tmp_path)
    yield made
    await made.world.end()


@pytest.fixture
async def ruled(url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A room for each critical incident."""
    made = await build(url, tmp_path, RULE)
    yield made
    await made.world.end()
