"""Times as people type them, in their own zone, over the turns of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from commands.rules.when import BadTime, read_moment, read_when

BERLIN = "Europe/Berlin"


def instant(text: str, zone: str = "UTC") -> int:
    """An instant written as wall time of a zone."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def wall(at: int, zone: str = "UTC") -> str:
    """An instant as wall time of a zone."""
    moment = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))
    return moment.strftime("%Y-%m-%d %H:%M")


# The 22nd of November 2026 is a Sunday.
PLAIN = {
    "2h": "2026-11-22 05:09",
    "90 minutes": "2026-11-22 04:39",
    "for 3 days": "2026-11-25 03:09",
    "in 1 week": "2026-11-29 03:09",
    "45m": "2026-11-22 03:54",
    "morning": "2026-11-22 09:00",
    "9": "2026-11-22 09:00",
    "9am": "2026-11-22 09:00",
    "9pm": "2026-11-22 21:00",
    "12am": "2026-11-23 00:00",
    "12pm": "2026-11-22 12:00",
    "20:00": "2026-11-22 20:00",
    "at 20:00": "2026-11-22 20:00",
    "03:09": "2026-11-23 03:09",
    "02:00": "2026-11-23 02:00",
    "today 20:00": "2026-11-22 20:00",
    "tomorrow": "2026-11-23 09:00",
    "tomorrow 9am": "2026-11-23 09:00",
    "tomorrow at 17:30": "2026-11-23 17:30",
    "until monday": "2026-11-23 09:00",
    "mon 8": "2026-11-23 08:00",
    "sat 20:00": "2026-11-28 20:00",
    "sunday 2am": "2026-11-29 02:00",
    "sun 20:00": "2026-11-22 20:00",
    "Until Monday 9": "2026-11-23 09:00",
}


@pytest.mark.parametrize("text", PLAIN)
def test_words_are_a_time(text: str) -> None:
    at = read_when(text, instant("2026-11-22T03:09", BERLIN), BERLIN)
    assert wall(at, BERLIN) == PLAIN[text]


def test_it_is_the_speaker_s_wall_clock() -> None:
    now = instant("2026-11-22T02:09")
    assert wall(read_when("tomorrow 9am", now, "Asia/Dubai")) == "2026-11-23 05:00"
    assert wall(read_when("9am", now, "America/New_York")) == "2026-11-22 14:00"
    assert wall(read_when("tomorrow 9am", now, "America/New_York")) == "2026-11-22 14:00"


TURNS = {
    # the 29th of March 2026: 02:00 becomes 03:00 in Berlin
    ("2026-03-28T20:00", "02:30"): "2026-03-29T01:00",
    ("2026-03-28T20:00", "sun 02:00"): "2026-03-29T01:00",
    ("2026-03-28T20:00", "03:00"): "2026-03-29T01:00",
    ("2026-03-28T20:00", "01:59"): "2026-03-29T00:59",
    ("2026-03-28T20:00", "tomorrow 9am"): "2026-03-29T07:00",
    ("2026-03-28T20:00", "12h"): "2026-03-29T07:00",
    # the 25th of October 2026: 03:00 becomes 02:00, what comes twice is meant the first time
    ("2026-10-24T20:00", "02:30"): "2026-10-25T00:30",
    ("2026-10-24T20:00", "03:00"): "2026-10-25T02:00",
    ("2026-10-24T20:00", "12h"): "2026-10-25T06:00",
    ("2026-10-24T20:00", "tomorrow 9am"): "2026-10-25T08:00",
}


@pytest.mark.parametrize(("now", "text"), TURNS)
def test_clocks_that_turn(now: str, text: str) -> None:
    at = read_when(text, instant(now, BERLIN), BERLIN)
    assert wall(at) == TURNS[now, text].replace("T", " ")


def test_a_half_hour_gap_ends_where_the_clocks_go_on() -> None:
    now = instant("2026-10-03T20:00", "Australia/Lord_Howe")
    at = read_when("02:15", now, "Australia/Lord_Howe")
    assert wall(at, "Australia/Lord_Howe") == "2026-10-04 02:30"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "sat 25:00",
        "24:00",
        "9:60",
        "13pm",
        "monday noon",
        "2x",
        "in the past",
        "99999h",
    ],
)
def test_what_is_no_time_says_what_to_type(text: str) -> None:
    with pytest.raises(BadTime, match=r"is not a time\. Try: sat 20:00"):
        read_when(text, instant("2026-11-22T03:09"), "UTC")


MOMENTS = {
    "": "2026-11-22 03:09",
    "now": "2026-11-22 03:09",
    "2h ago": "2026-11-22 01:09",
    "30 minutes ago": "2026-11-22 02:39",
    "1 week ago": "2026-11-15 03:09",
    "yesterday": "2026-11-21 09:00",
    "Yesterday at 20:00": "2026-11-21 20:00",
    "tomorrow 9am": "2026-11-23 09:00",
    "sat 20:00": "2026-11-28 20:00",
    "2026-10-25 02:30": "2026-10-25 02:30",
    "2026-10-25T02:30": "2026-10-25 02:30",
    "2026-12-24": "2026-12-24 09:00",
    "24 dec 20:00": "2026-12-24 20:00",
    "3 January": "2027-01-03 09:00",
    "1 oct at 8am": "2026-10-01 08:00",
    "Mon 30 Nov 08:00": "2026-11-30 08:00",
    "1 oct 2025 08:00": "2025-10-01 08:00",
    "2026-11-01T12:00:00Z": "2026-11-01 13:00",
    "2026-11-01T12:00+04:00": "2026-11-01 09:00",
    "29 feb": "2028-02-29 09:00",
}


@pytest.mark.parametrize("text", MOMENTS)
def test_what_is_looked_up_may_lie_in_the_past(text: str) -> None:
    at = read_moment(text, instant("2026-11-22T03:09", BERLIN), BERLIN)
    assert wall(at, BERLIN) == MOMENTS[text]


@pytest.mark.parametrize("text", ["ago", "soon ago", "31 nov", "2026-02-30", "24 dec noon", "9 db"])
def test_what_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(BadTime):
        read_moment(text, instant("2026-11-22T03:09", BERLIN), BERLIN)
