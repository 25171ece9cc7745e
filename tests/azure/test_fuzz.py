"""Whatever Azure leaves out, answers null for, or words anew: the readers go on."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from integrations._cloud.prices import Prices
from integrations.azure import changes, cost, faults, findings, metrics, prices, quotas, reading
from store.clock import to_datetime
from store.model.resource import Resource
from tests.support.azure.world import SHOP, made
from tests.support.mangled import mangled
from tests.support.world import START

WORLD = made(to_datetime(START))
RULES = findings.Rules(Prices(prices.LIST, prices.SAID, {}, ""), 90)
PAGE = {"properties": {"columns": [{"name": "Cost"}, {"name": "UsageDate"}],
                       "rows": [[1.5, 20261124], [None, "x"]]}}  # fmt: skip
METRIC = [{"name": {"value": "Percentage CPU"}, "timeseries": [{"data": [
    {"timeStamp": "2026-11-24T03:00:00Z", "average": 4.0}]}]}]  # fmt: skip


def row(raw: Any) -> list[Any]:
    found = reading.resource(raw, "https://portal")
    if found is None:
        return []
    assert found.key and found.kind and isinstance(found.name, str)
    assert all(isinstance(each, str) for each in (*found.ids, *found.addresses, *found.parents))
    assert msgspec.json.encode(found)
    return [found, *faults.of_resource(found, START, 21), *RULES.found(raw, found, START),
            *reading.subnets(raw, Resource("x", "network", "x"))]  # fmt: skip


def status(raw: Any) -> list[Any]:
    return [faults.health_of(raw), *faults.of_status({"properties": {}, **raw}, "https://portal")]


def event(raw: Any) -> list[Any]:
    return [*faults.of_event(raw, SHOP, ["westeurope"]), *faults.notice(raw, SHOP, START)]


READERS: list[tuple[Callable[[Any], Any], list[Any]]] = [
    (row, WORLD.rows[-40:] + WORLD.in_sets + WORLD.rows[:8]),
    (status, [{"id": id_, "properties": props} for id_, props in WORLD.statuses.items()][:12]),
    (event, WORLD.events),
    (lambda raw: list(changes.happening(raw)), WORLD.changes),
    (lambda raw: list(findings.recommended(raw, SHOP)), WORLD.advice),
    (lambda raw: list(quotas.told(raw, SHOP, "eu", START, 90)), WORLD.usages),
    (lambda raw: list(cost.lines(raw, SHOP)), [PAGE]),
    (lambda raw: list(metrics.samples("/x", "microsoft.compute/virtualmachines", [raw])), METRIC),
    (lambda raw: metrics.groups([raw]), WORLD.rows[:4]),
]


@pytest.mark.parametrize("number", range(len(READERS)))
def test_a_reader_takes_whatever_comes(number: int) -> None:
    read, examples = READERS[number]
    dice = random.Random(number)
    for example in examples:
        read(example)
        for _ in range(40):
            read(mangled(example, dice))
