"""One incident in Slack, Discord and the console at once, beside a StackStorm: the real slack_bolt,
discord.py and st2client over HTTP, and time that obeys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.slack import SlackSurface
from tests.automation.ran import Ran
from tests.support.both_chats import BothChats, both_chats
from tests.support.discord import Message as DiscordMessage
from tests.support.slack import Message as SlackMessage
from tests.support.stackstorm import StackStorm
from tests.support.stackstorm.server import KEY
from tests.web.site import Site, Visitor

PEOPLE = """
roles:
  dba: {{permissions: ["action:st2:pg.*", "action:failover"]}}
people:
  ana:
    {{name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: {ana_s}, discord: "{ana_d}"}}
  omar:
    {{name: Omar Haddad, roles: [responder, dba], slack: {omar_s}, discord: "{omar_d}"}}
teams:
  ops: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
{routes}
"""
SYSTEM = 'stackstorm: {{st2: {{url: "{url}", api_key: {key}}}}}\n'


class House(Ran):
    """The world with both chats, its console, and the engine by hand."""

    world: BothChats
    site: Site
    ana: Visitor

    async def look(self, seconds: float = 0) -> None:
        """Time passes, and what is due is looked at, written and sent."""
        await self.world.pass_time(seconds)
        await super().look()

    async def both(self, there: Callable[[], Any]) -> None:
        """Wait for what people are to see, while everything that may be sent is sent."""
        for _ in range(120):
            if there():
                return
            await self.look(1)
            await asyncio.sleep(0.005)
        raise AssertionError(f"it never came: {self.all_said()}")

    def all_said(self) -> list[str]:
        """What stands in both threads."""
        return [m.visible_text for m in self.slack("")] + [
            self.world.discord.visible_text(m) for m in self.discord("")
        ]

    def now(self) -> datetime:
        """What StackStorm's clock says."""
        return datetime.fromtimestamp(self.world.clock.at / 1000, UTC)

    # Slack

    def card(self) -> SlackMessage:
        """The incident's card in Slack."""
        return self.world.slack.channel("c0").top()[0]

    def slack(self, word: str) -> list[SlackMessage]:
        """The messages below it that say a word."""
        thread = self.world.slack.channel("c0").thread(self.card().ts)
        return [m for m in thread if word in m.visible_text]

    # Discord

    def omar(self) -> Any:
        """Omar's account there."""
        return self.world.discord.user("Omar")

    def discord(self, word: str) -> list[DiscordMessage]:
        """The messages below the incident's card in Discord that say a word."""
        thread = self.world.discord.channel("c0").public[0].thread
        seen = thread.public if thread else []
        return [m for m in seen if word in self.world.discord.visible_text(m)]

    def says(self, word: str) -> str:
        """What the first message there with that word says."""
        return next((self.world.discord.visible_text(m) for m in self.discord(word)), "")


@asynccontextmanager
async def house(st2: StackStorm, folder: Path, more: str) -> AsyncIterator[House]:
    """All of it, with these settings more."""
    settings = SYSTEM.format(url=st2.url, key=KEY) + more
    async with both_chats(folder, 1, house=PEOPLE, storms=settings) as world:
        surface = world.app.surfaces["slack"]
        assert isinstance(surface, SlackSurface)
        world.slack.workspace.app_rests = lambda: not surface._hear.busy
        made = House(world, st2)
        st2.world.now = made.now
        await made.begun()
        await made.listen()
        made.site = await Site.of(world)
        made.ana = await made.site.visitor("ana")
        try:
            yield made
        finally:
            for visitor in made.site.visitors:
                await visitor.leave()
            await made.system.stop()
        assert world.violations() == []
