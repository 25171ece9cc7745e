"""A PixelView with the real surfaces beside both strict stand-ins, all on one simulated clock."""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.settings import DiscordSettings, SlackSettings
from bot.slack import SlackSurface
from tests.support.slack import FakeSlack
from tests.support.world import ObedientClock, World

with warnings.catch_warnings():  # of discord.py, which imports audioop
    warnings.simplefilter("ignore", DeprecationWarning)
    from bot.discord import DiscordSurface
    from tests.support.discord import FakeDiscord, pointed_at

PEOPLE = """
people:
  ana:
    {{name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: {ana_s}, discord: "{ana_d}"}}
  omar: {{name: Omar Haddad, email: omar@example.eu, slack: {omar_s}, discord: "{omar_d}"}}
teams:
  ops: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
{routes}
"""
ROUTE = '  - {{name: c{0}, {1}team: ops, channels: ["slack:#c{0}", "discord:#c{0}"]}}'
_HEAD = re.compile(r"#(\d+) ")


class BothChats(World):
    """Time is moved step by step; between two steps everything that may be sent is sent."""

    slack: FakeSlack
    discord: FakeDiscord

    async def settle(self) -> None:
        """Let happen what can happen at this instant."""
        before = -1
        await self.app.ticker.tick()
        for _ in range(40):
            await self.app.outbox.pump()
            while not self.app.outbox.idle:
                await asyncio.sleep(0.001)
            done = self.app.outbox.meter.sent + self.app.outbox.meter.uncertain
            if done == before:
                return
            before = done

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass."""
        for _ in range(round(seconds / step)):
            self.clock.at += round(step * 1000)
            await self.settle()

    # what can be seen

    def slack_cards(self, channel: str) -> list[int]:
        """The incidents whose cards stand in a channel of Slack or below a message there."""
        return [n for m in self.slack.channel(channel).messages if (n := _slack_card(m.blocks))]

    def discord_cards(self, channel: str) -> list[int]:
        """The same in Discord."""
        there = self.discord.channel(channel)
        threads = [c for c in self.discord.state.threads() if c.parent is there]
        messages = [m for c in (there, *threads) for m in c.messages]
        return [n for m in messages if (n := _discord_card(m.components))]

    def told_slack(self) -> list[tuple[float, str]]:
        """When what was said in Slack's channels."""
        methods = ("chat.postMessage", "chat.update")
        return [
            (c.at, json.dumps(c.args, ensure_ascii=False))
            for c in self.slack.calls
            if c.method in methods and (c.answer or {}).get("ok")
        ]

    def told_discord(self) -> list[tuple[float, str]]:
        """When what was said in Discord's."""
        return [
            (r.at, json.dumps(r.body, ensure_ascii=False))
            for r in self.discord.front.log
            if r.method in ("POST", "PATCH") and "/messages" in r.path and r.status < 300
        ]

    def violations(self) -> list[str]:
        """Everything a correct client never does, limits passed included."""
        over = [f"Slack refused {self.slack.rates.refused}"] if self.slack.rates.refused else []
        over += [f"Discord refused {n}"] if (n := self.discord.limits.refusals) else []
        return [*self.slack.violations, *self.discord.state.violations, *over]


def _slack_card(blocks: Any) -> int:
    first = blocks[0] if blocks else {}
    if not str(first.get("block_id", "")).startswith("head."):
        return 0
    found = _HEAD.search(json.dumps(first, ensure_ascii=False))
    return int(found[1]) if found else 0


def _discord_card(components: Any) -> int:
    container = next((c for c in components or () if c.get("type") == 17), None)
    if container is None:
        return 0
    found = _HEAD.search(str(container["components"][0].get("content", "")))
    return int(found[1]) if found else 0


@asynccontextmanager
async def both_chats(
    folder: Path, channels: int, *, storms: str = "", house: str = PEOPLE
) -> AsyncIterator[BothChats]:
    """Both stand-ins, both surfaces, one clock; ``house`` is who is there, ``storms`` the rest."""
    clock = ObedientClock()

    def seconds() -> float:
        return clock.at / 1000

    async def pause(wait: float) -> None:
        await asyncio.sleep(min(wait, 0.02))

    async with FakeSlack(clock=seconds) as slack, FakeDiscord(clock=seconds) as discord:
        with pointed_at(discord):
            people = [slack.add_user(n) for n in ("Ana Petrova", "Omar Haddad")]
            members = [discord.add_user(n) for n in ("Ana", "Omar")]
            for number in range(channels):
                slack.add_channel(f"c{number}")
                discord.add_channel(f"c{number}")
            routes = [ROUTE.format(n, f"match: {{channel: c{n}}}, ") for n in range(1, channels)]
            yaml = house.format(
                ana_s=people[0].id, omar_s=people[1].id, ana_d=members[0].id,
                omar_d=members[1].id, routes="\n".join([*routes, ROUTE.format(0, "")]),
            )  # fmt: skip
            url = f"sqlite:///{folder}/pixelview.db"
            world = await BothChats.build(url, folder, yaml + storms, clock)
            assert isinstance(world, BothChats)
            world.slack, world.discord = slack, discord
            _connect(world, seconds, pause)
            try:
                for surface in world.app.surfaces.values():
                    await surface.start()
                yield world
            finally:
                await world.end()


def _connect(world: BothChats, seconds: Callable[[], float], pause: Any) -> None:
    app, slack, discord = world.app, world.slack, world.discord
    app.surfaces["slack"] = SlackSurface(
        SlackSettings(
            bot_token=slack.bot_token, app_token=slack.app_token, base_url=slack.base_url
        ),
        app.desk, app._account("slack"), now_s=seconds, pause=pause,
    )  # fmt: skip
    app.surfaces["discord"] = DiscordSurface(
        DiscordSettings(
            bot_token=discord.token, api_base=discord.api_base, gateway_url=discord.gateway_url,
            guild=str(discord.guild_id),
        ),
        app.desk, app._account("discord"), now_s=seconds, pause=pause,
    )  # fmt: skip
