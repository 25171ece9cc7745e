"""What happened to resources is kept for a while, counted by day, found by words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.inventory import happening
from store.inventory import happenings, resources
from store.inventory.happenings import Happened, Wanted
from store.model import DAY, HOUR, MINUTE
from store.model.resource import Happening
from tests.inventory.house import built, of, server, tells
from tests.support.engines import AGAIN
from tests.support.world import START, World

FAILED = Happening(
    "shop/cart/BackOff", START - HOUR, "BackOff", "Back-off restarting failed container cart",
    resource=server(0).key, warning=True, labels={"namespace": "shop"},
)  # fmt: skip
MOVED = Happening(
    "audit/77", START - MINUTE, "ModifyInstance", "type m5.large to t3.micro",
    resource=server(0).key, who="omar", change=True,
)  # fmt: skip


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = await built(request.param, tmp_path)
    await tells(made, [server(0)])
    yield made
    await made.end()


async def happens(world: World, *items: Happening) -> int:
    intake = await world.source("os-events")
    return await world.door.system(
        lambda ctx: happening.happened(ctx, "os-prod", items, intake)
    )  # fmt: skip


async def found(world: World, **wanted: object) -> list[Happened]:
    asked = Wanted(START - 30 * DAY, START + 30 * DAY, **wanted)  # type: ignore[arg-type]
    return await world.app.reader.read(lambda tx: happenings.search(tx, asked))


async def test_the_same_again_is_counted_and_what_is_known_is_not(world: World) -> None:
    assert await happens(world, FAILED) == 1
    assert await happens(world, FAILED) == 0
    later = replace(FAILED, at=FAILED.at + MINUTE, text="Back-off again", count=3)
    assert await happens(world, later, replace(later, at=later.at + MINUTE)) == 0
    (one,) = await found(world)
    assert (one.count, one.first_at, one.at) == (7, FAILED.at, FAILED.at + 2 * MINUTE)
    assert one.text == "Back-off again" and one.warning


async def test_it_is_found_by_reason_namespace_words_and_resource(world: World) -> None:
    await happens(world, FAILED, MOVED)
    assert [one.reason for one in await found(world)] == ["ModifyInstance", "BackOff"]
    for wanted in (
        {"reason": "backoff"}, {"namespace": "shop"}, {"words": ("restarting", "CART")},
        {"resources": (server(0).key,), "warnings": True}, {"source": "os-prod", "warnings": True},
    ):  # fmt: skip
        assert [one.key for one in await found(world, **wanted)] == [FAILED.key], wanted
    for wanted in ({"reason": "Back"}, {"namespace": "web"}, {"words": ("cart", "web")}):
        assert await found(world, **wanted) == [], wanted


async def test_the_top_reasons_of_each_namespace_and_day(world: World) -> None:
    yesterday = replace(FAILED, at=FAILED.at - DAY, count=5)
    other = replace(FAILED, key="k2", reason="FailedMount", labels={"namespace": "web"}, count=2)
    await happens(world, FAILED, yesterday, other)
    asked = Wanted(START - 14 * DAY, START)
    top = await world.app.reader.read(lambda tx: happenings.top(tx, asked))
    today = FAILED.at // DAY
    assert top == {
        (today, "shop", "BackOff"): 1, (today - 1, "shop", "BackOff"): 5,
        (today, "web", "FailedMount"): 2,
    }  # fmt: skip


async def test_what_may_have_broken_something_is_history_and_among_what_was_changed(
    world: World,
) -> None:
    await happens(world, MOVED)
    await happens(world, MOVED)
    number = (await of(world, server(0).key)).id
    (change,) = await world.app.reader.read(lambda tx: resources.changes(tx, number, 0, START))
    assert (change.what, change.who, change.at) == ("event", "omar", MOVED.at)
    assert change.after == "ModifyInstance: type m5.large to t3.micro"
    await happens(world, replace(MOVED, at=MOVED.at + 5 * MINUTE))
    assert len(await world.app.reader.read(lambda tx: resources.changes(tx, number))) == 1
    await happens(world, replace(MOVED, at=MOVED.at + 30 * MINUTE))
    assert len(await world.app.reader.read(lambda tx: resources.changes(tx, number))) == 2
    said = await world.asks("ana", "what-changed")
    assert "ModifyInstance shop-0 by omar (os-prod)" in "\n".join(said.lines)


async def test_secrets_in_what_happened_are_hidden(world: World) -> None:
    await happens(world, replace(FAILED, text="ran: mysql --password=hunter2-geheim"))
    assert "hunter2" not in (await found(world))[0].text


async def test_what_is_too_old_goes(world: World) -> None:
    await happens(world, replace(FAILED, at=START - 15 * DAY), FAILED)
    assert await world.door.system(happening.forget) == 1
    assert [one.at for one in await found(world)] == [FAILED.at]
