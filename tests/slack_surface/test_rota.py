"""The rota in Slack, the whole service beside a strict stand-in: an override with its undo, a cover
that is asked, taken and swapped, and who is on call, alone and for all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App, prepare
from bot.settings import parse
from bot.slack import SlackSurface
from store.model import DAY
from tests.support.slack import Channel, FakeSlack, Message
from tests.support.world import ObedientClock

YAML = """
people:
  ana: {{name: Ana Petrova, zone: Europe/Berlin, slack: {ana}}}
  bob: {{name: Bob Stone, zone: Europe/London, slack: {bob}}}
  omar: {{name: Omar Haddad, zone: Asia/Dubai, roles: [editor], slack: {omar}}}
teams:
  db: {{members: [ana, bob], oncall: "schedule:db-primary", lead: omar}}
  web: {{members: [bob], oncall: "schedule:web"}}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers: [{{start: 2026-11-16T08:00, rotation: {{kind: weekly, people: [bob, ana]}}}}]
  web:
    zone: Europe/London
    layers: [{{people: [bob], restrictions: [{{days: [sat], start: "10:00", end: "12:00"}}]}}]
routes:
  - {{name: db, team: db, channels: ["slack:#ops"]}}
slack:
  bot_token: {bot}
  app_token: {app}
  signing_secret: {secret}
  base_url: {base}
"""


@dataclass
class Service:
    """A running PixelView, its Slack, and the channel its cards go to."""

    app: App
    slack: FakeSlack
    ops: Channel

    async def card(self, words: str) -> Message:
        """The newest card of the channel, once it reads so."""
        await self.slack.wait_for(lambda: any(words in m.visible_text for m in self.ops.top()))
        return next(m for m in reversed(self.ops.top()) if words in m.visible_text)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """It is Wednesday, 25 November 2026: Ana is on call until Monday."""
    async with FakeSlack() as slack:
        ids = {
            name: slack.add_user(name).id for name in ("Ana Petrova", "Bob Stone", "Omar Haddad")
        }
        ana, bob, omar = ids.values()
        ops = slack.add_channel("ops")
        text = YAML.format(
            ana=ana, bob=bob, omar=omar, bot=slack.bot_token, app=slack.app_token,
            secret=slack.signing_secret, base=slack.base_url,
        )  # fmt: skip
        keys = {"database": f"sqlite:///{tmp_path}/pv.db", "key_file": str(tmp_path / "key")}
        settings = parse(text, "test.yaml").model_copy(update=keys)
        clock = ObedientClock()
        clock.at += 3 * DAY
        app = App(settings, await prepare(settings), clock)
        await app.start("127.0.0.1", 0)
        surface = app.surfaces["slack"]
        assert isinstance(surface, SlackSurface)
        slack.workspace.app_rests = lambda: not surface._hear.busy
        await slack.wait_for(lambda: surface.health()[0])
        yield Service(app, slack, ops)
        await app.stop()
    assert slack.violations == []


async def test_an_override_is_answered_alone_with_undo(service: Service) -> None:
    slack = service.slack
    line = "/pv override @bob db sat 12:00-23:00 she asked me"
    seen = await slack.command("omar", service.ops, line)
    assert seen.messages and all(m.ephemeral for m in seen.messages)
    said = seen.text
    assert "Bob replaces Ana on db-primary, Sat 28 Nov 09:00–20:00 Berlin" in said
    assert "(12:00–23:00 for you). Ana and Bob were told." in said
    assert "Bob is on call for web 14:00–16:00 then." in said
    told = slack.dm("ana")
    await slack.wait_for(lambda: told.messages)
    assert "Bob stands in for you on db-primary" in told.messages[0].visible_text
    assert service.ops.top() == [], "the channel hears nothing"
    await slack.press("omar", seen.messages[0], "Undo")
    await slack.wait_for(lambda: "AS BEFORE" in told.messages[0].visible_text)
    await slack.wait_for(lambda: len(told.messages) == 2)
    assert "You are on call again" in told.messages[1].visible_text


async def test_a_cover_is_taken_after_a_question_of_the_presser_s_own(service: Service) -> None:
    slack = service.slack
    asked = await slack.command("ana", service.ops, "/pv cover sat 08:00-20:00 wedding")
    assert "Asked in #ops for cover of db-primary" in asked.text
    card = await service.card("COVER WANTED")
    assert "Ana, db-primary, Sat 28 Nov 08:00–20:00 Berlin" in card.visible_text
    assert card.buttons[:3] == ["Take it", "Take part…", "Swap for one of mine…"]
    mine = await slack.press("ana", card, "Take it")
    assert mine.modal is not None
    own = await slack.submit("ana", mine.modal)
    assert own.modal is not None and "It is your own shift" in own.modal.visible_text
    question = (await slack.press("bob", card, "Take it")).modal
    assert question is not None
    assert "You are on call for web 10:00–12:00 then." in question.visible_text
    assert "(07:00–19:00 for you)" in question.visible_text
    await slack.submit("bob", question)
    card = await service.card("COVERED")
    assert "Bob covers for Ana" in card.visible_text and card.buttons == []
    await slack.wait_for(lambda: service.ops.thread(card.ts))
    assert "Bob covers for Ana." in service.ops.thread(card.ts)[-1].visible_text


async def test_a_part_and_a_swap_open_forms_that_know_the_shift(service: Service) -> None:
    slack = service.slack
    await slack.command("ana", service.ops, "/pv cover sat 08:00-20:00")
    card = await service.card("COVER WANTED")
    form = (await slack.press("bob", card, "Take part…")).modal
    assert form is not None
    wrong = await slack.submit("bob", form, {"when": "sat 25:00"})
    assert "sat 25:00 is not a time" in str(wrong.errors)
    await slack.submit("bob", form, {"when": "sat 08:00-12:00"})
    await service.card("COVERED IN PART")
    rest = await service.card("Sat 28 Nov 08:00–09:00 Berlin")
    form = (await slack.press("bob", rest, "Swap for one of mine…")).modal
    assert form is not None
    assert "db-primary, Mon 30 Nov 07:00" in str(form.body)


async def test_who_is_answered_alone_and_in_the_channel_for_all(service: Service) -> None:
    slack = service.slack
    seen = await slack.command("bob", service.ops, "/pv who db")
    assert "On call for team db now" in seen.text and "Ana Petrova until" in seen.text
    assert all(m.ephemeral for m in seen.messages)
    page = await slack.press("bob", seen.messages[0], "Page Ana…")
    assert page.modal is not None
    await slack.submit("bob", page.modal, {"text": "the import hangs"})
    await service.card("the import hangs")
    await slack.command("bob", service.ops, "/pv who db in channel")
    shown = await service.card("On call for team db now")
    assert not shown.ephemeral
