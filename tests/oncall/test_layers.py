"""Windows, holidays, bounds and priorities of layers, on dated tables."""

from __future__ import annotations

from typing import Any

import pytest

from commands.rules import oncall
from store.model import HOUR, MINUTE
from tests.oncall.support import instant, layer, people, rotation, schedule, table


def window(start: str, end: str, *days: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, **({"days": list(days)} if days else {}), **more}


def always(person: str, **more: Any) -> dict[str, Any]:
    return layer(people=[person], **more)


# ---- windows -----------------------------------------------------------------------------------


def test_a_night_window_belongs_to_the_day_it_begins_on() -> None:
    of = schedule("Europe/Berlin", always("ana", restrictions=[window("22:00", "06:00", "fri")]))
    assert table(of, "2026-06-01T00:00+02:00", "2026-06-08T00:00+02:00") == [
        "2026-06-05T22:00+02:00 2026-06-06T06:00+02:00 ana"
    ]


def test_a_window_that_ends_where_it_starts_is_a_whole_day() -> None:
    of = schedule("Europe/Berlin", always("ana", restrictions=[window("09:00", "09:00", "sat")]))
    assert table(of, "2026-10-19T00:00+02:00", "2026-10-27T00:00+01:00") == [
        "2026-10-24T09:00+02:00 2026-10-25T09:00+01:00 ana"
    ]


def test_adjoining_windows_overlap_in_autumn_and_meet_in_spring() -> None:
    of = schedule(
        "Europe/Berlin",
        always("ana", restrictions=[window("20:00", "02:30")]),
        always("bob", restrictions=[window("02:30", "08:00")]),
    )
    assert table(of, "2026-10-25T00:00+02:00", "2026-10-25T08:00+01:00") == [
        "2026-10-25T00:00+02:00 2026-10-25T02:30+02:00 ana",
        "2026-10-25T02:30+02:00 2026-10-25T02:30+01:00 ana+bob",
        "2026-10-25T02:30+01:00 2026-10-25T08:00+01:00 bob",
    ]
    assert table(of, "2026-03-29T00:00+01:00", "2026-03-29T08:00+02:00") == [
        "2026-03-29T00:00+01:00 2026-03-29T03:00+02:00 ana",
        "2026-03-29T03:00+02:00 2026-03-29T08:00+02:00 bob",
    ]


def test_a_window_that_ends_as_the_clock_goes_back_ends_the_second_time() -> None:
    of = schedule("Europe/Berlin", always("ana", restrictions=[window("22:00", "02:00")]))
    assert table(of, "2026-10-24T12:00+02:00", "2026-10-25T12:00+01:00") == [
        "2026-10-24T22:00+02:00 2026-10-25T02:00+01:00 ana"
    ]


def test_a_window_may_have_a_zone_of_its_own() -> None:
    of = schedule(
        "Europe/Berlin",
        always("ana", restrictions=[window("09:00", "17:00", zone="America/New_York")]),
    )
    assert table(of, "2026-03-09T00:00+01:00", "2026-03-10T00:00+01:00") == [
        "2026-03-09T14:00+01:00 2026-03-09T22:00+01:00 ana"
    ]


@pytest.mark.parametrize("restrictions", [[], [window("09:00", "17:00") | {"days": []}]])
def test_no_window_is_never_and_no_restrictions_is_always(restrictions: list[Any]) -> None:
    span = "2026-06-01T00:00Z", "2026-06-02T00:00Z"
    assert table(schedule("UTC", always("ana", restrictions=restrictions)), *span) == []
    assert len(table(schedule("UTC", always("ana")), *span)) == 1


def test_windows_of_one_layer_join() -> None:
    weekend = [
        window("17:00", "24:00", "fri"),
        window("00:00", "24:00", "sat", "sun"),
        window("00:00", "09:00", "Monday"),
    ]
    of = schedule("Europe/Berlin", always("ana", restrictions=weekend))
    assert table(of, "2026-03-24T00:00+01:00", "2026-03-31T00:00+02:00") == [
        "2026-03-27T17:00+01:00 2026-03-30T09:00+02:00 ana"
    ]


