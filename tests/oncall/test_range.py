"""Spans of time as people type them, over the turns of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.rules.range import Range, is_range, read_range
from commands.rules.when import BadTime

BERLIN = "Europe/Berlin"


def instant(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def said(found: Range, zone: str = BERLIN) -> str:
    walls = (datetime.fromtimestamp(at / 1000, UTC) for at in (found.start, found.end))
    ends = (wall.astimezone(ZoneInfo(zone)) for wall in walls)
    return " to ".join(e.strftime("%Y-%m-%d %H:%M") for e in ends)


# The 22nd of November 2026 is a Sunday; it is 03:09.
PLAIN = {
    "sat 08:00-20:00": "2026-11-28 08:00 to 2026-11-28 20:00",
    "from sat 8-20": "2026-11-28 08:00 to 2026-11-28 20:00",
    "Sat 8am-8pm": "2026-11-28 08:00 to 2026-11-28 20:00",
    "saturday 9-5pm": "2026-11-28 09:00 to 2026-11-28 17:00",
    "sat 1-5pm": "2026-11-28 13:00 to 2026-11-28 17:00",
    "sat 08:00 to 20:00": "2026-11-28 08:00 to 2026-11-28 20:00",
    "sat 20:00 - sun 02:00": "2026-11-28 20:00 to 2026-11-29 02:00",
    "sat 20:00 – mon 8": "2026-11-28 20:00 to 2026-11-30 08:00",
    "sat 20:00 for 2h": "2026-11-28 20:00 to 2026-11-28 22:00",
    "sun 02:00-04:00": "2026-11-22 02:00 to 2026-11-22 04:00",
    "sun 01:00-02:00": "2026-11-29 01:00 to 2026-11-29 02:00",
    "02:00-04:00": "2026-11-22 02:00 to 2026-11-22 04:00",
    "01:00-02:00": "2026-11-23 01:00 to 2026-11-23 02:00",
    "20:00-24:00": "2026-11-22 20:00 to 2026-11-23 00:00",
    "tomorrow 9am to 17:00": "2026-11-23 09:00 to 2026-11-23 17:00",
    "tomorrow": "2026-11-23 00:00 to 2026-11-24 00:00",
    "today": "2026-11-22 00:00 to 2026-11-23 00:00",
    "now to 12:00": "2026-11-22 03:09 to 2026-11-22 12:00",
    "mon until wed": "2026-11-23 00:00 to 2026-11-26 00:00",
    "mon-wed": "2026-11-23 00:00 to 2026-11-26 00:00",
    "sat": "2026-11-28 00:00 to 2026-11-29 00:00",
    "next week": "2026-11-23 00:00 to 2026-11-30 00:00",
    "this week": "2026-11-22 03:09 to 2026-11-23 00:00",
    "weekend": "2026-11-21 00:00 to 2026-11-23 00:00",
    "24 dec - 2 jan": "2026-12-24 00:00 to 2027-01-03 00:00",
    "dec 24 - jan 2": "2026-12-24 00:00 to 2027-01-03 00:00",
    "24-26 dec": "2026-12-24 00:00 to 2026-12-27 00:00",
    "24 dec": "2026-12-24 00:00 to 2026-12-25 00:00",
    "24 dec 8:00 to 26 dec 20:00": "2026-12-24 08:00 to 2026-12-26 20:00",
    "20 nov - 24 nov": "2026-11-20 00:00 to 2026-11-25 00:00",
    "2 nov - 3 nov": "2027-11-02 00:00 to 2027-11-04 00:00",
    "2h": "2026-11-22 03:09 to 2026-11-22 05:09",
    "for 3 days": "2026-11-22 03:09 to 2026-11-25 03:09",
    "until mon 8": "2026-11-22 03:09 to 2026-11-23 08:00",
    "2026-11-28": "2026-11-28 00:00 to 2026-11-29 00:00",
    "2026-11-28 08:00 - 20:00": "2026-11-28 08:00 to 2026-11-28 20:00",
    "2026-11-28 08:00-20:00": "2026-11-28 08:00 to 2026-11-28 20:00",
    "2026-11-28T08:00/2026-11-28T20:00": "2026-11-28 08:00 to 2026-11-28 20:00",
    "2026-11-28T07:00Z to 2026-11-28T19:00Z": "2026-11-28 08:00 to 2026-11-28 20:00",
    "2026-11-28T07:00:00+00:00 - 2026-11-28T21:00:00+02:00": "2026-11-28 08:00 to 2026-11-28 20:00",
    "2026-11-28T08:00+01:00/2026-11-28T20:00+01:00": "2026-11-28 08:00 to 2026-11-28 20:00",
    "sat 08:00-20:00 Asia/Dubai": "2026-11-28 05:00 to 2026-11-28 17:00",
}  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_words_are_a_span(text: str) -> None:
    assert is_range(text)
    assert said(read_range(text, instant("2026-11-22T03:09"), BERLIN)) == PLAIN[text]


NONE = {
    "sat 25:00-26:00": "sat 25:00 is not a time. Try: sat 20:00",
    "sat 20:00-02:00": "Ends before it starts. Did you mean Sun 02:00?",
    "24 dec - 2 nov 2026": "Ends before it starts.",
    "sat 08:00": "Until when? sat 08:00 has no end.",
    "8": "Until when?",
    "wedding": "wedding is not a time",
    "30 feb": "30 feb is not a day of the calendar.",
    "2026-11-20": "2026-11-20 is over already.",
    "": "is not a time",
}


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_span_says_what_to_type(text: str) -> None:
    with pytest.raises(BadTime) as refused:
        read_range(text, instant("2026-11-22T03:09"), BERLIN)
    assert NONE[text] in str(refused.value)


@pytest.mark.parametrize(
    "text", ["sat 08:00-20:00 wedding", "@ana sat", "db sat 08:00", "24 dec - 2 jan to see", "17"]
)
def test_more_or_other_words_are_none(text: str) -> None:
    assert not is_range(text)


def test_a_time_that_the_clocks_skip_is_said() -> None:
    found = read_range("29 mar 02:30-05:00", instant("2026-03-20T12:00"), BERLIN)
    assert said(found) == "2026-03-29 03:00 to 2026-03-29 05:00"
    [remark] = found.remarks
    assert remark == "Sun 29 Mar 02:30 does not exist in Berlin (clocks change). Used 03:00."
    howe = read_range("4 oct 02:15-05:00", instant("2026-10-01T12:00"), "Australia/Lord_Howe")
    assert howe.remarks[0].endswith("does not exist in Lord Howe (clocks change). Used 02:30.")


def test_of_a_time_that_comes_twice_a_start_is_the_first_and_an_end_the_last() -> None:
    now = instant("2026-10-20T12:00")
    found = read_range("25 oct 02:30-02:30", now, BERLIN)
    assert found.end - found.start == 3_600_000
    one = read_range("25 oct 01:00-02:30", now, BERLIN)
    assert one.end - one.start == 2.5 * 3_600_000


def test_whole_days_are_marked() -> None:
    now = instant("2026-11-22T03:09")
    assert read_range("24 dec - 2 jan", now, BERLIN).whole
    assert read_range("sat", now, BERLIN).whole
    assert not read_range("sat 08:00-20:00", now, BERLIN).whole


def test_a_leap_day_is_found_in_its_year() -> None:
    assert said(read_range("29 feb", instant("2026-11-22T03:09"), BERLIN)).startswith("2028-02-29")


WORDS = """sat sun mon-wed 24 31 dec feb 29 2 jan 08:00 8 8pm 24:00 25:00 08:00-20:00 9-5pm - – to
until for from + / 0h 2h 90 d tomorrow today now next week weekend 2026-11-28 9999-12-31 0001-01-01
9999 2026-11-28T08:00 T Z +02:00 UTC Europe/Berlin Mars/X a/b at in weeks ٣ １２ @ana ,"""


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS.split()), max_size=6).map(" ".join) | st.text(max_size=30),
    st.sampled_from((BERLIN, "UTC", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Cairo")),
    st.integers(0, 4_000_000_000_000),
)
def test_whatever_is_typed_is_a_span_or_says_what_to_type(text: str, zone: str, now: int) -> None:
    try:
        found = read_range(text, now, zone)
    except BadTime:
        return
    assert found.start < found.end and found.end > now
    assert is_range(text)
