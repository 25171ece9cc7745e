"""Roles are taken and given, updates come on a rhythm, and reminders end by themselves."""

from __future__ import annotations

import pytest

from bot.cards.model import Card, Form, Private
from bot.cards.view import visible
from commands.errors import Conflict, Invalid
from store import rooms
from store.model.room import WarRoom
from tests.rooms.conftest import House
from tests.support.world import words


def card_of(house: House) -> Card:
    """The card of the roles, as it is now."""
    return next(c for c in house.slack.cards.values() if c.head.word == "WAR ROOM")


def labels(card: Card) -> list[str]:
    """Its buttons."""
    return [p.label for p in card.actions.buttons]


async def war(house: House, n: int) -> WarRoom:
    """The war room of an incident."""
    found = await house.world.app.reader.read(lambda tx: rooms.war_room(tx, n))
    assert found is not None
    return found


async def begun(house: House) -> int:
    """An incident with a room in which Ana leads."""
    n = await house.world.fires()
    await house.world.does("ana", "ack", n)
    await house.room(n)
    return n


# ---- roles


async def test_the_card_says_who_does_what_and_offers_what_nobody_does(house: House) -> None:
    await begun(house)
    card = card_of(house)
    assert visible(card.state.spans).startswith(
        "Lead Ana · Comms nobody · Scribe nobody · next update at 02:39"
    )
    assert labels(card) == [
        "Write update…", "Invite…", "End room…", "Take comms", "Take scribe",
    ]  # fmt: skip


async def test_a_press_takes_a_role_and_says_in_private_what_it_asks(house: House) -> None:
    n = await begun(house)
    answer = await house.world.press("U0MEI", f"cmd:take-comms:{n}:1")
    assert isinstance(answer, Private)
    assert answer.note is not None
    said = words(answer.note)
    assert f"You are communications of #{n}." in said
    assert "The next update is due at 02:39." in said
    assert [p.label for p in answer.note.actions] == ["Write update…"]
    assert "Comms Mei" in visible(card_of(house).state.spans)
    assert labels(card_of(house))[:3] == ["Write update…", "Invite…", "End room…"]
    assert "U0MEI" in house.slack.room.people


async def test_who_was_second_is_told_who_was_first(house: House) -> None:
    n = await begun(house)
    await house.world.press("U0MEI", f"cmd:take-comms:{n}:1", "a")
    answer = await house.world.press("U0OMAR", f"cmd:take-comms:{n}:1", "b")
    assert isinstance(answer, Private)
    assert answer.note is not None
    assert f"Mei Lin is communications of #{n} already." in words(answer.note)
    assert (await war(house, n)).who("comms") == "mei"


async def test_a_role_that_is_given_is_told_to_its_person_alone(house: House) -> None:
    n = await begun(house)
    await house.world.does("ana", "role", n, role="scribe", who="@omar")
    told = [(a, c) for a, c in house.slack.direct if c.head.word == "SCRIBE"]
    assert [account for account, _ in told] == ["U0OMAR"]
    assert "Keep the record" in str(told[0][1].fold)
    await house.world.does("ana", "role", n, role="commander", who="omar")
    assert (await war(house, n)).who("lead") == "omar"
    await house.world.does("ana", "role", n, role="scribe", nobody=True)
    assert not (await war(house, n)).who("scribe")
    with pytest.raises(Invalid, match="not a role"):
        await house.world.does("ana", "role", n, role="king")


# ---- updates


async def test_the_form_begins_with_what_is_on_record(house: House) -> None:
    n = await begun(house)
    await house.world.does("omar", "note", n, text="archive target was full")
    form = await house.world.press("U0ANA", f"cmd:update:{n}:1")
    assert isinstance(form, Form)
    text = next(i for i in form.inputs if i.name == "text")
    assert text.initial.startswith(
        "Conditions: Disk 94 % full on db-3, critical; Ana Petrova has it since 03:09 CET"
    )
    assert "Actions: archive target was full" in text.initial
    assert next(i for i in form.inputs if i.name == "next").initial == "30m"


async def test_an_update_is_posted_kept_and_moves_the_next_one(house: House) -> None:
    n = await begun(house)
    await house.world.advance(minutes=10)
    said = await house.world.does("ana", "update", n, text="Writes are back.\nCause is known.")
    assert "The next one is due at 03:49." in said.say
    room = house.slack.room
    assert room.told[-1].splitlines() == [
        "Update by Ana (Slack): Writes are back.",
        "Cause is known.",
        "Next update at 02:49 UTC",
    ]
    assert any("Writes are back." in told for _, told in house.slack.said)  # the card's thread
    entry = next(e for e in (await house.world.detail(n)).timeline if e.kind == "update")
    assert entry.say == "Update by Ana Petrova: Writes are back.\nCause is known."
    listed = await house.world.asks("ana", "updates", incident=n)
    assert listed.facts["updates"][0]["text"] == "Writes are back.\nCause is known."
    assert "1 update" in str(card_of(house).fold)


