"""The connection: it comes back, it says what is wrong, and it registers the catalog once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.cards.model import Account
from bot.discord import DiscordSurface, connect, gateway, menus, slash
from bot.settings import DiscordSettings
from commands import verbs
from commands.registry import CATALOG, Field, Verb
from integrations.base import Misconfigured, Transient
from tests.cards.support import verb
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import NOW, Clock, Desk, card
from tests.support.discord import FakeDiscord, User, wire
from tests.support.discord.check_commands import characters, check_commands
from tests.support.discord.command_line import command_help


def ana(fake: FakeDiscord) -> User:
    return next(u for u in fake.state.users.values() if u.username == "ana")


def puts(fake: FakeDiscord) -> int:
    return sum(r.method == "PUT" for r in fake.requests)


async def test_connected_is_said_in_words(fake: FakeDiscord, surface: DiscordSurface) -> None:
    assert surface.health() == (True, "Connected to Discord as PixelView")
    assert len(fake.sessions) == 1
    assert not surface.threads


def test_before_the_start_it_is_not_healthy() -> None:
    surface = connect(DiscordSettings(bot_token="x"), Desk(), lambda _: None)
    assert surface.health() == (False, "Discord: not connected yet")


async def test_a_wrong_token_names_the_setting(fake: FakeDiscord, start: Start) -> None:
    with pytest.raises(Misconfigured) as wrong:
        await start(bot_token="wrong")
    assert wrong.value.setting == "discord.bot_token"


async def test_a_reconnect_resumes_and_loses_no_press(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    ana = next(u for u in fake.state.users.values() if u.username == "ana")
    [session] = fake.sessions
    fake.gateway.reconnect()
    await fake.until(lambda: session.resumes == 1 and surface.health()[0])
    await fake.press(ana, fake.channel("ops").public[0], "Acknowledge")
    assert len(desk.named("press")) == 1
    assert len(fake.gateway.sessions) == 1


@pytest.mark.slow  # discord.py waits some seconds before it begins anew
async def test_a_session_that_is_over_is_begun_anew(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.gateway.invalidate()
    await fake.until(lambda: len(fake.gateway.sessions) == 2 and surface.health()[0])
    await fake.press(ana(fake), fake.channel("ops").public[0], "Acknowledge")
    assert len(desk.named("press")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("code", [4000, 4008, 4009])
async def test_a_connection_that_is_closed_comes_back(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk, code: int
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.gateway.cut(code=code)
    await fake.until(lambda: fake.sessions and surface.health()[0])
    await fake.press(ana(fake), fake.channel("ops").public[0], "Acknowledge")
    assert len(desk.named("press")) == 1


async def test_an_outage_is_said_and_over_when_it_is_over(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    fake.outage(True)
    await fake.until(lambda: not surface.health()[0])
    assert "trying again" in surface.health()[1]
    with pytest.raises(Transient):
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.outage(False)
    await fake.until(lambda: fake.sessions and surface.health()[0])
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)


async def test_a_day_without_discord_does_not_end_the_trying(
    fake: FakeDiscord, start: Start, clock: Clock
) -> None:
    fake.fault("GET", "/oauth2/applications/@me", "503", times=1100)
    assert (await start()).health()[0]
    assert clock.at - NOW > 86_400


async def test_an_event_that_can_not_be_read_does_not_end_the_hearing(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.state.emit("INTERACTION_CREATE", {"id": "no interaction"})
    fake.state.emit("CHANNEL_UPDATE", {"id": "no channel"})
    fake.state.emit("SOMETHING_NEW", {"id": "1"})
    await fake.press(ana(fake), fake.channel("ops").public[0], "Acknowledge")
    assert len(desk.named("press")) == 1
    assert len(fake.gateway.sessions) == 1


async def test_an_interaction_the_library_can_not_read_is_answered(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)

    def member(user: User, **_: object) -> dict[str, object]:
        return {"user": {"id": str(user.id), "username": "ana"}, "joined_at": 7}

    monkeypatch.setattr(wire, "member_json", member)
    seen = await fake.press(ana(fake), fake.channel("ops").public[0], "Acknowledge")
    assert seen.kind == "deferred"
    [[token, account, _]] = desk.named("press")
    assert token == "cmd:ack:1842:7"
    assert account == Account("discord", str(fake.guild_id), str(ana(fake).id), "ana")


async def test_a_connect_task_that_dies_is_seen_and_started_again(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.gateway.garble()
    await fake.until(lambda: len(fake.gateway.sessions) == 2 and surface.health()[0])
    await fake.press(ana(fake), fake.channel("ops").public[0], "Acknowledge")
    assert len(desk.named("press")) == 1


async def test_a_press_while_the_line_is_cut_is_not_missed(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    [session] = fake.sessions
    fake.gateway.reconnect()
    await fake.until(lambda: not session.connected)
    seen = await fake.press(ana(fake), fake.channel("ops").public[0], "Acknowledge")
    assert seen.kind == "deferred" and session.resumes == 1
    assert len(desk.named("press")) == 1


async def test_a_gateway_that_falls_silent_is_left(
    fake: FakeDiscord, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.Gateway.__init__, "__kwdefaults__", {"silence": 0.3})
    fake.gateway.heartbeat_interval = 0.2
    surface = await start()
    [session] = fake.sessions
    fake.gateway.withhold_acks = True
    await fake.until(lambda: session.resumes == 1)
    fake.gateway.withhold_acks = False
    await fake.until(lambda: surface.health()[0])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (4004, "does not accept the bot's token"), (4011, "wants shards"),
        (4013, "does not know what PixelView asks to hear"),
    ],
)  # fmt: skip
async def test_a_closed_connection_says_why_and_is_tried_again(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock, code: int, said: str
) -> None:
    seen: list[str] = []
    clock.paused = lambda: seen.append(surface.health()[1])
    await fake.gateway.cut(code=code)
    await fake.until(lambda: len(fake.gateway.sessions) == 2 and surface.health()[0])
    assert any(said in words for words in seen)


async def test_a_gateway_that_is_not_there_for_long_is_looked_for_anew(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    surface._life.gateway.longest_down = 0.2
    await fake.gateway.cut(code=4013)
    await fake.until(lambda: len(fake.gateway.sessions) == 2 and surface.health()[0])
    signed_in = sum(r.path == "/users/@me" for r in fake.requests)
    fake.gateway.closed = True
    fake.gateway.drop()
    await fake.until(lambda: sum(r.path == "/users/@me" for r in fake.requests) > signed_in)
    assert not surface.health()[0]
    fake.gateway.closed = False
    await fake.until(lambda: surface.health()[0])


async def test_a_wall_before_the_sign_in_is_said_in_few_words(
    fake: FakeDiscord, start: Start, clock: Clock
) -> None:
    fake.fault("GET", "/users/@me", "403", times=2)
    seen: list[str] = []
    surface: list[DiscordSurface] = []
    clock.paused = lambda: seen.append(str(clock.at))
    surface.append(await start())
    assert surface[0].health()[0] and len(seen) == 2


async def test_a_token_that_is_taken_away_is_said_and_tried_each_minute(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    good, fake.state.token = fake.state.token, "another"
    with pytest.raises(Misconfigured):
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    well, words = surface.health()
    assert not well and "does not accept the bot's token" in words
    assert "bot_token" in surface.troubles()
    asked = len(fake.requests)
    await fake.until(lambda: len(fake.requests) >= asked + 3)
    assert clock.at - NOW >= 120
    fake.state.token = good
    await fake.until(lambda: surface.health()[0])
    assert surface.troubles() == {}
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)


async def test_the_last_sessions_of_a_day_are_not_used_up(
    fake: FakeDiscord, start: Start, clock: Clock
) -> None:
    fake.state.sessions_left = 3

    def later() -> None:
        if clock.at - NOW >= 3600:
            fake.state.sessions_left = 1000

    clock.paused = later
    surface = await start()
    assert surface.health()[0] and clock.at - NOW >= 3600
    assert len(fake.gateway.identifies) == 1


async def test_a_wait_for_everything_is_said(fake: FakeDiscord, surface: DiscordSurface) -> None:
    fake.faults.outage = "html"
    with pytest.raises(Transient) as wall:
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert wall.value.retry_after == 30
    assert "asks to wait, for 30 s, with everything" in surface.health()[1]
    assert surface.health()[0]


async def test_an_intent_refused_at_the_door_is_done_without(
    fake: FakeDiscord, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.state.enabled_intents.add("message_content")
    surface = await start(message_content=True)
    reads = surface.threads
    assert reads
    fake.state.enabled_intents.clear()
    await fake.gateway.cut(code=4014)
    await fake.until(lambda: len(fake.gateway.sessions) == 2 and surface.health()[0])
    assert not surface.threads
    assert fake.sessions[0].intents & (1 << 15) == 0
    assert "Message Content Intent is off" in surface.health()[1]


async def test_commands_are_registered_once(
    fake: FakeDiscord, surface: DiscordSurface, start: Start
) -> None:
    assert puts(fake) == 1
    await start()
    assert puts(fake) == 1
    names = [c["name"] for c in fake.state.commands[None]]
    assert names == ["pv", "Add to the timeline"]


async def test_with_a_guild_commands_are_there_at_once(fake: FakeDiscord, start: Start) -> None:
    await start()
    assert [c["name"] for c in fake.state.commands[None] if c["type"] == 1] == ["pv"]
    await start(guild=str(fake.guild_id))
    there = fake.state.commands[fake.guild_id]
    assert [c["name"] for c in there if c["type"] == 1] == ["pv"]
    assert all(c["contexts"] == [1] for c in fake.state.commands[None])
    ops, direct = fake.channel("ops"), fake.dms(ana(fake))
    assert [c["line"] for c in command_help(fake.state, ops)] == [
        c["line"] for c in command_help(fake.state, direct)
    ]
    asked = puts(fake)
    await start(guild=str(fake.guild_id))
    assert puts(fake) == asked


async def test_commands_that_can_not_be_registered_are_said_and_tried_again(
    fake: FakeDiscord, start: Start, clock: Clock
) -> None:
    fake.fault("PUT", "/applications/*/commands", "503", times=3)
    said: list[str] = []
    surface: list[DiscordSurface] = []
    clock.paused = lambda: said.extend(s.health()[1] for s in surface)
    surface.append(await start())
    assert surface[0].health()[0]
    await surface[0].post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.until(lambda: fake.state.commands[None])
    assert "slash commands" not in surface[0].health()[1] and puts(fake) == 4
    assert surface[0].troubles() == {}


async def test_commands_that_nobody_allowed_say_how_to(fake: FakeDiscord, start: Start) -> None:
    fake.state.no_commands = True
    surface = await start(guild=str(fake.guild_id))
    assert "invite it again, https://discord.com/oauth2/authorize" in surface.troubles()["commands"]
    assert surface.health()[0] and "slash commands are not registered" in surface.health()[1]


@pytest.mark.parametrize("named", [True, False])
async def test_a_bot_that_nobody_invited_says_where_to(
    fake: FakeDiscord, start: Start, named: bool
) -> None:
    fake.state.invited = False
    surface = await start(**({"guild": str(fake.guild_id)} if named else {}))
    well, said = surface.health()
    assert well and "in no server: invite it" in said
    assert f"authorize?client_id={fake.application_id}&scope=bot+applications.commands" in said
    with pytest.raises(Misconfigured, match="invite it"):
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.state.invited = True
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert "in no server" not in surface.health()[1]


async def test_a_server_the_bot_is_not_in_is_named(fake: FakeDiscord, start: Start) -> None:
    surface = await start(guild="123")
    assert "The bot is not in the server 123: invite it" in surface.health()[1]


async def test_discord_away_at_the_start_is_waited_for(
    fake: FakeDiscord, start: Start, clock: Clock
) -> None:
    fake.fault("GET", "/oauth2/applications/@me", "503", times=3)
    began = clock.at
    assert (await start()).health()[0]
    assert clock.at - began == 1 + 2 + 4


def test_the_library_is_loaded_only_where_discord_is_set_up() -> None:
    look = "import sys, bot.app, bot.cli.serving; sys.exit(' '.join({'discord'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_the_real_catalog_fits() -> None:
    assert verbs.CATALOG is CATALOG and len(CATALOG) > 10
    commands = slash.commands(CATALOG.values(), menus.MENUS)
    check_commands(commands)
    slashes = [c for c in commands if c["type"] == 1]
    assert [c["name"] for c in slashes] == [
        "pv",
        "oncall",
        "ops",
        "pvauto",
        "room",
        "pvadmin",
        "pvinfra",
        "pvaccess",
    ]
    assert [c["name"] for c in commands if c["type"] == 3] == [*menus.MENUS]
    for command in slashes:
        assert len(command["options"]) <= 25
        assert characters(command) <= 8_000
        for each in command["options"]:
            assert len(each.get("options") or ()) <= 25


def test_fields_become_options() -> None:
    fields = (
        Field("incident", "incident", "Number"), Field("who", "who", "Person or team"),
        Field("how", "choice", "What", False, (("now", "Now"), ("later", "Later"))),
        Field("step", "number", "Step", False), Field("criticals", "flag", "Too", False),
        Field("text", "words", "x" * 300, False),
    )  # fmt: skip
    one: Verb = verb("assign", "Ask somebody to take it.", fields=fields)
    [command] = slash.commands([one])
    check_commands([command])
    options = {o["name"]: o for o in command["options"][0]["options"]}
    assert [*options] == ["incident", "who", "how", "step", "criticals", "text"]
    assert options["who"]["autocomplete"] and options["incident"]["autocomplete"]
    assert not any(o["required"] for o in options.values())
    assert options["how"]["choices"][0] == {"name": "Now", "value": "now"}
    assert (options["step"]["type"], options["criticals"]["type"]) == (4, 5)
    assert slash.same([command | {"id": "1", "version": "2"}], [command])
    assert not slash.same([command], slash.commands([verb("assign", "Other words.")]))
