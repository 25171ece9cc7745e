"""One incident in Slack, Discord and the console: words, edits and deletions both ways, with the
real slack_bolt and discord.py in one service."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, prepare
from bot.settings import Settings, parse
from bot.slack import SlackSurface
from commands.people import actor_of
from store import access
from store.model import IncidentDetail
from tests.support.slack import FakeSlack
from tests.support.slack import Message as SlackMessage
from tests.support.world import alert

with warnings.catch_warnings():  # of discord.py, which imports audioop
    warnings.simplefilter("ignore", DeprecationWarning)
    from discord import utils

    from bot.discord import DiscordSurface
    from tests.support.discord import FakeDiscord, pointed_at
    from tests.support.discord import Message as DiscordMessage

pytestmark = pytest.mark.slow

YAML = """
people:
  ana: {{name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: {ana}}}
  omar: {{name: Omar Haddad, zone: Asia/Dubai, roles: [responder], discord: "{omar}"}}
teams:
  db: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
  - {{name: db, team: db, channels: ["slack:#ops", "slack:#db", "discord:#ops"]}}
slack:
  bot_token: {bot}
  app_token: {app}
  signing_secret: {secret}
  base_url: {base}
discord:
  bot_token: {token}
  api_base: "{api}"
  gateway_url: "{gateway}"
  message_content: true
"""


@dataclass
class Both:
    """The service, its two chats, and how an incident looks in each."""

    settings: Settings
    app: App
    slack: FakeSlack
    discord: FakeDiscord

    async def start(self) -> None:
        """Run the service until both chats are connected."""
        self.app = App(self.settings, await prepare(self.settings))
        await self.app.start("127.0.0.1", 0)
        await self.until(lambda: all(s.health()[0] for s in self.app.surfaces.values()))
        surface = self.app.surfaces["slack"]
        assert isinstance(surface, SlackSurface)
        assert isinstance(self.app.surfaces["discord"], DiscordSurface)
        self.slack.workspace.app_rests = lambda: not surface._hear.busy

    async def until(self, wanted: Callable[[], Any], seconds: float = 60.0) -> None:
        """Wait for something that is to be seen."""
        ends = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < ends, f"it never came: {self.slack_words()} {self.words()}"
            await asyncio.sleep(0.02)

    async def fires(self) -> int:
        """One alert; its incident, once its cards have threads in every place."""
        source = await self.app.door.system(
            lambda ctx: access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
        )
        accepted = await self.app.door.intake(source, (alert("k1"),))
        await self.until(
            lambda: self.slack_replies("ops") and self.slack_replies("db") and self.replies()
        )
        assert accepted.incident_id is not None
        return accepted.incident_id

    def slack_replies(self, channel: str = "ops") -> list[SlackMessage]:
        """The thread of the first card of a channel in Slack."""
        place = self.slack.channel(channel)
        return place.thread(place.top()[0].ts) if place.top() else []

    def replies(self) -> list[DiscordMessage]:
        """The thread of the card in Discord."""
        public = self.discord.channel("ops").public
        thread = public[0].thread if public else None
        return [m for m in thread.public if m.type in (0, 19)] if thread else []

    def slack_words(self, channel: str = "ops") -> list[str]:
        """What is said there below the card's details."""
        return [m.visible_text for m in self.slack_replies(channel)[1:]]

    def words(self) -> list[str]:
        """What is said in Discord below the card's details."""
        return [self.discord.visible_text(m) for m in self.replies()[1:]]

    async def ana_writes(self, text: str) -> SlackMessage:
        """Ana writes in the thread in #ops on Slack."""
        card = self.slack.channel("ops").top()[0]
        seen = await self.slack.say("ana", "ops", text, thread_ts=card.ts, until=lambda: True)
        assert seen.said is not None
        return seen.said

    async def omar_writes(self, text: str) -> DiscordMessage:
        """Omar writes in the thread on Discord."""
        thread = self.discord.channel("ops").public[0].thread
        assert thread is not None
        return await self.discord.say(self.omar, thread, text)

    @property
    def omar(self) -> Any:
        """Omar's account on Discord."""
        return next(u for u in self.discord.state.users.values() if u.username == "omar")

    async def record(self, incident: int) -> IncidentDetail:
        """Everything that is known of an incident."""
        person = self.app.door.definitions().people["ana"]
        found: IncidentDetail = await self.app.door.ask(
            "show", {"incident": incident}, actor_of(person, "test")
        )
        return found


