"""Events of an iCal calendar as shifts of people, and as somebody's time off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commands.rules import oncall
from commands.rules.oncall.availability import (
    Availability,
    There,
    available,
    away_at,
    away_during,
    back_at,
)
from commands.rules.oncall.calendar import Names, away, shifts
from store.model import DAY, HOUR, Definitions, Hours, Person
from store.model.calendar import Calendar, Event
from store.model.oncall import Away, Layer, Schedule, Shift
from tests.oncall.support import instant, people, said

PEOPLE = {
    "ana": Person("ana", "Ana Petrova", "Europe/Berlin", "Ana@example.eu"),
    "omar": Person("omar", "Omar Haddad", "Asia/Dubai", "omar@example.eu"),
    "anac": Person("anac", "Ana Costa", "UTC", "costa@example.eu"),
}
NAMES = Names(PEOPLE)
START = instant("2026-11-23T09:00+01:00")


def event(summary: str = "", *emails: str, start: int = START, hours: int = 8) -> Event:
    return Event(start, start + hours * HOUR, summary, emails)


@pytest.mark.parametrize(
    ("summary", "emails", "handles", "unknown"),
    [
        ("On call", ("ana@EXAMPLE.eu", "x@example.eu"), ("ana",), ("x@example.eu",)),
        ("omar", ("x@example.eu",), ("omar",), ()),
        ("Omar", (), ("omar",), ()),
        ("@omar", (), ("omar",), ()),
        ("[L2] omar@example.eu", (), ("omar",), ()),
        ("omar haddad", (), ("omar",), ()),
        ("On call: Omar Haddad (primary)", (), ("omar",), ()),
        ("Ana Petrova, Omar", (), ("ana", "omar"), ()),
        ("Ana Petrova & Omar", (), ("ana", "omar"), ()),
        ("Omar und Ana Costa", (), ("omar", "anac"), ()),
        ("Ana", (), ("ana",), ()),  # a handle
        ("Omarion", (), (), ("Omarion",)),
        ("", (), (), ("an event without a title",)),
    ],
)
def test_whose_an_event_is(
    summary: str, emails: tuple[str, ...], handles: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    assert NAMES.of(event(summary, *emails)) == (handles, unknown)


def test_a_first_name_of_two_people_is_nobody_s() -> None:
    two = Names({h: Person(h, name) for h, name in (("ap", "Ana Petrova"), ("ac", "Ana Costa"))})
    assert two.of(event("Ana")) == ((), ("Ana",))
    assert two.of(event("Ana Costa")) == (("ac",), ())


def test_events_become_shifts_and_those_of_nobody_are_reported() -> None:
    events = [event("omar"), event("Zoe", start=START + DAY), event("ana", start=START + DAY)]
    found, unknown = shifts(events, NAMES, "UTC")
    assert found == (
        Shift(START, START + 8 * HOUR, ("omar",)),
        Shift(START + DAY, START + DAY + 8 * HOUR, ("ana",)),
    )
    assert unknown == ("Zoe",)


def test_of_overlapping_events_the_highest_level_counts() -> None:
    events = [
        event("omar", hours=8),
        event("[L1] ana", start=START + 2 * HOUR, hours=2),
        event("[L1] anac", start=START + 3 * HOUR, hours=2),
    ]
    found, _ = shifts(events, NAMES, "UTC")
    assert [((s.start - START) // HOUR, (s.end - START) // HOUR, s.people) for s in found] == [
        (0, 2, ("omar",)),
        (2, 3, ("ana",)),
        (3, 4, ("ana", "anac")),
        (4, 5, ("anac",)),
        (5, 8, ("omar",)),
    ]


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/Berlin", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("America/New_York", "2026-10-25T00:00-04:00", "2026-10-26T00:00-04:00"),
    ],
)
def test_a_whole_day_is_the_day_of_whoever_reads_it(zone: str, start: str, end: str) -> None:
    midnight = instant("2026-10-25T00:00Z")
    floating = Event(midnight, midnight + DAY, "omar", floating=True)
    [shift], _ = shifts([floating], NAMES, zone)
    assert (said(shift.start, zone), said(shift.end, zone)) == (start, end)


def test_a_calendar_s_shifts_are_a_layer_like_any_other() -> None:
    found, _ = shifts([event("omar")], NAMES, "UTC")
    vendor = Layer("vendor", "UTC", 2, calendar="https://x.example/a.ics", events=found)
    of = Schedule("s", "UTC", (Layer("base", "UTC", people=("ana",)), vendor))
    assert people(of, "2026-11-23T08:30+01:00") == "ana"
    assert people(of, "2026-11-23T09:00+01:00") == "omar"
    assert people(of, "2026-11-23T17:00+01:00") == "ana"
    windows = replace(vendor, until=START + HOUR)
    of = replace(of, layers=(of.layers[0], windows))
    assert [s.people for s in oncall.shifts(of, START, START + 2 * HOUR)] == [("omar",), ("ana",)]
    assert [s.people for s in oncall.shifts(of, START + 20 * HOUR, START + DAY)] == [("ana",)]


def test_who_asks_in_the_middle_of_a_shift_has_it() -> None:
    days = [event("omar", start=START + n * DAY) for n in range(5)]
    found, _ = shifts(days, NAMES, "UTC")
    layer = Layer("vendor", "UTC", calendar="https://x.example/a.ics", events=found)
    of = Schedule("s", "UTC", (layer,))
    for n in range(5):
        assert [s.people for s in oncall.shifts(of, START + n * DAY + HOUR, START + n * DAY + DAY)]


# ---- time off ------------------------------------------------------------------------------------


def test_a_person_s_calendar_tells_of_their_time_off() -> None:
    url = "https://user:secret@calendar.example.eu/private-123/ooo.ics"
    free = replace(event("focus time"), time_off=False)
    [off] = away([event("skiing"), free, event("no time", hours=0)], PEOPLE["ana"], url)
    assert off == Away("ana", START, START + 8 * HOUR, "skiing", 0, "calendar.example.eu")


def test_a_calendar_is_called_by_its_host_alone() -> None:
    assert Calendar("https://calendar.example.eu/private-123/x.ics").name == "calendar.example.eu"
    assert Calendar("nonsense").name == "a calendar"


def known(*off: Away, **person: object) -> Definitions:
    ana = replace(PEOPLE["ana"], **person)  # type: ignore[arg-type]
    return Definitions(1, {"ana": ana}, {}, (), {}, away=off)


OFFICE = Hours("Europe/Berlin", 9 * 60, 17 * 60, (0, 1, 2, 3, 4))


def test_time_off_that_touches_is_one() -> None:
    off = (
        Away("ana", START, START + DAY, "skiing"),
        Away("ana", START + DAY, START + 2 * DAY, "still skiing"),
        Away("ana", START + 3 * DAY, START + 4 * DAY),
    )
    of = known(*off)
    assert away_at(of, "ana", START - 1) is None
    assert away_at(of, "ana", START) == off[0]
    assert away_at(of, "omar", START) is None
    assert back_at(of.away, "ana", START) == START + 2 * DAY
    assert away_during(of, "ana", START + DAY, START + 10 * DAY) == [off[1], off[2]]


def test_who_has_no_hours_is_there_until_the_next_time_off() -> None:
    of = known(Away("ana", START + DAY, START + 2 * DAY, "skiing"))
    ana = of.people["ana"]
    assert available(of, ana, START) == Availability(There.THERE, START + DAY)
    assert available(of, ana, START + 2 * DAY) == Availability(There.THERE)
    found = available(of, ana, START + DAY)
    assert (found.there, found.until, found.reason) == (There.AWAY, START + 2 * DAY, "skiing")


@pytest.mark.parametrize(
    ("at", "there", "until"),
    [
        ("2026-10-23T12:00+02:00", There.THERE, "2026-10-23T17:00+02:00"),
        ("2026-10-23T17:00+02:00", There.OFF_HOURS, "2026-10-26T09:00+01:00"),  # over the change
        ("2026-10-25T02:30+01:00", There.OFF_HOURS, "2026-10-26T09:00+01:00"),
        ("2026-03-27T18:00+01:00", There.OFF_HOURS, "2026-03-30T09:00+02:00"),
        ("2028-02-29T08:59+01:00", There.OFF_HOURS, "2028-02-29T09:00+01:00"),
    ],
)
def test_working_hours_are_on_the_wall_clock(at: str, there: There, until: str) -> None:
    of = known(hours=OFFICE)
    found = available(of, of.people["ana"], instant(at))
    assert found.there is there
    assert found.until == instant(until)


def test_time_off_inside_working_hours_comes_first() -> None:
    noon = instant("2026-10-23T12:00+02:00")
    of = known(Away("ana", noon + HOUR, noon + 2 * HOUR), hours=OFFICE)
    assert available(of, of.people["ana"], noon) == Availability(There.THERE, noon + HOUR)


def test_hours_that_never_come_never_change() -> None:
    of = known(hours=replace(OFFICE, days=()))
    assert available(of, of.people["ana"], START) == Availability(There.OFF_HOURS)
