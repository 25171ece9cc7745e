"""What would happen, asked of a running service: it knows what that knows and leaves no mark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from store.columns import METADATA
from store.db import Tx
from store.model import HOUR
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin]}
  omar: {name: Omar Haddad, zone: Europe/Berlin}
  mei: {name: Mei Lin, email: mei@example.eu, zone: Europe/Berlin}
teams:
  db: {members: [ana, omar], oncall: "schedule:db-primary", lead: omar}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - {name: days, people: [ana]}
      - {name: feasts, priority: 2, people: [mei], holidays: {country: DE}, holiday_rule: only}
routes:
  - {name: db, team: db, policy: db}
policies:
  db:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: [{round_robin: [mei, ana]}], delay: 5}
      - {targets: [lead], delay: 5}
"""


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A team whose feasts are Mei's."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


async def paged(world: World, **args: Any) -> list[str]:
    """Whom a simulation pages, in order."""
    found = await world.asks("ana", "simulate", **args)
    return [e["person"] for e in found.facts["events"] if e["event"] == "page"]


def count(tx: Tx) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: int(tx.conn.execute(select(func.count()).select_from(table)).scalar_one())
        for name, table in METADATA.tables.items()
    }


async def test_it_leaves_no_mark_and_pages_nobody(world: World) -> None:
    before = await world.app.reader.read(count)
    assert await paged(world, service="db") == ["ana", "mei"]
    assert await world.app.reader.read(count) == before
    assert not world.paged() and not world.door.memory.incidents


async def test_whose_turn_it_is_goes_on_from_where_it_stands(world: World) -> None:
    await world.fires()
    await world.advance(minutes=6)
    assert await paged(world, service="other") == ["ana", "ana"]
    assert await paged(world, service="other") == ["ana", "ana"], "asking takes no turn"


async def test_public_holidays_count(world: World) -> None:
    assert await paged(world, at="2026-12-25 10:00 Europe/Berlin", until="1m") == ["mei"]
    assert await paged(world, at="2026-12-28 10:00 Europe/Berlin", until="1m") == ["ana"]


async def test_a_maintenance_holds_the_steps_there_too(world: World) -> None:
    await world.does("ana", "maintenance", what="all", when="2h")
    found = await world.asks("ana", "simulate", service="db")
    assert any("waits for the end of a maintenance" in line for line in found.lines)
    first = next(e for e in found.facts["events"] if e["event"] == "page")
    assert first["at"] == "2026-11-22T04:09:00.000Z"


async def test_the_past_is_as_it_was_defined_then(world: World) -> None:
    world.clock.at += HOUR
    assert await paged(world, at="30m ago", until="1m") == ["ana"]


async def test_before_anything_was_defined_the_present_is_played_and_it_says_so(
    world: World,
) -> None:
    world.clock.at += HOUR
    found = await world.asks("ana", "simulate", service="db", at="2h ago", until="1m")
    assert found.lines[0].startswith("Nothing was defined yet at 02:09 CET")
    assert found.lines[0].endswith("Played with what is defined now.")
    assert found.facts["paged"] == ["ana"]


async def test_an_account_that_was_linked_reaches_its_person(world: World) -> None:
    omar = world.door.definitions().people["omar"]
    assert "omar" not in await paged(world, service="db")
    await world.app.identity.link(omar, "slack", "U0OMAR", "by hand")
    assert (await paged(world, service="db"))[-1] == "omar"
    assert (await world.asks("ana", "prove", days=30)).ok
