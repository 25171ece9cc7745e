"""A test page by SMS and telephone: 1 says that it arrived, and is no answer to an incident."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import contacts, page_tests
from store.model import IncidentStatus
from tests.channels.phones import House, house
from tests.support.engines import migrated_url


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(migrated_url("sqlite", tmp_path), tmp_path) as made:
        yield made


async def states(home: House) -> dict[str, str]:
    read = home.world.app.reader.read
    found = await read(lambda tx: page_tests.newest(tx, "ana", 0))
    return {way.via: way.state for way in found.ways} if found else {}


async def test_it_says_how_it_is_answered(home: House) -> None:
    await home.world.does("ana", "test-page")
    assert home.ana.inbox[-1].startswith(
        "Test page, nothing is wrong - say that it arrived. Reply 1."
    )
    assert "Press 1 to say that you hear it." in home.ana.picks_up()


async def test_one_by_sms_says_that_sms_works_and_acks_nothing(home: House) -> None:
    incident = await home.fires()
    await home.world.does("ana", "test-page")
    answers = await home.ana.texts("1")
    assert answers == ["Thank you, this contact works."]
    assert (await states(home))["sms"] == "works"
    assert await home.world.status(incident) is IncidentStatus.TRIGGERED
    known = await home.world.app.reader.read(lambda tx: contacts.of_person(tx, "ana"))
    assert {c.via for c in known if c.worked_at == home.world.clock.at} == {"sms"}


async def test_one_after_a_newer_page_is_about_that_incident(home: House) -> None:
    await home.world.does("ana", "test-page")
    incident = await home.fires()
    await home.ana.texts("1")
    assert await home.world.status(incident) is IncidentStatus.ACKNOWLEDGED


async def test_a_key_says_that_the_telephone_works(home: House) -> None:
    await home.world.does("ana", "test-page")
    home.ana.picks_up()
    assert "This contact works." in await home.ana.presses("1")
    assert (await states(home))["voice"] == "works"
