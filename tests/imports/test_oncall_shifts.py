"""Shifts of Grafana OnCall: its own dated cases, and each kind of shift as a layer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.imports.oncall.events import Shift, events
from bot.imports.spans import instant
from tests.imports.support import Result, asked, combined

NOW = datetime(2026, 9, 16, 10, 20)  # noqa: DTZ001 — a Wednesday, wall time of UTC
USERS = [{"id": f"U{n}", "username": n, "email": f"{n}@example.eu", "role": "admin"} for n in "abc"]


def shift(**changed: Any) -> Shift:
    values: dict[str, Any] = {
        "key": "O1",
        "name": "shift",
        "kind": "rolling_users",
        "zone": "UTC",
        "level": 1,
        "start": NOW,
        "length": 180,
        "since": changed.get("start", NOW),
        "frequency": "weekly",
        "interval": 1,
        "until": None,
        "week_start": 0,
        "by_day": (),
        "by_month": (),
        "by_monthday": (),
        "groups": (("a",), ("b",)),
        "web": False,
    }
    return Shift(**{**values, **changed})


def who(of: Shift, wall: datetime) -> str:
    at = instant(wall.replace(tzinfo=UTC))
    people = {p for s, e, group in events(of, at, at + 60_000) if s <= at < e for p in group}
    return "".join(sorted(people))


def after(**delta: float) -> datetime:
    return NOW + timedelta(minutes=5) + timedelta(**delta)


def test_a_biweekly_turn_of_three_hours_begins_with_the_second_group_after_rotation_start() -> None:
    of = shift(interval=2, week_start=NOW.weekday(), since=NOW + timedelta(hours=1))
    found = {days: who(of, after(days=days)) for days in (0, 7, 14, 21, 28, 35, 42)}
    assert found == {0: "", 7: "", 14: "b", 21: "", 28: "a", 35: "", 42: "b"}


def test_weekend_shifts_count_weeks_from_the_start_and_begin_at_rotation_start() -> None:
    monday = datetime(2026, 9, 21)  # noqa: DTZ001
    of = shift(
        start=datetime(2026, 9, 16),  # noqa: DTZ001
        since=monday,
        length=30,
        by_day=(5, 6),
        until=monday + timedelta(days=30, minutes=1),
        groups=(("a",), ("b",), ("c",)),
    )
    saturday = monday + timedelta(days=5, minutes=5)
    found = {d: who(of, saturday + timedelta(days=d)) for d in (-7, 0, 7, 8, 9, 15, 22, 30)}
    assert found == {-7: "", 0: "b", 7: "c", 8: "c", 9: "", 15: "a", 22: "b", 30: ""}


def test_chosen_days_of_a_week_that_begins_with_the_start() -> None:
    today = NOW.weekday()
    of = shift(
        since=NOW + timedelta(days=8, hours=1),
        length=30,
        week_start=today,
        by_day=tuple(sorted(((today + 1) % 7, (today + 3) % 7))),
        until=NOW + timedelta(days=23, minutes=1),
        groups=(("a",), ("b",), ("c",)),
    )
    found = {d: who(of, after(days=d)) for d in (0, 1, 3, 8, 9, 10, 15, 17, 22, 24)}
    assert found == {0: "", 1: "", 3: "", 8: "", 9: "", 10: "b", 15: "c", 17: "c", 22: "a", 24: ""}


@pytest.mark.parametrize("web", [True, False])
def test_what_runs_at_rotation_start_counts_in_the_web_interface_alone(web: bool) -> None:
    of = shift(frequency="daily", length=24 * 60, since=NOW + timedelta(hours=1), web=web)
    assert who(of, after(hours=2)) == ("a" if web else "")
    assert who(of, after(days=1)) == "b"


def test_days_taken_in_turn_go_on_over_the_weekend() -> None:
    of = shift(
        frequency="daily",
        length=60,
        start=datetime(2026, 9, 14, 10),  # noqa: DTZ001 — a Monday
        by_day=(0, 2, 4),
        groups=(("a",), ("b",)),
    )
    days = [datetime(2026, 9, 14 + n, 10, 30) for n in range(14)]  # noqa: DTZ001
    assert [who(of, day) or "-" for day in days] == list("a-b-a--b-a-b--")


def test_an_event_ends_so_much_elapsed_time_after_its_start() -> None:
    of = shift(zone="Europe/Berlin", start=datetime(2026, 9, 7, 9), length=7 * 1440)  # noqa: DTZ001
    window = asked("2026-10-19", 9)
    spans = [(s, e) for s, e, _ in events(of, window.start, window.end)]
    hours = [(e - s) / 3_600_000 for s, e in sorted(spans)]
    assert hours == [168, 168, 168]


# ---- as layers ---------------------------------------------------------------------------------


def schedule(*shifts: dict[str, Any], kind: str = "calendar", **more: Any) -> Result:
    listed = [
        {
            "id": f"O{n}",
            "name": f"shift {n}",
            "level": 0,
            "type": "rolling_users",
            "start": "2026-09-07T09:00:00",
            "rotation_start": each.get("start", "2026-09-07T09:00:00"),
            "duration": 86_400,
            "rolling_users": [["Ua"], ["Ub"], ["Uc"]],
            "start_rotation_from_user_index": 0,
            "week_start": "MO",
            **each,
        }
        for n, each in enumerate(shifts)
    ]
    record = {
        "id": "S1",
        "name": "rota",
        "type": kind,
        "time_zone": "Europe/Berlin",
        "on_call_now": [],
        "shifts": [each["id"] for each in listed],
        **more,
    }
    listings = {"users": USERS, "on_call_shifts": listed, "schedules": [record]}
    return combined("oncall", listings, asked("2026-09-15"))


def layer(result: Result) -> dict[str, Any]:
    (found,) = result.found.schedules["rota"]["layers"]
    return {k: v for k, v in found.items() if k not in ("name", "priority", "zone")}


def test_a_full_week_is_a_weekly_rotation_on_utc_in_the_web_interface() -> None:
    result = schedule({"frequency": "weekly", "duration": 604_800}, kind="web")
    assert layer(result) == {
        "start": "2026-09-07T09:00",
        "rotation": {"kind": "weekly", "people": ["a", "b", "c"]},
    }
    assert result.found.schedules["rota"]["layers"][0]["zone"] == "UTC"
    assert not result.differences


def test_a_week_in_a_zone_ends_an_hour_early_there_when_clocks_go_back_and_that_is_named() -> None:
    result = schedule({"frequency": "weekly", "duration": 604_800})
    (one,) = result.differences
    assert (one.theirs, one.ours) == ((), ("a",))
    assert one.end - one.start == 3_600_000
    assert "elapsed time" in one.why


def test_hours_of_chosen_days_are_restrictions_of_a_weekly_rotation() -> None:
    result = schedule({"frequency": "weekly", "by_day": ["MO", "WE", "SU"], "duration": 8 * 3600})
    assert layer(result) == {
        "start": "2026-09-07T09:00",
        "rotation": {"kind": "weekly", "people": ["a", "b", "c"]},
        "restrictions": [{"days": ["mon", "wed", "sun"], "start": "09:00", "end": "17:00"}],
    }
    assert not result.differences


def test_a_night_that_begins_on_the_last_day_of_a_week_stays_with_who_began_it() -> None:
    result = schedule(
        {
            "frequency": "weekly",
            "by_day": ["SU", "MO"],
            "start": "2026-09-07T22:00:00",
            "duration": 36_000,
        }
    )
    assert not [d for d in result.differences if "clocks" not in d.why]
    assert layer(result)["start"] == "2026-09-07T22:00"


def test_every_other_week_has_empty_turns_between() -> None:
    result = schedule({"frequency": "weekly", "interval": 2, "by_day": ["MO"], "duration": 3600})
    assert layer(result)["rotation"]["people"] == ["a", [], "b", [], "c", []]
    assert not result.differences


def test_shifts_that_overlap_have_both_on_call() -> None:
    result = schedule({"frequency": "daily", "duration": 30 * 3600})
    assert not [d for d in result.differences if "clocks" not in d.why]
    assert layer(result)["rotation"]["kind"] == "hourly"


def test_the_first_turn_is_that_of_the_index() -> None:
    result = schedule(
        {"frequency": "daily", "start_rotation_from_user_index": 2}, kind="web", time_zone="UTC"
    )
    assert layer(result)["rotation"]["people"] == ["c", "a", "b"]
    assert not result.differences


def test_what_no_rotation_can_say_is_written_out_and_said() -> None:
    result = schedule(
        {"type": "recurrent_event", "users": ["Ua"], "frequency": "monthly", "by_monthday": [-1]}
    )
    assert len(result.found.schedules["rota"]["layers"]) == 3
    assert any("one by one until 2026-12-14" in said for said in result.said("approximated"))
    assert not result.differences


def test_a_shift_of_a_month_is_a_month_and_the_difference_is_named() -> None:
    result = schedule(
        {"frequency": "monthly", "start": "2026-08-01T00:00:00", "duration": 30 * 86_400},
        kind="web",
    )
    assert layer(result)["rotation"] == {"kind": "monthly", "people": ["a", "b", "c"]}
    assert [(d.theirs, d.ours) for d in result.differences] == [((), ("c",))]
    assert "whatever the month" in result.differences[0].why


def test_an_override_stands_above_every_level_and_higher_levels_above_lower_ones() -> None:
    result = schedule(
        {"frequency": "weekly", "duration": 604_800, "level": 1},
        {"type": "single_event", "users": ["Ub"], "start": "2026-09-20T00:00:00", "level": 7},
        {"type": "override", "users": ["Uc"], "start": "2026-09-20T06:00:00", "duration": 3600},
        kind="web",
    )
    priorities = [each["priority"] for each in result.found.schedules["rota"]["layers"]]
    assert priorities == [1, 7, 8]
    assert not result.differences


def test_a_taken_swap_changes_who_is_on_call_and_an_open_one_does_not() -> None:
    listings: dict[str, Any] = {
        "users": USERS,
        "schedules": [{"id": "S1", "name": "rota", "type": "web", "on_call_now": [], "shifts": []}],
        "on_call_shifts": [
            {
                "id": "O1", "name": "week", "schedule": "S1", "type": "rolling_users", "level": 1,
                "start": "2026-09-14T00:00:00", "duration": 604_800, "frequency": "weekly",
                "interval": 1, "week_start": "MO", "rolling_users": [["Ua"], ["Ub"]],
            }
        ],
        "shift_swaps": [
            {"schedule": "S1", "swap_start": "2026-09-15T00:00:00Z", "status": "taken",
             "swap_end": "2026-09-16T00:00:00Z", "beneficiary": "Ua", "benefactor": "Uc"},
            {"schedule": "S1", "swap_start": "2026-09-17T00:00:00Z", "status": "open",
             "swap_end": "2026-09-18T00:00:00Z", "beneficiary": "Ua", "benefactor": None},
        ],
    }  # fmt: skip
    result = combined("oncall", listings, asked("2026-09-15", 7))
    assert [s["state"] for s in result.found.schedules["rota"]["swaps"]] == ["taken", "open"]
    assert not result.differences
    source = result.found.sources["rota"]
    assert source.answer is not None
    first, second, _ = source.answer(asked("2026-09-15", 7).start, asked("2026-09-15", 7).end)
    assert [set(each[2]) for each in (first, second)] == [{"c"}, {"a"}]


def test_a_calendar_is_an_ical_layer_whose_address_stays_out_of_the_file() -> None:
    result = schedule(
        {"frequency": "daily"},
        kind="ical",
        ical_url_primary="https://calendar.example.com/private-77/basic.ics",
    )
    assert "private-77" not in result.text
    assert "${ICAL_ROTA_CALENDAR}" in result.text
    assert not result.compared
