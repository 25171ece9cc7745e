"""A house whose channels say what they show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.engines import migrated_url
from tests.support.world import World

HOUSE = """
paging: {{ack_lease: {{critical: 0, error: 0, warning: 0}}}}
people:
  ana:
    {{name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}}
  omar: {{name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}}
  mei: {{name: Mei Lin, email: mei@example.eu, zone: UTC, roles: [viewer], slack: U0MEI}}
teams:
  db: {{members: [ana, omar], oncall: ana, lead: omar}}
policies:
  two:
    steps: [{{targets: [person:ana], delay: 5}}, {{targets: [person:omar], delay: 5}}]
    fallback: []
routes:
  - {{name: db, team: db, policy: two, channels: ["slack:#ops", "slack:#all"]}}
channels:
  "slack:#ops": {rule}
"""

Building = Callable[..., Awaitable[World]]


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Building]:
    """Builds a house whose channel #ops has a rule; #all has none."""
    made: list[World] = []

    async def house(rule: str = "{}", more: str = "") -> World:
        url = migrated_url("sqlite", tmp_path)
        made.append(await World.build(url, tmp_path, HOUSE.format(rule=rule) + more))
        return made[-1]

    yield house
    for world in made:
        await world.end()


def posted(world: World, channel: str = "#ops") -> list[str]:
    """The words and numbers of the cards that were posted in a channel."""
    return [f"{c.head.word} {c.head.id}" for where, c in world.pad.posts if where == channel]
