"""Windows that come again: across clock changes, restarts, clock jumps, the settings file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import BadSettings, parse
from bot.windows import planned
from store import maintenance as store
from store.clock import to_datetime
from store.model import DAY, HOUR, MINUTE
from store.model.maintenance import MaintenanceState
from tests.maintenance.conftest import YAML, card, paged
from tests.support.world import START, World

HOST = {"host": "db-5"}


async def times(house: World) -> list[str]:
    """When the windows on record begin and end, in UTC."""
    found = await house.app.reader.read(lambda tx: store.between(tx, 0, 1 << 60))
    return [f"{to_datetime(o.starts_at):%m-%d %H:%M}-{to_datetime(o.until):%H:%M}" for o in found]


async def test_a_weekly_one_keeps_its_wall_time_when_the_clocks_change(house: World) -> None:
    house.clock.at = 1_792_400_000_000  # Mon 19 Oct 2026
    await house.does("ana", "maintenance", what="db-5", when="tue 10:00-11:30", repeat="weekly")
    assert (await times(house))[:2] == ["10-20 08:00-09:30", "10-27 09:00-10:30"]


async def test_one_in_the_hour_that_is_skipped_begins_after_it_and_lasts_as_long(
    house: World,
) -> None:
    house.clock.at = 1_774_500_000_000  # Thu 26 Mar 2026; clocks skip 02:00-03:00 on the 29th
    await house.does("ana", "maintenance", what="db-5", when="02:15-02:45", repeat="daily")
    found = await times(house)
    assert "03-28 01:15-01:45" in found and "03-29 01:00-01:30" in found
    assert "03-30 00:15-00:45" in found


async def test_one_over_the_hour_that_comes_twice_lasts_through_both(house: World) -> None:
    house.clock.at = 1_792_800_000_000  # Fri 23 Oct 2026; clocks go back on the 25th
    await house.does("ana", "maintenance", what="db-5", when="sun 02:00-03:00", repeat="weekly")
    assert (await times(house))[:2] == ["10-25 00:00-02:00", "11-01 01:00-02:00"]


async def test_each_time_it_holds_and_has_a_card_of_its_own(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="04:00-05:00", repeat="daily")
    for day in range(3):
        await house.advance(minutes=51 if day == 0 else 23 * 60)  # 04:00 in Berlin
        incident = await house.fires(f"k{day}", labels={**HOST, "service": f"s{day}"})
        assert paged(house) == []
        await house.does("ana", "resolve", incident, how="now")
        await house.advance(minutes=60)
    posted = [c.head.title for _, c in house.pad.posts if c.head.glyph == "🔧"]
    assert posted == ["db-5"] * 3


async def test_the_next_one_is_skipped_and_the_one_after_comes(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="04:00-05:00", repeat="daily")
    done = await house.does("ana", "skip-maintenance", maintenance=1)
    assert "Next: Mon 23 Nov 04:00–05:00" in done.say
    await house.advance(minutes=60)
    await house.fires("k1", labels=HOST)
    assert paged(house) == ["ana"]
    await house.does("ana", "resolve", 1, how="now")
    await house.advance(minutes=24 * 60)
    house.clear()  # what she is told in the morning
    await house.fires("k2", labels={**HOST, "service": "other"})
    assert paged(house) == []


async def test_a_counted_one_ends_by_itself(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="04:00-05:00", repeat="daily 2 times")
    assert len(await times(house)) == 2
    await house.advance(minutes=3 * 24 * 60)
    assert await house.app.reader.read(store.windows) == []
    with pytest.raises(Exception, match="is over"):
        await house.does("ana", "extend-maintenance", maintenance=1, until="1h")


async def test_more_of_it_comes_into_sight_as_time_passes(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="04:00-05:00", repeat="daily")
    assert len(await times(house)) == 35
    house.clock.at += 30 * DAY
    await house.minute()
    found = await times(house)
    assert found[-1].startswith("01-25") and len(found) == len(set(found))


async def test_a_restart_in_the_middle_changes_nothing(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="1h", behaviour="no-cards")
    incident = await house.fires("k1", labels=HOST)
    await house.die()
    again = await house.again()
    await again.settle()
    assert paged(again) == []
    await again.advance(minutes=60)
    assert paged(again) == ["ana"]
    assert [c.head.id for _, c in again.pad.posts if c.head.glyph != "🔧"] == [incident]
    await again.end()


async def test_after_an_outage_over_its_end_what_fires_is_paged_once(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="1h", behaviour="one-incident")
    incident = await house.fires("k1", labels=HOST)
    await house.die()
    house.clock.at += 3 * HOUR
    again = await house.again()
    await again.settle()
    assert paged(again) == ["ana"]
    assert (await again.incident(incident)).maintenance == ""
    assert card(again).head.word == "MAINTENANCE OVER"
    await again.end()


async def test_one_that_was_slept_through_is_over_and_says_nothing(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="06:00-07:00")
    await house.die()
    house.clock.at += 6 * HOUR
    again = await house.again()
    await again.settle()
    assert again.pad.posts == []
    found = await again.app.reader.read(lambda tx: store.of_window(tx, 1, all_=True))
    assert [o.state for o in found] == [MaintenanceState.OVER]
    await again.end()


async def test_a_clock_that_jumps_over_it_and_back_pages_once(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="1h", behaviour="no-cards")
    await house.fires("k1", labels=HOST)
    house.clock.at += 5 * HOUR
    await house.settle()
    assert paged(house) == ["ana"]
    house.clock.at -= 5 * HOUR
    await house.settle()
    await house.advance(minutes=90)
    assert paged(house).count("ana") == 0


async def test_an_exercise_in_the_simulation_knows_what_is_planned(house: World) -> None:
    await house.does("ana", "maintenance", what="db-5", when="mon 10:00-11:00", repeat="weekly")
    told = await house.asks("ana", "simulate", at="30 nov 10:05", label="team=db,host=db-5")
    assert any("end of a maintenance" in text for text in told.lines), told.lines


# ---- the settings file -------------------------------------------------------------------------

FILE = """
maintenance:
  - {name: nightly backup, what: db-5, start: 2026-11-22 04:00, end: 2026-11-22 05:00,
     zone: Europe/Berlin, repeat: daily}
