"""A small house in which things are worked on, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Card, Spans
from tests.support.engines import AGAIN, migrated_url
from tests.support.world import World


@pytest.fixture(params=AGAIN)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without rows on one of the engines."""
    return migrated_url(request.param, tmp_path)


YAML = """
paging: {ack_lease: {critical: 0, error: 0, warning: 0}}
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, zone: Asia/Dubai, roles: [responder], slack: U0OMAR}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [omar], oncall: omar}
policies:
  two:
    steps: [{targets: [person:ana], delay: 5}, {targets: [person:omar], delay: 5}]
routes:
  - {name: web, match: {team: web}, team: web, policy: two, channels: ["slack:#web"]}
  - {name: db, team: db, policy: two, channels: ["slack:#ops"]}
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Team db and team web, two steps each: Ana, five minutes later Omar."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


def paged(world: World) -> list[str]:
    """Who was paged since this was asked last."""
    found = [account.removeprefix("U0").casefold() for account in world.paged()]
    world.clear()
    return found


def card(world: World, where: str = "") -> Card:
    """The card of the last maintenance as it stands now, in a channel."""
    found = [c for c in world.pad.cards.values() if c.head.glyph == "🔧"]
    assert found, [c.head for c in world.pad.cards.values()]
    return found[-1]


def line(card: Card) -> str:
    """A card's second line."""
    return "".join(s.text for s in card.state.spans)


def words(spans: Spans) -> str:
    """What spans say."""
    return "".join(s.text for s in spans)
