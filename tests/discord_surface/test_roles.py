"""The role of whoever is on call is given and taken; whether members are there is heard."""

from __future__ import annotations

import pytest

from bot.abilities import Absence, KeepsGroups, OpensMessages, TellsPresence
from bot.discord import DiscordSurface
from integrations.base import Misconfigured, Permanent, Transient
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import Clock
from tests.support.discord import FakeDiscord


def asked(fake: FakeDiscord, method: str, end: str) -> int:
    return sum(r.method == method and end in r.path for r in fake.requests)


async def test_a_role_is_given_to_who_comes_and_taken_from_who_leaves(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    ana, omar = fake.user("Ana"), fake.user("Omar")
    role = fake.add_role("oncall-db", omar)
    assert isinstance(surface, KeepsGroups)
    await surface.keep_group("oncall-db", [str(ana.id)], [str(omar.id)])
    assert role.id in ana.roles and role.id not in omar.roles
    await surface.keep_group("@oncall-db", [], [str(ana.id)])
    assert role.id not in ana.roles


async def test_what_was_just_done_is_not_done_again(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    ana = fake.user("Ana")
    fake.add_role("oncall-db")
    for _ in range(3):
        await surface.keep_group("oncall-db", [str(ana.id)], [])
    assert asked(fake, "PUT", "/roles/") == 1
    assert asked(fake, "GET", "/roles") == 1
    clock.at += 61
    await surface.keep_group("oncall-db", [str(ana.id)], [])
    assert asked(fake, "PUT", "/roles/") == 2


async def test_many_members_are_done_in_several_goes(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    people = [fake.add_user(f"Person {n}") for n in range(25)]
    role = fake.add_role("oncall-db", *people)
    waits: list[float] = []
    while any(role.id in p.roles for p in people):
        try:
            await surface.keep_group("oncall-db", [], [str(p.id) for p in people])
        except Transient as error:
            waits.append(error.retry_after or 0.0)
            clock.at += waits[-1]
    assert 0 < len(waits) < 12 and all(waits)


async def test_a_role_above_the_bot_says_what_to_change(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    fake.add_role("oncall-db").position = 11
    with pytest.raises(Misconfigured, match="Manage Roles, and put its own role above"):
        await surface.keep_group("oncall-db", [str(fake.user("Ana").id)], [])


async def test_a_role_that_is_not_there_is_named(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    with pytest.raises(Misconfigured, match="no role @oncall-db"):
        await surface.keep_group("oncall-db", [str(fake.user("Ana").id)], [])


async def test_who_is_not_in_the_server_keeps_nobody_else_from_it(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    ana, gone = fake.user("Ana"), fake.add_user("Zoe", in_guild=False)
    role = fake.add_role("oncall-db")
    with pytest.raises(Permanent, match="Not in the server"):
        await surface.keep_group("oncall-db", [str(gone.id), str(ana.id)], [])
    assert role.id in ana.roles


async def test_the_direct_conversation_is_tried_without_a_word(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    assert isinstance(surface, OpensMessages)
    await surface.opens(str(fake.user("Ana").id))
    assert fake.dms(fake.user("Ana")).messages == []


async def test_presence_is_heard_where_it_is_wanted(fake: FakeDiscord, start: Start) -> None:
    fake.state.enabled_intents.add("guild_presences")
    surface = await start(presence=True)
    ana = fake.user("Ana")
    assert isinstance(surface, TellsPresence)
    assert await surface.available(str(ana.id)) is None
    for status, said in (
        ("dnd", Absence("do not disturb", quiet=True)),
        ("idle", Absence("away")),
        ("offline", Absence("offline")),
        ("online", None),
    ):
        await fake.presence(ana, status)
        await fake.until(lambda s=status: surface._life.gateway.presences.get(str(ana.id)) == s)  # type: ignore[misc]
        assert await surface.available(str(ana.id)) == said


async def test_without_the_intent_nothing_is_heard_and_it_is_said(
    fake: FakeDiscord, start: Start
) -> None:
    surface = await start(presence=True)
    assert "the Presence Intent is off" in surface.health()[1]
    await fake.presence(fake.user("Ana"), "dnd")
    assert await surface.available(str(fake.user("Ana").id)) is None


async def test_a_role_that_somebody_deleted_is_named(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    ana = str(fake.user("Ana").id)
    older, newer = fake.add_role("oncall-db"), fake.add_role("oncall-db")
    await surface.keep_group("oncall-db", [ana], [])
    assert fake.user("Ana").roles == [older.id]
    del fake.state.roles[older.id], fake.state.roles[newer.id]
    with pytest.raises(Misconfigured, match="no role @oncall-db in Discord, server Pixel Works"):
        await surface.keep_group("oncall-db", [], [ana])
