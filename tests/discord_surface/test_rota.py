"""The rota in Discord, the whole service beside a strict stand-in: a cover is asked by a slash
command, its question is the presser's own, and who is on call is answered alone or for all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App, prepare
from bot.discord import DiscordSurface
from bot.settings import parse
from tests.discord_surface.support import Clock
from tests.discord_surface.test_end_to_end import AppClock, account_of
from tests.support.discord import FakeDiscord, Message, User

YAML = """
people:
  ana: {{name: Ana Petrova, zone: Europe/Berlin, discord: {ana}}}
  omar: {{name: Omar Haddad, zone: Asia/Dubai, roles: [editor], discord: {omar}}}
teams:
  db: {{members: [ana, omar], oncall: "schedule:db-primary", lead: omar}}
schedules:
  db-primary: {{zone: Europe/Berlin, layers: [{{people: [ana]}}]}}
routes:
  - {{name: db, team: db, channels: ["discord:#ops"]}}
discord: {{bot_token: {token}, api_base: "{api}", gateway_url: "{gateway}"}}
"""


@dataclass
class House:
    """The service and the chat it is in."""

    app: App
    fake: FakeDiscord
    clock: Clock

    def person(self, name: str) -> User:
        return next(u for u in self.fake.state.users.values() if u.name == name)

    async def card(self, words: str) -> Message:
        """The newest message of #ops, once it reads so; where nothing moves, the clock does."""
        place = self.fake.channel("ops")

        def found() -> list[Message]:
            return [m for m in place.public if words in self.fake.visible_text(m)]

        for _ in range(60):
            try:
                await self.fake.until(found, 0.25)
                break
            except TimeoutError:
                self.clock.at += 1
                self.app.outbox.wake()
        return found()[-1]


@pytest.fixture
def _catalog() -> None:
    """Here the real catalog counts."""


@pytest.fixture
async def house(fake: FakeDiscord, clock: Clock, tmp_path: Path) -> AsyncIterator[House]:
    people = {u.username: str(u.id) for u in fake.state.users.values()}
    text = YAML.format(**people, token=fake.token, api=fake.api_base, gateway=fake.gateway_url)
    keys = {"database": f"sqlite:///{tmp_path}/pv.db", "key_file": str(tmp_path / "key")}
    settings = parse(text, "test.yaml").model_copy(update=keys)
    app = App(settings, await prepare(settings), AppClock(clock))
    assert settings.discord is not None
    surface = DiscordSurface(settings.discord, app.desk, account_of(app), now_s=clock)
    app.surfaces["discord"] = surface
    await app.start("127.0.0.1", 0)
    await fake.until(lambda: app.surfaces["discord"].health()[0])
    yield House(app, fake, clock)
    await app.stop()


async def test_a_cover_is_asked_and_taken_with_a_question_of_the_presser_s_own(
    house: House,
) -> None:
    fake, ops = house.fake, house.fake.channel("ops")
    ana, omar = house.person("Ana"), house.person("Omar")
    seen = await fake.command(ana, ops, "oncall cover", {"when": "5 jan 08:00-20:00"})
    assert "Asked in #ops for cover of db-primary" in seen.text
    card = await house.card("COVER WANTED")
    assert "Tue 5 Jan 08:00–20:00 Berlin" in fake.visible_text(card)
    asked = await fake.press(omar, card, "Take it")
    assert asked.message is not None
    said = asked.text
    assert "Take this shift of Ana's?" in said and "(11:00–23:00 for you)" in said
    await fake.press(omar, asked.message, "Take it")
    taken = await house.card("COVERED")
    assert taken.id == card.id and "Omar covers for Ana" in fake.visible_text(taken)


async def test_who_is_answered_alone_or_for_all(house: House) -> None:
    fake, ops = house.fake, house.fake.channel("ops")
    omar = house.person("Omar")
    alone = await fake.command(omar, ops, "oncall who", {"what": "team:db"})
    assert alone.message is not None and alone.message.ephemeral
    assert "Ana Petrova" in alone.text
    shared = await fake.command(omar, ops, "oncall who", {"what": "team:db", "in_channel": True})
    assert shared.message is not None and not shared.message.ephemeral
    assert "On call for team db now" in shared.text
