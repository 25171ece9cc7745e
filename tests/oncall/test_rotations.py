"""Turns on dated tables: clocks that change, leap days, month ends, turns before the start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oncall.support import people, rotation, schedule, table

DAILY = [
    # zone, anchor, from, to, handoffs that follow
    (
        "Europe/Berlin",
        "2026-03-27T02:30",
        "2026-03-28T02:30+01:00",
        ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00", "2026-03-31T02:30+02:00"],
    ),
    (
        "Europe/Berlin",
        "2026-10-23T02:30",
        "2026-10-24T02:30+02:00",
        ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"],
    ),
    (
        "America/New_York",
        "2026-03-06T09:00",
        "2026-03-07T09:00-05:00",
        ["2026-03-08T09:00-04:00", "2026-03-09T09:00-04:00", "2026-03-10T09:00-04:00"],
    ),
    (
        "America/New_York",
        "2026-10-30T01:15",
        "2026-10-31T01:15-04:00",
        ["2026-11-01T01:15-04:00", "2026-11-02T01:15-05:00", "2026-11-03T01:15-05:00"],
    ),
    (
        "Australia/Lord_Howe",
        "2026-10-02T02:20",
        "2026-10-03T02:20+10:30",
        ["2026-10-04T02:30+11:00", "2026-10-05T02:20+11:00", "2026-10-06T02:20+11:00"],
    ),
    (
        "Australia/Lord_Howe",
        "2026-04-03T01:40",
        "2026-04-04T01:40+11:00",
        ["2026-04-05T01:40+11:00", "2026-04-06T01:40+10:30", "2026-04-07T01:40+10:30"],
    ),
    (
        "Asia/Kolkata",
        "2026-03-27T02:30",
        "2026-03-28T02:30+05:30",
        ["2026-03-29T02:30+05:30", "2026-03-30T02:30+05:30", "2026-03-31T02:30+05:30"],
    ),
    (
        "Europe/London",
        "2028-02-27T09:00",
        "2028-02-28T09:00+00:00",
        ["2028-02-29T09:00+00:00", "2028-03-01T09:00+00:00", "2028-03-02T09:00+00:00"],
    ),
    (
        "Pacific/Apia",
        "2011-12-28T09:00",
        "2011-12-29T09:00-10:00",
        ["2011-12-31T00:00+14:00", "2011-12-31T09:00+14:00", "2012-01-01T09:00+14:00"],
    ),
]


@pytest.mark.parametrize(("zone", "anchor", "start", "handoffs"), DAILY)
def test_a_daily_handoff_keeps_its_wall_time(
    zone: str, anchor: str, start: str, handoffs: list[str]
) -> None:
    of = schedule(zone, rotation(anchor, "daily", "ana", "bob", "cyd", "dee"))
    edges = [start, *handoffs]
    expected = [
        f"{one} {two} {who}"
        for one, two, who in zip(edges, edges[1:], ("bob", "cyd", "dee"), strict=False)
    ]
    assert table(of, start, handoffs[-1]) == expected


MONTHLY = [
    ("2026-01-31T09:00", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
    ("2027-11-30T09:00", ["2027-11-30", "2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]),
    ("2028-02-29T09:00", ["2028-02-29", "2028-03-29", "2028-04-29", "2028-05-29", "2028-06-29"]),
]


@pytest.mark.parametrize(("anchor", "days"), MONTHLY)
def test_a_monthly_turn_falls_on_the_last_day_of_a_short_month(
    anchor: str, days: list[str]
) -> None:
    of = schedule("UTC", rotation(anchor, "monthly", "ana", "bob", "cyd", "dee"))
    edges = [f"{day}T09:00+00:00" for day in days]
    expected = [
        f"{one} {two} {who}"
        for one, two, who in zip(edges, edges[1:], ("ana", "bob", "cyd", "dee"), strict=False)
    ]
    assert table(of, edges[0], edges[-1]) == expected


def test_twelve_months_from_a_leap_day_are_the_last_of_february() -> None:
    of = schedule("UTC", rotation("2024-02-29T00:00", "monthly", "ana", "bob", length=12))
    assert table(of, "2023-01-01T00:00Z", "2029-01-01T00:00Z") == [
        "2023-01-01T00:00+00:00 2023-02-28T00:00+00:00 ana",
        "2023-02-28T00:00+00:00 2024-02-29T00:00+00:00 bob",
        "2024-02-29T00:00+00:00 2025-02-28T00:00+00:00 ana",
        "2025-02-28T00:00+00:00 2026-02-28T00:00+00:00 bob",
        "2026-02-28T00:00+00:00 2027-02-28T00:00+00:00 ana",
        "2027-02-28T00:00+00:00 2028-02-29T00:00+00:00 bob",
        "2028-02-29T00:00+00:00 2029-01-01T00:00+00:00 ana",
    ]


def test_an_import_may_let_months_overflow() -> None:
    of = schedule(
        "UTC",
        rotation("2026-01-31T00:00", "monthly", "ana", "bob", "cyd", rotation={"overflow": True}),
    )
    assert table(of, "2026-02-01T00:00Z", "2026-05-10T00:00Z") == [
        "2026-02-01T00:00+00:00 2026-03-03T00:00+00:00 ana",
        "2026-03-03T00:00+00:00 2026-03-31T00:00+00:00 bob",
        "2026-03-31T00:00+00:00 2026-05-01T00:00+00:00 cyd",
        "2026-05-01T00:00+00:00 2026-05-10T00:00+00:00 ana",
    ]

    assert people(of, "2026-03-01T00:00Z") == "ana"


@pytest.mark.parametrize("length", [1_000_000, 120_000])
def test_a_turn_of_thousands_of_years_is_one_turn(length: int) -> None:
    of = schedule("UTC", rotation("2026-01-31T00:00", "monthly", "ana", "bob", length=length))
    assert people(of, "2026-02-01T00:00Z") == "ana"
    assert people(of, "2026-01-01T00:00Z") == "bob"


def test_a_two_hourly_rotation_stays_on_even_hours() -> None:
    of = schedule(
        "Europe/Berlin", rotation("2026-10-24T00:00", "hourly", "ana", "bob", "cyd", length=2)
    )
    assert table(of, "2026-10-25T00:00+02:00", "2026-10-25T06:00+01:00") == [
        "2026-10-25T00:00+02:00 2026-10-25T02:00+02:00 ana",
        "2026-10-25T02:00+02:00 2026-10-25T04:00+01:00 bob",
        "2026-10-25T04:00+01:00 2026-10-25T06:00+01:00 cyd",
    ]
    assert table(of, "2026-03-29T00:00+01:00", "2026-03-29T06:00+02:00") == [
        "2026-03-29T00:00+01:00 2026-03-29T03:00+02:00 ana",
        "2026-03-29T03:00+02:00 2026-03-29T04:00+02:00 bob",
        "2026-03-29T04:00+02:00 2026-03-29T06:00+02:00 cyd",
    ]


def test_a_turn_inside_a_gap_is_empty_and_uses_up_its_person() -> None:
    of = schedule("Europe/Berlin", rotation("2026-03-29T00:00", "hourly", "ana", "bob", "cyd"))
    assert table(of, "2026-03-29T00:00+01:00", "2026-03-29T05:00+02:00") == [
        "2026-03-29T00:00+01:00 2026-03-29T01:00+01:00 ana",
        "2026-03-29T01:00+01:00 2026-03-29T03:00+02:00 bob",
        "2026-03-29T03:00+02:00 2026-03-29T04:00+02:00 ana",
        "2026-03-29T04:00+02:00 2026-03-29T05:00+02:00 bob",
    ]


def test_a_handoff_is_not_undone_when_the_clock_repeats() -> None:
    of = schedule("Europe/Berlin", rotation("2026-10-24T02:30", "daily", "ana", "bob"))
    assert people(of, "2026-10-25T02:29+02:00") == "ana"
    assert people(of, "2026-10-25T02:30+02:00") == "bob"
    assert people(of, "2026-10-25T02:00+01:00") == "bob"
    assert people(of, "2026-10-25T02:30+01:00") == "bob"


@pytest.mark.parametrize("kind", ["daily", "custom"])
def test_turns_count_backwards_before_the_start(kind: str) -> None:
    length = {"daily": 1, "custom": 1440}[kind]
    of = schedule(
        "America/New_York",
        rotation("2026-03-10T09:00", kind, "ana", "bob", "cyd", length=length),
    )
    assert table(of, "2026-03-07T09:00-05:00", "2026-03-11T09:00-04:00") == [
        "2026-03-07T09:00-05:00 2026-03-08T09:00-04:00 ana",
        "2026-03-08T09:00-04:00 2026-03-09T09:00-04:00 bob",
        "2026-03-09T09:00-04:00 2026-03-10T09:00-04:00 cyd",
        "2026-03-10T09:00-04:00 2026-03-11T09:00-04:00 ana",
    ]


def test_an_anchor_inside_a_gap_keeps_its_wall_time_for_later_days() -> None:
    of = schedule("Europe/Berlin", rotation("2026-03-29T02:30", "daily", "ana", "bob"))
    assert table(of, "2026-03-28T12:00+01:00", "2026-03-30T12:00+02:00") == [
        "2026-03-28T12:00+01:00 2026-03-29T03:00+02:00 bob",
        "2026-03-29T03:00+02:00 2026-03-30T02:30+02:00 ana",
        "2026-03-30T02:30+02:00 2026-03-30T12:00+02:00 bob",
    ]


@pytest.mark.parametrize("at", ["2026-06-08T09:00", "2026-06-10T10:00Z", "2026-06-15T08:59:59"])
def test_a_position_says_whose_turn_it_is_and_moves_no_handoff(at: str) -> None:
    position = {"at": at, "index": 2}
    of = schedule(
        "Europe/Berlin",
        rotation(
            "2026-01-05T09:00", "weekly", "ana", "bob", "cyd", rotation={"position": position}
        ),
    )
    assert table(of, "2026-06-01T09:00+02:00", "2026-06-22T09:00+02:00") == [
        "2026-06-01T09:00+02:00 2026-06-08T09:00+02:00 bob",
        "2026-06-08T09:00+02:00 2026-06-15T09:00+02:00 cyd",
        "2026-06-15T09:00+02:00 2026-06-22T09:00+02:00 ana",
    ]


def test_a_position_in_the_repeated_hour_is_in_the_turn_that_has_begun() -> None:
    position = {"at": "2026-10-25T02:10+01:00", "index": 1}
    of = schedule(
        "Europe/Berlin",
        rotation("2026-10-01T02:30", "daily", "ana", "bob", rotation={"position": position}),
    )
    assert people(of, "2026-10-25T12:00+01:00") == "bob"


@pytest.mark.parametrize(
    "start", ["2026-06-01T09:00", "2026-06-01T07:00:59Z", "2026-06-01T16:00:00+09:00"]
)
def test_a_start_is_wall_time_or_an_instant_cut_to_its_minute(start: str) -> None:
    of = schedule("Europe/Berlin", rotation(start, "daily", "ana", "bob"))
    assert table(of, "2026-06-01T09:00+02:00", "2026-06-02T10:00+02:00") == [
        "2026-06-01T09:00+02:00 2026-06-02T09:00+02:00 ana",
        "2026-06-02T09:00+02:00 2026-06-02T10:00+02:00 bob",
    ]


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (("ana+bob", "cyd"), ["ana+bob", "cyd"]),
        (("ana", ""), ["ana"]),
        ((), []),
    ],
)
def test_a_turn_has_several_people_or_nobody(turns: Any, expected: list[str]) -> None:
    of = schedule("UTC", rotation("2026-06-01T00:00", "daily", *turns))
    found = table(of, "2026-06-01T00:00Z", "2026-06-03T00:00Z")
    assert [line.split()[2] for line in found] == expected


def test_neighbouring_turns_of_the_same_people_are_one_shift() -> None:
    of = schedule("UTC", rotation("2026-06-01T00:00", "daily", "ana+bob", "bob+ana", "cyd"))
    assert table(of, "2026-06-01T00:00Z", "2026-06-04T00:00Z") == [
        "2026-06-01T00:00+00:00 2026-06-03T00:00+00:00 ana+bob",
        "2026-06-03T00:00+00:00 2026-06-04T00:00+00:00 cyd",
    ]
