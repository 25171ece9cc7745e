"""An hour in which a chat answers nothing but 429 or 5xx: afterwards every card is there, once, and
says how its incident stands."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.both_chats import BothChats, both_chats
from tests.support.world import alert

MANY = 10_000
_CARD = re.compile(r"(?:CRITICAL|ERROR|RESOLVED).*?#(\d+) Trouble")


async def fires(world: BothChats, number: int, severity: str = "error") -> int:
    labels = {"service": f"s{number}", "team": "ops", "channel": "c0"}
    reading = alert(f"k{number}", severity=severity, title=f"Trouble {number:03d}", labels=labels)
    accepted = await world.door.intake(await world.source(), (reading,))
    await world.settle()
    assert accepted.incident_id is not None
    return accepted.incident_id


def breaks(world: BothChats, chat: str, kind: str) -> None:
    """Whatever is asked of a chat fails like that, until ``heals``."""
    if chat == "slack":
        world.slack.fault("*", kind, times=MANY, retry_after=30)  # type: ignore[arg-type]
    else:
        world.discord.fault("*", "*", kind.removesuffix("html"), times=MANY, retry_after=30)


def heals(world: BothChats) -> None:
    world.slack.faults.clear()
    world.discord.faults.clear()


def reads(world: BothChats, chat: str) -> dict[int, str]:
    """What each card in the channel says now."""
    if chat == "slack":
        said = [json.dumps(m.blocks) for m in world.slack.channel("c0").messages]
    else:
        said = [json.dumps(m.components) for m in world.discord.channel("c0").messages]
    return {int(found[1]): text for text in said if (found := _CARD.search(text))}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["429", "503", "500html"])
@pytest.mark.parametrize("chat", ["slack", "discord"])
async def test_after_an_hour_of_it_nothing_is_missing_and_nothing_doubled(
    tmp_path: Path, chat: str, kind: str
) -> None:
    async with both_chats(tmp_path, 1) as world:
        first = [await fires(world, n) for n in range(4)]
        await world.pass_time(10)
        breaks(world, chat, kind)
        await world.door.do("ack", {"incident": first[0]}, world.actor("ana", "slack"))
        await world.door.do(
            "resolve", {"incident": first[1], "how": "now"}, world.actor("ana", "slack")
        )
        later = []
        for number in range(4, 24):
            later.append(await fires(world, number))
            await world.pass_time(180, 15)
            if number == 10:
                await world.door.do("ack", {"incident": later[0]}, world.actor("omar", "discord"))
        heals(world)
        await world.pass_time(240, 3)
        for cards in (world.slack_cards("c0"), world.discord_cards("c0")):
            assert Counter(cards) == Counter([*first, *later])
        for name in ("slack", "discord"):
            said = reads(world, name)
            assert "Ana has it" in said[first[0]] and "RESOLVED" in said[first[1]]
            assert "Omar has it" in said[later[0]]
        assert world.slack.violations == []
        assert world.discord.state.violations == []
