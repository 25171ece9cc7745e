"""War rooms on Discord: made, filled, pinned and closed, with and without the permissions."""

from __future__ import annotations

import pytest

from bot.abilities import KeepsRooms, KeepsThreads
from bot.discord import DiscordSurface
from integrations.base import Misconfigured, Transient
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import Clock, card, words
from tests.support.discord import CannotDo, Channel, FakeDiscord, User

TOPIC = "#1842 🔴 Disk 94 % full on db-3 · Ana"
NAME = "inc-1842-disk-94-full"
MANAGE_CHANNELS, MANAGE_ROLES, ADMINISTRATOR = 1 << 4, 1 << 28, 1 << 3


def ana(fake: FakeDiscord) -> User:
    return fake.user("Ana")


async def made(
    fake: FakeDiscord, surface: DiscordSurface, *, private: bool = False, name: str = NAME,
    again: bool = False,
) -> Channel:  # fmt: skip
    assert isinstance(surface, KeepsRooms)
    room = await surface.make_room(name, private=private, topic=TOPIC, again=again)
    found = fake.state.channels[int(room.channel)]
    assert room.url == f"https://discord.com/channels/{fake.guild_id}/{found.id}"
    assert room.name == found.name
    return found


def lacking(fake: FakeDiscord, *bits: int) -> None:
    """The bot has everything but these."""
    for bit in (ADMINISTRATOR, *bits):
        fake.state.home.permissions &= ~bit


