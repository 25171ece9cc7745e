"""The whole service beside a Slack that fails it: each fault ends in a clear state and a clear word
to the right people, told once and taken back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, prepare
from bot.settings import Settings, parse
from bot.slack import SlackSurface
from store import access
from store.model import IncidentDetail, IncidentStatus
from tests.support.slack import FakeSlack, Message
from tests.support.world import Mailbox, alert

YAML = """
people:
  ana: &one
    name: Ana Petrova
    zone: UTC
    roles: [admin]
    email: ana@example.eu
    slack: {ana}
    rules: [{{after: 0, via: slack}}, {{after: 5, via: email}}]
  omar: {{<<: *one, name: Omar Haddad, roles: [responder], email: omar@example.eu, slack: {omar}}}
teams:
  db: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
  - {{name: db, team: db, channels: ["slack:#ops"]}}
slack:
  bot_token: {bot}
  {way}
  base_url: {base}
"""


class Night:
    """A PixelView beside a Slack, over Socket Mode or HTTP, and the mail it sends."""

    def __init__(self, slack: FakeSlack, settings: Settings, http: bool) -> None:
        self.slack, self._settings, self._http = slack, settings, http
        self.mail = Mailbox()
        self.app: App

    async def start(self) -> None:
        """The service runs and is connected."""
        self.app = App(self._settings, await prepare(self._settings))
        port = await self.app.start("127.0.0.1", 0)
        self.app.outbox.carrier.post = self.mail
        surface = self.surface
        surface._life._pause = lambda _: asyncio.sleep(0.05)
        self.slack.workspace.app_rests = lambda: not surface._hear.busy
        await self.slack.wait_for(lambda: surface.health()[0])
        if self._http:
            assert await self.slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")

    @property
    def surface(self) -> SlackSurface:
        found = self.app.surfaces["slack"]
        assert isinstance(found, SlackSurface)
        return found

    @property
    def ops(self) -> Any:
        return self.slack.channel("ops")

    async def until(self, ready: Callable[[], object], seconds: float = 10) -> None:
        """Wait for something, looking at troubles as the clock would."""
        for _ in range(int(seconds / 0.05)):
            if ready():
                return
            await self.app.outbox.troubles.look()
            self.app.outbox.wake()
            await asyncio.sleep(0.05)
        raise AssertionError(f"not so: {self.surface.health()}, {self.mail.told}")

    async def alert(self, key: str = "k1") -> int:
        """A monitor says something; the incident's number."""
        source = await self.app.door.system(
            lambda ctx: access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
        )
        labels = {"service": key}
        accepted = await self.app.door.intake(source, (alert(key, labels=labels),))
        assert accepted.incident_id is not None
        return accepted.incident_id

    async def fires(self, key: str = "k1") -> Message:
        """An alert, and its card with the details below."""
        before = len(self.ops.top())
        await self.alert(key)
        await self.slack.wait_for(lambda: len(self.ops.top()) > before)
        card: Message = self.ops.top()[-1]
        await self.slack.wait_for(lambda: self.ops.thread(card.ts))
        return card

    async def record(self, number: int = 1) -> IncidentDetail:
        from commands.people import actor_of

        person = self.app.door.definitions().people["ana"]
        found: IncidentDetail = await self.app.door.ask(
            "show", {"incident": number}, actor_of(person, "test")
        )
        return found

    def signs(self) -> dict[str, str]:
        """What Health says is wrong."""
        return {s.name: s.words for s in self.app.health.signs() if not s.ok}

    def told_by_mail(self) -> list[str]:
        return [f"{who}: {card.head.word} {card.head.title}" for who, card in self.mail.told]

    def told_in_dm(self, who: str) -> list[str]:
        found = [m.visible_text.splitlines()[0] for m in self.slack.dm(who).messages]
        return [line for line in found if "REFUSED" in line or "WORKS AGAIN" in line]


@pytest.fixture(params=["socket", pytest.param("http", marks=pytest.mark.slow)])
async def night(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Night]:
    async with FakeSlack() as slack:
        slack.subscriptions.update({"tokens_revoked", "app_uninstalled"})
        ana, omar = (slack.add_user(name).id for name in ("Ana Petrova", "Omar Haddad"))
        slack.add_channel("ops")
        http = request.param == "http"
        way = f"signing_secret: {slack.signing_secret}" if http else f"app_token: {slack.app_token}"
        text = YAML.format(bot=slack.bot_token, way=way, base=slack.base_url, ana=ana, omar=omar)
        settings = parse(text, "test.yaml").model_copy(
            update={
                "database": f"sqlite:///{tmp_path}/pixelview.db", "key_file": str(tmp_path / "key"),
            }
        )  # fmt: skip
        made = Night(slack, settings, http)
        await made.start()
        yield made
        await made.app.stop()
    assert slack.violations == []


@pytest.mark.slow
async def test_a_slow_database_keeps_nobody_waiting_for_three_seconds(night: Night) -> None:
    slack, card = night.slack, await night.fires()
    form = (await slack.command("ana", "ops", "/pv note 1")).modal
    assert form is not None
    blocked = threading.Event()
    stuck = asyncio.ensure_future(night.app.door.system(lambda ctx: blocked.wait(20)))
    try:
        pressed = await slack.press("ana", card, "Acknowledge")
        assert pressed.acked, "a press is acked at once"
        sent = await slack.submit("ana", form, {"text": "cleaned old WAL"})
        assert sent.acked and sent.modal is not None
        modal = sent.modal
        assert "Working on it" in modal.visible_text
    finally:
        blocked.set()
        await stuck
    await slack.wait_for(lambda: "Ana has it" in card.visible_text)
    await slack.wait_for(lambda: "Working on it" not in modal.visible_text)
    kinds = [line.kind for line in (await night.record()).timeline]
    assert kinds.count("ack") == kinds.count("note") == 1


