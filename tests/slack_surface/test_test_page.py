"""A test page in Slack, the whole service beside a strict stand-in: it rings in the direct message,
is answered there, and the same message tells which contacts stayed silent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App, prepare
from bot.settings import parse
from bot.slack import SlackSurface
from store.model import MINUTE
from tests.support.pagers import FakePushover
from tests.support.slack import Channel, FakeSlack
from tests.support.world import ObedientClock

YAML = """
people:
  ana: {{name: Ana Petrova, zone: Europe/Berlin, slack: {ana}, contacts: {{pushover: {key}}}}}
teams:
  db: {{members: [ana], oncall: ana}}
routes:
  - {{name: db, team: db, channels: ["slack:#ops"]}}
pushover: {{token: {token}, base_url: "{url}"}}
slack:
  bot_token: {bot}
  app_token: {app}
  signing_secret: {secret}
  base_url: {base}
"""


@dataclass
class Service:
    """A running PixelView, its Slack, its Pushover and its clock."""

    app: App
    slack: FakeSlack
    over: FakePushover
    ops: Channel
    clock: ObedientClock


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """Ana has Slack and Pushover."""
    async with FakeSlack() as slack, FakePushover() as over:
        ana, ops = slack.add_user("Ana Petrova").id, slack.add_channel("ops")
        text = YAML.format(
            ana=ana, key=over.add_user("A"), token=over.token, url=over.url, bot=slack.bot_token,
            app=slack.app_token, secret=slack.signing_secret, base=slack.base_url,
        )  # fmt: skip
        keys = {"database": f"sqlite:///{tmp_path}/pv.db", "key_file": str(tmp_path / "key")}
        settings = parse(text, "test.yaml").model_copy(update=keys)
        clock = ObedientClock()
        app = App(settings, await prepare(settings), clock)
        await app.start("127.0.0.1", 0)
        surface = app.surfaces["slack"]
        assert isinstance(surface, SlackSurface)
        slack.workspace.app_rests = lambda: not surface._hear.busy
        await slack.wait_for(lambda: surface.health()[0])
        yield Service(app, slack, over, ops, clock)
        await app.stop()
    assert slack.violations == [] and over.violations == []


async def test_it_rings_is_answered_and_tells_what_stayed_silent(service: Service) -> None:
    slack, over = service.slack, service.over
    await slack.command("ana", service.ops, "/pv test-page")
    dm = slack.dm("ana")
    await slack.wait_for(lambda: dm.messages and over.messages)
    page = dm.messages[0]
    assert "TEST PAGE" in page.visible_text and "Nothing is wrong." in page.visible_text
    assert page.buttons == ["It works"]
    assert service.ops.top() == [], "a test is nobody else's business"
    await slack.press("ana", page, "It works")
    await slack.wait_for(lambda: "Slack works" in dm.messages[0].visible_text)
    service.clock.at += 5 * MINUTE
    service.app.ticker.wake()
    await slack.wait_for(lambda: "stayed silent for 5 min" in dm.messages[0].visible_text)
    assert "Pushover stayed silent" in dm.messages[0].visible_text
    assert dm.messages[0].buttons == [] and len(dm.messages) == 1


async def test_slack_leaves_the_log_of_the_service_alone(service: Service) -> None:
    assert service.slack.url
    assert logging.getLogger("pixelview").level == logging.NOTSET
    assert logging.getLogger("pixelview.pagers").isEnabledFor(logging.WARNING)
