"""A storm of thousands on both chats, on one simulated clock: no limit is passed, nothing lost."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from store import backlog, outbox, storms
from store.db import Tx
from store.model import IncidentStatus
from tests.support.both_chats import BothChats, both_chats
from tests.support.world import alert

CHANNELS = 3


def severities(many: int) -> Iterator[str]:
    """One in twenty is critical, the others are not."""
    chance = random.Random(1842)
    for number in range(many):
        yield "critical" if number % 20 == 7 else chance.choice(["error", "warning", "info"])


async def rain(world: BothChats, many: int, seconds: int) -> dict[int, tuple[float, str]]:
    """So many incidents, evenly; each incident's moment and severity."""
    kinds, fell = list(severities(many)), dict[int, tuple[float, str]]()
    done = 0
    for step in range(2 * seconds):
        until = many * (step + 1) // (2 * seconds)
        for number in range(done, until):
            labels = {
                "channel": f"c{number % CHANNELS}", "service": f"s{number}", "team": "ops",
                "host": f"web-{number % 9}", "rack": "B14", "region": "eu-west-1",
            }  # fmt: skip
            reading = alert(
                f"k{number}", severity=kinds[number], title=f"Trouble {number:05d}", labels=labels
            )
            accepted = await world.door.intake(await world.source(), (reading,))
            fell[accepted.incidents[0]] = (world.clock.at / 1000, kinds[number])
        done = until
        await world.settle()
        await answer(world, step, fell)
        world.clock.at += 500
    return fell


ACKED: dict[int, float] = {}


async def answer(world: BothChats, step: int, fell: dict[int, tuple[float, str]]) -> None:
    """Every six seconds Ana takes a critical incident that has a card."""
    if step % 12 or not fell:
        return
    for number, (at, kind) in fell.items():
        old = world.clock.at / 1000 - at > 10
        if kind == "critical" and old and number not in ACKED:
            await world.door.do("ack", {"incident": number}, world.actor("ana", "discord"))
            ACKED[number] = world.clock.at / 1000
            return


def shown_after(told: list[tuple[float, str]], numbers: dict[int, float]) -> dict[int, float]:
    """After how many seconds each incident was first named."""
    found = dict[int, float]()
    for at, text in told:
        for number, since in numbers.items():
            if number not in found and f"#{number} Trouble" in text:
                found[number] = at - since
    return found


def acked_after(told: list[tuple[float, str]]) -> list[float]:
    """After how many seconds each card said that Ana has it."""
    found = dict[int, float]()
    for at, text in told:
        if "has it since" not in text and "has it" not in text:
            continue
        for number, since in ACKED.items():
            if number not in found and f"#{number} Trouble" in text and at >= since:
                found[number] = at - since
    assert found.keys() == ACKED.keys()
    return sorted(found.values())


async def everything(world: BothChats, many: int, seconds: int) -> None:
    """The whole storm, and what is left of it."""
    ACKED.clear()
    fell = await rain(world, many, seconds)
    assert len(fell) == many
    assert len(await world.app.reader.read(storms.on)) == 2 * CHANNELS
    critical = {n: at for n, (at, kind) in fell.items() if kind == "critical"}
    for name, told in (("Slack", world.told_slack()), ("Discord", world.told_discord())):
        seen = shown_after(told, critical)
        assert seen.keys() == critical.keys(), name
        assert max(seen.values()) <= 5, (name, max(seen.values()))
        took = acked_after(told)
        assert took[len(took) // 2] <= 2 and took[-1] <= 5, (name, took)
    assert world.violations() == []
    await world.pass_time(600, 10)
    for _ in range(60):
        await world.pass_time(10, 1)
        if not await world.app.reader.read(backlog.cards):
            break
    assert await world.app.reader.read(storms.on) == []
    await nothing_is_lost(world, fell)
    assert world.violations() == []


def _places(number: int, tx: Tx) -> list[outbox.Row]:
    return outbox.places(tx, number)


async def listed(world: BothChats) -> set[int]:
    """Every incident that the list shows, page by page."""
    found, cursor = set[int](), ""
    while True:
        page = await world.asks("ana", "list", limit=1000, cursor=cursor)
        found |= {i.id for i in page.incidents}
        if page.next is None:
            return found
        cursor = page.next


async def nothing_is_lost(world: BothChats, fell: dict[int, tuple[float, str]]) -> None:
    """Each open incident has its card, once, or is folded and in the list; none waits."""
    assert await listed(world) == fell.keys()
    for number in range(CHANNELS):
        for cards in (world.slack_cards(f"c{number}"), world.discord_cards(f"c{number}")):
            assert max(Counter(cards).values()) == 1
            assert len(cards) >= 100
    for number in fell:
        for row in await world.app.reader.read(partial(_places, number)):
            assert bool(row.message) is (row.state != outbox.FOLDED), row
    late = max(fell)
    await world.does("ana", "ack", late)
    await world.pass_time(5)
    assert (await world.status(late)) is IncidentStatus.ACKNOWLEDGED
    mine = f"c{(late - 1) % CHANNELS}"
    assert late in world.slack_cards(mine) and late in world.discord_cards(mine)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_small_storm_passes_no_limit_and_loses_nothing(tmp_path: Path) -> None:
    async with both_chats(tmp_path, CHANNELS) as world:
        await everything(world, 450, 54)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.skipif("PIXELVIEW_LONG" not in os.environ, reason="long: PIXELVIEW_LONG=1 runs it")
async def test_five_thousand_incidents_in_ten_minutes_pass_no_limit_and_lose_nothing(
    tmp_path: Path,
) -> None:
    async with both_chats(tmp_path, CHANNELS) as world:
        await everything(world, 5_000, 600)
