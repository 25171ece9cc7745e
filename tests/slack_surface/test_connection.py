"""The connection: Socket Mode and HTTP, signatures, renewals, and what is wrong in plain words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.settings import SlackSettings
from bot.slack import SlackSurface, connect
from integrations.base import Misconfigured
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import ASSIGN, Clock, Desk, card, private, words
from tests.support.slack import FakeSlack, User


async def test_connected_is_said_in_words(fake: FakeSlack, surface: SlackSurface) -> None:
    await fake.wait_for(lambda: fake.connections == 2)
    said = "Connected to Slack as pixelview in Pixel, 2 of 2 connections"
    await fake.wait_for(lambda: surface.health() == (True, said))
    assert surface.threads


def test_before_the_start_it_is_not_healthy() -> None:
    surface = connect(SlackSettings(bot_token="x"), Desk(), lambda _: None)
    assert surface.health() == (False, "Slack: not connected yet")
    assert not surface.threads
    assert surface.http_routes() == []


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"bot_token": "xoxb-wrong"}, "slack.bot_token"),
        ({"app_token": "xapp-wrong"}, "slack.app_token"),
        ({"app_token": None}, "slack.app_token"),
    ],
)
async def test_a_wrong_setting_is_named(
    fake: FakeSlack, start: Start, wrong: dict[str, str | None], setting: str
) -> None:
    with pytest.raises(Misconfigured) as error:
        await start(**wrong)
    assert error.value.setting == setting


async def test_slack_away_at_the_start_is_waited_for(
    fake: FakeSlack, start: Start, clock: Clock
) -> None:
    fake.fault("auth.test", "503", times=2)
    fake.fault("apps.connections.open", "500html")
    began = clock.at
    assert (await start()).health()[0]
    assert clock.at - began == 1 + 2 + 4


async def test_a_renewed_connection_loses_no_press(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.wait_for(lambda: fake.connections == 2)
    opened = fake.sockets.opened
    for done in range(1, 4):
        await fake.disconnect("refresh_requested", most=1)
        assert (await fake.press(ana, fake.channel("ops").messages[0], "Acknowledge")).acked
        assert len(desk.named("press")) == done
        await fake.wait_for(lambda: fake.connections == 2)
    assert fake.sockets.opened >= opened + 3


async def test_both_connections_are_heard(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.wait_for(lambda: fake.connections == 2)
    for _ in range(4):
        await fake.press(ana, fake.channel("ops").messages[0], "Acknowledge")
    assert len(desk.named("press")) == 4
    assert len({e.connection for e in fake.sockets.sent[-4:]}) == 2


async def test_lost_connections_are_said_and_made_again(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.wait_for(lambda: fake.connections == 2)
    fake.outage()
    await fake.wait_for(lambda: not surface.health()[0])
    assert surface.health()[1].startswith("Slack: ")
    fake.outage(False)
    await fake.wait_for(lambda: surface.health()[0] and fake.connections)
    await fake.press(ana, fake.channel("ops").messages[0], "Acknowledge")
    assert len(desk.named("press")) == 1


async def test_socket_mode_switched_off_is_named(
    fake: FakeSlack, surface: SlackSurface, desk: Desk
) -> None:
    await fake.wait_for(lambda: fake.connections == 2)
    await fake.disconnect("link_disabled")
    await fake.wait_for(lambda: "Socket Mode is off" in surface.health()[1])
    assert not surface.health()[0]


async def test_what_nobody_asked_for_is_acked_all_the_same(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    fake.workspace.shortcuts["of_another_time"] = "Gone"
    seen = await fake.use_shortcut(ana, "of_another_time")
    assert seen.acked
    ack = await fake.delivery.event({"type": "team_rename", "name": "x", "event_ts": "1.0"})
    assert ack.problem is None
    assert desk.calls == []


async def test_stopping_in_the_middle_of_a_press_leaves_nothing_running(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.gate = asyncio.Event()
    await fake.press(ana, fake.channel("ops").messages[0], "Acknowledge")
    await surface.stop()
    assert surface.health() == (False, "Slack: stopped")


async def test_a_stop_while_slack_is_away_ends_the_waiting(
    fake: FakeSlack, desk: Desk, clock: Clock
) -> None:
    fake.fault("auth.test", "503", times=10_000)
    settings = SlackSettings(
        bot_token=fake.bot_token, app_token=fake.app_token, base_url=fake.base_url
    )
    surface = SlackSurface(settings, desk, now_s=clock, pause=lambda _: asyncio.sleep(3600))
    started = asyncio.ensure_future(surface.start())
    await fake.wait_for(lambda: "trying again" in surface.health()[1])
    await surface.stop()
    await started


# over HTTP


@pytest.fixture
async def served(start: Start, fake: FakeSlack) -> AsyncIterator[str]:
    """The surface without Socket Mode, its routes on a server; the request URL."""
    surface = await start(app_token=None, signing_secret=fake.signing_secret)
    app = web.Application()
    app.add_routes(surface.http_routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    yield url
    await runner.cleanup()


async def test_slack_may_come_over_http(
    fake: FakeSlack, served: str, desk: Desk, ana: User
) -> None:
    assert await fake.set_request_url(served)
    assert fake.connections == 0
    message = fake.channel("ops").messages[0]
    desk.answers |= {"press": ASSIGN, "submit": private("No."), "typed": private("Nothing fits.")}
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    told = (await fake.submit(ana, form, {"who": "omar"})).modal
    assert told is not None and "No." in told.visible_text
    [said] = (await fake.command(ana, "ops", "/pv list")).ephemeral
    assert said.visible_text == "Nothing fits."
    desk.places[message.ts] = 1842
    await fake.say(ana, "ops", "hello", thread_ts=message.ts)
    await fake.wait_for(lambda: desk.named("heard"))


async def signed(fake: FakeSlack, url: str, raw: bytes, **headers: str) -> int:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    proof = fake.delivery.sign(raw) | headers
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=raw, headers=kind | proof) as answer,
    ):
        return answer.status


COMMAND = b"command=%2Fpv&text=list&user_id=U1&user_name=x&team_id=T1&channel_id=C1&trigger_id=1"


async def test_only_slack_itself_is_listened_to(fake: FakeSlack, served: str, desk: Desk) -> None:
    now = fake.delivery.sign_clock()
    old = str(int(now) - 301)
    assert await signed(fake, served, COMMAND, **{"X-Slack-Signature": "v0=" + "0" * 64}) == 401
    assert await signed(fake, served, COMMAND, **{"X-Slack-Signature": ""}) == 401
    for stamp in (old, "", "soon", "9" * 5000):
        assert await signed(fake, served, COMMAND, **{"X-Slack-Request-Timestamp": stamp}) == 401
    fake.delivery.sign_clock = lambda: now - 301
    assert await signed(fake, served, COMMAND) == 401
    fake.delivery.sign_clock = lambda: now + 305
    assert await signed(fake, served, COMMAND) == 401
    assert desk.calls == []


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"payload=%7B", b"[]", b"payload=[]"])
async def test_rubbish_is_refused_without_a_fault(fake: FakeSlack, served: str, raw: bytes) -> None:
    assert await signed(fake, served, raw) in {400, 401, 404}
    async with (
        aiohttp.ClientSession() as session,
        session.post(served, data=raw, headers={"Content-Type": "application/json"}) as answer,
    ):
        assert answer.status in {400, 401, 404}


async def test_an_event_slack_repeats_is_heard_once(
    fake: FakeSlack, served: str, desk: Desk, ana: User
) -> None:
    message = fake.channel("ops").messages[0]
    desk.places[message.ts] = 1842
    event = {
        "type": "event_callback", "team_id": fake.workspace.team_id, "event_id": "Ev1",
        "event": {
            "type": "message", "channel": message.channel, "channel_type": "channel",
            "user": ana.id, "text": "hello", "ts": "1795313461.000900", "thread_ts": message.ts,
        },
    }  # fmt: skip
    raw = json.dumps(event).encode()
    kind = {"Content-Type": "application/json"}
    for retry in ({}, {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}):
        assert await signed(fake, served, raw, **kind, **retry) == 200
    await fake.wait_for(lambda: desk.named("heard"))
    await fake.workspace.quiet()
    assert len(desk.named("heard")) == 1


async def test_before_it_is_connected_slack_is_asked_to_come_again(fake: FakeSlack) -> None:
    settings = SlackSettings(bot_token="x", signing_secret="s", base_url=fake.base_url)
    surface = connect(settings, Desk(), lambda _: None)
    app = web.Application()
    app.add_routes(surface.http_routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    async with aiohttp.ClientSession() as session, session.post(url, data=b"x") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "5"
    await runner.cleanup()


async def test_the_address_is_answered_for_before_there_is_a_bot(fake: FakeSlack) -> None:
    settings = SlackSettings(
        bot_token="x", signing_secret=fake.signing_secret, base_url=fake.base_url
    )
    surface = connect(settings, Desk(), lambda _: None)
    app = web.Application()
    app.add_routes(surface.http_routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert await fake.set_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"), (
        "Slack asks while the app is made"
    )
    await runner.cleanup()


async def test_both_ways_may_be_open(fake: FakeSlack, start: Start, desk: Desk, ana: User) -> None:
    surface = await start(signing_secret=fake.signing_secret)
    assert [r.path for r in surface.http_routes()] == ["/slack/events"]
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await surface.say(sent, words("x"), nonce="s1", maybe_copy=False)
    await fake.press(ana, fake.channel("ops").messages[0], "Acknowledge")
    assert len(desk.named("press")) == 1
