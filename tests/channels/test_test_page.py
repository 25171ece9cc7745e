"""``test-page``: every contact rings, each is answered in its own way, the silent ones are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards import text
from bot.cards.model import Card, Private
from commands.errors import Conflict, Denied, Invalid
from integrations.base import PageMessage, Permanent
from store import contacts, page_tests
from store.model import Actor
from store.model.contact import Contact
from store.page_tests import PageTest
from tests.support.engines import migrated_url
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA,
        contacts: {ntfy: ana-night}}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai}
  kim: {name: Kim, roles: [responder]}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: db, team: db, channels: ["slack:#ops"]}
ntfy: {base_url: "http://127.0.0.1:9"}
"""


class Bell:
    """A pager that writes down."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, PageMessage]] = []
        self.refuse: Exception | None = None

    async def page(self, to: str, message: PageMessage) -> str:
        if self.refuse is not None:
            raise self.refuse
        self.rung.append((to, message))
        return f"bell{len(self.rung)}"

    async def close(self) -> None:
        """Nothing to let go."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path, YAML)
    yield made
    await made.end()


@pytest.fixture
def bell(world: World) -> Bell:
    made = Bell()
    world.app.pagers.put("ntfy", made)
    return made


async def current(world: World, handle: str = "ana") -> PageTest:
    found = await world.app.reader.read(lambda tx: page_tests.newest(tx, handle, 0))
    assert found is not None
    return found


def lines(card: Card) -> list[str]:
    return text.lines(card, "UTC", now=0)


async def shown(world: World) -> list[str]:
    """The card in Ana's direct messages as it is drawn now."""
    from bot.cards.scene import Scene
    from bot.cards.testing import rings

    scene = Scene(world.door.definitions(), "http://x", world.clock.at, "ana")
    return lines(rings(await current(world), scene))


def states(test: PageTest) -> dict[str, str]:
    return {way.via: way.state for way in test.ways}


async def test_every_contact_rings_and_says_that_nothing_is_wrong(world: World, bell: Bell) -> None:
    done = await world.does("ana", "test-page")
    assert done.say == (
        "Ringing your contacts: Slack, e-mail, ntfy. What is not answered in 5 min is told."
    )
    assert [account for account, _ in world.pad.pages] == ["U0ANA"]
    [(mailed, card)] = world.mail.told
    assert (mailed, card.head.word) == ("ana", "TEST PAGE")
    [(topic, message)] = bell.rung
    assert (topic, message.incident, message.severity) == ("ana-night", 0, "critical")
    assert message.subject == "☎️ Test page, nothing is wrong · say that it arrived"
    assert message.acknowledge.startswith("http")
    assert states(await current(world)) == dict.fromkeys(("slack", "email", "ntfy"), "rung")


async def test_a_press_in_the_chat_says_that_the_chat_works(world: World, bell: Bell) -> None:
    await world.does("ana", "test-page")
    number = (await current(world)).id
    await world.press("U0ANA", f"cmd:it-works:{number}:0")
    assert states(await current(world))["slack"] == "works"
    assert world.pad.repages, "the message that rang is edited in place"
    [known] = [c for c in await book(world) if c.via == "slack"]
    assert known.worked_at == world.clock.at


async def book(world: World) -> list[Contact]:
    return await world.app.reader.read(lambda tx: contacts.of_person(tx, "ana"))


async def test_what_stays_silent_is_told_in_the_same_message(world: World, bell: Bell) -> None:
    await world.does("ana", "test-page")
    number = (await current(world)).id
    await world.press("U0ANA", f"cmd:it-works:{number}:0")
    edits = len(world.pad.repages)
    await world.advance(minutes=5)
    assert len(world.pad.repages) == edits + 1
    assert len(world.pad.pages) == 1, "no second ping"
    drawn = await shown(world)
    assert drawn[1] == (
        "E-mail and ntfy stayed silent for 5 min. Look at them before your next shift."
    )
    assert any(line.startswith("✅ Slack works") for line in drawn)
    assert any(line.startswith("⚠️ ntfy stayed silent") for line in drawn)


async def test_when_all_answered_it_says_so_at_once(world: World, bell: Bell) -> None:
    await world.does("ana", "test-page")
    number = (await current(world)).id
    for surface in ("slack", "email", "ntfy"):
        await world.door.do("it-works", {"test": number}, world.actor("ana", surface))
    await world.settle()
    assert (await shown(world))[1] == "All 3 contacts work."
    await world.advance(minutes=6)
    assert (await current(world)).ended_at is not None
    assert len(world.mail.told) == 1, "nobody is told again"


