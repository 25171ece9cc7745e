"""The whole service beside a Slack: an alert comes in, people act in Slack, the record has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, prepare
from bot.settings import parse
from bot.slack import SlackSurface
from commands.people import actor_of
from store import access
from store.model import IncidentDetail
from tests.slack_surface.test_shortcuts import DECLARE, INCIDENT, NOTE
from tests.support.slack import Channel, FakeSlack, Message
from tests.support.world import alert

YAML = """
people:
  ana: {{name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: {ana}}}
  omar: {{name: Omar Haddad, zone: Asia/Dubai, roles: [responder], slack: {omar}}}
  mei: {{name: Mei Lin, email: mei@example.eu, zone: UTC, roles: [viewer]}}
teams:
  db: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
  - {{name: db, team: db, channels: ["slack:#ops"]}}
slack:
  bot_token: {bot}
  app_token: {app}
  signing_secret: {secret}
  base_url: {base}
"""
NAMES = ("Ana Petrova", "Omar Haddad", "Mei Lin", "Zoe Quinn")


@dataclass
class Service:
    """A running PixelView, its Slack, and the channel its cards go to."""

    app: App
    slack: FakeSlack
    ops: Channel
    port: int

    async def fires(self, key: str = "k1", **more: Any) -> Message:
        """One alert; its card, once it stands with its details below."""
        before = len(self.ops.top())
        source = await self.app.door.system(
            lambda ctx: access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
        )
        await self.app.door.intake(source, (alert(key, **more),))
        await self.slack.wait_for(lambda: len(self.ops.top()) > before)
        card = self.ops.top()[-1]
        await self.slack.wait_for(lambda: self.ops.thread(card.ts))
        return card

    async def record(self, incident: int = 1) -> IncidentDetail:
        """Everything that is known of an incident."""
        person = self.app.door.definitions().people["ana"]
        found: IncidentDetail = await self.app.door.ask(
            "show", {"incident": incident}, actor_of(person, "test")
        )
        return found

    async def says(self, message: Message, words: str) -> None:
        """Wait until a message reads so."""
        await self.slack.wait_for(lambda: words in message.visible_text)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with FakeSlack() as slack:
        ana, omar, *_ = [slack.add_user(name).id for name in NAMES]
        ops = slack.add_channel("ops")
        text = YAML.format(
            bot=slack.bot_token, app=slack.app_token, secret=slack.signing_secret,
            base=slack.base_url, ana=ana, omar=omar,
        )  # fmt: skip
        settings = parse(text, "test.yaml").model_copy(
            update={
                "database": f"sqlite:///{tmp_path}/pixelview.db", "key_file": str(tmp_path / "key"),
            }
        )  # fmt: skip
        app = App(settings, await prepare(settings))
        port = await app.start("127.0.0.1", 0)
        surface = app.surfaces["slack"]
        assert isinstance(surface, SlackSurface)
        slack.workspace.app_rests = lambda: not surface._hear.busy
        await slack.wait_for(lambda: surface.health()[0])
        yield Service(app, slack, ops, port)
        await app.stop()
    assert slack.violations == []


async def test_one_alert_all_the_way(service: Service) -> None:
    slack = service.slack
    card = await service.fires()
    assert card.buttons == ["Acknowledge", "Assign…", "Escalate", "Resolve…"]
    assert len(card.text) <= 110
    ana_page = slack.dm("ana")
    await slack.wait_for(lambda: ana_page.messages)
    [page] = ana_page.messages
    assert "You are paged for #1." in page.visible_text

    seen = await slack.press("ana", page, "Acknowledge")
    assert seen.acked and seen.ephemeral == []
    await service.says(card, "Ana has it since")
    await service.says(page, "You have it.")
    late = await slack.press("omar", card, "Acknowledge", version=0)
    assert "already has #1" in late.text and "Nothing more to do." in late.text

    said = await slack.say("omar", service.ops, "archive target was full", thread_ts=card.ts)
    assert said.messages == [], "words are not repeated where they were written"
    form = (await slack.press("ana", card, "Resolve…")).modal
    assert form is not None
    await slack.submit("ana", form, {"how": "now", "text": "rotate-wal freed 612 GB"})
    await service.says(card, "RESOLVED")
    assert "rotate-wal freed 612 GB" in card.visible_text
    await slack.wait_for(lambda: "resolved it" in service.ops.thread(card.ts)[-1].visible_text)

    record = await service.record()
    kinds = [line.kind for line in record.timeline]
    assert {"ack", "note", "resolve"} <= set(kinds)
    [note] = [line for line in record.timeline if line.kind == "note"]
    assert "archive target was full" in note.say
    assert note.surface == "slack"


async def test_who_may_not_and_who_is_not_known_are_told_alone(service: Service) -> None:
    card = await service.fires()
    before = card.visible_text
    mei = await service.slack.press("mei", card, "Acknowledge")
    assert "You can't" in mei.text and "permission" in mei.text
    zoe = await service.slack.press("zoe", card, "Acknowledge")
    assert "I don't know you yet, so nothing changed." in zoe.text
    assert card.visible_text.replace("@Ana", "Ana") == before.replace("@Ana", "Ana")
    assert (await service.record()).incident.holder is None


async def test_whoever_is_not_known_sees_nothing_by_any_way_until_a_code_links_them(
    service: Service,
) -> None:
    card, slack = await service.fires(), service.slack
    lines = ("list", "show 1", "ack 1", "who db", "declare x", "tokens", "accounts", "nonsense 1")
    for line in lines:
        seen = await slack.command("zoe", service.ops, f"/pv {line}")
        assert "I don't know you yet" in seen.text and "Link my account" in seen.text, line
        assert "Disk" not in seen.text and seen.modal is None, line
    for shortcut, message in ((DECLARE, None), (INCIDENT, card), (NOTE, card)):
        seen = await slack.use_shortcut("zoe", shortcut, message)
        assert "I don't know you yet" in f"{seen.text} {seen.modal and seen.modal.visible_text}"
    seen = await slack.mention("zoe", service.ops, "ack 1", thread_ts=card.ts)
    assert "I don't know you yet" in seen.text
    assert (await service.record()).incident.holder is None
    mei = actor_of(service.app.door.definitions().people["mei"], "web")
    code = (await service.app.door.do("link", {}, mei)).say.rpartition(" ")[2]
    assert "older than 10" in (await slack.command("zoe", service.ops, "/pv link BBBB-BBBB")).text
    seen = await slack.command("zoe", service.ops, f"/pv link {code}")
    assert "you are Mei Lin now" in seen.text
    assert "You can't" in (await slack.press("zoe", card, "Acknowledge")).text


async def test_words_are_commands_too(service: Service) -> None:
    card = await service.fires()
    slack = service.slack
    assert "/pv ack 1" in (await slack.command("omar", service.ops, "/pv acknowlege 1")).text
    assert "Try: ack" in (await slack.command("omar", service.ops, "/pv help")).text
    form = (await slack.command("omar", service.ops, "/pv assign 1")).modal
    assert form is not None and form.title.startswith("Assign")
    await slack.submit("omar", form, {"who": "omar"})
    await service.says(card, "Omar has it since")
    await slack.command("omar", service.ops, "/pv assign 1 @ana please")
    await service.says(card, "assigned to Ana")
    why = await slack.mention("omar", service.ops, "why", thread_ts=card.ts)
    assert why.ephemeral and why.ephemeral[0].thread_ts == card.ts


async def test_a_warning_is_posted_without_calling_anybody(service: Service) -> None:
    card = await service.fires("k2", severity="warning", title="Load 31 on staging-2")
    assert card.live == []
    assert "WARNING" in card.visible_text


async def test_strangers_words_stay_words_all_the_way(service: Service) -> None:
    title = "<!channel> *Disk* <@U0PV000002> <https://evil.example|click> \u202egnp.exe"
    card = await service.fires("k3", title=title, severity="warning", description=title)
    assert card.live == []
    assert "<!channel> *Disk*" in card.visible_text
    assert "\u202e" not in card.visible_text
    for message in service.ops.messages:
        assert message.live == []


async def test_slack_may_come_over_http_while_socket_mode_is_open(service: Service) -> None:
    card = await service.fires()
    url = f"http://127.0.0.1:{service.port}/slack/events"
    assert await service.slack.set_request_url(url)
    seen = await service.slack.press("ana", card, "Acknowledge")
    assert seen.acked
    await service.says(card, "Ana has it since")
    await service.slack.workspace.quiet()
    service.slack.delivery.echo_own = False
    service.slack.workspace.signing_secret = "another"
    refused = await service.slack.press("ana", card, "Note…")
    assert not refused.acked and refused.modal is None
    assert service.slack.violations.pop().endswith("was answered with http_401")


def test_a_service_without_slack_does_not_load_it() -> None:
    code = (
        "import sys, bot.app, bot.slack, integrations.slack; "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('slack_bolt', 'slack_sdk')]; "
        "sys.exit(bad or 0)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert found.returncode == 0, found.stderr
