"""A war room is asked for, made and filled: once, whatever dies or is refused on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.cards.model import Account, Form, Private
from commands.errors import Conflict, Invalid
from integrations.base import Misconfigured, Permanent
from store.model import Link
from tests.rooms.conftest import House, build
from tests.support.world import words


async def lines(house: House, incident: int) -> list[str]:
    """What the timeline says of rooms."""
    found = (await house.world.detail(incident)).timeline
    return [e.say for e in found if e.kind == "room"]


async def test_the_room_has_a_name_a_topic_people_links_and_pins(house: House) -> None:
    world, slack = house.world, house.slack
    runbook = Link("Runbook", "https://runbooks.example.eu/disk")
    n = await world.fires(links=(runbook,))
    await world.does("ana", "ack", n)
    said = await house.room(n)
    room = slack.room
    assert "being made in Slack" in said.say
    assert said.aloud
    assert room.name == f"inc-{n}-disk-94-full-on-db-3"
    assert room.topic == f"#{n} 🔴 Disk 94 % full on db-3 · Ana"
    assert room.people == ["U0ANA", "U0OMAR"]  # the holder, who is on call; the lead
    assert [title for title, _ in room.links] == [f"#{n} in the console", "Runbook"]
    assert len(room.pins) == 2
    posted = [card.head.word for channel, card in slack.posts if channel == "C1S"]
    assert posted == ["CRITICAL", "WAR ROOM"]
    assert "Open room ↗" in _links(house, n)


def _links(house: House, n: int) -> str:
    card = [c for c in house.slack.cards.values() if c.head.id == n and c.head.word != "WAR ROOM"]
    return str(card[0].fold)


async def test_the_card_in_the_room_is_kept_up_to_date_and_the_thread_is_mirrored(
    house: House,
) -> None:
    world, slack = house.world, house.slack
    n = await world.fires()
    await house.room(n)
    await world.does("omar", "note", n, text="the archive target was full")
    assert any("archive target" in told for told in slack.room.told)
    await world.does("ana", "ack", n)
    edited = [m for m, c in slack.edits if "has it" in str(c.state)]
    assert set(slack.room.pins) & set(edited)


async def test_who_has_no_account_there_is_named_to_who_asked(house: House) -> None:
    world, slack = house.world, house.slack
    n = await world.fires()
    slack.strangers.add("U0MEI")
    await house.room(n, people="@bob mei")
    assert slack.room.people == ["U0ANA", "U0OMAR"]
    told = [str(card.state) for account, card in slack.direct if card.head.word == "WAR ROOM"]
    assert len(told) == 1
    assert "Bob Marsh (no account in Slack is known)" in told[0]
    assert "Mei Lin (Slack does not take them in)" in told[0]


async def test_a_second_press_makes_no_second_room(house: House) -> None:
    world = house.world
    n = await world.fires()
    await house.room(n)
    said = await world.does("omar", "room", n, people="mei")
    assert f"War room of #{n}: #inc-{n}" in said.say
    assert "Invited: Mei Lin" in said.say
    assert house.slack.room.people == ["U0ANA", "U0OMAR", "U0MEI"]


async def test_both_chats_have_a_room_each_and_one_set_of_roles(house: House) -> None:
    world = house.world
    n = await world.fires()
    await house.room(n, chat="both")
    assert house.slack.room.name == house.discord.room.name
    assert house.discord.room.people == ["801"]
    there = [c for c in house.discord.cards.values() if c.head.word == "WAR ROOM"]
    assert "Slack" in str(there[0].fold)
    assert "in Discord ↗" not in str(there[0].fold)  # there people are already


async def test_a_taken_name_gets_a_number(house: House) -> None:
    world, slack = house.world, house.slack
    first, second = await world.fires("k1"), await world.fires("k2", labels={"service": "other"})
    await world.does("ana", "room", first, name="db trouble")
    await world.does("ana", "room", second, name="db trouble")
    assert [room.name for room in slack.rooms.values()] == ["db-trouble", "db-trouble-2"]


@pytest.mark.parametrize("step", ["make", "invite", "bookmark", "pin"])
async def test_a_crash_after_any_step_makes_no_second_channel(
    url: str, tmp_path: Path, step: str
) -> None:
    house = await build(url, tmp_path)
    n = await house.world.fires()
    house.slack.hang = step
    await house.world.door.do("room", {"incident": n}, house.world.actor("ana"))
    while not house.slack.hung.is_set():
        await house.world.app.outbox.pump()
        await asyncio.sleep(0)
        house.world.clock.at += 20
    await house.world.die()
    house.slack.hang = ""
    await house.again()
    await house.world.settle()
    await house.world.advance(seconds=10)
    room = house.slack.room
    assert room.people == ["U0ANA", "U0OMAR"]
    assert len(room.pins) == 2
    assert len(room.links) == len(set(room.links))
    await house.world.end()


async def test_the_card_in_a_room_links_no_room_it_stands_in_and_who_made_it_is_not_rung(
    house: House,
) -> None:
    n = await house.world.fires()
    await house.room(n)
    assert house.slack.room.asked_by[0] == "U0ANA"
    seen = {channel: str(c.fold) for channel, c in house.slack.posts if c.head.word == "CRITICAL"}
    inside = next(fold for channel, fold in seen.items() if channel != "#ops")
    assert "Open room" not in inside
    assert "Open room" in _links(house, n)


async def test_without_the_right_to_make_channels_the_thread_is_the_room(house: House) -> None:
    world, slack = house.world, house.slack
    slack.refuse["room"] = Misconfigured("the scope channels:manage is missing", "slack")
    n = await world.fires()
    await house.room(n)
    (channel, card), *_ = [p for p in slack.posts if p[1].head.word == "WAR ROOM"]
    assert "/" in channel
    assert "Write update…" in str(card.actions)
    told = [str(c.state) for _, c in slack.direct if c.head.word == "WAR ROOM"]
    assert "channels:manage" in told[0]
    assert any("so the thread of its card is the war room" in say for say in await lines(house, n))


async def test_a_private_room_never_becomes_an_open_thread(house: House) -> None:
    world, slack = house.world, house.slack
    slack.refuse["room"] = Permanent("restricted_action")
    n = await world.fires()
    await house.room(n, private=True)
    assert not slack.rooms
    assert "No private war room could be made in Slack." in await lines(house, n)
    slack.refuse.clear()
    await house.room(n, private=True)
    assert slack.room.private
    assert "Open room" not in _links(house, n)


async def test_where_threads_are_wanted_discord_makes_a_private_one(
    url: str, tmp_path: Path
) -> None:
    house = await build(url, tmp_path, "rooms: {where: threads, surfaces: [discord]}\n")
    n = await house.world.fires()
    await house.world.does("ana", "room", n)
    assert "No war room could be made in Discord." in await lines(house, n)  # no card there
    await house.world.end()


async def test_a_step_that_is_refused_leaves_a_room_that_is_of_use(house: House) -> None:
    world, slack = house.world, house.slack
    slack.refuse["bookmark"] = Misconfigured("the scope bookmarks:write is missing", "slack")
    slack.refuse["invite"] = Permanent("ura_max_channels")
    n = await world.fires()
    await house.room(n)
    assert len(slack.room.pins) == 2
    said = await lines(house, n)
    assert "The links could not be put at the top of the war room in Slack." in said
    assert "Nobody could be taken into the war room in Slack." in said


async def test_words_in_the_room_need_no_number(house: House) -> None:
    world = house.world
    n = await world.fires()
    await house.room(n)
    assert await world.app.desk.incident_at("slack", "C1S", "") == n
    assert await world.app.desk.incident_at("slack", "C9S", "") is None
    assert await world.app.desk.incident_at("discord", "C1S", "") is None


async def test_unknown_people_and_chats_are_answered(house: House) -> None:
    world = house.world
    n = await world.fires()
    with pytest.raises(Invalid, match="I don't know zoe"):
        await world.does("ana", "room", n, people="zoe")
    with pytest.raises(Invalid, match="no team net"):
        await house.room(n, people="team net")
    with pytest.raises(Invalid, match="none of them"):
        await house.room(n, chat="irc")
    with pytest.raises(Conflict, match="has no war room"):
        await world.does("ana", "invite", n, people="mei")


async def test_a_resolved_incident_gets_no_room(house: House) -> None:
    world = house.world
    n = await world.fires()
    await world.does("ana", "resolve", n, how="now")
    with pytest.raises(Conflict, match="resolved"):
        await house.room(n)


async def test_the_form_begins_as_the_rule_would_make_it(house: House) -> None:
    n = await house.world.fires()
    form = await house.world.press("U0ANA", f"cmd:room:{n}:1")
    assert isinstance(form, Form)
    begun = {i.name: i.initial for i in form.inputs}
    assert begun["name"] == f"inc-{n}-disk-94-full-on-db-3"
    assert begun["chat"] == "slack"
    assert (begun["private"], begun["thread"]) == ("", "")


async def test_declaring_with_a_war_room_makes_both(house: House) -> None:
    said = await house.world.app.desk.typed(
        "declare checkout is slow team db war room", Account("slack", "T1", "U0ANA", "a"), "k"
    )
    await house.world.settle()
    await house.world.advance(seconds=3)
    assert isinstance(said, Private)
    assert said.note is not None
    assert "is being made in Slack" in words(said.note)
    assert house.slack.room.name == "inc-1-checkout-is-slow"


async def test_a_room_whose_channel_is_gone_is_none_any_more(house: House) -> None:
    world, slack = house.world, house.slack
    n = await world.fires()
    await house.room(n)
    slack.refuse["edit"] = Permanent("is_archived")
    await world.does("ana", "severity", n, to="error")
    slack.refuse.clear()
    assert "The war room in Slack can't be written in any more." in await lines(house, n)
    assert await world.app.desk.incident_at("slack", "C1S", "") is None
    await house.room(n)
    assert len(slack.rooms) == 2
