"""The noise report: rules tried on the past, by arithmetic and by a whole month of nights."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Card
from commands.rules.noise import Past, Spell, delayed, grouped, proposals, ranking
from store.model import DAY, HOUR, MINUTE
from tests.support.world import START, YAML, World


def past(
    number: int, minutes: float | None, *, at: int = 0, real: bool = False, pages: int = 1,
    host: str = "db-3", what: str = "load",
) -> Past:  # fmt: skip
    """An incident that fired for so many minutes from an instant on."""
    end = None if minutes is None else at + int(minutes * MINUTE)
    spell = Spell(at, end)
    return Past(
        number, what, what, "warning", "db", at, end, real, pages, 0, {"host": host}, (spell,)
    )


def test_a_delay_saves_what_was_over_by_then_and_counts_what_it_would_have_hidden() -> None:
    found = [past(1, 3), past(2, 4.9, real=True), past(3, 5), past(4, None), past(5, 1, pages=3)]
    tried = delayed(found, 5)
    assert (tried.pages, tried.saved, tried.missed, tried.real) == (7, 5, 1, 1)


def test_an_alert_that_comes_and_goes_is_delayed_by_its_longest_time() -> None:
    spells = (Spell(0, 3 * MINUTE), Spell(4 * MINUTE, 7 * MINUTE))
    one = Past(1, "load", "load", "warning", "db", 0, 7 * MINUTE, False, 1, 0, {}, spells)
    assert delayed([one], 5).saved == 1
    assert delayed([one], 2).saved == 0


def test_what_opens_within_the_window_of_its_group_would_have_joined() -> None:
    found = [
        past(1, 10), past(2, 10, at=35 * MINUTE), past(3, 10, at=90 * MINUTE),
        past(4, 10, at=20 * MINUTE, host="db-4"), past(5, 10, at=21 * MINUTE, host=""),
    ]  # fmt: skip
    assert grouped(found, ("host",)).saved == 1


def test_no_rule_is_proposed_that_hides_something_real() -> None:
    noise = [past(n, 3, at=n * DAY) for n in range(1, 6)]
    (found,) = proposals(noise)
    assert (found.effect, found.delay, found.tried.saved) == ("delay", 5, 5)
    real = past(9, 3, at=9 * DAY, real=True)
    assert all(p.delay == 2 for p in proposals([*noise, real]))


def test_of_several_delays_the_shortest_that_does_nearly_as_much_is_proposed() -> None:
    found = [past(n, 3, at=n * DAY) for n in range(1, 10)] + [past(20, 25, at=20 * DAY)]
    (one,) = proposals(found)
    assert (one.delay, one.tried.saved) == (5, 9)


def test_few_pages_are_no_reason_for_a_rule() -> None:
    assert not proposals([past(1, 3), past(2, 3, at=DAY)])


def test_one_incident_that_paged_many_ways_is_no_reason_for_a_rule() -> None:
    assert not proposals([past(1, 1, pages=6)])


def test_the_loudest_with_the_fewest_real_ones_comes_first() -> None:
    found = [
        *(past(n, 3, what="load") for n in range(4)),
        *(past(n, 3, what="disk", real=True) for n in range(4, 12)),
    ]
    assert [n.what for n in ranking(found)] == ["load", "disk"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A house whose report comes on Mondays at nine."""
    found = await World.build(f"sqlite:///{tmp_path}/w.db", tmp_path, YAML)
    yield found
    await found.end()


MONDAY = START - (3 * HOUR + 9 * MINUTE - HOUR) + 8 * DAY + 9 * HOUR
"""After nine o'clock UTC of the Monday in a week."""


def _cards(world: World) -> list[Card]:
    return [c for _, c in world.pad.posts if c.head.word == "NOISE"]


async def _week(world: World, nights: int) -> None:
    """Load that is high for three minutes each night, and a disk that Ana works on."""
    for night in range(nights):
        await world.fires("load", title=f"Load {30 + night} on db-3", labels={"alertname": "Load"})
        await world.advance(minutes=3)
        await world.clears("load")
        world.clock.at += DAY - 3 * MINUTE
    number = await world.fires("disk", title="Disk full on db-3")
    await world.does("ana", "ack", number)
    await world.does("ana", "note", number, text="cleaned")
    await world.clears("disk")


async def test_a_report_comes_on_monday_and_its_rule_holds_until_it_is_taken_back(
    world: World,
) -> None:
    assert world.clock.at == START
    await _week(world, 6)
    told = await world.asks("ana", "noise")
    assert told.facts["pages"] >= 6
    assert any("paging after 5 min would have saved" in line for line in told.lines)
    assert _cards(world) == []
    world.clock.at = MONDAY
    await world.app.ticker.reports()
    await world.app.ticker.reports()
    await world.settle()
    cards = _cards(world)
    assert len(cards) == 1
    apply = next(p for p in cards[0].actions.buttons if p.label == "Apply…")
    report = int(apply.token.split(":")[2])
    said = await world.does("ana", "noise-apply", report=report, which="1")
    assert "Rule load-delay is made" in said.say
    pages = len(world.pad.pages)
    await _week(world, 1)
    assert all("Load" not in str(n) for _, n in world.pad.pages[pages:])
    await world.does("ana", "noise-undo", report=report, which="1")
    await world.fires("load", title="Load 50 on db-3", labels={"alertname": "Load"})
    assert any("Load 50" in str(c) for c in world.pad.dms.values())
