"""Hours of a zone as the condition of a step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from commands.rules import hours
from commands.rules.oncall.times import Unreadable
from store.model import Hours

WORK = hours.read(
    {"zone": "Europe/Berlin", "days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00",
     "end": 1020, "holidays": ["2026-12-25"]},
    "UTC", "hours",
)  # fmt: skip
NIGHT = Hours("Europe/Berlin", 22 * 60, 6 * 60, (4,), (date(2026, 11, 21),))


def at(text: str) -> int:
    """An instant."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("which", "when", "inside"),
    [
        (WORK, "2026-11-20T09:00:00+01:00", True),
        (WORK, "2026-11-20T08:59:59+01:00", False),
        (WORK, "2026-11-20T16:59:59+01:00", True),
        (WORK, "2026-11-20T17:00:00+01:00", False),
        (WORK, "2026-11-21T12:00:00+01:00", False),  # a Saturday
        (WORK, "2026-12-25T12:00:00+01:00", False),  # a holiday
        (WORK, "2026-10-26T08:30:00+00:00", True),  # the day after clocks went back
        (WORK, "2026-10-23T07:30:00+00:00", True),
        (NIGHT, "2026-11-20T23:00:00+01:00", True),
        (NIGHT, "2026-11-21T01:00:00+01:00", False),  # midnight begins the holiday
        (NIGHT, "2026-11-28T05:59:00+01:00", True),
        (NIGHT, "2026-11-29T01:00:00+01:00", False),  # the window begins on Fridays
    ],
)
def test_the_hours_of_an_instant(which: Hours, when: str, inside: bool) -> None:
    assert hours.holds(which, at(when)) is inside
    outside = Hours(which.zone, which.start, which.end, which.days, which.holidays, False)
    assert hours.holds(outside, at(when)) is not inside


def test_hours_in_words() -> None:
    assert hours.words(WORK) == "within Mon-Fri 09:00-17:00 Europe/Berlin"
    assert hours.words(Hours("UTC", 0, 0, inside=False)) == "outside of 00:00-00:00 UTC"
    assert hours.words(Hours("UTC", 0, 60, (0, 5))) == "within Mon, Sat 00:00-01:00 UTC"
    assert hours.words(Hours("UTC", 0, 60, ())) == "within no day 00:00-01:00 UTC"


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ([], "hours"),
        ({"start": "9:00", "end": "10:00", "from": 1}, "hours.from"),
        ({"start": "9:00", "end": "10:00", "zone": "Mars"}, "hours.zone"),
        ({"start": "25:00", "end": "10:00"}, "hours.start"),
        ({"start": "9:00"}, "hours.end"),
        ({"start": "9:00", "end": "10:00", "days": ["x"]}, "hours.days[0]"),
        ({"start": "9:00", "end": "10:00", "holidays": "x"}, "hours.holidays"),
        ({"start": "9:00", "end": "10:00", "holidays": ["x"]}, "hours.holidays[0]"),
        ({"start": "9:00", "end": "10:00", "when": "never"}, "hours.when"),
    ],
)
def test_hours_that_cannot_be_read_say_where(written: Any, where: str) -> None:
    with pytest.raises(Unreadable) as error:
        hours.read(written, "UTC", "hours")
    assert error.value.where == where
