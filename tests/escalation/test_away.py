"""Who has time off is passed over, and asked after all where nobody else can be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import ENGINES, migrated_url
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, zone: Europe/Berlin, slack: U0OMAR}
  mei: {name: Mei Lin, slack: U0MEI}
  deaf: {name: Deaf Person}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: turn, match: {service: turn}, team: db, policy: turn}
  - {name: rest, team: db, policy: p}
policies:
  p:
    steps: [{targets: [oncall], delay: 5}, {targets: [lead], delay: 5}]
    fallback: [person:mei]
  turn:
    steps: [{targets: [{round_robin: [ana, deaf, omar]}], delay: 5}]
"""


@pytest.fixture(params=ENGINES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A team whose people go on holiday."""
    made = await World.build(migrated_url(request.param, tmp_path), tmp_path, YAML)
    yield made
    await made.end()


async def gone(world: World, *handles: str) -> None:
    """They are away for two days."""
    for handle in handles:
        await world.does("ana", "away", who=handle, when="2d", reason="skiing")
    world.clear()


async def test_the_next_step_comes_at_once_when_who_is_on_call_is_away(world: World) -> None:
    await gone(world, "ana")
    incident = await world.fires()
    assert world.paged() == ["U0OMAR"]
    lines = (await world.detail(incident)).timeline
    assert [e.say for e in lines if e.kind == "away"] == [
        "Ana Petrova is away until Tue 24 Nov 03:09 CET."
    ]
    assert [e.why for e in lines if e.kind == "skip"] == ["Ana Petrova is away."]


async def test_the_card_never_names_somebody_next_who_is_away(world: World) -> None:
    await gone(world, "omar")
    incident = await world.fires()
    found = await world.incident(incident)
    assert found.next is not None and found.next.who == ()
    assert world.paged() == ["U0ANA"]
    await world.advance(minutes=5)
    assert world.paged()[-1:] == ["U0MEI"]


async def test_where_everybody_is_away_they_are_asked_after_all(world: World) -> None:
    await gone(world, "ana", "omar", "mei")
    incident = await world.fires()
    assert sorted(world.paged()) == ["U0ANA", "U0MEI", "U0OMAR"]
    found = await world.incident(incident)
    assert set(found.paged) == {"ana", "omar", "mei"}
    why = [e.why for e in (await world.detail(incident)).timeline if e.kind == "page"]
    assert any("away, but nobody else could be reached" in each for each in why)


async def test_a_person_who_is_asked_by_name_is_asked_wherever_they_are(world: World) -> None:
    incident = await world.fires()
    await gone(world, "omar")
    await world.does("ana", "assign", incident, who="omar")
    assert world.paged() == ["U0OMAR"]


async def test_a_turn_passes_over_who_is_away_or_can_not_be_reached(world: World) -> None:
    await gone(world, "ana")
    await world.fires("k1", labels={"service": "turn"})
    assert world.paged() == ["U0OMAR"]
    world.clear()
    await world.fires("k2", labels={"service": "turn", "host": "b"}, title="Another")
    await world.does("ana", "resolve", 1, how="now")
    world.clear()
    await world.fires("k3", labels={"service": "turn"})
    assert set(world.paged()) <= {"U0OMAR"}
