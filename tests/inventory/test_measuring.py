"""Measures that are taken in become faults that begin, stand and end, over restarts too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands.inventory import faults, taking
from commands.inventory.measuring import PART, Verdict, measured
from commands.rules.metric_rules import FIRES, RESOLVES, MetricRule, MetricRules, over
from commands.rules.metric_words import read
from store.inventory import series
from store.model import DAY, HOUR, MINUTE, AlertReading, AlertStatus, Severity
from store.model.resource import Resource, Sample
from tests.support.world import START, YAML, World

DB = Resource("db", "server", "db-3", region="eu-west-1", tags={"team": "db"})
WEB = Resource("web", "server", "web-1", tags={"team": "web"})
RDS = Resource("rds", "database", "orders", size={"disk_gb": 100})


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A house that knows two servers and a database."""
    found = await World.build(f"sqlite:///{tmp_path}/w.db", tmp_path, YAML)
    await found.app.door.system(lambda ctx: taking.took(ctx, "prod", "all", [DB, WEB, RDS]))
    yield found
    await found.end()


class Cloud:
    """Tells measures as a worker would."""

    def __init__(self, world: World) -> None:
        self.world = world

    def with_rules(self, *rules: MetricRule, off: Iterable[str] = ()) -> None:
        """Other rules than those shipped."""
        door = self.world.app.door
        metrics = MetricRules(over(rules, off))
        door.rules = replace(door.rules, inventory=replace(door.rules.inventory, metrics=metrics))

    async def tells(self, *values: tuple[str, str, float]) -> tuple[Verdict, list[AlertReading]]:
        """Some measures of this instant: what they come to, and the alerts."""
        at = self.world.clock.at
        samples = [Sample(key, metric, at, value) for key, metric, value in values]

        def take(ctx: Any) -> tuple[Verdict, list[AlertReading]]:
            verdict = measured(ctx, "prod", samples)
            alerts = faults.told(ctx, "prod", PART, verdict.faults, verdict.over)
            faults.said(ctx, "prod", alerts)
            return verdict, alerts

        return await self.world.app.door.system(take)

    async def run(
        self, minutes: int, value: Callable[[int], float], key: str = "db", metric: str = "cpu"
    ) -> list[AlertReading]:
        """A measure each five minutes; the alerts of it."""
        found = []
        for n in range(0, minutes, 5):
            found += (await self.tells((key, metric, value(n))))[1]
            self.world.clock.at += 5 * MINUTE
        return found

    def forgets(self) -> None:
        """As after a restart."""
        self.world.app.door._writer._hot.pop("metric rules", None)  # type: ignore[union-attr]


@pytest.fixture
def cloud(world: World) -> Cloud:
    """The cloud of that house."""
    return Cloud(world)


async def test_a_hot_server_is_an_alert_that_ends_by_itself(cloud: Cloud) -> None:
    alerts = await cloud.run(30, lambda n: 94.0)
    assert [a.status for a in alerts] == [AlertStatus.FIRING] * 3
    first = alerts[0]
    assert (first.title, first.severity, first.type) == (
        "CPU above 90 % on db-3",
        "warning",
        "metric",
    )
    assert first.description == "cpu 94 % for 15 min, above 90 %"
    assert first.starts_at == START // MINUTE * MINUTE
    assert (first.labels["alertname"], first.labels["team"]) == ("cpu-high", "db")
    ended = await cloud.run(15, lambda n: 20.0)
    assert [a.status for a in ended] == [AlertStatus.FIRING, AlertStatus.RESOLVED]
    assert await cloud.run(15, lambda n: 20.0) == []


async def test_silence_neither_fires_nor_resolves(cloud: Cloud, world: World) -> None:
    await cloud.run(30, lambda n: 94.0)
    world.clock.at += 2 * HOUR
    verdict, _ = await cloud.tells(("web", "cpu", 10.0))
    assert verdict == Verdict()
    verdict, _ = await cloud.tells(("db", "cpu", 10.0))
    assert [f.kind for f in verdict.faults] == ["cpu-high"], "one calm point ends nothing"
    assert (await cloud.run(10, lambda n: 10.0))[-1].status is AlertStatus.RESOLVED


async def test_after_a_restart_it_goes_on_where_it_stood(cloud: Cloud) -> None:
    await cloud.run(10, lambda n: 94.0)
    cloud.forgets()
    alerts = await cloud.run(15, lambda n: 94.0)
    assert len(alerts) == 2, "what was measured before counts"
    cloud.forgets()
    assert [a.status for a in await cloud.run(15, lambda n: 85.0)] == [AlertStatus.FIRING] * 3
    cloud.forgets()
    assert (await cloud.run(15, lambda n: 20.0))[-1].status is AlertStatus.RESOLVED