async def test_one_reminder_mentions_who_writes_then_only_one_quiet_line(house: House) -> None:
    n = await begun(house)
    await house.world.does("mei", "take-comms", n)
    room = house.slack.room
    before = len(room.notes)
    await house.world.advance(minutes=31)
    (first,) = room.notes[before:]
    assert words(first) == f"⏰ Mei, an update on #{n} is due."
    assert first.mentions == ("mei",)
    assert [p.label for p in first.actions] == ["Write update…"]
    await house.world.advance(minutes=30)
    (_, second) = [note for note in room.notes[before:] if "update" in words(note)]
    assert words(second) == "Still no update; one is due since 02:39 UTC."
    assert (second.mentions, second.quiet) == ((), True)
    assert "update due since 02:39" in visible(card_of(house).state.spans)
    await house.world.advance(minutes=300)
    assert sum("update" in words(note) for note in room.notes[before:]) == 2


async def test_an_update_in_time_is_not_reminded_of(house: House) -> None:
    n = await begun(house)
    room = house.slack.room
    await house.world.advance(minutes=20)
    await house.world.does("ana", "update", n, text="Still looking.")
    before = len(room.told)
    await house.world.advance(minutes=25)
    assert len(room.told) == before
    await house.world.advance(minutes=6)
    assert "is due" in room.told[-1]


async def test_nobody_is_reminded_after_the_resolve(house: House) -> None:
    n = await begun(house)
    await house.world.does("ana", "resolve", n, how="now")
    before = len(house.slack.room.told)
    await house.world.advance(minutes=120)
    assert len(house.slack.room.told) == before
    assert "next update" not in visible(card_of(house).state.spans)


async def test_an_update_without_a_room_goes_to_the_threads(house: House) -> None:
    n = await house.world.fires()
    await house.world.does("ana", "update", n, text="Known, being looked at.", next="15m")
    assert any("Known, being looked at." in told for _, told in house.slack.said)
    await house.world.advance(minutes=16)
    assert any(f"An update on #{n} is due." in told for _, told in house.slack.said)


async def test_what_can_t_be_is_said_at_its_field(house: House) -> None:
    n = await house.world.fires()
    with pytest.raises(Invalid, match="empty"):
        await house.world.does("ana", "update", n, text="  ")
    with pytest.raises(Invalid, match="5 minutes to 24 hours"):
        await house.world.does("ana", "update", n, text="x", next="3d")
    with pytest.raises(Invalid, match="none of them"):
        await house.world.does("ana", "update", n, text="x", to="mars")


async def test_a_page_mentions_nobody_twice_for_the_room(house: House) -> None:
    n = await house.world.fires()
    await house.room(n)
    before = len(house.slack.room.notes)
    await house.world.does("ana", "assign", n, who="omar")
    asked = house.slack.room.notes[before:]
    assert any("you are asked to take" in words(note) for note in asked)
    assert all(not note.mentions for note in asked)


async def test_the_call_is_on_the_card(house: House) -> None:
    n = await begun(house)
    await house.world.does("ana", "call-link", n, link="https://meet.example.eu/db")
    assert "https://meet.example.eu/db" in str(card_of(house).fold)
    with pytest.raises(Invalid, match="not an address"):
        await house.world.does("ana", "call-link", n, link="javascript:alert(1)")


async def test_the_list_of_rooms_says_who_leads_and_hides_the_private(house: House) -> None:
    n = await begun(house)
    listed = await house.world.asks("ana", "rooms")
    assert listed.lines[0].startswith(f"#{n} Disk 94 % full on db-3: #inc-{n}")
    assert "Ana Petrova leads" in listed.lines[0]
    m = await house.world.fires("k2", labels={"service": "other"})
    await house.room(m, private=True)
    shown = await house.world.asks("mei", "rooms")
    assert "a private room in Slack" in "\n".join(shown.lines)
    assert f"inc-{m}" not in "\n".join(shown.lines)


async def test_a_role_of_a_resolved_incident_is_not_taken(house: House) -> None:
    n = await begun(house)
    await house.world.does("ana", "resolve", n, how="now")
    with pytest.raises(Conflict, match="resolved"):
        await house.world.does("mei", "take-scribe", n)


async def test_a_second_tap_in_the_place_of_a_role_takes_no_other(house: House) -> None:
    n = await house.world.fires()
    await house.room(n)
    await house.world.does("ana", "role", n, role="lead", nobody=True)
    await house.world.advance(seconds=3)
    before = card_of(house).actions.buttons
    takes = [at for at, press in enumerate(before) if press.label.startswith("Take ")]
    assert [before[at].label for at in takes] == ["Take lead", "Take comms", "Take scribe"]
    for at in takes:
        await house.world.press("U0MEI", before[at].token, f"tap {at}")
        await house.world.advance(seconds=3)
        now = labels(card_of(house))
        assert not now[at].startswith("Take "), now
        assert now[:1] + now[2:3] == ["Write update…", "End room…"]
        assert [x for i, x in enumerate(now) if i in takes and i > at] == [
            before[i].label for i in takes if i > at
        ]


async def test_a_role_that_is_taken_away_is_offered_where_it_was(house: House) -> None:
    n = await begun(house)
    before = labels(card_of(house))
    await house.world.does("mei", "role", n, role="comms")
    await house.world.does("mei", "role", n, role="comms", nobody=True)
    await house.world.advance(seconds=3)
    assert labels(card_of(house)) == before