async def test_a_refused_contact_is_told_with_the_reason(world: World, bell: Bell) -> None:
    bell.refuse = Permanent("ntfy refused it: 400 topic invalid")
    await world.does("ana", "test-page")
    assert states(await current(world))["ntfy"] == "refused"
    assert "⚠️ ntfy was refused · ntfy refused it: 400 topic invalid" in await shown(world)
    await world.advance(minutes=5)
    assert (await shown(world))[1] == (
        "Slack and e-mail stayed silent for 5 min; ntfy was refused. "
        "Look at them before your next shift."
    )


async def test_who_has_no_chat_is_told_by_what_works(world: World) -> None:
    await world.does("omar", "test-page", surface="api")
    assert [handle for handle, _ in world.mail.told] == ["omar"]
    await world.advance(minutes=5)
    [_, (handle, card)] = world.mail.told
    assert handle == "omar"
    assert lines(card)[1].startswith("E-mail stayed silent for 5 min")
    number = (await current(world, "omar")).id
    await world.door.do("it-works", {"test": number}, world.actor("omar", "email"))
    known = await world.app.reader.read(lambda tx: contacts.of_person(tx, "omar"))
    assert [c.worked_at for c in known] == [world.clock.at], "a late answer still counts"


async def test_who_asked_for_somebody_else_is_told_how_it_went(world: World, bell: Bell) -> None:
    await world.does("ana", "test-page", who="omar")
    world.clear()
    world.mail.told.clear()
    await world.advance(minutes=5)
    assert [account for account, _ in world.pad.pages] == ["U0ANA"]
    assert [handle for handle, _ in world.mail.told] == ["omar"]


async def test_others_are_rung_only_by_who_may_edit_people(world: World, bell: Bell) -> None:
    with pytest.raises(Denied) as denied:
        await world.does("omar", "test-page", who="ana")
    assert (denied.value.needs, denied.value.ask) == ("config.write", ("Ana Petrova",))
    assert bell.rung == [] and world.pad.pages == []


async def test_two_tests_of_one_person_do_not_run_together(world: World, bell: Bell) -> None:
    await world.does("ana", "test-page")
    with pytest.raises(Conflict, match="runs already; it ends in 5 min"):
        await world.does("ana", "test-page", who="me")
    await world.advance(minutes=5)
    await world.does("ana", "test-page")
    assert len(bell.rung) == 2


async def test_who_has_no_contact_can_not_be_rung(world: World) -> None:
    with pytest.raises(Invalid, match="No contact of Kim is known"):
        await world.does("kim", "test-page")
    robot = Actor("token", "token:ci", "ci", "api", ("admin",))
    with pytest.raises(Invalid, match="Whose contacts"):
        await world.door.do("test-page", {}, robot)


async def test_only_the_rung_person_answers_and_only_where_it_rang(
    world: World, bell: Bell
) -> None:
    await world.does("ana", "test-page")
    number = (await current(world)).id
    with pytest.raises(Conflict, match="Only Ana"):
        await world.door.do("it-works", {"test": number}, world.actor("omar", "slack"))
    with pytest.raises(Conflict, match="Press it where it rang"):
        await world.door.do("it-works", {"test": number}, world.actor("ana", "web"))
    answer = await world.press("U0ANA", "cmd:it-works:999:0", key="other")
    assert isinstance(answer, Private)


async def test_a_test_is_no_incident_and_stops_nothing(world: World, bell: Bell) -> None:
    incident = await world.fires()
    await world.does("ana", "test-page")
    number = (await current(world)).id
    await world.press("U0ANA", f"cmd:it-works:{number}:0")
    found = await world.incident(incident)
    assert found.holder is None and found.next is not None


async def test_where_pages_come_from_is_told_with_the_card_that_rings(world: World) -> None:
    assert "No number or address of ours is set up" in (await world.asks("omar", "numbers"))[0]
    known = ("+4915735981234", "pages@example.eu")
    world.door.rules = replace(world.door.rules, senders=known)
    assert await world.asks("omar", "numbers") == [
        "Pages come from +4915735981234, pages@example.eu.",
        "Save this contact and let it ring in do not disturb: http://127.0.0.1:8080/contact.vcf",
    ]
