"""Figures of what really happened: incidents, answers, pages, nights; drills are no incidents."""

from __future__ import annotations

from typing import Any

import pytest

from commands.errors import Invalid
from store import reports
from store.model import DAY, HOUR
from tests.support.world import World


async def told(world: World, **args: Any) -> Any:
    """What ``report`` answers."""
    return await world.asks("ana", "report", **args)


async def night_and_day(world: World) -> None:
    """One at 03:09 in Berlin that Ana answers, one by day that ends by itself, and a drill."""
    one = await world.fires("k1")
    await world.advance(minutes=3)
    await world.does("ana", "ack", one)
    await world.advance(minutes=19)
    await world.clears("k1")
    await world.advance(minutes=8 * 60)
    await world.does("ana", "drill", what="db")
    await world.advance(minutes=20)
    await world.minute()
    await world.fires("k2", severity="warning", labels={"service": "other"})
    await world.advance(minutes=6)
    await world.clears("k2")


async def test_it_counts_what_happened_and_leaves_drills_out(world: World) -> None:
    await night_and_day(world)
    found = await told(world, period="week")
    facts = found.facts
    assert facts["incidents"] == {
        "total": 2, "critical": 1, "error": 0, "warning": 1, "info": 0,
    }  # fmt: skip
    assert facts["mtta_seconds"] == {"count": 1, "mean": 180.0, "median": 180.0, "p90": 180.0}
    assert facts["mttr_seconds"]["count"] == 2 and facts["without_ack"] == 1
    assert facts["people"]["ana"] == {
        "pages": 4, "failed": 0, "incidents": 2, "nights": 1, "acked": 1,
    }  # fmt: skip
    assert facts["people"]["omar"]["nights"] == 0
    assert found.lines[1] == "Incidents 2 (+2): 1 critical, 1 warning"
    assert (
        found.lines[2]
        == "Answered 1, half of them in 3 min, nine of ten in 3 min, 3 min on average"
    )
    assert "Ana Petrova: 4 pages for 2 incidents, 1 night disturbed, answered 1" in found.lines


async def test_the_time_before_is_what_it_is_compared_with(world: World) -> None:
    await night_and_day(world)
    world.clock.at += 7 * DAY
    found = await told(world, period="week")
    assert found.lines[1] == "Incidents 0 (−2)"
    assert found.facts["before"]["incidents"]["total"] == 2


async def test_a_team_a_month_and_what_is_neither(world: World) -> None:
    await night_and_day(world)
    world.clock.at += HOUR
    assert (await told(world, team="db", period="2026-11")).facts["incidents"]["total"] == 2
    assert (await told(world, team="2026-10")).facts["incidents"]["total"] == 0
    with pytest.raises(Invalid, match="There is no team web"):
        await told(world, team="web")
    with pytest.raises(Invalid, match="is no period"):
        await told(world, period="soon")


async def test_rows_are_read_some_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        await world.fires(f"k{n}", labels={"service": f"s{n}"})
    await world.advance(seconds=1)
    whole = (await told(world)).facts
    monkeypatch.setattr(reports, "AT_ONCE", 2)
    assert (await told(world)).facts == whole
    assert whole["incidents"]["total"] == 5 and whole["pages"] == 10
