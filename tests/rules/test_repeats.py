"""What comes again: RRULEs compared with python-dateutil, and the words people say it with."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from time import process_time

import pytest
from dateutil.rrule import rrulestr

from commands.registry import Field
from commands.rules import repeat_words
from commands.rules.repeats import BadRepeat, Repeat, days, parse
from commands.typed_repeat import repeat as typed
from tests.support.world import START

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
AT = time(10, 0)


def made(r: Random) -> str:
    """An RRULE of whole days as calendars write them."""
    freq = r.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={freq}"]
    if r.random() < 0.5:
        parts.append(f"INTERVAL={r.randint(1, 5)}")
    by = r.choice(["none", "days", "dates"])
    if by == "days":
        named = r.sample(CODES, r.randint(1, 3))
        if freq in ("MONTHLY", "YEARLY") and r.random() < 0.5:
            named = [f"{r.choice([1, 2, 4, -1])}{d}" for d in named]
        parts.append(f"BYDAY={','.join(named)}")
    elif by == "dates" and freq != "WEEKLY":
        parts.append(f"BYMONTHDAY={','.join(map(str, r.sample(range(1, 32), r.randint(1, 3))))}")
    if r.random() < 0.4:
        parts.append(f"BYMONTH={','.join(map(str, r.sample(range(1, 13), r.randint(1, 3))))}")
    # dateutil begins the first week with the first day and counts positions from there
    if len(parts) > 1 and by != "none" and freq != "WEEKLY" and r.random() < 0.4:
        parts.append(f"BYSETPOS={r.choice(['1', '-1', '2'])}")
    if r.random() < 0.4:
        parts.append(r.choice(["COUNT=3", "UNTIL=20270401T100000", "WKST=SU"]))
    return ";".join(p for p in parts if not (p.startswith("BYSETPOS") and by == "none"))


@pytest.mark.parametrize("seed", range(8))
def test_days_are_those_of_dateutil(seed: int) -> None:
    r, nothing = Random(seed), 0
    for _ in range(40):
        rule, first = made(r), date(2024, 1, 1) + timedelta(days=r.randint(0, 1000))
        last, began = first + timedelta(days=1500), datetime.combine(first, AT)
        found = list(days(parse(rule, "UTC"), first, AT, last))
        if not found:  # dateutil looks for what never comes up to the year 9999
            nothing += 1
            continue
        until = datetime.combine(found[-1], AT)
        wanted = rrulestr(rule, dtstart=began).between(began, until, inc=True)
        assert found == [d.date() for d in wanted], (rule, first)
    assert nothing < 12


@pytest.mark.parametrize("seed", range(3))
def test_a_rule_that_is_written_is_read_as_itself(seed: int) -> None:
    r = Random(seed)
    for _ in range(50):
        read = parse(made(r), "UTC")
        assert parse(str(read), "UTC") == read
        assert repeat_words.said(read)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("weekly", "FREQ=WEEKLY"),
        ("every week", "FREQ=WEEKLY"),
        ("daily", "FREQ=DAILY"),
        ("every 3 days", "FREQ=DAILY;INTERVAL=3"),
        ("every tue", "FREQ=WEEKLY;BYDAY=TU"),
        ("Every Tuesday and Thursday", "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("mon, wed, fri", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
        ("on tuesdays", "FREQ=WEEKLY;BYDAY=TU"),
        ("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("every other sat", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"),
        ("every 2 weeks on sun", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
        ("fortnightly", "FREQ=WEEKLY;INTERVAL=2"),
        ("monthly", "FREQ=MONTHLY"),
        ("first sunday of the month", "FREQ=MONTHLY;BYDAY=1SU"),
        ("every last fri", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("monthly on the 15th", "FREQ=MONTHLY;BYMONTHDAY=15"),
        ("last day of the month", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("last fri of march", "FREQ=YEARLY;BYDAY=-1FR;BYMONTH=3"),
        ("yearly", "FREQ=YEARLY"),
        ("daily 6 times", "FREQ=DAILY;COUNT=6"),
        ("every tue until 24 dec", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261224T235959"),
        ("RRULE:FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;BYDAY=TU"),
    ],
)
def test_words_are_rules(words: str, rule: str) -> None:
    read = repeat_words.read(words, START, "Europe/Berlin")
    assert str(read) == rule
    assert repeat_words.read(repeat_words.said(read), START, "Europe/Berlin") == read


@pytest.mark.parametrize(
    "words",
    [
        "", "soon", "2h", "disk swap", "first aid", "every", "every blue moon", "the 32nd",
        "FREQ=HOURLY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;BYHOUR=3", "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101", "FREQ=WEEKLY;BYDAY=1TU", "FREQ=DAILY;INTERVAL=5000",
        "FREQ=MONTHLY;BYSETPOS=1", "FREQ=DAILY;FREQ=DAILY", "every tue until someday",
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(words: str) -> None:
    with pytest.raises(BadRepeat):
        repeat_words.read(words, START, "UTC")


def test_an_end_in_utc_is_one_on_the_wall_clock() -> None:
    read = parse("FREQ=WEEKLY;UNTIL=20261224T230000Z", "Europe/Berlin")
    assert read.until == datetime.fromisoformat("2026-12-25")


@pytest.mark.parametrize(
    "rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2"]
)
def test_what_never_comes_is_looked_for_in_bounded_time(rule: str) -> None:
    began = process_time()
    assert list(days(parse(rule, "UTC"), date(2026, 1, 1), AT, date(2046, 1, 1))) == []
    assert process_time() - began < 5


def test_how_often_is_found_among_other_words() -> None:
    field = Field("repeat", "repeat", "", False)
    for line, said, rest in (
        ("weekly disk swap", "weekly", "disk swap"),
        ("first sunday of the month reboot", "first sunday of the month", "reboot"),
        ("first aid kit", "", "first aid kit"),
        ("tue is when it happens", "", "tue is when it happens"),
        ("every 2 weeks until 24 dec new disk", "every 2 weeks until 24 dec", "new disk"),
    ):
        args: dict[str, str] = {}
        left = typed(field, line.split(), args)
        assert (args.get("repeat", ""), " ".join(left)) == (said, rest)


def test_a_rule_by_hand_is_said_as_it_is() -> None:
    odd = Repeat("MONTHLY", weekdays=((0, 0), (0, 1)), positions=(-1,))
    assert repeat_words.said(odd) == "by the rule FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1"
