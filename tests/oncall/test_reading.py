"""Schedules as people write them: what is read, and what is refused with its place."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from commands.rules.oncall import reading, times
from commands.rules.oncall.times import Unreadable
from commands.rules.oncall.wall import clock_of
from store.model.oncall import HolidayRule, Override, OverrideKind, SwapState, Window
from tests.oncall.support import instant

WRITTEN: dict[str, Any] = {
    "layers": [
        {
            "name": "primary",
            "start": "2026-06-01T09:00",
            "rotation": {"kind": "weekly", "length": 1, "people": ["ana", ["bob", "cyd"]]},
            "restrictions": [{"days": ["Mon", "tuesday"], "start": "9:00", "end": "24:00"}],
            "holidays": ["2026-12-25"],
            "from": "2026-06-01T00:00",
            "until": "2026-10-25T02:30",
        }
    ],
    "overrides": [
        {
            "kind": "replace",
            "start": "2026-10-25T02:30",
            "end": "2026-10-25T02:30",
            "remove": "ana",
            "add": "zoe",
        }
    ],
    "temporary": [{"start": "2026-07-01T00:00", "end": "2026-07-02T00:00", "shifts": []}],
    "swaps": [{"from_person": "ana", "start": "2026-07-01T00:00", "end": "2026-07-02T00:00"}],
    "now": "2026-06-15T00:00Z",
    "history": [{"person": "ana", "start": "2026-06-01T00:00Z"}],
}


def test_what_is_written_is_read() -> None:
    of = reading.schedule(WRITTEN, "Europe/Berlin", name="db")
    [layer] = of.layers
    assert (of.name, layer.name, layer.zone, layer.priority) == (
        "db",
        "primary",
        "Europe/Berlin",
        1,
    )
    assert layer.rotation and layer.rotation.people == (("ana",), ("bob", "cyd"))
    assert layer.windows == (Window(start=540, end=0, days=(0, 1)),)
    assert layer.holidays == {date(2026, 12, 25)}
    assert layer.holiday_rule is HolidayRule.OFF
    assert of.swaps[0].state is SwapState.OPEN
    assert of.swaps[0].to_person is None
    assert of.history and of.history.entries[0].end is None


def test_wall_times_start_at_their_first_and_end_at_their_last_occurrence() -> None:
    of = reading.schedule(WRITTEN, "Europe/Berlin")
    first, last = instant("2026-10-25T02:30+02:00"), instant("2026-10-25T02:30+01:00")
    assert of.overrides == (Override(OverrideKind.REPLACE, first, last, "zoe", "ana"),)
    assert of.layers[0].until == last


def test_wall_times_are_those_of_the_owner() -> None:
    written = deepcopy(WRITTEN)
    written["layers"][0]["zone"] = "America/New_York"
    of = reading.schedule(written, "Europe/Berlin")
    assert of.layers[0].since == instant("2026-06-01T00:00-04:00")
    assert of.temporary[0].start == instant("2026-07-01T00:00+02:00")


def test_values_that_yaml_has_already_read_mean_the_same() -> None:
    clock = clock_of("Europe/Berlin")
    assert times.time_of_day(600, "x") == times.time_of_day("10:00", "x")
    assert times.day(date(2026, 12, 25), "x") == times.day("2026-12-25", "x")
    text, aware = "2026-10-25T00:30:00Z", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert times.starts(aware, clock, "x") == times.starts(text, clock, "x")
    naive = aware.replace(tzinfo=None)
    assert times.starts(naive, clock, "x") == instant("2026-10-25T00:30+02:00")


LAYER = "schedule.layers[0]"
ROTATION = f"{LAYER}.rotation"
MISTAKES: list[tuple[tuple[Any, ...], Any, str, str]] = [
    # path, what stands there, place, words
    (("layers",), "primary", "schedule.layers", "must be a list"),
    (("layers", 0), "primary", LAYER, "must be a mapping"),
    (("layers", 0, "zone"), "Berlin", f"{LAYER}.zone", "'Berlin' is no time zone"),
    (("layers", 0, "start"), None, f"{LAYER}.start", "is missing"),
    (("layers", 0, "start"), "monday", f"{LAYER}.start", "'monday' is no time"),
    (("layers", 0, "priority"), "high", f"{LAYER}.priority", "'high' is no whole number"),
    (("layers", 0, "people"), [["ana"]], f"{LAYER}.people", "must be a list of people"),
    (("layers", 0, "rotation", "kind"), "yearly", f"{ROTATION}.kind", "none of hourly, daily"),
    (("layers", 0, "rotation", "kind"), None, f"{ROTATION}.kind", "none of hourly, daily"),
    (("layers", 0, "rotation", "length"), 0, f"{ROTATION}.length", "at least 1"),
    (("layers", 0, "rotation", "length"), True, f"{ROTATION}.length", "no whole number"),
    (("layers", 0, "rotation", "people", 1), 7, f"{ROTATION}.people[1]", "a list of people"),
    (("layers", 0, "rotation", "position"), {}, f"{ROTATION}.position.at", "is missing"),
    (("layers", 0, "restrictions", 0, "days"), "mon", f"{LAYER}.restrictions[0].days", "list"),
    (
        ("layers", 0, "restrictions", 0, "days", 1),
        "someday",
        f"{LAYER}.restrictions[0].days[1]",
        "'someday' is no weekday",
    ),
    (
        ("layers", 0, "restrictions", 0, "end"),
        "24:30",
        f"{LAYER}.restrictions[0].end",
        "'24:30' is no time of day",
    ),
    (("layers", 0, "restrictions", 0, "zone"), "X", f"{LAYER}.restrictions[0].zone", "no time"),
    (("layers", 0, "holidays", 0), "christmas", f"{LAYER}.holidays[0]", "is no date"),
    (("layers", 0, "holiday_rule"), "maybe", f"{LAYER}.holiday_rule", "none of off, only"),
    (("layers", 0, "until"), "2026-13-01", f"{LAYER}.until", "is no time"),
    (("overrides", 0, "kind"), "move", "schedule.overrides[0].kind", "none of add, remove"),
    (("overrides", 0, "add"), None, "schedule.overrides[0].add", "is missing"),
    (("overrides", 0, "remove"), "", "schedule.overrides[0].remove", "must be a person"),
    (("overrides", 0, "end"), None, "schedule.overrides[0].end", "is missing"),
    (("swaps", 0, "state"), "taken", "schedule.swaps[0].to_person", "is missing"),
    (("temporary", 0, "shifts"), [{}], "schedule.temporary[0].shifts[0].people", "is missing"),
    (("history", 0, "person"), 7, "schedule.history[0].person", "must be a person"),
]


@pytest.mark.parametrize(
    ("path", "value", "where", "error"), MISTAKES, ids=[case[2] for case in MISTAKES]
)
def test_a_mistake_is_named_with_its_place(
    path: tuple[Any, ...], value: Any, where: str, error: str
) -> None:
    written = deepcopy(WRITTEN)
    place: Any = written
    for each in path[:-1]:
        place = place[each]
    place[path[-1]] = value
    with pytest.raises(Unreadable) as caught:
        reading.schedule(written, "Europe/Berlin")
    assert caught.value.where == where
    assert error in caught.value.error


def test_a_schedule_in_no_zone_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        reading.schedule(WRITTEN, "Europe/Atlantis")
    assert caught.value.where == "zone"
