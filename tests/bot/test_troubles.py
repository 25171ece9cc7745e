"""What keeps a chat from working: told once to those who can change it, and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.abilities import Gone
from bot.cards.model import Card
from bot.troubles import Troubles
from integrations.base import Misconfigured, Permanent
from store import outbox
from store import troubles as record
from store.tables import AUDIT
from tests.support.world import Pad, World, alert

ARCHIVED = Misconfigured("Slack says is_archived of #ops: it is archived", "routes.channels")


class Troubled(Pad):
    """A chat that says what is wrong with it."""

    def __init__(self, name: str = "slack") -> None:
        super().__init__(name)
        self.wrong: dict[str, str] = {}
        self.well = True

    def troubles(self) -> dict[str, str]:
        """What a test put there."""
        return self.wrong

    def health(self) -> tuple[bool, str]:
        """As a test says."""
        return self.well, "words"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, pad=Troubled())
    yield made
    await made.end()


def pad_of(world: World) -> Troubled:
    assert isinstance(world.pad, Troubled)
    return world.pad


def troubles(world: World) -> Troubles:
    return world.app.outbox.troubles


async def look(world: World) -> None:
    await troubles(world).look()
    await world.settle()


def told(world: World) -> list[str]:
    """What was told by mail, to whom."""
    return [f"{handle}: {line(card)}" for handle, card in world.mail.told]


def line(card: Card) -> str:
    return f"{card.head.word} {card.head.title}"


async def revoked(world: World) -> None:
    pad = pad_of(world)
    pad.wrong, pad.well = {"bot_token": "Slack does not accept the bot's token"}, False
    await look(world)


async def test_a_revoked_token_is_told_once_by_another_way(world: World) -> None:
    await revoked(world)
    for _ in range(3):
        await look(world)
        await world.advance(minutes=10)
    assert told(world) == ["ana: REFUSED Slack"], "the admin, by mail"
    [(_, card)] = world.mail.told
    assert "does not accept the bot's token" in card.state.spans[0].text
    assert world.pad.direct == [], "not by the chat that refuses"


async def test_cards_wait_until_it_works_and_pages_do_not(world: World) -> None:
    await revoked(world)
    pad_of(world).refuse["page"] = Misconfigured("token_revoked", "slack.bot_token")
    await world.door.intake(await world.source(), (alert("k1"),))
    for _ in range(3):
        await world.app.ticker.tick()
        await world.app.outbox.pump()
        while not world.app.outbox.idle:
            await asyncio.sleep(0)
    assert world.pad.posts == []
    assert [handle for handle, _, _ in world.mail.pages] == ["ana"], "by the next rule"
    pad_of(world).wrong, pad_of(world).well = {}, True
    pad_of(world).refuse.clear()
    await look(world)
    assert [channel for channel, _ in world.pad.posts] == ["#ops"]


async def test_the_word_is_taken_back_when_it_works_again(world: World) -> None:
    await revoked(world)
    assert [*troubles(world)._standing] == [("slack", "bot_token")]
    pad_of(world).wrong, pad_of(world).well = {}, True
    await look(world)
    assert [*troubles(world)._standing] == []
    trouble = await world.door.reader.read(lambda tx: record.get(tx, 1))
    assert trouble is not None and trouble.over_at is not None
    await revoked(world)
    assert len(told(world)) == 2, "a new one is told again"


async def test_a_restart_tells_nothing_again_and_takes_nothing_back_too_early(
    world: World,
) -> None:
    await revoked(world)
    again = Troubles(world.door, world.app.surfaces)
    await again.load()
    pad = pad_of(world)
    pad.wrong = {}  # it is not known yet, nothing has been asked
    await again.look()
    await world.settle()
    assert [*again._standing] == [("slack", "bot_token")]
    pad.wrong = {"bot_token": "Slack does not accept the bot's token"}
    await again.look()
    await world.settle()
    assert len(told(world)) == 1


async def test_an_archived_channel_is_told_to_the_lead_and_the_admin(world: World) -> None:
    pad_of(world).refuse["post"] = ARCHIVED
    await world.fires("k1", labels={"team": "db"})
    await world.fires("k2", labels={"team": "db", "service": "other"})
    cards = [(account, line(card)) for account, card in world.pad.direct if not card.head.id]
    assert sorted(cards) == [
        ("U0ANA", "REFUSED #ops in Slack"), ("U0OMAR", "REFUSED #ops in Slack"),
    ]  # fmt: skip
    [sign] = troubles(world).signs()
    assert sign[:3] == ("#ops in Slack", False, str(ARCHIVED))


async def test_a_channel_that_takes_a_card_again_ends_it_and_gets_what_it_missed(
    world: World,
) -> None:
    pad_of(world).refuse["post"] = ARCHIVED
    first = await world.fires("k1", labels={"team": "db"})
    pad_of(world).refuse.clear()
    second = await world.fires("k2", labels={"team": "db", "service": "other"})
    await world.settle()
    assert sorted(card.id for _, card in world.pad.posts) == [first, second]
    assert [*troubles(world).signs()] == []
    again = [line(card) for card in world.pad.dms.values() if not card.head.id]
    assert set(again) == {"WORKS AGAIN #ops in Slack"}, "their messages are edited"


async def test_a_channel_no_route_names_any_more_is_no_trouble(world: World) -> None:
    pad_of(world).refuse["post"] = ARCHIVED
    await world.fires("k1", labels={"team": "db"})
    assert [*troubles(world).signs()]
    world.door._definitions = replace(world.door.definitions(), routes=())
    await look(world)
    assert [*troubles(world).signs()] == []


async def test_what_is_the_cards_own_fault_is_no_trouble_of_the_channel(world: World) -> None:
    pad_of(world).refuse["post"] = Permanent("Slack says invalid_blocks")
    await world.fires("k1", labels={"team": "db"})
    await look(world)
    assert [*troubles(world)._standing] == [] and world.mail.told == []


async def test_it_is_on_record(world: World) -> None:
    await revoked(world)
    pad_of(world).wrong, pad_of(world).well = {}, True
    await look(world)
    verbs = await world.door.reader.read(
        lambda tx: [*tx.conn.execute(select(AUDIT.c.verb).order_by(AUDIT.c.seq)).scalars()]
    )
    assert [v for v in verbs if v.startswith("trouble")] == ["trouble", "trouble.over"]


async def test_a_deleted_card_is_posted_anew_once_and_words_go_below_the_new_one(
    world: World,
) -> None:
    number = await world.fires("k1", labels={"team": "db"})
    assert len(world.pad.posts) == 1
    world.pad.said.clear()
    world.pad.refuse["say"] = Gone("The card was taken away.")
    await world.door.do("note", {"incident": number, "text": "cleaned"}, world.actor("omar", "web"))
    await world.app.outbox.pump()
    while not world.app.outbox.idle:
        await asyncio.sleep(0)
    world.pad.refuse.clear()
    await world.advance(seconds=5)
    assert len(world.pad.posts) == 2, "once"
    [(card, said)] = [(c, w) for c, w in world.pad.said if "cleaned" in w]
    places = await world.door.reader.read(lambda tx: outbox.places(tx, number))
    assert card == places[0].message and said
