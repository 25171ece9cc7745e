"""Cron lines: when the next one comes, on clocks that change too."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from commands.rules import cron

BERLIN = "Europe/Berlin"
COMES = [
    ("30 2 * * *", "2026-11-22T03:09", "2026-11-23T02:30+01:00"),
    ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T03:00+02:00"),
    ("30 2 * * *", "2026-10-25T02:30", "2026-10-26T02:30+01:00"),
    ("*/5 * * * *", "2026-10-25T02:59", "2026-10-25T02:00+01:00"),
    ("0 0 29 2 *", "2026-03-01T00:00", "2028-02-29T00:00+01:00"),
    ("0 9 13 * fri", "2026-11-01T00:00", "2026-11-06T09:00+01:00"),
    ("0 9 * * MON-FRI", "2026-11-27T09:00", "2026-11-30T09:00+01:00"),
    ("0 0 * * 7", "2026-11-27T09:00", "2026-11-29T00:00+01:00"),
    ("10-30/10 8,20 * jan,dec *", "2026-11-27T09:00", "2026-12-01T08:10+01:00"),
    ("@weekly", "2026-11-01T00:00", "2026-11-08T00:00+01:00"),
]


@pytest.mark.parametrize(("line", "after", "then"), COMES)
def test_the_next_time(line: str, after: str, then: str) -> None:
    at = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(BERLIN)).timestamp() * 1000
    found = cron.following(cron.read(line), int(at), BERLIN)
    assert found == datetime.fromisoformat(then).timestamp() * 1000


@pytest.mark.parametrize(
    "line",
    ["", "1 2 3", "60 * * * *", "* * * * 8", "*/0 * * * *", "0 0 30 2 *", "a b c d e",
     "5-1 * * * *", "1- * * * *", "* * * * mon-", "*/² * * * *", "@fortnightly"],
)  # fmt: skip
def test_what_is_no_cron_line(line: str) -> None:
    with pytest.raises(cron.BadCron):
        cron.read(line)