def test_turns_go_on_outside_the_window() -> None:
    of = schedule(
        "UTC",
        rotation(
            "2026-06-01T00:00",
            "daily",
            "ana",
            "bob",
            "cyd",
            restrictions=[window("08:00", "10:00", "mon", "wed")],
        ),
    )
    assert table(of, "2026-06-01T00:00Z", "2026-06-08T00:00Z") == [
        "2026-06-01T08:00+00:00 2026-06-01T10:00+00:00 ana",
        "2026-06-03T08:00+00:00 2026-06-03T10:00+00:00 cyd",
    ]


# ---- holidays and bounds -----------------------------------------------------------------------


def test_a_holiday_cuts_the_night_at_local_midnight() -> None:
    of = schedule(
        "Europe/Berlin",
        always("ana", restrictions=[window("20:00", "06:00")], holidays=["2026-12-25"]),
    )
    assert table(of, "2026-12-24T12:00+01:00", "2026-12-26T12:00+01:00") == [
        "2026-12-24T20:00+01:00 2026-12-25T00:00+01:00 ana",
        "2026-12-26T00:00+01:00 2026-12-26T06:00+01:00 ana",
    ]


def test_a_holiday_rotation_stands_above_the_normal_one() -> None:
    days = ["2026-12-25", "2027-01-01"]
    of = schedule(
        "Europe/Berlin",
        always("ana"),
        rotation(
            "2026-12-25T00:00",
            "daily",
            "hal",
            "hex",
            priority=2,
            holidays=days,
            holiday_rule="only",
        ),
    )
    assert table(of, "2026-12-24T12:00+01:00", "2027-01-02T12:00+01:00") == [
        "2026-12-24T12:00+01:00 2026-12-25T00:00+01:00 ana",
        "2026-12-25T00:00+01:00 2026-12-26T00:00+01:00 hal",
        "2026-12-26T00:00+01:00 2027-01-01T00:00+01:00 ana",
        "2027-01-01T00:00+01:00 2027-01-02T00:00+01:00 hex",
        "2027-01-02T00:00+01:00 2027-01-02T12:00+01:00 ana",
    ]


def test_a_date_that_comes_back_for_an_hour_is_a_holiday_both_times() -> None:
    of = schedule("America/St_Johns", always("ana", holidays=["2008-11-02"]))
    assert table(of, "2008-11-01T12:00-02:30", "2008-11-03T12:00-03:30") == [
        "2008-11-01T12:00-02:30 2008-11-02T00:00-02:30 ana",
        "2008-11-01T23:01-03:30 2008-11-02T00:00-03:30 ana",
        "2008-11-03T00:00-03:30 2008-11-03T12:00-03:30 ana",
    ]


def test_only_on_holidays_without_any_is_never() -> None:
    of = schedule("UTC", always("ana", holiday_rule="only"))
    assert table(of, "2026-01-01T00:00Z", "2026-02-01T00:00Z") == []


def test_bounds_cut_a_layer_and_move_no_turn() -> None:
    bounds: dict[str, Any] = {"from": "2026-06-02T12:00", "until": "2026-06-04T12:00"}
    of = schedule("Europe/Berlin", rotation("2026-06-01T00:00", "daily", "ana", "bob", **bounds))
    assert table(of, "2026-06-01T00:00+02:00", "2026-06-08T00:00+02:00") == [
        "2026-06-02T12:00+02:00 2026-06-03T00:00+02:00 bob",
        "2026-06-03T00:00+02:00 2026-06-04T00:00+02:00 ana",
        "2026-06-04T00:00+02:00 2026-06-04T12:00+02:00 bob",
    ]


