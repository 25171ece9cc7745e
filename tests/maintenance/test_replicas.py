"""Two processes on one PostgreSQL: a maintenance is planned, begun and over once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.app import App, prepare
from bot.settings import parse
from bot.windows import planned
from commands import maintaining
from store import maintenance as store
from store.model import MINUTE
from tests.maintenance.conftest import YAML, card, paged
from tests.support.world import World, alert

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
FILE = """
maintenance:
  - {name: backup, what: db-5, start: 2026-11-22 04:00, end: 2026-11-22 05:00, repeat: daily}
"""


@pytest.fixture
async def other(house: World) -> AsyncIterator[App]:
    """A second process, without the lease."""
    app = App(house.app.settings, await prepare(house.app.settings), house.clock)
    await app.writer.start()
    app.door.attach(app.writer)
    await app.door.open()
    yield app
    await app.ticker.stop()
    await app.writer.stop()
    await app.reader.close()


async def test_the_windows_of_the_file_are_planned_once(house: World, other: App) -> None:
    windows = planned(parse(f"{YAML}{FILE}", "test.yaml").maintenance)
    for app in (house.app, other):
        app.door.rules = replace(app.door.rules, maintenance=windows)
    await asyncio.gather(
        house.door.system(maintaining.minute), other.door.system(maintaining.minute)
    )
    found = await house.app.reader.read(store.windows)
    assert [w.file for w in found] == ["backup"]
    there = await house.app.reader.read(lambda tx: store.between(tx, 0, 1 << 60))
    assert len(there) == len({o.slot for o in there}) == 35


async def test_it_begins_and_ends_once_whoever_ticks(house: World, other: App) -> None:
    await house.does("ana", "maintenance", what="db-5", when="1h", behaviour="no-cards")
    await house.fires("k1", labels={"host": "db-5"})
    house.clock.at += 60 * MINUTE
    await asyncio.gather(house.app.ticker.tick(), other.ticker.tick())
    await house.settle()
    assert paged(house) == ["ana"] and card(house).head.word == "MAINTENANCE OVER"
    assert [c.head.id for _, c in house.pad.posts if c.head.id] == [1]


async def test_what_both_hear_within_is_one_incident(house: World, other: App) -> None:
    await house.does("ana", "maintenance", what="db-5", when="1h", behaviour="one-incident")
    source = await house.source()
    ids = set()
    for n in range(6):
        one, two = (alert(f"{c}{n}", labels={"host": "db-5", "service": f"{c}{n}"}) for c in "ab")
        got = await asyncio.gather(
            house.door.intake(source, (one,)), other.door.intake(source, (two,))
        )
        ids |= {g.incident_id for g in got}
    assert len(ids) == 1
