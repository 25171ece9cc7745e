"""What was changed in the hour before stands on the card of what broke."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cards import incident as cards
from bot.cards.text import lines
from commands.rules.what_changed import before
from store import what_changed
from store.model import AlertReading, AlertStatus, AlertType, Change, Incident, Link, Severity
from tests.support.engines import ENGINES, migrated_url
from tests.support.world import World


@pytest.fixture(params=ENGINES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(migrated_url(request.param, tmp_path), tmp_path)
    yield made
    await made.end()


def change(title: str = "Deployed postgres-main 411", key: str = "d1", **more: Any) -> AlertReading:
    """A deployment as a reader gives it."""
    given = {
        "labels": {"service": "postgres-main"},
        "links": (Link("Run", "https://ci.example/9"),),
    }
    return AlertReading(key, AlertStatus.INFO, Severity.INFO, title, AlertType.CHANGE,
                        **{**given, **more})  # fmt: skip


async def card(world: World, number: int) -> list[str]:
    """The card's lines about what was changed."""
    detail = await world.detail(number)
    drawn = cards.card(detail, world.door.definitions(), "https://pv.example",
                       now=world.clock.now(), threads=True)  # fmt: skip
    return [line for line in lines(drawn, "UTC", now=world.clock.now()) if "⏱" in line]


async def test_a_change_opens_nothing_and_stands_on_the_card_of_what_breaks_after(
    world: World,
) -> None:
    heard = await world.hears(change(), source="ci")
    assert (heard.accepted, heard.incidents) == (1, ())
    await world.advance(minutes=17)
    number = await world.fires()
    (line,) = await card(world, number)
    assert "17 min before: Deployed postgres-main 411" in line
    assert line.startswith("⏱ Changed ")
    (shown,) = (await world.detail(number)).changed
    assert (shown.why, shown.change.source) == ("service postgres-main", "ci")
    await world.does("ana", "ack", incident=number)
    assert await card(world, number) == [line]
    await world.clears()
    assert await card(world, number) == []
    assert (await world.detail(number)).changed


async def test_what_was_changed_more_than_an_hour_before_or_after_is_not_on_the_card(
    world: World,
) -> None:
    await world.hears(change(), source="ci")
    await world.advance(minutes=61)
    number = await world.fires()
    await world.advance(minutes=1)
    await world.hears(change(key="d2"), source="ci")
    assert await card(world, number) == []


async def test_a_firing_change_pages_nobody(world: World) -> None:
    await world.hears(replace(change(), status=AlertStatus.FIRING), source="ci")
    await world.advance(minutes=5)
    assert world.paged() == []
    assert (await world.asks("ana", "list", status="all")).incidents == ()


async def test_start_and_end_of_a_deployment_are_one_change(world: World) -> None:
    await world.hears(change("Deploying postgres-main 411"), source="ci")
    await world.advance(minutes=4)
    await world.hears(change("Deployed postgres-main 411"), source="ci")
    told = await world.asks("ana", "what-changed")
    assert len(told.facts["changes"]) == 1
    assert "Deployed postgres-main 411 (ci) https://ci.example/9" in told.lines[0]
    await world.advance(minutes=1)
    (line,) = await card(world, await world.fires())
    assert "5 min before: Deployed" in line


async def test_changes_are_listed_by_words_and_hours(world: World) -> None:
    await world.hears(change(), change("Feature flag new-cart turned on", "f1", labels={}),
                      source="ci")  # fmt: skip
    assert len((await world.asks("ana", "what-changed")).lines) == 2
    assert len((await world.asks("ana", "what-changed", what="postgres-main")).lines) == 1
    await world.advance(minutes=130)
    assert "Nothing was changed" in (await world.asks("ana", "what-changed", hours=2)).lines[0]


async def test_changes_are_forgotten_after_a_month(world: World) -> None:
    await world.hears(change(), source="ci")
    now = world.clock.now() + what_changed.KEPT + 1
    await world.door.system(lambda ctx: what_changed.forget(ctx.tx, now))
    assert (await world.asks("ana", "what-changed")).facts["changes"] == []


# which ones


def made(title: str, number: int = 1, **more: Any) -> Change:
    return Change(number, 1_000, "ci", f"k{number}", title, **more)


def broken(**more: Any) -> Incident:
    found = {"labels": {}, "resource": None, "service": None, **more}

    class Fake:
        """Only what the rule looks at."""

    for name, value in found.items():
        setattr(Fake, name, value)
    return Fake()  # type: ignore[return-value]


@pytest.mark.parametrize(("incident", "said"), [
    ({"service": "checkout"}, made("x", labels={"service": "Checkout"})),
    ({"service": "api"}, made("x", resource="shop/api")),
    ({"resource": "db-3.example.eu:9100"}, made("x", labels={"host": "db-3"})),
    ({"labels": {"app": "cart"}}, made("Deployed cart 7f3c")),
    ({"labels": {"namespace": "shop"}}, made("x", labels={"project": "shop"})),
])  # fmt: skip
def test_a_change_about_the_same_thing_says_why(incident: dict[str, Any], said: Change) -> None:
    (found,) = before([made("Deployed other", 2, resource="other"), said], broken(**incident))
    assert found.change is said and found.why


def test_where_nothing_fits_the_latest_is_shown_without_a_reason() -> None:
    found = before([made("newest", 2), made("older", 1)], broken(service="checkout"))
    assert [(one.change.title, one.why, one.more) for one in found] == [("newest", "", 1)]


def test_two_that_fit_are_shown_and_the_rest_counted() -> None:
    many = [made(f"checkout {n}", n) for n in range(5)]
    found = before(many, broken(service="checkout"))
    assert [(one.change.id, one.more) for one in found] == [(0, 0), (1, 3)]


def test_another_environment_is_something_else() -> None:
    staging = made("checkout", labels={"environment": "staging"})
    assert before([staging], broken(service="checkout", labels={"env": "prod"})) == ()
    assert before([staging], broken(service="checkout", labels={"env": "stg"}))


def test_a_part_of_a_word_or_an_address_fits_nothing() -> None:
    (found,) = before([made("Deployed rapid", resource="10.0.0.4")], broken(
        service="api", resource="10.0.0.5:9100"))  # fmt: skip
    assert found.why == ""
