"""Who carries how much: nights, weekends and holidays on each person's own clock."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from commands.rules.oncall.balance import Load, Stint, fewest_nights, holidays_of, is_night, loads
from store.model import HOUR, Person
from tests.oncall.support import instant, layer, schedule

PEOPLE = {
    "ana": Person("ana", "Ana", "Europe/Berlin"),
    "omar": Person("omar", "Omar", "Asia/Dubai"),
    "liu": Person("liu", "Liu", "Australia/Lord_Howe"),
}


def stint(who: str, start: str, end: str, **more: Any) -> Stint:
    return Stint(who, instant(start), instant(end), "Europe/Berlin", **more)


def one(*stints: Stint) -> Load:
    [found] = loads(stints, PEOPLE).values()
    return found


def test_a_week_has_seven_nights_and_one_weekend() -> None:
    found = one(stint("ana", "2026-11-16T08:00+01:00", "2026-11-23T08:00+01:00"))
    assert (found.shifts, found.hours, found.nights, found.weekends) == (1, 168, 7, 1)


def test_the_week_in_which_clocks_go_back_has_an_hour_more() -> None:
    found = one(stint("ana", "2026-10-19T08:00+02:00", "2026-10-26T08:00+01:00"))
    assert (found.hours, found.nights, found.weekends) == (169, 7, 1)


@pytest.mark.parametrize(
    ("start", "end", "nights"),
    [
        ("2026-11-16T07:00+01:00", "2026-11-16T22:00+01:00", 0),
        ("2026-11-16T07:00+01:00", "2026-11-16T22:59+01:00", 0),
        ("2026-11-16T07:00+01:00", "2026-11-16T23:00+01:00", 1),
        ("2026-11-16T06:00+01:00", "2026-11-16T20:00+01:00", 1),
        ("2026-11-16T06:01+01:00", "2026-11-16T20:00+01:00", 0),
        ("2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00", 1),
        ("2028-02-28T22:00+01:00", "2028-03-01T07:00+01:00", 2),
    ],
)
def test_a_night_counts_with_an_hour_of_it(start: str, end: str, nights: int) -> None:
    assert one(stint("ana", start, end)).nights == nights


def test_a_night_is_that_of_the_person_not_of_the_schedule() -> None:
    day = ("2026-11-16T08:00+01:00", "2026-11-16T17:00+01:00")  # 11:00 to 20:00 in Dubai
    evening = ("2026-11-16T17:00+01:00", "2026-11-16T20:30+01:00")  # until 23:30 in Dubai
    assert one(stint("omar", *day)).nights == 0
    assert one(stint("omar", *evening)).nights == 1
    assert one(stint("ana", *evening)).nights == 0


def test_hours_of_one_night_add_up() -> None:
    halves = [
        stint("ana", "2026-11-16T23:00+01:00", "2026-11-16T23:30+01:00"),
        stint("ana", "2026-11-17T02:00+01:00", "2026-11-17T02:30+01:00"),
    ]
    assert one(*halves[:1]).nights == 0
    assert one(*halves).nights == 1


def test_two_schedules_at_once_are_one_time() -> None:
    span = ("2026-11-21T08:00+01:00", "2026-11-22T08:00+01:00")
    found = one(stint("ana", *span), stint("ana", *span))
    assert (found.shifts, found.hours, found.nights, found.weekends) == (2, 24, 1, 1)


def test_holidays_are_counted_by_the_schedule_s_dates() -> None:
    closed = frozenset({date(2026, 12, 25), date(2026, 12, 26)})
    span = ("2026-12-24T08:00+01:00", "2026-12-26T00:30+01:00")
    assert one(stint("ana", *span, holidays=closed)).holidays == 1
    assert one(stint("ana", *span)).holidays == 0


def test_a_schedule_knows_the_holidays_of_all_its_layers() -> None:
    of = schedule("UTC", layer(people=["a"], holidays=["2026-12-25"]), layer(people=["b"]))
    assert holidays_of(of) == {date(2026, 12, 25)}


def test_half_an_hour_on_lord_howe_island_makes_no_night_twice() -> None:
    found = one(stint("liu", "2026-04-04T20:00+11:00", "2026-04-05T08:00+10:30"))
    assert (found.nights, found.time) == (1, 12 * HOUR + HOUR // 2)


@pytest.mark.parametrize(
    ("at", "night"),
    [
        ("2026-11-16T21:59+01:00", False),
        ("2026-11-16T22:00+01:00", True),
        ("2026-11-17T06:59+01:00", True),
        ("2026-11-17T07:00+01:00", False),
    ],
)
def test_a_page_at_night(at: str, night: bool) -> None:
    assert is_night(instant(at), "Europe/Berlin") is night


def test_fewest_nights_is_one_person_or_none() -> None:
    found = {"ana": Load("ana", nights=3), "omar": Load("omar", nights=1, time=9)}
    assert fewest_nights(found, ["ana", "omar"]) == "omar"
    assert fewest_nights(found, ["ana", "omar", "mei"]) == "mei"
    assert fewest_nights(found, ["mei", "liu"]) is None
    assert fewest_nights(found, []) is None
    assert fewest_nights(found, ["ana"]) == "ana"
