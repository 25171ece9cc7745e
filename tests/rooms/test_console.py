"""The war room on the incident's page, and roles given by the form."""

from __future__ import annotations

from bot.cards.model import Account, Form, Quietly
from bot.web.api import plain
from bot.web.render import Reader
from bot.web.room import Box, as_facts, box
from tests.rooms.conftest import House
from tests.support.world import START


async def boxed(house: House, n: int, reader: str) -> Box | None:
    """The box as somebody reads it."""
    detail = await house.world.detail(n)
    known = house.world.door.definitions()
    return box(detail, known, Reader(START, "UTC", "http://pv"), reader)


async def test_the_page_has_a_box_once_there_is_a_room(house: House) -> None:
    n = await house.world.fires()
    assert await boxed(house, n, "ana") is None
    await house.room(n)
    await house.world.does("ana", "update", n, text="Looking.")
    found = await boxed(house, n, "mei")
    assert found is not None
    assert found.roles == (("Lead", "Ana"), ("Comms", ""), ("Scribe", ""))
    name, address, said = found.places[0]
    assert (name, said) == (f"#inc-{n}-disk-94-full-on-db-3 in Slack", "")
    assert address == "https://chat.example.eu/C1S"
    assert [u.text for u in found.updates] == ["Looking."]
    assert "End room…" in [d.label for d in found.deeds]


async def test_a_private_room_is_named_to_those_in_it_alone(house: House) -> None:
    n = await house.world.fires()
    await house.room(n, private=True)
    inside, outside = await boxed(house, n, "ana"), await boxed(house, n, "mei")
    assert inside is not None
    assert outside is not None
    assert inside.places[0][1]
    assert outside.places[0] == ("A private room in Slack", "", "private")


async def test_a_role_is_given_by_the_form_too(house: House) -> None:
    n = await house.world.fires()
    await house.room(n)
    ana = Account("slack", "T1", "U0ANA", "ana")
    form = await house.world.press("U0ANA", f"cmd:role:{n}:1")
    assert isinstance(form, Form)
    assert [i.name for i in form.inputs] == ["role", "nobody", "who"]
    values = {"role": "scribe", "who": "omar"}
    answer = await house.world.app.desk.submit(form.token, values, ana, "k")
    await house.world.settle()
    assert not isinstance(answer, Quietly)
    card = next(c for c in house.slack.cards.values() if c.head.word == "WAR ROOM")
    assert "Omar" in str(card.state)


async def test_programs_read_the_room_too(house: House) -> None:
    n = await house.world.fires()
    await house.room(n, private=True)
    facts = plain(as_facts(await house.world.detail(n)))
    assert facts["roles"] == {"lead": "ana", "comms": None, "scribe": None}
    assert facts["next_update_at"] == "2026-11-22T02:39:00.000Z"
    (room,) = facts["rooms"]
    assert (room["state"], room["private"], room["name"]) == ("open", True, None)
