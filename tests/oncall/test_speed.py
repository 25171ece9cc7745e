"""Who is on call is asked for every page and every calendar: it is computed in no time."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from commands.rules import oncall
from commands.rules.oncall.wall import clock_of
from store.model import DAY, MINUTE
from store.model.oncall import Schedule
from tests.oncall.support import instant, rotation, schedule

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "UTC",
    "America/Chicago",
    "Asia/Tokyo",
)
KINDS = (("daily", 1), ("weekly", 1), ("monthly", 1), ("custom", 720), ("hourly", 8))
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
START = instant("2026-10-01T00:00Z")


def company(number: int) -> Schedule:
    """A rotation, office hours without holidays, nights at the weekend, overrides and swaps."""
    chance = random.Random(number)
    people = [f"p{n}" for n in range(chance.randint(3, 8))]
    kind, length = chance.choice(KINDS)
    office = [{"days": WEEKDAYS, "start": "08:00", "end": "18:00"}]
    nights = [{"days": ["fri", "sat", "sun"], "start": "22:00", "end": "06:00"}]
    layers = [
        rotation("2025-01-06T09:00", kind, *people, length=length),
        rotation(
            "2025-01-06T08:00",
            "weekly",
            *people,
            priority=2,
            restrictions=office,
            holidays=["2026-12-25"],
        ),
    ]
    if number % 2:
        layers.append(
            rotation("2025-01-03T22:00", "daily", *people, priority=3, restrictions=nights)
        )
    changes: dict[str, Any] = {}
    if number % 3 == 0:
        changes["overrides"] = [
            {"kind": "replace", "remove": "p0", "add": "zoe"} | span(10, day)
            for day in range(1, 28, 3)
        ]
    if number % 5 == 0:
        changes["swaps"] = [
            {"from_person": "p1", "to_person": "yan", "state": "taken"} | span(11, day)
            for day in range(1, 28, 9)
        ]
    return schedule(ZONES[number % len(ZONES)], *layers, **changes)


def span(month: int, day: int) -> dict[str, str]:
    return {"start": f"2026-{month}-{day:02}T10:00", "end": f"2026-{month}-{day + 1:02}T20:00"}


@pytest.mark.slow
def test_a_thousand_schedules_over_ninety_days_take_less_than_two_seconds() -> None:
    schedules = [company(number) for number in range(1000)]
    clock_of.cache_clear()
    began = time.process_time()
    shifts = sum(len(oncall.shifts(each, START, START + 90 * DAY)) for each in schedules)
    took = time.process_time() - began
    print(f"{shifts} shifts of 1,000 schedules over 90 days: {took:.2f} s")
    assert shifts > 100_000
    assert took < 2


@pytest.mark.slow
def test_ten_thousand_schedules_say_who_is_on_call_in_less_than_a_second() -> None:
    schedules = [company(number) for number in range(1000)]
    clock_of.cache_clear()
    began = time.process_time()
    for number in range(10_000):
        assert oncall.who(schedules[number % 1000], START + number * 37 * MINUTE) is not None
    took = time.process_time() - began
    print(f"who is on call in 10,000 schedules: {took:.2f} s")
    assert took < 1
