"""A chat that does not answer: nothing is thrown at it, the others are told, and it ends well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Card, Sent
from integrations.base import Transient
from tests.support.world import Pad, World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, slack: U0OMAR}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: rest, team: db, channels: ["slack:#ops", "discord:#ops"]}
"""
GONE = Transient("Discord answers 503", broken=True)


class Patient(World):
    """A world in which something may be due that can't be done."""

    async def settle(self) -> None:
        """Let happen what can happen now."""
        for _ in range(3):
            await self.app.ticker.tick()
            await self.app.outbox.pump()
            while not self.app.outbox.idle:
                await asyncio.sleep(0)


class Silent(Pad):
    """A chat that can be asked whether it answers."""

    def __init__(self) -> None:
        super().__init__("discord")
        self.asked = 0
        self.tried = 0

    async def alive(self) -> None:
        """A harmless question."""
        self.asked += 1
        self._maybe_refuse("alive")

    async def post(self, channel: str, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """Count how often it was tried."""
        self.tried += 1
        return await super().post(channel, card, nonce=nonce, maybe_copy=maybe_copy)

    def goes(self, error: Exception | None) -> None:
        """It answers nothing from now on, or everything."""
        methods = ("alive", "post", "edit", "say", "page", "repage")
        self.refuse = dict.fromkeys(methods, error) if error else {}


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[World, Silent]]:
    """Slack, which works, and Discord, which may not."""
    made = await Patient.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, YAML)
    silent = Silent()
    made.app.surfaces["discord"] = silent
    await made.settle()
    yield made, silent
    await made.end()


async def hour(world: World, minutes: int) -> None:
    for _ in range(minutes * 2):
        world.clock.at += 30_000
        await world.settle()


def outage(pad: Pad) -> list[Card]:
    return [c for c in pad.cards.values() if c.head.word == "OUTAGE"]


async def test_what_does_not_answer_is_asked_and_not_sent_to(both: tuple[World, Silent]) -> None:
    world, silent = both
    silent.goes(GONE)
    for n in range(5):
        await world.fires(f"k{n}", labels={"service": f"s{n}"})
    assert silent.tried <= 5
    tried = silent.tried
    await hour(world, 60)
    assert silent.tried == tried
    assert 60 < silent.asked < 150


@pytest.mark.slow
@pytest.mark.parametrize(
    "error", [GONE, Transient("Slack answers 500", uncertain=True, broken=True)]
)
async def test_after_an_hour_every_card_is_there_once_and_says_how_it_stands(
    both: tuple[World, Silent], error: Transient
) -> None:
    world, silent = both
    first = await world.fires("before", labels={"service": "before"})
    silent.goes(error)
    await world.does("ana", "ack", first)
    later = [await world.fires(f"k{n}", labels={"service": f"s{n}"}) for n in range(12)]
    await hour(world, 60)
    await world.does("ana", "ack", later[3])
    await world.does("ana", "resolve", later[4], how="now")
    silent.goes(None)
    await hour(world, 2)
    posted = [c.head.id for _, c in silent.posts]
    assert sorted(posted) == [first, *later]
    for number in (first, *later):
        now = await world.incident(number)
        assert {c.rev for c in silent.cards.values() if c.head.id == number} == {now.rev}


async def test_a_lost_answer_is_repeated_once_and_only_when_it_answers_again(
    both: tuple[World, Silent],
) -> None:
    world, silent = both
    silent.goes(Transient("reset by peer", uncertain=True))
    incident = await world.fires()
    await hour(world, 30)
    assert silent.tried == 1
    silent.goes(None)
    await hour(world, 1)
    assert [c.head.id for _, c in silent.posts] == [incident]
    assert silent.tried == 2


async def test_the_other_chats_are_told_and_it_is_taken_back(both: tuple[World, Silent]) -> None:
    world, silent = both
    silent.goes(GONE)
    await world.fires()
    await hour(world, 2)
    [card] = outage(world.pad)
    assert card.head.title == "Discord does not answer"
    said = "".join(s.text for s in card.state.spans)
    assert said.startswith("Since 02:09")
    assert "Pages go by " in said
    assert said.endswith("cards follow when it is back (1 waiting)")
    assert "Discord does not answer since 02:09" in world.app.health.banner()
    [message] = [m for m, c in world.pad.cards.items() if c is card]
    silent.goes(None)
    await hour(world, 1)
    assert world.pad.unsaid == [message]
    assert "Discord" not in world.app.health.banner()


async def test_a_hiccup_is_nobodys_business(both: tuple[World, Silent]) -> None:
    world, silent = both
    silent.goes(GONE)
    await world.fires()
    world.clock.at += 20_000
    await world.settle()
    silent.goes(None)
    await hour(world, 2)
    assert outage(world.pad) == []
    assert len(silent.posts) == 1


async def test_a_second_outage_is_told_anew(both: tuple[World, Silent]) -> None:
    world, silent = both
    for _ in range(2):
        silent.goes(GONE)
        await world.fires(f"k{silent.asked}", labels={"service": f"s{silent.asked}"})
        await hour(world, 2)
        silent.goes(None)
        await hour(world, 1)
    assert len(outage(world.pad)) == len(world.pad.unsaid) == 2