async def test_what_was_not_committed_was_not_judged(cloud: Cloud, world: World) -> None:
    await cloud.run(15, lambda n: 94.0)
    sample = [Sample("db", "cpu", world.clock.at, 94.0)]

    def broken(ctx: Any) -> None:
        assert measured(ctx, "prod", sample).faults
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError):
        await world.app.door.system(broken)
    alerts = await cloud.run(5, lambda n: 94.0)
    assert [a.status for a in alerts] == [AlertStatus.FIRING]


async def test_a_rule_that_is_turned_off_and_a_resource_that_is_gone_end_their_alerts(
    cloud: Cloud, world: World
) -> None:
    for _ in range(4):
        await cloud.tells(("db", "cpu", 95.0), ("web", "cpu", 95.0))
        world.clock.at += 5 * MINUTE
    await world.app.door.system(lambda ctx: taking.dropped(ctx, "prod", ["web"]))
    world.clock.at += 5 * MINUTE
    verdict, alerts = await cloud.tells(("db", "cpu", 95.0))
    assert verdict.over == ("metric:cpu-high:web",)
    assert AlertStatus.RESOLVED in [a.status for a in alerts]
    cloud.with_rules(off=["cpu-high"])
    cloud.forgets()
    verdict, _ = await cloud.tells(("db", "cpu", 95.0))
    assert verdict == Verdict((), ("metric:cpu-high:db",))


async def test_a_rule_of_ones_own_is_about_what_it_matches(cloud: Cloud) -> None:
    mine = MetricRule(
        "shop-queue", read("queue_depth > 10"), ("server",), "team=web",
        severity=Severity.CRITICAL, title="{name} waits: {value}",
    )  # fmt: skip
    cloud.with_rules(mine)
    verdict, alerts = await cloud.tells(("db", "queue_depth", 50.0), ("web", "queue_depth", 50.0))
    assert [f.resource for f in verdict.faults] == ["web"]
    assert (alerts[0].title, alerts[0].severity) == ("web-1 waits: 50", "critical")


async def test_free_storage_is_judged_by_the_size_of_the_database(cloud: Cloud) -> None:
    alerts = await cloud.run(15, lambda n: 8 * 2.0**30, "rds", "free_storage")
    assert alerts[-1].description == ("free storage 8 % (8.6 GB) for 10 min, below 10 %")
    assert alerts[-1].severity == "error"


async def test_a_disk_that_fills_is_told_before_it_is_full(cloud: Cloud, world: World) -> None:
    begin = world.clock.at - 2 * DAY
    rows = [(1, begin + n * 30 * MINUTE, 40 + n * 0.45) for n in range(96)]

    def past(ctx: Any) -> None:
        number = series.marks(ctx.tx, ["db"])["db"][0]
        series.add(ctx.tx, [(number, "disk", at, v) for _, at, v in rows])

    await world.app.door.system(past)
    verdict, alerts = await cloud.tells(("db", "disk", 83.0))
    assert [f.kind for f in verdict.faults] == ["disk-filling"]
    assert alerts[0].title == "Disk of db-3 will be full"
    assert alerts[0].description.startswith("disk 83 %, full in about 19 h (")


@pytest.mark.parametrize("missing", [FIRES, RESOLVES])
async def test_a_rule_may_say_what_silence_means(cloud: Cloud, world: World, missing: str) -> None:
    cloud.with_rules(MetricRule("up", read("cpu > 90% for 5m"), missing=missing), off=["cpu-high"])
    value = 50.0 if missing == FIRES else 95.0
    await cloud.run(20, lambda n: value)
    world.clock.at += HOUR
    verdict, alerts = await cloud.tells(("web", "memory", 10.0))
    if missing == FIRES:
        assert [f.title for f in verdict.faults] == ["No CPU of db-3 for 1 h 05 min"]
        await cloud.run(20, lambda n: value)
        verdict, alerts = await cloud.tells(("db", "cpu", value))
        assert verdict == Verdict()
    else:
        assert [a.status for a in alerts] == [AlertStatus.RESOLVED]


async def test_of_what_is_not_known_nothing_is_kept(cloud: Cloud, world: World) -> None:
    assert (await cloud.tells(("nobody", "cpu", 99.0)))[0] == Verdict()
    found = await world.app.door.reader.read(lambda tx: series.measured(tx, "cpu", 0))
    assert found == []
