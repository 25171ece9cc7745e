"""A thousand schedules of a company, for tests and benchmarks that need many."""

from __future__ import annotations

import random
from typing import Any

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


def hourly(number: int) -> Schedule:
    """Five people who hand over every hour."""
    people = [f"p{n}" for n in range(5)]
    return schedule(ZONES[number % len(ZONES)], rotation("2025-01-06T09:00", "hourly", *people))