@pytest.fixture
async def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    monkeypatch.setattr(utils, "setup_logging", lambda **_: None)
    async with FakeSlack() as slack, FakeDiscord() as discord:
        with pointed_at(discord):
            ana = slack.add_user("Ana Petrova").id
            slack.add_channel("ops")
            slack.add_channel("db")
            omar = discord.add_user("Omar").id
            discord.add_channel("ops")
            discord.state.enabled_intents.add("message_content")
            text = YAML.format(
                ana=ana, omar=omar, bot=slack.bot_token, app=slack.app_token,
                secret=slack.signing_secret, base=slack.base_url, token=discord.token,
                api=discord.api_base, gateway=discord.gateway_url,
            )  # fmt: skip
            settings = parse(text, "test.yaml").model_copy(update={
                "database": f"sqlite:///{tmp_path}/pixelview.db",
                "key_file": str(tmp_path / "key"),
            })  # fmt: skip
            made = Both(settings, None, slack, discord)  # type: ignore[arg-type]
            await made.start()
            yield made
            await made.app.stop()
    assert slack.violations == []
    assert discord.violations == []


async def test_words_edits_and_deletions_go_both_ways(both: Both) -> None:
    incident = await both.fires()

    said = await both.ana_writes("archve target was <full> & `df -h` says so, @everyone")
    first = "Ana (Slack): archve target was <full> & df -h says so, @everyone"
    await both.until(lambda: both.words() == [first] and both.slack_words("db") == [first])
    assert not both.replies()[-1].mention_everyone
    assert both.slack_words() == [said.visible_text], "it is not repeated where it was written"

    wrote = await both.omar_writes("looking <@&1> **now** <!channel>")
    second = "Omar (Discord): looking @a role **now** <!channel>"
    await both.until(lambda: second in both.slack_words() and second in both.slack_words("db"))
    assert both.slack_replies()[-1].mentions == [] and both.slack_replies()[-1].live == []

    await both.slack.edit("ana", said, "archive target was full")
    third = "Ana (Slack): archive target was full"
    await both.until(lambda: third in both.words() and third in both.slack_words("db"))
    await both.discord.edit(both.omar, wrote, "looked")
    await both.until(lambda: "Omar (Discord): looked" in both.slack_words())

    await both.discord.delete(both.omar, wrote)
    await both.until(lambda: len(both.slack_words("db")) == 1 and len(both.slack_words()) == 1)
    await both.slack.delete("ana", said)
    await both.until(lambda: both.words() == [] and both.slack_words("db") == [])

    record = await both.record(incident)
    notes = [line for line in record.timeline if line.kind == "note"]
    assert [line.say for line in notes] == [
        "What Ana Petrova wrote was taken back.", "What Omar Haddad wrote was taken back.",
    ]  # fmt: skip
    assert record.incident.notes == 0


async def test_nothing_goes_round_and_the_order_is_kept(both: Both) -> None:
    await both.fires()
    for n in range(4):
        await both.ana_writes(f"a{n}")
        await both.omar_writes(f"o{n}")
    await both.until(lambda: len(both.words()) == 8 and len(both.slack_words("db")) == 8)
    await both.until(lambda: len(both.slack_words()) == 8)
    for seen in (both.words(), both.slack_words("db"), both.slack_words()):
        assert [w[-2:] for w in seen if w.endswith(("a0", "a1", "a2", "a3"))] == [
            "a0", "a1", "a2", "a3",
        ]  # fmt: skip
        assert [w[-2:] for w in seen if w.endswith(("o0", "o1", "o2", "o3"))] == [
            "o0", "o1", "o2", "o3",
        ]  # fmt: skip
    await asyncio.sleep(0.5)
    assert len(both.words()) == len(both.slack_words()) == len(both.slack_words("db")) == 8


async def test_a_note_of_the_console_is_read_changed_and_gone_everywhere(both: Both) -> None:
    incident = await both.fires()
    person = actor_of(both.app.door.definitions().people["omar"], "web")
    await both.app.door.do("note", {"incident": incident, "text": "wal is full"}, person)
    line = "Omar (console): wal is full"
    await both.until(lambda: both.words() == [line] and both.slack_words() == [line])
    await both.app.door.do("note-edit", {"incident": incident, "text": "WAL is full"}, person)
    line = "Omar (console): WAL is full"
    await both.until(lambda: both.words() == [line] and both.slack_words("db") == [line])
    await both.app.door.do("note-delete", {"incident": incident}, person)
    await both.until(lambda: both.words() == both.slack_words() == both.slack_words("db") == [])


async def test_after_a_restart_everything_still_follows_and_nothing_comes_twice(both: Both) -> None:
    await both.fires()
    said = await both.ana_writes("one")
    await both.until(lambda: both.words() == ["Ana (Slack): one"])
    await both.until(lambda: len(both.slack_words("db")) == 1)
    envelope = next(e for e in both.slack.sockets.sent if "'one'" in str(e))
    await both.app.stop()
    await both.start()
    await both.slack.redeliver(envelope)
    await both.slack.edit("ana", said, "two")
    await both.until(lambda: both.words() == ["Ana (Slack): two"])
    await both.until(lambda: both.slack_words("db") == ["Ana (Slack): two"])
