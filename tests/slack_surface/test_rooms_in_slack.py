"""Rooms on Slack: made without clashing, filled although one can't come, pinned and archived."""

from __future__ import annotations

import pytest

from bot.abilities import KeepsRooms, KeepsThreads
from bot.slack import SlackSurface
from bot.slack.rooms import ARCHIVE, BOOKMARK, CREATE, INVITE, NAME, TOPIC, names, room_name
from integrations.base import Misconfigured, Permanent, Transient
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Clock, card, taken, words
from tests.support.slack import Channel, FakeSlack, User

SAID = "#1842 🔴 Disk 94 % full on db-3 · Ana"


def asked(fake: FakeSlack, method: str) -> int:
    return [c.method for c in fake.calls].count(method)


async def made(surface: SlackSurface, fake: FakeSlack, *, again: bool = False) -> Channel:
    room = await surface.make_room("inc-1842-disk", private=False, topic=SAID, again=again)
    return fake.channel(room.channel)


async def test_a_room_has_its_name_its_topic_and_an_address(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    assert isinstance(surface, KeepsRooms)
    room = await surface.make_room("inc-1842-disk", private=False, topic=SAID)
    channel = fake.channel(room.channel)
    assert (channel.name, channel.topic, channel.private) == ("inc-1842-disk", SAID, False)
    assert room.name == "inc-1842-disk"
    assert room.url.startswith("https://") and room.channel in room.url


async def test_a_private_incident_has_a_private_room(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    room = await surface.make_room("inc-9", private=True, topic="")
    assert fake.channel(room.channel).private and asked(fake, TOPIC) == 0


async def test_a_name_that_is_taken_gets_the_next_number(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    taken = fake.add_channel("inc-1842-disk")
    taken.archived = True  # it keeps its name
    fake.add_channel("inc-1842-disk-2")
    assert (await made(surface, fake)).name == "inc-1842-disk-3"


def test_every_name_fits_and_so_does_its_number() -> None:
    assert room_name("#INC 1842: Größe/db_3!") == "inc-1842-gr-e-db_3"
    assert room_name("!!!") == "incident"
    assert len(room_name("a" * 99)) == NAME
    found = [name for _, name in names("a" * NAME)]
    assert found[1].endswith("a-2") and {len(n) for n in found} == {NAME}


async def test_a_workspace_that_lets_no_bot_make_channels_says_so(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    fake.workspace.channels_open = False
    with pytest.raises(Misconfigured, match="restricted_action of #inc-1842-disk: a workspace"):
        await made(surface, fake)


async def test_without_the_scope_it_says_which_one(fake: FakeSlack, start: Start) -> None:
    fake.scopes.discard("channels:manage")
    surface = await start()
    with pytest.raises(Misconfigured, match="channels:manage"):
        await made(surface, fake)


async def test_a_topic_that_waits_makes_no_second_room(
    fake: FakeSlack, surface: SlackSurface, clock: Clock
) -> None:
    fake.fault(TOPIC, "429", retry_after=7)
    with pytest.raises(Transient):
        await made(surface, fake)
    clock.at += 7
    room = await made(surface, fake)
    assert room.topic == SAID and asked(fake, CREATE) == 1


async def test_a_topic_that_is_refused_costs_no_room(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    fake.fault(TOPIC, "error", error="user_is_restricted")
    assert (await made(surface, fake)).name == "inc-1842-disk"


async def test_a_room_whose_answer_got_lost_is_found_again(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    fake.fault(CREATE, "drop_after")
    with pytest.raises(Transient) as lost:
        await made(surface, fake)
    assert lost.value.uncertain
    assert (await made(surface, fake)).name == "inc-1842-disk"
    assert [c.name for c in fake.workspace.channels.values()] == ["ops", "inc-1842-disk"]


async def test_after_a_restart_the_room_is_known_by_its_topic(
    fake: FakeSlack, start: Start
) -> None:
    first = await made(await start(), fake)
    assert await made(await start(), fake, again=True) is first


async def test_the_room_of_another_incident_is_never_taken(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    first = await made(surface, fake)
    assert (await made(surface, fake)).name == "inc-1842-disk-2"
    first.topic = "#1841 something else"
    assert (await made(surface, fake, again=True)).name == "inc-1842-disk-2"


async def test_where_channels_cant_be_read_a_second_one_is_made(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    fake.scopes.discard("channels:read")
    await made(surface, fake)
    assert (await made(surface, fake, again=True)).name == "inc-1842-disk-2"


async def test_one_who_cant_come_keeps_nobody_out(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User
) -> None:
    room = await made(surface, fake)
    left = await surface.invite(room.id, [ana.id, "U0NOBODY", fake.bot_user_id, omar.id])
    assert list(left) == ["U0NOBODY"]
    assert {ana.id, omar.id} <= room.members
    assert asked(fake, INVITE) == 1


async def test_a_slack_that_refuses_all_for_one_is_asked_one_by_one(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User
) -> None:
    room = await made(surface, fake)
    fake.fault(INVITE, "error", error="user_not_found")
    assert list(await surface.invite(room.id, [ana.id, "U0NOBODY", omar.id])) == ["U0NOBODY"]
    assert {ana.id, omar.id} <= room.members


async def test_who_is_there_already_is_there(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    room = await made(surface, fake)
    for _ in range(2):
        assert list(await surface.invite(room.id, [ana.id])) == []
    room.members.discard(ana.id)  # she left, and is asked again
    assert list(await surface.invite(room.id, [ana.id])) == [] and ana.id in room.members


async def test_many_are_taken_in_whatever_the_limit_allows_at_once(
    fake: FakeSlack, surface: SlackSurface, clock: Clock
) -> None:
    people = [fake.add_user(f"P{n} Person").id for n in range(70)]
    room = await made(surface, fake)
    room.members = {fake.bot_user_id}
    fake.fault(INVITE, "error", error="user_not_found", times=3)
    while True:
        try:
            assert list(await surface.invite(room.id, [*people, "U0NOBODY"])) == ["U0NOBODY"]
            break
        except Transient as error:
            clock.at += error.retry_after or 1
    assert room.members >= set(people)


async def test_an_archived_room_takes_nobody_in_and_says_why(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    room = await made(surface, fake)
    room.archived = True
    with pytest.raises(Permanent, match="is_archived"):
        await surface.invite(room.id, [ana.id])


async def test_links_stand_at_the_top_once(fake: FakeSlack, surface: SlackSurface) -> None:
    room = await made(surface, fake)
    links = [("Card", "https://pv.example.eu/i/1842"), ("Bad", "ftp://x"), ("Runbook", "https://w")]
    for _ in range(2):
        await surface.bookmark(room.id, links)
    assert [b["title"] for b in room.bookmarks] == ["Card", "Runbook"]
    assert asked(fake, BOOKMARK) == 2


async def test_the_card_is_pinned_and_stays_so(fake: FakeSlack, surface: SlackSurface) -> None:
    room = await made(surface, fake)
    sent = await surface.post(room.id, card(), nonce="v1", maybe_copy=False)
    for _ in range(2):
        await surface.pin(sent)
    assert room.messages[0].pinned
    room.messages.clear()
    with pytest.raises(Permanent, match="message_not_found"):
        await surface.pin(sent)


async def test_words_in_the_room_stand_in_no_thread(fake: FakeSlack, surface: SlackSurface) -> None:
    room = await made(surface, fake)
    sent = await surface.tell(room.id, words("Ana leads"), nonce="t1", maybe_copy=False)
    [said] = room.top()
    assert said.visible_text == "Ana leads" and sent.message == said.ts == sent.thread


async def test_a_room_is_closed_once_and_a_deleted_one_is_closed(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    room = await made(surface, fake)
    for _ in range(2):
        await surface.close_room(room.id)
    assert room.archived and asked(fake, ARCHIVE) == 2
    await surface.close_room("C0GONE")
    with pytest.raises(Misconfigured, match="archived"):
        await surface.tell(room.id, words("too late"), nonce="t2", maybe_copy=False)


async def test_where_no_channel_is_wanted_the_thread_of_the_card_is_the_room(
    fake: FakeSlack, surface: SlackSurface, ana: User, clock: Clock
) -> None:
    assert isinstance(surface, KeepsThreads)
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    room = await surface.make_thread(sent, "inc-1842")
    assert room.below and room.channel == f"{sent.channel}/{sent.message}"
    assert room.url.endswith(sent.message.replace(".", ""))
    assert list(await surface.invite(room.channel, [ana.id])) == []
    told = await surface.tell(room.channel, words("Ana leads"), nonce="t1", maybe_copy=False)
    while surface.budget("post", room.channel) == 0:
        continue
    assert surface.budget("post", sent.channel) > 0, "the room and its channel share one limit"
    clock.at += 5
    below = await surface.post(room.channel, taken(), nonce="v2", maybe_copy=False)
    thread = [m.ts for m in fake.channel("ops").thread(sent.message)]
    assert thread == [told.message, below.message]
    await surface.close_room(room.channel)
    assert not fake.channel("ops").archived