"""


async def test_windows_of_the_settings_file_are_planned_once(url: str, tmp_path: Path) -> None:
    house = await World.build(url, tmp_path, YAML + FILE)
    await house.minute()
    await house.minute()
    assert (await times(house))[0] == "11-22 03:00-04:00"
    found = await house.app.reader.read(store.windows)
    assert [(w.id, w.file, w.text) for w in found] == [(1, "nightly backup", "nightly backup")]
    with pytest.raises(Exception, match="settings file"):
        await house.does("ana", "change-maintenance", maintenance=1, what="db-6")
    await house.does("ana", "skip-maintenance", maintenance=1)
    await house.advance(minutes=60)
    await house.fires("k1", labels=HOST)
    assert paged(house) == ["ana"]
    await house.end()


async def test_one_can_be_made_after_the_file_was_looked_at(house: World) -> None:
    for what in ("db-5", "db-6"):
        await house.minute()
        await house.does("ana", "maintenance", what=what, when="1h")
    assert len(await times(house)) == 2


async def test_a_changed_file_changes_them_and_one_without_ends_them(
    url: str, tmp_path: Path
) -> None:
    house = await World.build(url, tmp_path, YAML + FILE)
    await house.minute()
    await house.end()
    later = FILE.replace("04:00", "06:00").replace("05:00", "07:30")
    house = await World.build(url, tmp_path, YAML + later)
    await house.minute()
    assert (await times(house))[0] == "11-22 05:00-06:30"
    assert [w.id for w in await house.app.reader.read(store.windows)] == [1]
    await house.end()
    house = await World.build(url, tmp_path, YAML)
    await house.minute()
    assert await house.app.reader.read(store.windows) == []
    assert await times(house) == []
    await house.end()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{name: x, what: db-5, start: 2026-11-22 04:00, end: 2026-11-22 03:00}", "before it"),
        ("{name: x, what: db-5, start: monday, end: 2026-11-22 03:00}", "wall time"),
        ("{name: x, what: team:no, start: 2026-11-22 04:00, end: 2026-11-22 05:00}", "no team no"),
        ("{name: x, what: db-5, start: 2026-11-22 04:00, end: 2026-11-22 05:00, repeat: soon}",
         "says nothing"),
        ("{name: x, what: db-5, start: 2026-11-22 04:00, end: 2026-11-22 05:00, zone: Mars}",
         "no time zone"),
        ("{name: x, what: db-5, start: 2026-11-22 04:00, end: 2026-11-24 05:00, repeat: daily}",
         "before it ends"),
    ],
)  # fmt: skip
def test_mistakes_in_the_file_are_named(written: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        parse(f"{YAML}\nmaintenance:\n  - {written}\n", "test.yaml")


def test_a_file_may_write_days_as_yaml_reads_them() -> None:
    text = "{name: x, what: all, start: 2026-12-24, end: 2026-12-26, announce: 0}"
    settings = parse(f"{YAML}\nmaintenance:\n  - {text}\n", "test.yaml")
    (window,) = planned(settings.maintenance)
    assert window.end - window.start == 2 * DAY and window.announce == 0
    assert START % MINUTE == 0