async def test_a_room_is_a_channel_with_its_topic_set_once(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    room = await made(fake, surface)
    assert (room.name, room.topic, room.type) == (NAME, TOPIC, 0)
    assert fake.state.renames == {}
    assert not room.overwrites


async def test_a_room_made_twice_is_one_room(fake: FakeDiscord, surface: DiscordSurface) -> None:
    fake.fault("POST", "/guilds/*/channels", "drop_after")
    with pytest.raises(Transient) as lost:
        await surface.make_room(NAME, private=False, topic=TOPIC)
    assert lost.value.uncertain
    await made(fake, surface, again=True)
    assert [c.name for c in fake.channels] == ["ops", NAME]


async def test_a_name_that_is_taken_gets_a_number(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    fake.add_channel(NAME)
    assert (await made(fake, surface)).name == f"{NAME}-2"
    long = "x" * 80
    fake.add_channel(long)
    assert (await made(fake, surface, name=long)).name == f"{'x' * 78}-2"


async def test_rooms_stand_in_their_category(fake: FakeDiscord, start: Start) -> None:
    category = fake.add_channel("Incidents", category=True)
    surface = await start(rooms_category="incidents")
    assert (await made(fake, surface)).parent is category


async def test_a_category_that_is_not_there_is_named(fake: FakeDiscord, start: Start) -> None:
    surface = await start(rooms_category="incidents")
    with pytest.raises(Misconfigured, match="no category incidents"):
        await surface.make_room(NAME, private=False, topic=TOPIC)


async def test_a_private_room_is_seen_by_whoever_is_taken_in_alone(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    omar = fake.user("Omar")
    room = await made(fake, surface, private=True)
    assert await surface.invite(str(room.id), [str(ana(fake).id)]) == []
    sent = await surface.tell(str(room.id), words("Lead: Ana"), nonce="r1", maybe_copy=False)
    assert sent.channel == str(room.id)
    assert fake.visible_text(fake.sees(ana(fake), room)[-1]) == "Lead: Ana"
    assert fake.sees(omar, room) == []
    await fake.say(ana(fake), room, "looking")
    with pytest.raises(CannotDo):
        await fake.say(omar, room, "me too")


async def test_who_is_taken_in_is_told_once(fake: FakeDiscord, surface: DiscordSurface) -> None:
    room = await made(fake, surface)
    gone = fake.add_user("Zoe", in_guild=False)
    wanted = [str(ana(fake).id), str(gone.id)]
    assert await surface.invite(str(room.id), wanted) == [str(gone.id)]
    assert await surface.invite(str(room.id), wanted) == [str(gone.id)]
    assert len(fake.notified(ana(fake))) == 1
    await surface.invite(str(room.id), [*wanted, str(fake.user("Omar").id)])
    assert len(fake.notified(ana(fake))) == 1
    assert len(fake.notified(fake.user("Omar"))) == 1


async def test_who_asked_is_let_in_and_not_rung(fake: FakeDiscord, surface: DiscordSurface) -> None:
    room = await made(fake, surface, private=True)
    both = [str(ana(fake).id), str(fake.user("Omar").id)]
    assert await surface.invite(str(room.id), both, by=both[0]) == []
    assert fake.visible_text(fake.sees(ana(fake), room)[-1]) == "@Omar this is your room."
    assert fake.notified(ana(fake)) == []


@pytest.mark.parametrize("private", [True, False])
async def test_many_people_are_taken_in_in_several_goes(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock, private: bool
) -> None:
    people = [fake.add_user(f"Person {n}") for n in range(60)]
    accounts = [str(p.id) for p in people]
    room = await made(fake, surface, private=private)
    for _ in range(40):
        try:
            assert await surface.invite(str(room.id), accounts) == []
            break
        except Transient as error:
            clock.at += error.retry_after or 1.0
    else:
        raise AssertionError("they are not all in")
    assert all(fake.sees(p, room) for p in people)
    assert all(len(fake.notified(p)) == 1 for p in people)


async def test_links_are_one_pinned_message(fake: FakeDiscord, surface: DiscordSurface) -> None:
    room = await made(fake, surface)
    links = [("Card", "https://pv.example.eu/i/1842"), ("Run*book", "https://wiki.example.eu/x")]
    for _ in range(2):
        await surface.bookmark(str(room.id), links)
    await surface.bookmark(str(room.id), [])
    [pinned] = room.pins
    assert fake.visible_text(pinned).startswith("Card · Run*book")
    card = await surface.tell(str(room.id), words("the card"), nonce="r2", maybe_copy=False)
    await surface.pin(card)
    await surface.pin(card)
    assert len(room.pins) == 2


async def test_a_channel_full_of_pins_takes_none_and_nothing_stops(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    room = await made(fake, surface)
    sent = await surface.tell(str(room.id), words("x"), nonce="r3", maybe_copy=False)
    room.pins = [room.messages[0]] * 250
    await surface.pin(sent)
    assert len(room.pins) == 250


@pytest.mark.parametrize("private", [True, False])
async def test_a_closed_room_takes_no_more_words_and_can_be_read(
    fake: FakeDiscord, surface: DiscordSurface, private: bool
) -> None:
    room = await made(fake, surface, private=private)
    await surface.invite(str(room.id), [str(ana(fake).id)])
    for _ in range(2):
        await surface.close_room(str(room.id))
    assert "This room is closed" in fake.visible_text(room.public[-1])
    assert sum("closed" in fake.visible_text(m) for m in room.public) == 1
    with pytest.raises(CannotDo):
        await fake.say(ana(fake), room, "one more thing")
    assert fake.sees(ana(fake), room)
    assert (room.name, room.topic) == (NAME, TOPIC)


async def test_a_thread_that_can_not_be_locked_is_archived(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    lacking(fake, 1 << 34)
    room = await surface.make_thread(sent, NAME)
    await surface.close_room(room.channel)
    thread = fake.state.channels[int(room.channel)]
    assert thread.archived and not thread.locked


async def test_a_channel_that_can_not_be_closed_says_what_is_needed(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    room = await made(fake, surface)
    lacking(fake, MANAGE_ROLES)
    with pytest.raises(Misconfigured, match="To close a war room: Manage Roles"):
        await surface.close_room(str(room.id))
    assert not any("closed" in fake.visible_text(m) for m in room.public)


async def test_after_a_closed_room_comes_another(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    first = await made(fake, surface)
    await surface.close_room(str(first.id))
    assert (await made(fake, surface, again=True)).name == f"{NAME}-2"


async def test_a_room_somebody_deleted_is_closed(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    room = await made(fake, surface)
    del fake.state.channels[room.id]
    await surface.close_room(str(room.id))


@pytest.mark.parametrize("lacks", [MANAGE_CHANNELS, MANAGE_ROLES])
async def test_without_the_permissions_a_room_is_a_thread(
    fake: FakeDiscord, surface: DiscordSurface, lacks: int
) -> None:
    lacking(fake, lacks)
    room = await made(fake, surface, private=True)
    assert (room.type, room.parent) == (12, fake.channel("ops"))
    omar = fake.user("Omar")
    await surface.invite(str(room.id), [str(ana(fake).id)])
    assert fake.sees(ana(fake), room) and not fake.sees(omar, room)
    assert (await made(fake, surface, private=True, again=True)) is room
    await surface.bookmark(str(room.id), [("Card", "https://pv.example.eu/i/1842")])
    await surface.close_room(str(room.id))
    assert room.archived and room.locked
    with pytest.raises(CannotDo):
        await fake.say(ana(fake), room, "one more thing")
    await surface.close_room(str(room.id))


async def test_threads_are_rooms_where_the_setting_says_so(fake: FakeDiscord, start: Start) -> None:
    parent = fake.add_channel("war-rooms")
    surface = await start(rooms="threads", rooms_in="#war-rooms")
    room = await made(fake, surface)
    assert (room.type, room.parent) == (11, parent)
    fake.state.channels[room.id].locked = True
    assert (await made(fake, surface)).name == f"{NAME}-2"


async def test_who_does_not_see_the_channel_is_not_in_its_thread(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    ops, omar = fake.channel("ops"), fake.user("Omar")
    ops.overwrites = [{"id": str(omar.id), "type": 1, "allow": "0", "deny": str(1 << 10)}]
    room = await surface.make_thread(sent, NAME)
    wanted = [str(omar.id), str(ana(fake).id)]
    assert await surface.invite(room.channel, wanted) == [str(omar.id)]
    assert ana(fake).id in fake.state.channels[int(room.channel)].member_ids


async def test_threads_may_be_rooms_in_another_server(fake: FakeDiscord, start: Start) -> None:
    acme = fake.add_guild("Acme", fake.user("Ana"))
    parent = fake.add_channel("war", guild=acme)
    surface = await start(
        guild=str(fake.guild_id), guilds={"acme": str(acme.id)}, rooms="threads",
        rooms_in="acme/#war",
    )  # fmt: skip
    room = await surface.make_room(NAME, private=False, topic=TOPIC)
    assert fake.state.channels[int(room.channel)].parent is parent
    assert room.url.startswith(f"https://discord.com/channels/{acme.id}/")


async def test_a_bot_that_may_do_nothing_says_what_it_needs(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    lacking(fake, MANAGE_CHANNELS, 1 << 36)
    with pytest.raises(Misconfigured, match="Manage Channels and Manage Roles, or Create Private"):
        await surface.make_room(NAME, private=True, topic=TOPIC)


async def test_a_room_is_the_place_of_a_card(fake: FakeDiscord, surface: DiscordSurface) -> None:
    room = await made(fake, surface)
    sent = await surface.post(str(room.id), card(quiet=True), nonce="v1", maybe_copy=False)
    assert sent.channel == str(room.id)
    await surface.pin(sent)
    assert [str(m.id) for m in room.pins] == [sent.message]


async def test_a_room_below_a_card_is_a_private_thread_beside_it(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    assert isinstance(surface, KeepsThreads)
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    room = await surface.make_thread(sent, NAME)
    again = await surface.make_thread(sent, NAME, again=True)
    assert again == room and not room.below
    thread = fake.state.channels[int(room.channel)]
    assert (thread.type, thread.parent) == (12, fake.channel("ops"))
    lacking(fake, 1 << 36)
    below = await surface.make_thread(sent, NAME)
    assert below.below and below.channel == sent.message
