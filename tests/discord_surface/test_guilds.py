"""Several servers: one is home, others are named; the bot comes and goes while it runs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.discord import DiscordSurface
from bot.settings import DiscordSettings
from bot.teams import TeamSettings
from integrations.base import Misconfigured, Transient
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import Desk, card, words
from tests.support.discord import FakeDiscord, Guild


def registered(fake: FakeDiscord, guild: int | None) -> list[str]:
    return [c["name"] for c in fake.state.commands.get(guild, []) if c["type"] == 1]


@pytest.fixture
def acme(fake: FakeDiscord) -> Guild:
    guild = fake.add_guild("Acme Corp", fake.user("Omar"))
    fake.add_channel("ops", guild=guild)
    return guild


@pytest.fixture
async def both(fake: FakeDiscord, acme: Guild, start: Start) -> DiscordSurface:
    return await start(guild=str(fake.guild_id), guilds={"acme": str(acme.id)})


async def test_a_place_without_a_name_is_home_and_others_are_named(
    fake: FakeDiscord, acme: Guild, both: DiscordSurface
) -> None:
    for n, place in enumerate(("#ops", "acme/#ops", f"{acme.id}/ops", "acme-corp/#ops")):
        await both.post(place, card(quiet=True), nonce=f"v{n}", maybe_copy=False)
    home, there = (c for c in fake.channels if c.name == "ops")
    assert [len(home.public), len(there.public)] == [1, 3]


async def test_a_server_nobody_knows_names_those_it_knows(
    fake: FakeDiscord, both: DiscordSurface
) -> None:
    with pytest.raises(Misconfigured, match=r"in no server globex .it knows: acme, "):
        await both.post("globex/#ops", card(), nonce="v1", maybe_copy=False)
    with pytest.raises(Misconfigured, match=r"no channel #nope that .* in the server acme"):
        await both.post("acme/#nope", card(), nonce="v2", maybe_copy=False)


async def test_commands_are_in_each_server_that_is_set(
    fake: FakeDiscord, acme: Guild, both: DiscordSurface
) -> None:
    assert registered(fake, fake.guild_id) == registered(fake, acme.id) == ["pv"]
    assert {tuple(c["contexts"]) for c in fake.state.commands[None]} == {(1,)}


async def test_a_press_in_another_server_is_heard_from_there(
    fake: FakeDiscord, acme: Guild, both: DiscordSurface, desk: Desk
) -> None:
    sent = await both.post("acme/#ops", card(), nonce="v1", maybe_copy=False)
    await fake.press(fake.user("Omar"), fake.state.messages[int(sent.message)], "Acknowledge")
    [[_, account, _]] = desk.named("press")
    assert account.workspace == str(acme.id)
    said = await both.say(sent, words("in the thread"), nonce="s1", maybe_copy=False)
    assert fake.state.channels[int(said.thread)].guild_id == acme.id


async def test_a_role_may_be_in_another_server(
    fake: FakeDiscord, acme: Guild, both: DiscordSurface
) -> None:
    omar = fake.user("Omar")
    here, there = fake.add_role("oncall-db"), fake.add_role("oncall-db", guild=acme)
    await both.keep_group("acme/@oncall-db", [str(omar.id)], [])
    assert there.id in omar.roles and here.id not in omar.roles
    await both.keep_group("oncall-db", [str(omar.id)], [])
    assert here.id in omar.roles
    with pytest.raises(Misconfigured, match="no role @other in Discord, server Acme Corp"):
        await both.keep_group("acme/other", [str(omar.id)], [])


async def test_a_bot_that_is_removed_says_so_and_how_to_bring_it_back(
    fake: FakeDiscord, acme: Guild, both: DiscordSurface
) -> None:
    assert both.troubles() == {}
    fake.bot_kicked(acme)
    await fake.until(lambda: "guild" in both.troubles())
    assert f"The bot is not in the server acme ({acme.id}): invite it" in both.health()[1]
    assert both.health()[0]
    with pytest.raises(Misconfigured, match="invite it"):
        await both.post("acme/#ops", card(), nonce="v1", maybe_copy=False)
    fake.bot_joins(acme)
    await fake.until(lambda: both.troubles() == {} and registered(fake, acme.id) == ["pv"])
    await both.post("acme/#ops", card(), nonce="v2", maybe_copy=False)


async def test_removed_from_home_is_said(fake: FakeDiscord, both: DiscordSurface) -> None:
    fake.bot_kicked(fake.state.home)
    await fake.until(lambda: "guild" in both.troubles())
    assert f"The bot is not in the server {fake.guild_id}: invite it" in both.health()[1]


async def test_an_outage_of_one_server_is_no_leave(
    fake: FakeDiscord, acme: Guild, both: DiscordSurface
) -> None:
    fake.guild_outage(acme, True)
    await fake.until(lambda: "the server Acme Corp is away for now" in both.health()[1])
    assert both.health()[0] and both.troubles() == {}
    with pytest.raises(Transient):
        await both.post("acme/#ops", card(), nonce="v1", maybe_copy=False)
    await both.post("#ops", card(), nonce="v2", maybe_copy=False)
    fake.guild_outage(acme, False)
    await fake.until(lambda: "away" not in both.health()[1])
    await both.post("acme/#ops", card(), nonce="v1", maybe_copy=False)


async def test_a_server_joined_later_is_served(fake: FakeDiscord, start: Start) -> None:
    late = fake.add_guild("Late", fake.user("Ana"), joined=False)
    fake.add_channel("ops", guild=late)
    surface = await start(guilds={"home": str(fake.guild_id), "late": str(late.id)})
    assert "not in the server late" in surface.health()[1]
    fake.bot_joins(late)
    await fake.until(lambda: registered(fake, late.id) == ["pv"])
    await surface.post("late/#ops", card(), nonce="v1", maybe_copy=False)
    assert surface.troubles() == {}


async def test_a_channel_made_anew_under_its_name_is_found(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    await surface.post("#ops", card(quiet=True), nonce="v1", maybe_copy=False)
    await fake.remove_channel(fake.channel("ops"))
    fresh = fake.add_channel("ops")
    await fake.until(lambda: not surface._places.known("#ops"))
    await surface.post("#ops", card(quiet=True), nonce="v2", maybe_copy=False)
    assert len(fresh.public) == 1


async def test_a_direct_message_needs_no_server(
    fake: FakeDiscord, acme: Guild, both: DiscordSurface
) -> None:
    zoe = fake.add_user("Zoe", in_guild=False)
    acme.member_ids = {zoe.id}
    note = words("You are paged", quiet=False)
    await both.page(str(zoe.id), card(), note, nonce="p1", maybe_copy=False)
    assert len(fake.notified(zoe)) == 1


def test_the_settings_know_one_server_or_many() -> None:
    def home(**given: object) -> str:
        return DiscordSettings.model_validate({"bot_token": "x", **given}).home

    assert home() == ""
    assert home(guild=7) == home(guild="7") == "7"
    assert home(guilds={"acme": 8, "b": 9}) == "8"
    assert home(guilds={"acme": 8, "b": 9}, guild="b") == "9"
    assert home(guilds=[8, 9]) == "8"
    assert home(guilds={"acme": 8}, guild=7) == "7"
    for wrong in ({"guilds": {"acme": "acme"}}, {"guild": "acme"}, {"guild": [1]}):
        with pytest.raises(ValidationError):
            home(**wrong)


def test_a_team_s_role_may_be_in_a_server_by_name() -> None:
    team = TeamSettings.model_validate({"usergroup": ["discord:acme/@oncall-db", "@oncall-db"]})
    assert team.usergroup == ("discord:acme/@oncall-db", "@oncall-db")
