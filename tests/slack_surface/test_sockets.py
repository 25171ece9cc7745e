"""Socket Mode with several connections, each renewed before it ends: nothing is lost or doubled."""

from __future__ import annotations

import asyncio

from tests.slack_surface.conftest import Start
from tests.slack_surface.support import ASSIGN, Desk, card, private
from tests.support.slack import FakeSlack, User


async def test_as_many_connections_as_wanted_stand(fake: FakeSlack, start: Start) -> None:
    surface = await start(connections=4)
    await fake.wait_for(lambda: surface.health()[1].endswith("4 of 4 connections"))
    assert fake.connections == 4


async def test_a_warning_brings_the_next_connection_before_the_last_one_ends(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    surface = await start(connections=1)
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    message = fake.channel("ops").messages[0]
    [old] = fake.sockets.connections
    await fake.disconnect("warning")
    await fake.wait_for(lambda: fake.connections == 2)
    assert not old.ws.closed, "Slack ends it, some seconds later"
    for _ in range(4):
        assert (await fake.press(ana, message, "Acknowledge")).acked
    assert {e.connection for e in fake.sockets.sent} == {1, 2}, "both are heard meanwhile"
    assert len(desk.named("press")) == 4
    await old.ws.close()
    await fake.wait_for(lambda: fake.connections == 1)
    assert (await fake.press(ana, message, "Acknowledge")).acked
    assert surface.health()[0] and surface.health()[1].endswith("1 of 1 connections")


async def test_what_came_over_the_old_connection_is_acked_over_it(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    surface = await start(connections=1, patience=30.0)
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.answers["press"] = ASSIGN
    form = (await fake.press(ana, fake.channel("ops").messages[0], "Assign…")).modal
    assert form is not None
    desk.answers["submit"], desk.gate = private("Done."), asyncio.Event()
    sending = asyncio.ensure_future(fake.submit(ana, form, {"who": "omar"}))
    await fake.wait_for(lambda: desk.named("submit"))
    await fake.disconnect("warning")
    await fake.wait_for(lambda: fake.connections == 2)
    desk.gate.set()
    told = (await sending).modal
    assert told is not None and "Done." in told.visible_text
    assert len(desk.named("submit")) == 1


async def test_ten_connections_are_renewed_without_an_eleventh(
    fake: FakeSlack, start: Start
) -> None:
    surface = await start(connections=10)
    await fake.wait_for(lambda: fake.connections == 10)
    fake.rates.enabled = False
    await fake.disconnect("refresh_requested", most=3)
    await fake.wait_for(lambda: fake.sockets.opened == 13)
    await fake.wait_for(lambda: surface.health()[1].endswith("10 of 10 connections"))


async def test_an_ended_connection_leaves_the_others(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    surface = await start(connections=2)
    await fake.wait_for(lambda: fake.connections == 2)
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.fault("apps.connections.open", "hang", times=99)
    await fake.sockets.connections[0].ws.close()
    await fake.wait_for(lambda: surface.health()[1].endswith("1 of 2 connections"))
    assert surface.health()[0]
    assert (await fake.press(ana, fake.channel("ops").messages[0], "Acknowledge")).acked


async def test_socket_mode_that_is_off_is_told_until_it_is_on(
    fake: FakeSlack, start: Start
) -> None:
    surface = await start()
    await fake.disconnect("link_disabled")
    await fake.wait_for(lambda: "app_token" in surface.troubles())
    assert "Socket Mode is off" in surface.troubles()["app_token"]
    fake.workspace.link_enabled = True
    await fake.wait_for(lambda: surface.health()[0])
    assert surface.troubles() == {}


async def test_a_limit_on_new_connections_is_waited_for(fake: FakeSlack, start: Start) -> None:
    fake.rates.enabled = False
    surface = await start(connections=1)
    fake.fault("apps.connections.open", "429", retry_after=1)
    await fake.disconnect("refresh_requested")
    await fake.wait_for(lambda: "asks to wait" in surface.health()[1])
    await fake.wait_for(lambda: surface.health()[0])