def test_bounds_on_the_wall_overlap_when_the_hour_comes_twice() -> None:
    of = schedule(
        "America/New_York",
        always("ana", until="2026-11-01T01:30"),
        always("bob", **{"from": "2026-11-01T01:30"}),
    )
    assert table(of, "2026-11-01T00:00-04:00", "2026-11-01T06:00-05:00") == [
        "2026-11-01T00:00-04:00 2026-11-01T01:30-04:00 ana",
        "2026-11-01T01:30-04:00 2026-11-01T01:30-05:00 ana+bob",
        "2026-11-01T01:30-05:00 2026-11-01T06:00-05:00 bob",
    ]


# ---- one minute and a whole day ----------------------------------------------------------------

NIGHTS = [
    ("Europe/Berlin", "2026-10-24T22:00Z", always("ana", restrictions=[window("20:00", "02:30")])),
    ("Europe/Berlin", "2026-10-24T22:00Z", always("ana", restrictions=[window("02:30", "08:00")])),
    ("Europe/Berlin", "2026-03-28T22:00Z", always("ana", restrictions=[window("02:30", "03:40")])),
    ("Africa/Cairo", "2026-10-29T18:00Z", always("ana", restrictions=[window("23:30", "23:45")])),
    ("America/St_Johns", "2008-11-02T00:00Z", always("ana", holidays=["2008-11-02"])),
    ("America/St_Johns", "2008-11-02T00:00Z", always("ana", holidays=["2008-11-01"])),
    ("Antarctica/Troll", "2026-10-24T22:00Z", rotation("2026-10-25T01:30", "hourly", "a", "b")),
    ("Pacific/Apia", "2011-12-30T06:00Z", always("ana", restrictions=[window("22:00", "02:00")])),
]


@pytest.mark.parametrize(("zone", "start", "written"), NIGHTS)
def test_each_minute_alone_is_as_the_whole_night_has_it(
    zone: str, start: str, written: dict[str, Any]
) -> None:
    of, since = schedule(zone, written), instant(start)
    shifts = oncall.shifts(of, since, since + 8 * HOUR)
    assert shifts
    for at in range(since, since + 8 * HOUR, MINUTE):
        [people] = [each.people for each in shifts if each.start <= at < each.end] or [()]
        assert oncall.at_instant(of, at + 59_999).people == people
        until = at + 45 * MINUTE
        cut = [(max(each.start, at), min(each.end, until), each.people) for each in shifts]
        some = oncall.shifts(of, at, min(until, since + 8 * HOUR))
        assert [(each.start, each.end, each.people) for each in some] == [
            each for each in cut if each[0] < each[1]
        ]


# ---- priorities --------------------------------------------------------------------------------


def test_the_highest_priority_that_has_somebody_counts() -> None:
    of = schedule(
        "UTC",
        always("base"),
        rotation("2026-06-01T00:00", "daily", "ana", "", priority=2),
        always("zoe", priority=3, restrictions=[window("10:00", "12:00", "mon")]),
    )
    assert table(of, "2026-06-01T08:00Z", "2026-06-03T08:00Z") == [
        "2026-06-01T08:00+00:00 2026-06-01T10:00+00:00 ana",
        "2026-06-01T10:00+00:00 2026-06-01T12:00+00:00 zoe",
        "2026-06-01T12:00+00:00 2026-06-02T00:00+00:00 ana",
        "2026-06-02T00:00+00:00 2026-06-03T00:00+00:00 base",
        "2026-06-03T00:00+00:00 2026-06-03T08:00+00:00 ana",
    ]


def test_layers_of_the_same_priority_are_on_call_together() -> None:
    of = schedule("UTC", always("ana"), always("bob"), always("ana"))
    assert people(of, "2026-06-01T00:00Z") == "ana+bob"


def test_a_schedule_without_layers_has_nobody() -> None:
    assert people(schedule("UTC"), "2026-06-01T00:00Z") == ""
    assert table(schedule("UTC"), "2026-06-01T00:00Z", "2026-07-01T00:00Z") == []
