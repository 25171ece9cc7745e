"""The rules in force are listed, and tried on what was measured."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands.errors import Invalid
from commands.inventory import taking
from commands.rules.metric_rules import SHIPPED, MetricRules, over
from store.inventory import series
from store.model import DAY, MINUTE
from store.model.resource import Resource
from tests.support.world import YAML, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Two servers: one hot for half an hour each day of three, one calm."""
    found = await World.build(f"sqlite:///{tmp_path}/w.db", tmp_path, YAML)
    now = found.clock.at
    some = [
        Resource("a", "server", "db-3", tags={"team": "db"}),
        Resource("b", "server", "web-1", tags={"team": "web"}),
        Resource("c", "bucket", "logs"),
    ]

    def take(ctx: Any) -> None:
        taking.took(ctx, "prod", "all", some)
        marks = series.marks(ctx.tx, ["a", "b", "c"])
        for n in range(3 * 288):
            at = now - (3 * 288 - n) * 5 * MINUTE
            hot = 97.0 if n % 288 < 6 else 30.0
            series.add(ctx.tx, [
                (marks["a"][0], "cpu", at, hot), (marks["b"][0], "cpu", at, 30.0),
                (marks["c"][0], "cpu", at, 99.0),
            ])  # fmt: skip

    await found.app.door.system(take)
    yield found
    await found.end()


async def test_the_rules_in_force_are_told_with_how_many_resources_each_is_about(
    world: World,
) -> None:
    door = world.app.door
    metrics = MetricRules(over((), ("disk-high",)), off=("disk-high",))
    door.rules = replace(door.rules, inventory=replace(door.rules.inventory, metrics=metrics))
    told = await world.asks("mei", "metric-rules")
    assert told.lines[0] == (
        "cpu-high · cpu > 90 % for 15m, over at cpu < 80 % for 5m · warning · "
        "server, node, hypervisor, database, cache · 2 resources"
    )
    assert "Turned off: disk-high." in told.lines
    assert len(told.facts["rules"]) == len(SHIPPED) - 1
    assert all(rule["shipped"] for rule in told.facts["rules"])


async def test_a_rule_is_tried_on_the_last_week(world: World) -> None:
    told = await world.asks("mei", "metric-rules", words="try cpu-high")
    assert told.lines[0] == (
        "cpu > 90 % for 15m would have fired 3 times in 7 days, on 1 resource; it is about "
        "2 resources of which that is measured."
    )
    assert told.lines[1].startswith("db-3: 3 times, last at ")
    assert told.lines[1].endswith("for 20 min, up to 97 %")
    assert len(told.facts["fired"][0]["spells"]) == 3
    calm = await world.asks("mei", "metric-rules", words="try cpu > 98% for 5m kind=server")
    assert "would have fired 0 times" in calm.lines[0]
    strange = await world.asks("mei", "metric-rules", words="try cpuu > 3% for 5m")
    assert strange.lines == ("Nothing was measured as cpuu in 7 days. Did you mean cpu?",)


async def test_a_condition_may_be_narrowed_as_people_do(world: World) -> None:
    words = "try cpu > 20% for 5m kind=server team=web"
    told = await world.asks("mei", "metric-rules", words=words)
    assert [f["name"] for f in told.facts["fired"]] == ["web-1"]
    assert "and still" in told.lines[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("try", "Which one"),
        ("try cpu > 5 parrots", "parrots is no unit"),
        ("try cpu > 5 kind=sever", "sever is no kind"),
        ("try disk-filling", "forecast"),
        ("what", "what is nothing here"),
    ],
)
async def test_what_can_not_be_tried_is_told(world: World, words: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        await world.asks("mei", "metric-rules", words=words)


async def test_measures_are_thinned_when_reports_are_made(world: World) -> None:
    world.clock.at += 20 * DAY
    await world.app.ticker.reports()
    found = await world.app.door.reader.read(
        lambda tx: series.days_of(tx, series.measured(tx, "cpu", 0), "cpu", 0)
    )
    assert {len(points) for days in found.values() for _, points in days} <= set(range(6, 150, 6))
