"""Words in a war room are read below the cards and in the other chat's room, and the other way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Account, Heard
from store import outbox, rooms
from tests.rooms.conftest import House, build
from tests.support.engines import migrated_url

ANA = Account("slack", "T1", "U0ANA", "ana")
MEI = Account("discord", "G1", "803", "Mei")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await build(migrated_url("sqlite", tmp_path), tmp_path)
    yield made
    await made.world.end()


async def test_a_room_is_one_more_place(house: House) -> None:
    n = await house.world.fires()
    await house.room(n)
    read = house.world.app.reader.read
    mine = {r.surface: str(r.channel) for r in await read(lambda tx: rooms.live_of(tx, n))}
    house.slack.said.clear()
    for pad in (house.slack, house.discord):
        for room in pad.rooms.values():
            room.told.clear()
    desk = house.world.app.desk

    assert await desk.incident_at("slack", mine["slack"], "") == n
    await desk.heard(n, Heard(mine["slack"], "1.1", "in the room"), ANA)
    await house.world.settle()
    line = "Ana (Slack, war room): in the room"
    assert [t for _, t in house.slack.said] == [line], "below the card in #ops"
    assert house.slack.rooms[mine["slack"]].told == [], "not where it was written"
    if "discord" in mine:
        assert house.discord.rooms[mine["discord"]].told == [line]

    cards = await read(lambda tx: outbox.places(tx, n))
    card = next(r for r in cards if r.place == "slack:#ops")
    heard = Heard("C1", "1.2", "below the card", thread=str(card.thread or card.message))
    await desk.heard(n, heard, ANA)
    await house.world.settle()
    assert house.slack.rooms[mine["slack"]].told == ["Ana (Slack): below the card"]

    house.slack.resaid.clear()
    await desk.edited(Heard("C1", "1.2", "below it", thread=heard.thread), ANA)
    await house.world.settle()
    assert [t for _, t in house.slack.resaid] == ["Ana (Slack): below it"]
    await desk.deleted("slack", mine["slack"], "1.1")
    await house.world.settle()
    assert len(house.slack.unsaid) == 1
