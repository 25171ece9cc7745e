"""Wall clocks: gaps, folds, a day that never was, and zones that do nothing of the kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.rules.oncall.wall import clock_of
from store.model import DAY, HOUR, MINUTE

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)


def wall(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def said(at: int, zone: str) -> str:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).isoformat(timespec="minutes")


OCCURRENCES = [
    # zone, wall time, first occurrence, last occurrence
    ("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T01:59+01:00", None),
    ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T03:00+02:00", None),
    ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00+02:00", None),
    ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T03:00+02:00", None),
    ("Europe/Berlin", "2026-10-25T01:59", "2026-10-25T01:59+02:00", None),
    ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"),
    ("Europe/Berlin", "2026-10-25T02:59", "2026-10-25T02:59+02:00", "2026-10-25T02:59+01:00"),
    ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T03:00+01:00", None),
    ("America/New_York", "2026-03-08T02:30", "2026-03-08T03:00-04:00", None),
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:30+11:00", None),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45+11:00", "2026-04-05T01:45+10:30"),
    ("Australia/Lord_Howe", "2026-04-05T01:15", "2026-04-05T01:15+11:00", None),
    ("Antarctica/Troll", "2026-03-29T02:10", "2026-03-29T03:00+02:00", None),
    ("Antarctica/Troll", "2026-10-25T01:30", "2026-10-25T01:30+02:00", "2026-10-25T01:30+00:00"),
    ("Africa/Cairo", "2026-04-24T00:00", "2026-04-24T01:00+03:00", None),
    ("Pacific/Apia", "2011-12-29T23:59", "2011-12-29T23:59-10:00", None),
    ("Pacific/Apia", "2011-12-30T00:00", "2011-12-31T00:00+14:00", None),
    ("Pacific/Apia", "2011-12-30T23:59", "2011-12-31T00:00+14:00", None),
    ("America/St_Johns", "2008-11-01T23:30", "2008-11-01T23:30-02:30", "2008-11-01T23:30-03:30"),
    ("America/St_Johns", "2008-11-02T00:00", "2008-11-02T00:00-02:30", "2008-11-02T00:00-03:30"),
    ("Asia/Kolkata", "2026-03-29T02:30", "2026-03-29T02:30+05:30", None),
    ("UTC", "2028-02-29T00:00", "2028-02-29T00:00+00:00", None),
]


@pytest.mark.parametrize(("zone", "shown", "first", "last"), OCCURRENCES)
def test_a_wall_time_comes_first_and_last(
    zone: str, shown: str, first: str, last: str | None
) -> None:
    clock = clock_of(zone)
    assert said(clock.first(wall(shown)), zone) == first
    assert said(clock.last(wall(shown)), zone) == (last or first)


def test_a_time_that_cannot_be_written_breaks_nothing() -> None:
    clock = clock_of("Europe/Berlin")
    for far in (wall("0001-01-01T00:00"), wall("9999-12-31T23:59"), 20_000 * 366 * DAY):
        assert abs(clock.first(far) - far) < DAY
        assert abs(clock.last(far) - far) < DAY


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../../etc/passwd", ""])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises((KeyError, ValueError, OSError)):
        clock_of(zone)


minutes = st.integers(wall("1990-01-01T00:00") // MINUTE, wall("2040-01-01T00:00") // MINUTE)


@given(st.sampled_from(ZONES), minutes)
def test_the_offset_is_that_of_the_time_zone_database(zone: str, minute: int) -> None:
    at = datetime.fromtimestamp(minute * 60, ZoneInfo(zone))
    assert timedelta(milliseconds=clock_of(zone).offset(minute * MINUTE)) == at.utcoffset()


@given(st.sampled_from(ZONES), minutes)
def test_an_instant_lies_between_the_occurrences_of_what_it_shows(zone: str, minute: int) -> None:
    clock, at = clock_of(zone), minute * MINUTE
    shown = clock.wall(at)
    assert clock.first(shown) <= at <= clock.last(shown)
    assert clock.wall(clock.first(shown)) == clock.wall(clock.last(shown)) == shown
    assert clock.low(at) <= shown <= clock.high(at)
    assert clock.first(clock.high(at)) <= at


@given(st.sampled_from(ZONES), minutes, st.integers(0, 3 * DAY // MINUTE))
def test_a_later_wall_time_is_never_reached_earlier(zone: str, minute: int, more: int) -> None:
    clock, early, late = clock_of(zone), minute * MINUTE, (minute + more) * MINUTE
    assert clock.first(early) <= clock.first(late)
    assert clock.last(early) <= clock.last(late)


@given(st.sampled_from(ZONES), minutes, st.sampled_from((MINUTE, 7 * MINUTE, HOUR, DAY, 90 * DAY)))
def test_times_that_follow_each_other_are_reached_as_each_alone(
    zone: str, minute: int, step: int
) -> None:
    clock, shown = clock_of(zone), minute * MINUTE
    expected = [clock.first(shown + n * step) for n in range(50)]
    end = expected[-1]
    assert clock.every(shown, step, end) == [each for each in expected if each < end]
