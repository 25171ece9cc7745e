"""Public holidays by country and region: read, looked up, put in, and rotated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from commands import holidays
from commands.rules import hours, oncall
from commands.rules.oncall import reading, times
from commands.rules.oncall.times import Unreadable
from store.model.holidays import PublicHolidays
from store.model.oncall import Schedule
from tests.oncall.support import instant, layer, rotation, schedule, table

BAVARIA = PublicHolidays("DE", "BY")


def observed(of: Schedule) -> Schedule:
    """The schedule with the dates of its holidays put in, as it is when it is read."""
    layers = [
        replace(each, observed=holidays.dates(each.observes, (2025, 2026, 2027)))
        if each.observes
        else each
        for each in of.layers
    ]
    return replace(of, layers=tuple(layers))


def test_the_dates_of_a_region_are_more_than_those_of_its_country() -> None:
    assert date(2026, 1, 6) in holidays.dates(BAVARIA, (2026,))
    assert date(2026, 1, 6) not in holidays.dates(PublicHolidays("DE"), (2026,))
    assert date(2026, 10, 3) in holidays.dates(PublicHolidays("DE"), (2026,))
    assert date(2027, 1, 1) not in holidays.dates(BAVARIA, (2026,))


def test_dates_of_a_place_that_is_none_are_none() -> None:
    assert holidays.dates(PublicHolidays("XX"), (2026,)) == frozenset()


@pytest.mark.parametrize(
    ("place", "where", "said"),
    [
        (PublicHolidays("XX"), "country", "XX is no country such as DE or US"),
        (PublicHolidays("DE", "BZ"), "region", "BZ is no region of DE: "),
        (PublicHolidays("VA", "X"), "region", "VA has no regions with holidays of their own"),
    ],
)
def test_an_unknown_place_is_named(place: PublicHolidays, where: str, said: str) -> None:
    found = holidays.unknown(place)
    assert found is not None
    assert found[0] == where
    assert found[1].startswith(said)


def test_a_known_place_is_fine() -> None:
    assert holidays.unknown(BAVARIA) is None
    assert holidays.unknown(PublicHolidays("US", "CA")) is None
    assert holidays.unknown(PublicHolidays("IN")) is None


def test_holidays_are_a_list_of_dates_or_a_place() -> None:
    assert times.holidays(None, "h") == ((), None)
    assert times.holidays(["2026-12-24"], "h") == ((date(2026, 12, 24),), None)
    written = {"country": "de", "region": "BY", "also": ["2026-12-24"], "not": ["2026-01-06"]}
    also, named = times.holidays(written, "h")
    assert also == (date(2026, 12, 24),)
    assert named == PublicHolidays("DE", "BY", (date(2026, 1, 6),))
    assert named.place == "DE-BY"


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("DE", "h"),
        ({}, "h.country"),
        ({"country": False}, "h.country"),
        ({"country": "DE", "regoin": "BY"}, "h.regoin"),
        ({"country": "DE", "also": "2026-12-24"}, "h.also"),
        ({"country": "DE", "not": ["24 Dec"]}, "h.not[0]"),
    ],
)
def test_what_cannot_be_holidays_is_refused(written: Any, where: str) -> None:
    with pytest.raises(Unreadable) as refused:
        times.holidays(written, "h")
    assert refused.value.where == where


def test_norway_is_not_false() -> None:
    with pytest.raises(Unreadable, match='"NO" with quotes'):
        times.holidays({"country": False}, "h")
    assert holidays.unknown(PublicHolidays("NO")) is None


def test_a_holiday_rotation_takes_the_holidays_and_the_week_goes_on() -> None:
    of = schedule(
        "Europe/Berlin",
        rotation("2026-12-21T08:00", "weekly", "ana", "bob"),
        rotation(
            "2026-01-01T00:00",
            "daily",
            "cyd",
            "dee",
            priority=2,
            holidays={"country": "DE", "region": "BY", "not": ["2026-12-26"]},
            holiday_rule="only",
        ),
    )
    assert table(observed(of), "2026-12-24T08:00+01:00", "2027-01-07T08:00+01:00") == [
        "2026-12-24T08:00+01:00 2026-12-25T00:00+01:00 ana",
        "2026-12-25T00:00+01:00 2026-12-26T00:00+01:00 cyd",
        "2026-12-26T00:00+01:00 2026-12-28T08:00+01:00 ana",
        "2026-12-28T08:00+01:00 2027-01-01T00:00+01:00 bob",
        "2027-01-01T00:00+01:00 2027-01-02T00:00+01:00 dee",
        "2027-01-02T00:00+01:00 2027-01-04T08:00+01:00 bob",
        "2027-01-04T08:00+01:00 2027-01-06T00:00+01:00 ana",
        "2027-01-06T00:00+01:00 2027-01-07T00:00+01:00 cyd",
        "2027-01-07T00:00+01:00 2027-01-07T08:00+01:00 ana",
    ]


def test_a_holiday_is_the_local_date_of_the_layer_s_zone() -> None:
    of = schedule(
        "Pacific/Auckland",
        layer(people=["ana"], holidays={"country": "NZ"}),
    )
    gaps = oncall.gaps(observed(of), instant("2026-02-05T00:00Z"), instant("2026-02-08T00:00Z"))
    assert [(g.start, g.end) for g in gaps] == [
        (instant("2026-02-06T00:00+13:00"), instant("2026-02-07T00:00+13:00"))
    ]


def test_hours_of_a_step_are_outside_on_the_holidays_of_a_place() -> None:
    written = {"start": "09:00", "end": "17:00", "holidays": {"country": "DE", "region": "BY"}}
    read = hours.read(written, "Europe/Berlin", "hours")
    assert read.observes == BAVARIA
    epiphany = instant("2027-01-06T12:00+01:00")
    assert hours.holds(read, epiphany)
    assert not hours.holds(replace(read, observed=holidays.dates(BAVARIA, (2027,))), epiphany)


def test_a_layer_says_where_its_holidays_cannot_be_read() -> None:
    with pytest.raises(Unreadable) as refused:
        reading.schedule({"layers": [layer(people=["a"], holidays={"region": "BY"})]}, "UTC")
    assert refused.value.where == "schedule.layers[0].holidays.country"
