"""Shifts change hands: who comes is named, who leaves is asked for a word, nothing is said twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.cards import text
from bot.cards.model import Card, Form
from store.model import DAY, HOUR, MINUTE
from tests.support.world import ObedientClock, World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  bob: {name: Bob Stone, email: bob@example.eu, zone: Europe/Berlin, slack: U0BOB}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC}
teams:
  db: {members: [ana, bob, omar], oncall: "schedule:db-primary", lead: omar}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - name: primary
        start: 2026-10-05T08:00
        rotation: {kind: weekly, people: [bob, ana]}
"""
"""Bob's weeks begin on 5 and 19 October, Ana's on 12 and 26 October, always on a Monday at 8."""


def at(when: str) -> int:
    """An instant of the Berlin of October 2026, summer time until the 25th."""
    return round(datetime.fromisoformat(when).timestamp() * 1000)


SUNDAY = at("2026-10-18T07:00+02:00")
MONDAY = at("2026-10-19T08:00+02:00")


async def world_at(url: str, keys: Path, start: int, yaml: str = YAML) -> World:
    """A world that begins at an instant."""
    return await World.build(url, keys, yaml, ObedientClock(start))


async def until(world: World, instant: int) -> None:
    """Let time pass up to an instant."""
    await world.advance(seconds=(instant - world.clock.at) / 1000)


def lines(card: Card, now: int, zone: str = "Europe/Berlin") -> list[str]:
    """What a card says in Berlin."""
    return text.lines(card, zone, now=now)


async def test_the_channel_is_told_who_came_and_until_when(url: str, tmp_path: Path) -> None:
    world = await world_at(url, tmp_path, SUNDAY)
    await until(world, MONDAY - 1000)
    assert world.pad.posts == []
    await until(world, MONDAY)
    [(channel, card)] = world.pad.posts
    print(lines(card, MONDAY))
    print([p for p in world.pad.pages])
    assert channel == "#ops"
    await world.end()
