"""The person on call changes while an incident is asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards import text
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, slack: U0MEI}
teams:
  db: {members: [ana, omar], oncall: "schedule:primary", lead: mei}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - name: nights
        start: 2026-11-21T03:12
        rotation: {kind: daily, people: [omar, ana]}
  office:
    zone: Europe/Berlin
    layers: [{name: late, people: [mei], until: 2026-11-22T03:16}]
policies:
  twice:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: [oncall], delay: 5}
      - {targets: ["schedule:office"], delay: 5}
    fallback: [lead]
routes:
  - {name: db, team: db, policy: twice, channels: ["slack:#ops"]}
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """It is 03:09 in Berlin; at 03:12 Omar hands over to Ana."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


async def test_the_next_step_asks_whoever_is_on_call_by_then(house: World) -> None:
    incident = await house.fires()
    assert house.paged()[:1] == ["U0OMAR"] and "U0ANA" not in house.paged()
    _, card = house.pad.posts[0]
    state = text.line(card.state.spans, "Europe/Berlin", now=house.clock.at)
    assert "Omar" in state and "next Ana" in state
    house.clear()
    await house.advance(minutes=4, seconds=59)
    assert house.paged() == []
    await house.advance(seconds=1)
    assert "U0ANA" in house.paged() and "U0OMAR" not in house.paged()
    house.clear()
    await house.advance(minutes=5)  # nobody is in that schedule any more: skipped at once
    assert "U0MEI" in house.paged()
    why = await house.asks("ana", "why", incident=incident)
    said = " ".join(why)
    assert "on call for team db in schedule primary by layer nights" in said
    assert "skip" in await house.history(incident)


async def test_an_assigned_team_is_whoever_holds_its_schedule_then(house: World) -> None:
    incident = await house.fires()
    await house.advance(minutes=3)
    house.clear()
    done = await house.does("mei", "assign", incident, who="team:db")
    assert done.say.startswith("Ana Petrova is asked")
    assert "U0ANA" in house.paged()


async def test_every_view_says_the_same_before_and_after(house: World) -> None:
    before = await house.asks("ana", "who", what="db")
    assert before[1].startswith("1 Omar Haddad until 03:12 CET")
    await house.advance(minutes=3)
    after = await house.asks("ana", "who", what="db")
    assert after[1].startswith("1 Ana Petrova until Mon 23 Nov 03:12 CET")
    past = await house.asks("ana", "who", what="db", when="1 min ago")
    assert past[1].startswith("1 Omar Haddad until 03:12 CET")
