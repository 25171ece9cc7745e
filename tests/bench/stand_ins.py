"""Slack, Discord and a mail server beside the service, and when each was spoken to."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from aiosmtpd.smtp import SMTP

from tests.support.discord import FakeDiscord
from tests.support.slack import FakeSlack

T = TypeVar("T")

YAML = """
people:
  ana:
    {{name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: {ana_s}, discord: "{ana_d}"}}
  omar:
    {{name: Omar Haddad, email: omar@example.eu, slack: {omar_s}, discord: "{omar_d}"}}
teams:
  ops: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
{routes}
mail: {{host: 127.0.0.1, port: {mail}, tls: none}}
slack: {{bot_token: {slack_bot}, app_token: {slack_app}, base_url: "{slack}"}}
discord:
  bot_token: {discord_bot}
  api_base: "{discord}"
  gateway_url: "{gateway}"
  guild: "{guild}"
"""
ROUTE = '  - {{name: c{0}, {1}team: ops, channels: ["slack:#c{0}", "discord:#c{0}"]}}'


class _Inbox:
    """Takes every mail and notes when."""

    def __init__(self) -> None:
        self.mails: list[tuple[float, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd calls this for each mail."""
        self.mails.append((time.time(), envelope.content.decode("utf-8", "replace")))
        return "250 OK"


class StandIns:
    """All three, on an event loop of their own thread."""

    def __init__(self, channels: int = 1) -> None:
        self._channels = channels
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.inbox = _Inbox()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the stand-ins' loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        self.slack = FakeSlack(clock=time.time)
        self.discord = FakeDiscord()
        self.people = [self.slack.add_user("Ana Petrova"), self.slack.add_user("Omar Haddad")]
        self.members = [self.discord.add_user("Ana"), self.discord.add_user("Omar")]
        for number in range(self._channels):
            self.slack.add_channel(f"c{number}")
            self.discord.add_channel(f"c{number}")
        await self.slack.start()
        await self.discord.start()
        self._smtp = await self._loop.create_server(
            lambda: SMTP(self.inbox, loop=self._loop), "127.0.0.1", 0
        )
        self.mail_port = self._smtp.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._smtp.close()
        await self.slack.stop()
        await self.discord.stop()

    def yaml(self) -> str:
        """Settings of a service that uses them: label ``channel`` says where a card goes."""
        routes = [ROUTE.format(n, f"match: {{channel: c{n}}}, ") for n in range(1, self._channels)]
        return YAML.format(
            ana_s=self.people[0].id, omar_s=self.people[1].id,
            ana_d=self.members[0].id, omar_d=self.members[1].id,
            routes="\n".join([*routes, ROUTE.format(0, "")]), mail=self.mail_port,
            slack_bot=self.slack.bot_token, slack_app=self.slack.app_token,
            slack=self.slack.base_url, discord_bot=self.discord.token,
            discord=self.discord.api_base, gateway=self.discord.gateway_url,
            guild=self.discord.guild_id,
        )  # fmt: skip

    def connected(self) -> bool:
        """Whether the service is connected to both chats."""
        return bool(self.slack.connections) and bool(self.discord.sessions)

    # when was it said

    def cards(self, surface: str) -> list[tuple[float, str]]:
        """When a card was posted to a channel, and what it says."""
        if surface == "slack":
            return [
                (c.at, json.dumps(c.args, ensure_ascii=False))
                for c in self.slack.calls
                if c.method == "chat.postMessage" and not c.args.get("thread_ts")
            ]
        return [
            (r.at, json.dumps(r.body, ensure_ascii=False))
            for r in self.discord.requests
            if r.method == "POST" and r.path.endswith("/messages")
        ]

    def mails(self) -> list[tuple[float, str]]:
        """When a mail came, and what it says."""
        return list(self.inbox.mails)


def first_after(said: list[tuple[float, str]], word: str) -> float | None:
    """When a word was first said."""
    return next((at for at, words in said if word in words), None)
