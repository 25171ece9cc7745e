"""Random schedules of each tool: the result has the same people on call, minute for minute, but
for the differences that are named."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.imports.spans import changes
from store.model import HOUR
from tests.imports.support import Result, asked, combined

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
WINDOWS = ["2026-10-10", "2026-03-02", "2027-01-10"]
FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

zones = st.sampled_from(ZONES)
windows = st.sampled_from(WINDOWS).map(lambda day: asked(day, 30))
quarters = st.integers(0, 95).map(lambda n: n * 15)
walls = st.builds(
    lambda day, minutes: datetime(2026, 1, 1) + timedelta(days=day, minutes=minutes),  # noqa: DTZ001
    st.integers(0, 40),
    quarters,
)
people = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4)
USERS = "abcd"


def iso(wall: datetime) -> str:
    return wall.strftime("%Y-%m-%dT%H:%M:%S")


def near_a_change(result: Result) -> list[Any]:
    """Differences that no change of clocks explains: all others are an hour at most beside one."""
    return [
        d
        for each in result.compared
        for d in each.differences
        if d.end - d.start > HOUR
        or not any(
            at - 3 * HOUR <= d.end and d.start <= at + 3 * HOUR
            for at in changes(each.source.zone, each.start - 4 * HOUR, each.end + 4 * HOUR)
        )
    ]


# ---- PagerDuty ---------------------------------------------------------------------------------


@st.composite
def pagerduty_layers(draw: st.DrawFn) -> dict[str, Any]:
    hours = st.sampled_from([1, 6, 8, 12, 24, 36, 48, 168, 336])
    daily = st.builds(
        lambda start, length: {
            "type": "daily_restriction",
            "start_time_of_day": f"{start // 60:02d}:{start % 60:02d}:00",
            "duration_seconds": length * 900,
        },
        quarters,
        st.integers(1, 96),
    )
    weekly = st.builds(
        lambda start, length, day: {
            "type": "weekly_restriction",
            "start_time_of_day": f"{start // 60:02d}:{start % 60:02d}:00",
            "duration_seconds": length * 900,
            "start_day_of_week": day,
        },
        quarters,
        st.integers(1, 600),
        st.integers(1, 7),
    )
    start = draw(walls)
    return {
        "id": "L",
        "name": "layer",
        "start": iso(start) + "Z",
        "end": draw(st.sampled_from([None, "2026-10-20T12:00:00Z"])),
        "rotation_virtual_start": iso(draw(walls)) + "Z",
        "rotation_turn_length_seconds": draw(hours) * 3600,
        "users": [{"user": {"id": f"U{u}"}} for u in draw(people)],
        "restrictions": draw(st.lists(st.one_of(daily, weekly), max_size=3)),
    }


overrides = st.builds(
    lambda start, hours, user: (
        datetime(2026, 9, 20) + timedelta(minutes=start),  # noqa: DTZ001
        hours,
        user,
    ),
    st.integers(0, 4000).map(lambda n: n * 15),
    st.integers(1, 60),
    st.sampled_from(USERS),
)


@FEW
@given(
    zone=zones,
    window=windows,
    layers=st.lists(pagerduty_layers(), min_size=1, max_size=3),
    over=st.lists(overrides, max_size=3),
)
def test_pagerduty(zone: str, window: Any, layers: list[Any], over: list[Any]) -> None:
    listings = {
        "users": [{"id": f"U{u}", "name": u, "email": f"{u}@x.eu", "role": "admin"} for u in USERS],
        "schedules": [
            {
                "id": "S",
                "name": "rota",
                "time_zone": zone,
                "schedule_layers": layers,
                "overrides": [
                    {"start": iso(s) + "Z", "end": iso(s + timedelta(hours=h)) + "Z",
                     "user": {"id": f"U{u}"}}
                    for s, h, u in over
                ],
            }
        ],
    }  # fmt: skip
    assert not near_a_change(combined("pagerduty", listings, window))


# ---- Opsgenie ----------------------------------------------------------------------------------

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
half_hours = st.tuples(st.integers(0, 23), st.sampled_from([0, 30]))


@st.composite
def opsgenie_rotations(draw: st.DrawFn) -> dict[str, Any]:
    def span(days: bool) -> dict[str, Any]:
        (sh, sm), (eh, em) = draw(half_hours), draw(half_hours)
        found: dict[str, Any] = {"startHour": sh, "startMin": sm, "endHour": eh, "endMin": em}
        if days:
            found |= {k: draw(st.sampled_from(WEEKDAYS)) for k in ("startDay", "endDay")}
        return found

    kind = draw(st.sampled_from([None, "time-of-day", "weekday-and-time-of-day"]))
    restriction: dict[str, Any] | None = None
    if kind == "time-of-day":
        restriction = {"type": kind, "restriction": span(False)}
    elif kind:
        count = draw(st.integers(1, 3))
        restriction = {"type": kind, "restrictions": [span(True) for _ in range(count)]}
    users = [{"type": "user", "id": f"U{u}"} for u in draw(people)]
    return {
        "id": draw(st.sampled_from(["r1", "r2", "r3"])),
        "name": "rotation",
        "startDate": iso(draw(walls)) + "Z",
        "endDate": draw(st.sampled_from([None, "2026-10-20T12:00:00Z"])),
        "type": draw(st.sampled_from(["hourly", "daily", "weekly"])),
        "length": draw(st.integers(1, 12)),
        "participants": [*users, *draw(st.lists(st.just({"type": "none"}), max_size=1))],
        "timeRestriction": restriction,
    }


@FEW
@given(
    zone=zones,
    window=windows,
    rotations=st.lists(
        opsgenie_rotations(), min_size=1, max_size=3, unique_by=lambda r: str(r["id"])
    ),
    over=st.lists(
        st.tuples(overrides, st.lists(st.sampled_from(["r1", "r2"]), max_size=1)), max_size=3
    ),
)
def test_opsgenie(zone: str, window: Any, rotations: list[Any], over: list[Any]) -> None:
    listings = {
        "users": [
            {"id": f"U{u}", "username": f"{u}@x.eu", "fullName": u, "role": {"name": "Admin"}}
            for u in USERS
        ],
        "schedules": [
            {
                "id": "S",
                "name": "rota",
                "timezone": zone,
                "enabled": True,
                "rotations": rotations,
                "overrides": [
                    {"alias": "o", "user": {"type": "user", "id": f"U{u}"},
                     "startDate": iso(s) + "Z", "endDate": iso(s + timedelta(hours=h)) + "Z",
                     "rotations": [{"id": r} for r in of]}
                    for (s, h, u), of in over
                ],
            }
        ],
    }  # fmt: skip
    assert not near_a_change(combined("opsgenie", listings, window))


# ---- GoAlert -----------------------------------------------------------------------------------


@st.composite
def goalert_targets(draw: st.DrawFn) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    clock = quarters.map(lambda m: f"{m // 60:02d}:{m % 60:02d}")
    rules = st.builds(
        lambda start, end, days: {"start": start, "end": end, "weekdayFilter": days},
        clock,
        clock,
        st.lists(st.booleans(), min_size=7, max_size=7),
    )
    listed = draw(st.lists(rules, min_size=1, max_size=2))
    if draw(st.booleans()):
        user = draw(st.sampled_from(USERS))
        return None, {"target": {"id": f"U{user}", "type": "user", "name": user}, "rules": listed}
    key = draw(st.sampled_from(["r1", "r2", "r3"]))
    users = [f"U{u}" for u in draw(people)]
    rotation = {
        "id": key,
        "name": key,
        "type": draw(st.sampled_from(["hourly", "daily", "weekly", "monthly"])),
        "start": iso(draw(walls)) + "Z",
        "shiftLength": draw(st.integers(1, 7)),
        "timeZone": draw(zones),
        "userIDs": users,
        "activeUserIndex": draw(st.integers(0, len(users) - 1)),
    }
    return rotation, {"target": {"id": key, "type": "rotation", "name": key}, "rules": listed}


@FEW
@given(
    zone=zones,
    window=windows,
    targets=st.lists(goalert_targets(), min_size=1, max_size=3),
    over=st.lists(st.tuples(overrides, st.sampled_from(["add", "remove", "replace"])), max_size=3),
)
def test_goalert(zone: str, window: Any, targets: list[Any], over: list[Any]) -> None:
    listings = {
        "data": {
            "users": {
                "nodes": [
                    {"id": f"U{u}", "name": u, "email": f"{u}@x.eu", "role": "admin"} for u in USERS
                ]
            },
            "rotations": {"nodes": [r for r, _ in targets if r]},
            "schedules": {
                "nodes": [
                    {"id": "S", "name": "r", "timeZone": zone, "targets": [t for _, t in targets]}
                ]
            },
            "userOverrides": {
                "nodes": [
                    {"start": iso(s) + "Z", "end": iso(s + timedelta(hours=h)) + "Z",
                     "addUserID": f"U{u}" if kind != "remove" else "",
                     "removeUserID": "Ua" if kind != "add" else "",
                     "target": {"id": "S", "type": "schedule"}}
                    for (s, h, u), kind in over
                ]
            },
        }
    }  # fmt: skip
    result = combined("goalert", listings, window)
    zones_of = {r["timeZone"] for r, _ in targets if r}
    assert not [
        d
        for d in near_a_change(result)
        if not any(
            at - 3 * HOUR <= d.end and d.start <= at + 3 * HOUR
            for each in zones_of
            for at in changes(each, window.start - 4 * HOUR, window.end + 4 * HOUR)
        )
    ]


# ---- Grafana OnCall ----------------------------------------------------------------------------

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def oncall_shifts(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["rolling_users", "recurrent_event", "single_event", "override"]))
    start = draw(walls)
    found: dict[str, Any] = {
        "id": f"O{draw(st.integers(0, 10**6))}",
        "name": "shift",
        "type": kind,
        "time_zone": draw(st.one_of(st.none(), zones)),
        "level": draw(st.integers(0, 2)),
        "start": iso(start),
        "rotation_start": iso(
            start + draw(st.sampled_from([0, 0, 0, 1, 9, 30])) * timedelta(days=1)
        ),
        "duration": draw(st.integers(1, 96)) * 900,
    }
    if kind in ("single_event", "override"):
        late = datetime(2026, 9, 20) + draw(st.integers(0, 2000)) * timedelta(minutes=30)  # noqa: DTZ001
        return {**found, "start": iso(late), "rotation_start": iso(late),
                "users": [f"U{u}" for u in draw(people)]}  # fmt: skip
    frequency = draw(st.sampled_from(["hourly", "daily", "weekly", "monthly"]))
    groups = draw(st.lists(people, min_size=1, max_size=3))
    if kind == "rolling_users":
        found |= {
            "rolling_users": [[f"U{u}" for u in dict.fromkeys(g)] for g in groups],
            "start_rotation_from_user_index": draw(st.integers(0, len(groups) - 1)),
        }
    else:
        found |= {"users": [f"U{u}" for u in groups[0]], "rotation_start": found["start"]}
    by_day = draw(st.one_of(st.none(), st.lists(st.sampled_from(DAYS), min_size=1, unique=True)))
    if frequency in ("daily", "weekly") and draw(st.booleans()):
        found["duration"] = {"daily": 86_400, "weekly": 604_800}[frequency]
    if frequency == "weekly" and by_day:
        found["duration"] = min(found["duration"], 86_400)
    if frequency == "hourly":  # turns that overlap each other are told as a difference
        found["duration"] = min(found["duration"], 3600 if kind == "rolling_users" else 12 * 3600)
    most = len(by_day or ()) if frequency == "daily" and by_day else 3
    return found | {
        "frequency": frequency,
        "interval": draw(st.integers(1, max(min(most, 3), 1))),
        "until": draw(st.sampled_from([None, None, "2026-10-20T12:00:00"])),
        "week_start": draw(st.sampled_from(DAYS)),
        "by_day": by_day if frequency != "monthly" else None,
        "by_monthday": draw(st.sampled_from([None, [1, -1]])) if frequency == "monthly" else None,
    }


@settings(FEW, max_examples=60)
@given(
    zone=zones,
    window=windows,
    kind=st.sampled_from(["web", "calendar"]),
    shifts=st.lists(oncall_shifts(), min_size=1, max_size=3, unique_by=lambda s: str(s["id"])),
)
def test_oncall(zone: str, window: Any, kind: str, shifts: list[Any]) -> None:
    listings = {
        "users": [
            {"id": f"U{u}", "username": u, "email": f"{u}@x.eu", "role": "admin"} for u in USERS
        ],
        "on_call_shifts": shifts,
        "schedules": [
            {"id": "S", "name": "rota", "type": kind, "time_zone": zone, "on_call_now": [],
             "shifts": [s["id"] for s in shifts]}
        ],
    }  # fmt: skip
    result = combined("oncall", listings, window)
    unnamed = [
        d for each in result.compared for d in each.differences if "elapsed time" not in d.why
    ]
    zones_of = {zone, *(s["time_zone"] for s in shifts if s["time_zone"])}
    assert not [
        d
        for d in unnamed
        if not any(
            at - 30 * HOUR <= d.end and d.start <= at + 30 * HOUR and d.end - d.start <= HOUR
            for each in zones_of
            for at in changes(each, window.start - 40 * HOUR, window.end + 40 * HOUR)
        )
    ]
