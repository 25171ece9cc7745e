"""An answer from anywhere tells that pages are read there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from integrations.base import Permanent
from store import contacts, definitions
from store.model.contact import Contact
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView on a database of its own."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path)
    yield made
    await made.end()


async def known(world: World, person: str) -> dict[str, Contact]:
    found = await world.app.reader.read(lambda tx: contacts.of_person(tx, person))
    return {c.via: c for c in found}


async def test_a_page_that_went_is_noted_with_its_address(world: World) -> None:
    await world.fires()
    found = await known(world, "ana")
    assert {(c.via, c.address) for c in found.values()} == {
        ("slack", "U0ANA"),
        ("email", "ana@example.eu"),
    }
    assert all(c.sent_at == world.clock.at and c.verified_at is None for c in found.values())


@pytest.mark.parametrize("surface", ["slack", "email"])
async def test_an_ack_from_there_verifies_it(world: World, surface: str) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident, surface=surface)
    found = await known(world, "ana")
    assert {via for via, c in found.items() if c.verified_at} == {surface}


@pytest.mark.parametrize("surface", ["web", "cli", "api"])
async def test_an_ack_from_the_console_verifies_nothing(world: World, surface: str) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident, surface=surface)
    assert not any(c.verified_at for c in (await known(world, "ana")).values())


async def test_an_account_that_was_linked_is_the_address(world: World) -> None:
    people = world.door.definitions().people
    await world.app.identity.link(people["mei"], "slack", "U0MEI", "by hand")
    incident = await world.fires()
    able = {**people, "mei": replace(people["mei"], roles=("responder",))}
    new = replace(world.door.definitions(), people=able)
    await world.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "ana", new))
    await world.door.reload()
    await world.does("ana", "assign", incident, who="mei")
    assert (await known(world, "mei"))["slack"].address == "U0MEI"


async def test_a_refused_page_fails_its_contact(world: World) -> None:
    world.mail.refuse = True
    await world.fires()
    found = (await known(world, "ana"))["email"]
    assert found.failing and found.error == "550 no such mailbox"


async def test_who_says_how_each_contact_stands(world: World) -> None:
    world.mail.refuse = True
    incident = await world.fires()
    await world.does("ana", "ack", incident)
    (line,) = [one for one in await world.asks("ana", "who", what="db") if "1 Ana" in one]
    assert "by Slack ✅, e-mail ⚠️ fails" in line


async def test_words_about_a_person_in_a_thread_are_no_page_to_them(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "assign", incident, who="omar", text="please")
    assert any("you are asked to take" in said for _, said in world.pad.said)
    before = (await known(world, "omar"))["slack"].sent_at
    world.clock.at += 1000
    world.pad.refuse["say"] = Permanent("is_archived")
    await world.does("ana", "ack", incident)
    await world.does("ana", "assign", incident, who="omar", text="please")
    found = (await known(world, "omar"))["slack"]
    assert before is not None and found.failed_at is None
