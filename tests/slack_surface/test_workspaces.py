"""Several workspaces at once: each surface hears its own, by Socket Mode and by HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.cards.model import Account
from bot.settings import BadSettings, SlackSettings, parse
from bot.slack import SlackSurface
from bot.slack.board import Board, Later, organizations_of, teams_of
from bot.slack.places import Application
from bot.workspaces import WorkspaceSettings
from tests.slack_surface.support import Clock, Desk, card, private, words
from tests.support.slack import FakeSlack, Further


@dataclass
class Both:
    """Two workspaces of one Slack and the surface of each."""

    first: FakeSlack
    acme: Further
    surfaces: Mapping[str, SlackSurface]


async def started(
    fake: FakeSlack, acme: Further, desk: Desk, clock: Clock, settings: SlackSettings
) -> Both:
    """The surfaces of these settings, connected."""
    board = Board()
    surfaces = {
        name: SlackSurface(
            own, desk, name=name, board=board, now_s=clock, pause=clock.pause, patience=2.0,
            ping_s=2.0,
        )
        for name, own in settings.each().items()
    }  # fmt: skip
    for slack in (fake, acme):
        slack.workspace.app_rests = lambda: all(
            s._hear.busy <= desk.at_gate for s in surfaces.values()
        )
    await asyncio.gather(*(s.start() for s in surfaces.values()))
    return Both(fake, acme, surfaces)


@pytest.fixture(params=["one app", "an app each"])
async def both(
    request: pytest.FixtureRequest, fake: FakeSlack, desk: Desk, clock: Clock
) -> AsyncIterator[Both]:
    own_app = request.param == "an app each"
    acme = Further(fake, "Acme", own_app=own_app)
    acme.add_user("Zoe Quinn")
    acme.add_channel("ops")
    ws = acme.workspace
    app = {"app_token": ws.app_token} if own_app else {}
    settings = SlackSettings(
        bot_token=fake.bot_token, app_token=fake.app_token, base_url=fake.base_url,
        workspaces={"acme": WorkspaceSettings(bot_token=acme.bot_token, **app)},
    )  # fmt: skip
    made = await started(fake, acme, desk, clock, settings)
    yield made
    for surface in made.surfaces.values():
        await surface.stop()
    assert acme.violations == []


async def test_each_workspace_is_its_own_place(both: Both, desk: Desk) -> None:
    assert {n: s.name for n, s in both.surfaces.items()} == {
        "slack": "slack", "slack-acme": "slack-acme",
    }  # fmt: skip
    for name, slack in (("slack", both.first), ("slack-acme", both.acme)):
        await both.surfaces[name].post("#ops", card(name), nonce="v1", maybe_copy=False)
        [message] = slack.channel("ops").messages
        assert name in message.visible_text
    assert "in Acme" in both.surfaces["slack-acme"].health()[1]


async def test_what_people_do_comes_to_the_surface_of_their_workspace(
    both: Both, desk: Desk
) -> None:
    desk.answers["typed"] = private("Fine.")
    await both.first.wait_for(lambda: both.first.connections == 2)
    for name, slack, who in (("slack", both.first, "ana"), ("slack-acme", both.acme, "zoe")):
        surface = both.surfaces[name]
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
        message = slack.channel("ops").messages[0]
        desk.places[message.ts] = 1842
        for _ in range(3):  # whichever connection brings it
            assert (await slack.press(who, message, "Acknowledge")).acked
        assert (await slack.command(who, "ops", "/pv list")).text == "Fine."
        await slack.say(who, "ops", "hello", thread_ts=message.ts)
        await slack.workspace.quiet()
        assert heard_by(desk)[-1].surface == name
    pressed = [call[1].surface for call in desk.named("press")]
    assert pressed == ["slack"] * 3 + ["slack-acme"] * 3
    assert [call[1].surface for call in desk.named("typed")] == ["slack", "slack-acme"]


def heard_by(desk: Desk) -> list[Account]:
    """Who was heard in threads."""
    return [part for call in desk.named("heard") for part in call if isinstance(part, Account)]


async def test_one_app_has_its_connections_once(both: Both, fake: FakeSlack) -> None:
    shared = both.acme.sockets is fake.sockets
    await fake.wait_for(lambda: fake.connections == 2)
    if not shared:
        await fake.wait_for(lambda: both.acme.connections == 2)
    opened = fake.sockets.opened
    assert opened == 2
    await both.surfaces["slack"].stop()
    await both.acme.workspace.quiet()
    assert fake.connections == (2 if shared else 0), "the other one still needs them"


async def test_an_account_of_another_workspace_is_not_found_by_its_address(both: Both) -> None:
    assert await both.surfaces["slack"].account_by_email("zoe@example.eu") is None
    assert await both.surfaces["slack-acme"].account_by_email("zoe@example.eu") is not None
    guest = both.acme.add_user("Guest Jones")
    guest.team_id = both.first.workspace.team_id
    assert await both.surfaces["slack-acme"].email(guest.id) is None, "of a shared channel"


async def test_who_presses_in_a_shared_channel_may_be_of_another_workspace(
    both: Both, desk: Desk
) -> None:
    guest = both.first.add_user("Guest Jones")
    guest.team_id = both.acme.workspace.team_id
    await both.surfaces["slack"].post("#ops", card(), nonce="v1", maybe_copy=False)
    await both.first.press(guest, both.first.channel("ops").messages[0], "Acknowledge")
    [call] = desk.named("press")
    account = call[1]
    assert (account.surface, account.workspace) == ("slack", guest.team_id)
    assert await both.surfaces["slack"].email(guest.id) is None


# over HTTP


@pytest.fixture(params=["one app", "an app each"])
async def served(
    request: pytest.FixtureRequest, fake: FakeSlack, desk: Desk, clock: Clock
) -> AsyncIterator[tuple[Both, str]]:
    own_app = request.param == "an app each"
    acme = Further(fake, "Acme", own_app=own_app)
    acme.add_user("Zoe Quinn")
    acme.add_channel("ops")
    app = {"signing_secret": acme.signing_secret} if own_app else {}
    settings = SlackSettings(
        bot_token=fake.bot_token, signing_secret=fake.signing_secret, base_url=fake.base_url,
        workspaces={"acme": WorkspaceSettings(bot_token=acme.bot_token, **app)},
    )  # fmt: skip
    made = await started(fake, acme, desk, clock, settings)
    routes = [route for s in made.surfaces.values() for route in s.http_routes()]
    assert [r.path for r in routes] == ["/slack/events"], "one address for all"
    server = web.Application()
    server.add_routes(routes)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield made, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await runner.cleanup()
    for surface in made.surfaces.values():
        await surface.stop()


async def test_one_address_takes_what_happens_in_all(served: tuple[Both, str], desk: Desk) -> None:
    both, url = served
    assert await both.first.set_request_url(url)
    if both.acme.delivery.shared is None:
        assert await both.acme.set_request_url(url)
    for name, slack, who in (("slack", both.first, "ana"), ("slack-acme", both.acme, "zoe")):
        await both.surfaces[name].post("#ops", card(), nonce="v1", maybe_copy=False)
        assert (await slack.press(who, slack.channel("ops").messages[0], "Acknowledge")).acked
    assert [call[1].surface for call in desk.named("press")] == ["slack", "slack-acme"]


async def test_the_secret_of_one_app_does_not_speak_for_another(
    served: tuple[Both, str], desk: Desk
) -> None:
    both, url = served
    if both.acme.delivery.shared is not None:
        pytest.skip("it is one app")
    event = {
        "type": "event_callback", "team_id": both.acme.workspace.team_id, "event_id": "Ev1",
        "event": {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "1.1",
                  "text": f"<@{both.acme.bot_user_id}> list"},
    }  # fmt: skip
    raw = json.dumps(event).encode()
    headers = both.first.delivery.sign(raw) | {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=raw, headers=headers) as answer,
    ):
        assert answer.status == 200
    await both.acme.workspace.quiet()
    assert all(call[1].surface == "slack" for call in desk.named("typed"))


# whose it is


def test_the_installation_counts_before_where_it_happened() -> None:
    event = {
        "team_id": "T0GUEST", "authorizations": [{"team_id": "T0OURS", "enterprise_id": "E1"}],
    }  # fmt: skip
    assert [*teams_of(event)] == ["T0OURS", "T0GUEST"]
    assert [*organizations_of(event)] == ["E1"]
    view = {"team": {"id": "T0GUEST"}, "view": {"app_installed_team_id": "T0OURS"}}
    assert next(teams_of(view)) == "T0OURS"
    assert [*teams_of({"team": None, "user": {"team_id": "T0X"}})] == ["T0X"]
    assert [*organizations_of({"enterprise": {"id": "E2"}, "team": {"enterprise_id": "E3"}})] == [
        "E2", "E3",
    ]  # fmt: skip


@dataclass
class Plug:
    """What the board knows of a workspace."""

    me: Application | None
    app: Any = None
    app_token: str = "xapp-1"
    secret: str = ""


def bot_in(team: str, org: str = "", *, whole: bool = False) -> Application:
    return Application(team, team, org, f"U{team}", "pixelview", f"B{team}", None, whole)


def test_an_app_of_a_whole_organization_hears_all_its_workspaces() -> None:
    grid, single = Plug(bot_in("T1", "E1", whole=True)), Plug(bot_in("T2", "E1"))
    board, both = Board(), [single, grid]
    org = {"authorizations": [{"enterprise_id": "E1", "team_id": None}], "team_id": "T9"}
    assert board.surface_of(org, both) is grid
    assert board.surface_of({"team": None, "enterprise": {"id": "E1"}}, both) is grid
    assert board.surface_of({"team_id": "T2", "enterprise_id": "E1"}, both) is single, "its own"


def test_a_pressed_message_says_whose_it_is() -> None:
    first, acme = Plug(bot_in("T1")), Plug(bot_in("T2"))
    guest = {"team": {"id": "T1"}, "user": {"team_id": "T1"}, "message": {"bot_id": "BT2"}}
    assert Board().surface_of(guest, [first, acme]) is acme


def test_of_a_workspace_that_is_not_ours_nothing_is_taken() -> None:
    first, acme = Plug(bot_in("T1"), app=object()), Plug(bot_in("T2"), app=object())
    assert Board().surface_of({"team_id": "T9"}, [first, acme]) is None
    assert Board().surface_of({"team_id": "T9"}, [first]) is first, "where there is but one app"


def test_what_comes_too_early_for_its_workspace_is_brought_again() -> None:
    board, first, acme = Board(), Plug(bot_in("T1"), app=object()), Plug(None)
    board.plug(first)
    board.plug(acme)
    with pytest.raises(Later):
        board._app({"team_id": "T2"}, "xapp-1")
    assert board._app({"team_id": "T1"}, "xapp-1") is first.app


# settings


def test_what_a_workspace_leaves_out_is_as_in_the_first() -> None:
    text = """
