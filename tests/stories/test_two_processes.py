"""Two processes write to one PostgreSQL: they open no incident twice and lose no count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from random import Random

import pytest

from bot.app import App, prepare
from bot.settings import Settings, parse
from commands.intake import Accepted
from commands.people import actor_of
from store import access, audit
from store.access import Source
from store.model import AlertReading, AlertStatus, IncidentDetail, Listing
from tests.support.engines import fresh_url
from tests.support.world import YAML, ObedientClock, alert

GROUPS, KEYS = 6, 25


class Half:
    """The half of a process that writes: what it shares with others is the database alone."""

    def __init__(self, app: App) -> None:
        self.app, self.door = app, app.door

    @classmethod
    async def build(cls, settings: Settings, clock: ObedientClock) -> Half:
        """One more process."""
        app = App(settings, await prepare(settings), clock)
        await app.writer.start()
        app.door.attach(app.writer)
        await app.door.system(app._first_definitions)
        await app.door.open()
        return cls(app)

    async def end(self) -> None:
        """It stops writing."""
        await self.app.writer.stop()
        await self.app.reader.close()

    async def detail(self, incident: int) -> IncidentDetail:
        """Everything about an incident."""
        ana = actor_of(self.door.definitions().people["ana"], "api")
        found: IncidentDetail = await self.door.ask("show", {"incident": incident}, ana)
        return found

    async def all(self) -> Listing:
        """Every incident."""
        ana = actor_of(self.door.definitions().people["ana"], "api")
        found: Listing = await self.door.ask("list", {"status": "all", "limit": 100}, ana)
        return found


@pytest.fixture
async def halves(tmp_path: Path) -> AsyncIterator[tuple[Half, Half]]:
    """Two processes on one PostgreSQL."""
    url = fresh_url("postgresql", tmp_path)
    settings = parse(YAML, "test.yaml").model_copy(
        update={"database": url, "key_file": str(tmp_path / "pixelview.key")}
    )
    clock = ObedientClock()
    one = await Half.build(settings, clock)
    two = await Half.build(settings, clock)
    yield one, two
    await one.end()
    await two.end()


async def source_of(half: Half) -> Source:
    """The intake source both use."""
    return await half.door.system(
        lambda ctx: access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
    )


def fires(key: int, status: AlertStatus = AlertStatus.FIRING) -> AlertReading:
    """One of the alerts; its group follows from its number."""
    labels = {"service": f"s{key % GROUPS}"}
    return alert(f"k{key}", status=status, labels=labels, starts_at=ObedientClock().at)


async def hear(
    halves: tuple[Half, Half], source: Source, alerts: list[AlertReading], seed: int
) -> None:
    """Each process hears all the alerts, in an order of its own, several in one body."""
    waits: list[Awaitable[Accepted]] = []
    for number, half in enumerate(halves):
        mine = list(alerts)
        Random(seed + number).shuffle(mine)
        bodies = (tuple(mine[first : first + 3]) for first in range(0, len(mine), 3))
        waits += [half.door.intake(source, each) for each in bodies]
    await asyncio.gather(*waits)


async def test_both_hear_everything_and_nothing_is_opened_or_counted_twice(
    halves: tuple[Half, Half],
) -> None:
    source = await source_of(halves[0])
    keys = list(range(GROUPS * KEYS))
    await hear(halves, source, [fires(key) for key in keys], seed=1)
    found = (await halves[1].all()).incidents
    assert len(found) == GROUPS
    for one in found:
        detail = await halves[0].detail(one.id)
        assert (one.alerts_total, one.alerts_firing) == (KEYS, KEYS)
        assert sorted(a.key for a in detail.alerts) == sorted(
            f"k{key}" for key in keys if f"s{key % GROUPS}" == one.service
        )
        assert {a.count for a in detail.alerts} == {2}
        assert [e.kind for e in detail.timeline].count("opened") == 1


async def test_what_one_opened_the_other_may_resolve(halves: tuple[Half, Half]) -> None:
    one, two = halves
    source = await source_of(one)
    await one.door.intake(source, (fires(0), fires(GROUPS)))
    await two.door.intake(source, (fires(0, AlertStatus.RESOLVED),))
    (incident,) = (await one.all()).incidents
    assert (incident.status, incident.alerts_firing) == ("triggered", 1)
    await one.door.intake(source, (fires(GROUPS, AlertStatus.RESOLVED),))
    (incident,) = (await two.all()).incidents
    assert (incident.status, incident.alerts_firing) == ("resolved", 0)


async def test_both_resolve_everything_at_once(halves: tuple[Half, Half]) -> None:
    source = await source_of(halves[0])
    keys = range(GROUPS * KEYS)
    await hear(halves, source, [fires(key) for key in keys], seed=2)
    over = [fires(key, AlertStatus.RESOLVED) for key in keys]
    await hear(halves, source, over, seed=3)
    for one in (await halves[0].all()).incidents:
        assert (one.status, one.alerts_firing) == ("resolved", 0)
        kinds = [e.kind for e in (await halves[1].detail(one.id)).timeline]
        assert kinds.count("resolve") == 1


async def test_presses_here_and_alerts_there_agree(halves: tuple[Half, Half]) -> None:
    one, two = halves
    source = await source_of(one)
    await one.door.intake(source, tuple(fires(key) for key in range(GROUPS)))
    numbers = [i.id for i in (await one.all()).incidents]
    ana = actor_of(one.door.definitions().people["ana"], "api")
    presses = [one.door.do("ack", {"incident": number}, ana) for number in numbers]
    heard = [two.door.intake(source, (fires(key),)) for key in range(GROUPS, GROUPS * KEYS)]
    await asyncio.gather(*presses, *heard)
    for incident in (await two.all()).incidents:
        assert (incident.status, incident.holder) == ("acknowledged", "ana")
        assert (incident.alerts_total, incident.alerts_firing) == (KEYS, KEYS)


async def test_each_process_has_its_own_chain_in_the_audit(halves: tuple[Half, Half]) -> None:
    source = await source_of(halves[0])
    await hear(halves, source, [fires(key) for key in range(GROUPS)], seed=4)
    rows, _, flaws = await halves[0].app.reader.read(audit.verify)
    assert rows > 2
    assert flaws == []
