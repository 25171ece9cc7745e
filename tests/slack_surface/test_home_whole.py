"""Home, shortcuts and rooms with the whole service: the real bolt, over the strict stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, prepare
from bot.settings import parse
from bot.slack import SlackSurface
from tests.slack_surface.test_whole_service import NAMES, YAML, Service
from tests.support.slack import FakeSlack, View


@pytest.fixture(params=["socket", pytest.param("http", marks=pytest.mark.slow)])
async def service(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Service]:
    """Reached by websockets, or by signed requests."""
    async with FakeSlack() as slack:
        ana, omar, *_ = [slack.add_user(name).id for name in NAMES]
        ops, by_http = slack.add_channel("ops"), request.param == "http"
        text = YAML.format(
            bot=slack.bot_token, app=slack.app_token, secret=slack.signing_secret,
            base=slack.base_url, ana=ana, omar=omar,
        )  # fmt: skip
        lines = [line for line in text.splitlines() if not by_http or "app_token" not in line]
        keys = {"database": f"sqlite:///{tmp_path}/pv.db", "key_file": str(tmp_path / "key")}
        settings = parse("\n".join(lines), "test.yaml").model_copy(update=keys)
        app = App(settings, await prepare(settings))
        port = await app.start("127.0.0.1", 0)
        if by_http:
            slack.delivery.request_url = f"http://127.0.0.1:{port}/slack/events"
        surface = app.surfaces["slack"]
        assert isinstance(surface, SlackSurface)
        slack.workspace.app_rests = lambda: not surface._hear.busy
        await slack.wait_for(lambda: surface.health()[0])
        yield Service(app, slack, ops, port)
        await app.stop()
    assert slack.violations == []


async def home_of(service: Service, who: str) -> View:
    home = (await service.slack.open_home(who)).home
    assert home is not None
    return home


async def test_home_shows_a_new_incident_and_takes_it(service: Service) -> None:
    slack = service.slack
    home = await home_of(service, "ana")
    assert "team db: *you*" in home.visible_text
    assert "Nothing open is yours." in home.visible_text
    card = await service.fires()
    await service.app.fresh.look()
    assert "*#1* Disk 94 % full on db-3" in home.visible_text
    assert "you are asked" in home.visible_text
    seen = await slack.press("ana", home, "Acknowledge")
    assert seen.modal is None and [m for m in seen.messages if m.ephemeral] == []
    await service.says(card, "Ana has it")
    assert "you have it since" in home.visible_text
    form = (await slack.choose("ana", home, "Resolve…")).modal
    assert form is not None and form.title == "Resolve #1"
    await slack.submit("ana", form, {"how": "now"})
    await service.says(card, "RESOLVED")
    await slack.wait_for(lambda: "Nothing open is yours." in home.visible_text)


async def test_a_contact_is_tested_from_home(service: Service) -> None:
    slack = service.slack
    home = await home_of(service, "ana")
    seen = await slack.press("ana", home, "Test")
    assert seen.modal is not None
    assert "Ringing your contact: Slack." in seen.modal.visible_text
    dm = slack.dm("ana")
    await slack.wait_for(lambda: [m for m in dm.messages if "TEST PAGE" in m.visible_text])
    [rung] = dm.messages
    await slack.press("ana", rung, "It works")
    await slack.wait_for(lambda: "Slack works" in rung.visible_text)
    assert "✅ worked" in (await home_of(service, "ana")).visible_text.replace(
        ":white_check_mark:", "✅"
    )


async def test_an_account_nobody_knows_is_told_how_to_link(service: Service) -> None:
    home = await home_of(service, "zoe")
    assert "I don't know you yet." in home.visible_text and "Link my account" in home.visible_text


async def test_an_incident_is_made_of_a_message(service: Service) -> None:
    slack, ops = service.slack, service.ops
    said = (await slack.say("omar", ops, "Checkout answers 502\nonly in the EU")).said
    assert said is not None
    form = (await slack.use_shortcut("ana", "pv_incident", said)).modal
    assert form is not None and form.title == "Make an incident"
    await slack.submit("ana", form, {"severity": "critical"})
    await slack.wait_for(lambda: ops.thread(said.ts))
    assert "#1 is open: Checkout answers 502" in ops.thread(said.ts)[0].visible_text
    await slack.wait_for(lambda: len(ops.top()) == 2)
    assert "CRITICAL · #1 Checkout answers 502" in ops.top()[1].visible_text
    known = await service.record()
    assert "only in the EU" in known.alerts[0].description
    assert "Omar in #ops\nhttps://pixel.slack.com/archives/" in known.alerts[0].description


async def test_a_message_goes_on_the_record(service: Service) -> None:
    slack, ops = service.slack, service.ops
    card = await service.fires()
    said = (await slack.say("omar", ops, "The archive target was full")).said
    assert said is not None
    form = (await slack.use_shortcut("ana", "pv_note", said)).modal
    assert form is not None and form.title == "Add to the timeline"
    chosen = (await slack.suggest("ana", form, "incident", "disk"))[0]
    await slack.submit("ana", form, {"incident": chosen})
    await slack.wait_for(
        lambda: [m for m in ops.thread(card.ts) if "archive target" in m.visible_text]
    )
    notes = [e for e in (await service.record()).timeline if e.kind == "note"]
    assert notes[0].say.startswith("Omar in #ops, ") and notes[0].actor == "ana"


async def test_who_may_not_is_told_why_and_nobody_else_is(service: Service) -> None:
    slack, ops = service.slack, service.ops
    said = (await slack.say("omar", ops, "Checkout answers 502")).said
    assert said is not None
    seen = await slack.use_shortcut("mei", "pv_incident", said)
    assert "You can't declare" in seen.text and all(m.ephemeral for m in seen.messages)
    assert ops.thread(said.ts) == []