async def test_what_slack_brings_twice_is_done_once_and_after_a_restart_too(night: Night) -> None:
    slack, card = night.slack, await night.fires()
    await slack.press("ana", card, "Acknowledge")
    await slack.wait_for(lambda: "Ana has it" in card.visible_text)
    said = await slack.say("omar", "ops", "archive target was full", thread_ts=card.ts)
    assert said.acked and said.said is not None
    payload = slack.payload_of(said.said)
    assert (await slack.bring_again(payload, number=1)).acked, "a retry is acked, not refused"
    await night.app.stop()
    await night.start()
    assert (await slack.bring_again(payload, number=2)).acked
    late = slack.payload_of(said.said) | {"event_id": "Ev0LATE"}
    late["event"] = late["event"] | {"ts": "1.000100", "event_ts": "1.000100", "text": "earlier"}
    await slack.bring_again(late, number=0)
    await slack.workspace.quiet()
    notes = [e.say for e in (await night.record()).timeline if e.kind == "note"]
    assert sum("archive target was full" in say for say in notes) == 1
    assert sum("earlier" in say for say in notes) == 1, "what comes late is heard too"


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive"])
async def test_a_revoked_token(night: Night, code: str) -> None:
    await night.fires("k1")
    await night.slack.revoke(code)
    await night.until(lambda: not night.surface.health()[0])
    second = await night.alert("k2")
    await night.until(lambda: len(night.mail.pages) == 1)
    for _ in range(5):
        await night.app.outbox.troubles.look()
    await night.until(lambda: night.mail.told)
    assert night.told_by_mail() == ["ana: REFUSED Slack"], "the admin, once, by mail"
    assert [(who, number) for who, number, _ in night.mail.pages] == [("ana", second)]
    assert "install it again" in night.signs()["Slack"] or code in night.signs()["Slack"]
    assert len(night.ops.top()) == 1, "the card waits"
    night.slack.install_again()
    await night.until(lambda: len(night.ops.top()) == 2)
    assert night.surface.troubles() == {} and "Slack" not in night.signs()
    await night.until(lambda: not night.app.outbox.troubles._standing)


async def test_a_scope_that_is_taken_away(night: Night) -> None:
    night.slack.scopes.discard("chat:write")
    number = await night.alert()
    await night.until(lambda: not night.surface.health()[0])
    await night.until(lambda: night.mail.told)
    assert night.told_by_mail() == ["ana: REFUSED Slack"]
    assert "chat:write" in night.signs()["Slack"]
    await night.until(lambda: night.mail.pages)
    assert [who for who, _, _ in night.mail.pages] == ["ana"]
    night.slack.scopes.add("chat:write")
    await night.until(night.ops.top)
    assert f"#{number}" in night.ops.top()[0].visible_text
    await night.until(lambda: not night.app.outbox.troubles._standing)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["archived", "kicked"])
async def test_a_channel_that_takes_no_cards(night: Night, fault: str) -> None:
    slack = night.slack
    if fault == "archived":
        slack.archive("ops")
    else:
        slack.kick("ops")
    first = await night.alert("k1")
    await night.until(lambda: night.told_in_dm("omar"))
    await night.alert("k2")
    await night.until(lambda: len(slack.dm("ana").messages) >= 3)
    assert len(night.told_in_dm("omar")) == len(night.told_in_dm("ana")) == 1, "lead and admin"
    assert "#ops in Slack" in night.told_in_dm("omar")[0]
    failed = [e for e in (await night.record(first)).timeline if e.kind == "send_failed"]
    assert [e.say for e in failed] == ["Could not write to slack:#ops."]
    assert "#ops in Slack" in night.signs() and night.surface.health()[0]
    pages = [m for m in slack.dm("ana").messages if "You are paged" in m.visible_text]
    assert len(pages) == 2, "pages go out as ever"
    if fault == "archived":
        slack.archive("ops", on=False)
    else:
        slack.invite_bot("ops")
    await night.alert("k3")
    await night.until(lambda: len(night.ops.top()) == 3)
    await night.until(lambda: "WORKS AGAIN" in night.told_in_dm("omar")[0])
    assert len(night.told_in_dm("omar")) == 1, "the word is edited, not said again"
    assert "#ops in Slack" not in night.signs()


async def test_a_card_somebody_deleted_is_posted_anew_once(night: Night) -> None:
    slack, card = night.slack, await night.fires()
    before = len(night.ops.top())
    slack.take_away(card)
    form = (await slack.command("omar", "ops", "/pv note 1")).modal
    assert form is not None
    await slack.submit("omar", form, {"text": "archive target was full"})
    await night.until(lambda: len(night.ops.top()) == before)
    fresh = night.ops.top()[-1]
    assert fresh.ts != card.ts
    await slack.press("ana", fresh, "Acknowledge")
    await slack.wait_for(lambda: "Ana has it" in fresh.visible_text)
    await slack.workspace.quiet()
    assert len(night.ops.top()) == before
    assert (await night.record()).incident.status is IncidentStatus.ACKNOWLEDGED


async def test_a_person_who_is_gone_from_slack_is_paged_by_the_next_rule(night: Night) -> None:
    night.slack.user("ana").deleted = True
    await night.alert()
    await night.until(lambda: night.mail.pages)
    kinds = [e.kind for e in (await night.record()).timeline]
    assert "page_failed" in kinds
    assert [who for who, _, _ in night.mail.pages] == ["ana"]
    assert night.surface.health()[0], "that is nobody's trouble but hers"