slack:
  bot_token: xoxb-1
  app_token: xapp-1
  command: /ops
  features: [threads]
  workspaces:
    acme: {bot_token: xoxb-2}
    other: {bot_token: xoxb-3, signing_secret: s3, features: []}
"""
    found = parse(text, "pv.yaml").slack
    assert found is not None
    each = found.each()
    assert [*each] == ["slack", "slack-acme", "slack-other"]
    acme, other = each["slack-acme"], each["slack-other"]
    assert (acme.bot_token, acme.app_token, acme.command) == ("xoxb-2", "xapp-1", "/ops")
    assert acme.features == ("threads",) and acme.workspaces == {}
    assert (other.app_token, other.signing_secret, other.features) == (None, "s3", ())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("routes:\n  - {name: r, channels: ['slack-acm:#ops']}\n", "acm is not one of the work"),
        ("people:\n  ana: {name: Ana, contacts: {slack-x: U1}}\n", "x is not one of the work"),
        ("routes:\n  - {name: r, channels: ['telex:#ops']}\n", "write slack:#channel"),
        ("routes:\n  - {name: r, channels: ['discord-x:#a']}\n", "named as discord:x/#channel"),
    ],
)
def test_a_workspace_that_is_not_there_is_named(more: str, said: str) -> None:
    text = "slack:\n  bot_token: x\n  app_token: y\n  workspaces: {acme: {bot_token: z}}\n"
    with pytest.raises(BadSettings, match=said):
        parse(text + more, "pv.yaml")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("  workspaces: {'Acme Inc': {bot_token: z}}\n", "name a workspace with lower-case"),
        ("  features: [telepathy]\n", "features"),
        ("  connections: 11\n", "connections"),
        ("  command: pv\n", "write a slash"),
    ],
)
def test_wrong_settings_are_named(wrong: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        parse(f"slack:\n  bot_token: x\n{wrong}", "pv.yaml")


def test_words_say_which_workspace() -> None:
    from commands.words import answered_from, surface_name

    assert surface_name("slack-acme") == "Slack (acme)"
    assert answered_from("slack-acme") == "from Slack (acme)"
    assert surface_name("slack") == "Slack"
    assert words("x").lines
