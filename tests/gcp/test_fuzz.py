"""Whatever Google leaves out, answers null for, or words anew: the readers go on."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from integrations._cloud.prices import Prices
from integrations.gcp import assets, compute, faults, findings, measures, quotas
from store.clock import to_datetime
from store.model.resource import Resource
from tests.support.gcp.world import SHOP, made
from tests.support.mangled import mangled
from tests.support.world import START

WORLD = made(to_datetime(START))
RULES = findings.Rules(Prices(findings.LIST, findings.SAID, {}, ""), 90)


def sound(found: Resource | None) -> list[Any]:
    if found is None:
        return []
    assert found.key and found.kind and isinstance(found.name, str)
    assert all(isinstance(each, str) for each in (*found.ids, *found.addresses, *found.parents))
    assert msgspec.json.encode(found)
    return [found, *faults.certificate(found, START, 21)]


def entry(what: str) -> Callable[[Any], Any]:
    def read(raw: Any) -> Any:
        found = compute.resource(what, raw, SHOP)
        return sound(found) + (list(RULES.found(what, raw, found, START)) if found else [])

    return read


def series(raw: Any) -> Any:
    return [list(measures.sample(raw, each, SHOP, {})) for each in measures.MEASURES[:3]]


READERS: list[tuple[Callable[[Any], Any], list[Any]]] = [
    *((entry(what), WORLD.lists[SHOP, what][-4:]) for what in (*compute.LISTS, "snapshots")),
    (lambda raw: sound(assets.resource(raw, SHOP)), WORLD.assets[-40:]),
    (assets.project, WORLD.assets[:3]),
    (lambda raw: list(faults.instance(raw, SHOP)), WORLD.lists[SHOP, "instances"][:6]),
    (lambda raw: list(faults.database(raw, SHOP)), WORLD.databases[SHOP][:3]),
    (lambda raw: list(faults.cluster(raw, SHOP)), WORLD.clusters[SHOP][:3]),
    (lambda raw: list(faults.backend({"selfLink": "projects/x/y"}, [raw], SHOP)),
     next(iter(WORLD.health.values()))),
    (lambda raw: list(faults.event(raw, SHOP)), WORLD.events[SHOP]),
    (lambda raw: list(faults.deed(raw, SHOP)), WORLD.log),
    (lambda raw: list(findings.recommended(raw, "x", SHOP)),
     [each for rows in WORLD.recommendations.values() for each in rows]),
    (lambda raw: list(quotas.told(raw, SHOP, "eu", START, 90)), WORLD.quotas[SHOP]),
    (series, next(iter(WORLD.series.values()))[:6]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(READERS)))
def test_a_reader_takes_whatever_comes(number: int) -> None:
    read, examples = READERS[number]
    dice = random.Random(number)
    for example in examples:
        read(example)
        for _ in range(40):
            read(mangled(example, dice))
