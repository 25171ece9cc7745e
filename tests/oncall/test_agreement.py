"""Whatever the schedule: the rules agree with the second opinion, and every view with every other.

The cases lie around days on which clocks change, and one around a day that never was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.rules import oncall
from commands.rules.oncall import reading
from store.model import MINUTE
from store.model.oncall import Shift
from tests.oncall.model import Model, minute_of

pytestmark = pytest.mark.broad

CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00Z", "2026-10-03T15:30Z"),
    "America/Santiago": ("2026-04-05T03:00Z", "2026-09-06T04:00Z"),
    "Africa/Cairo": ("2026-04-23T22:00Z", "2026-10-29T21:00Z"),
    "Antarctica/Troll": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/St_Johns": ("2008-03-09T03:31Z", "2008-11-02T02:31Z"),
    "Asia/Kolkata": ("2028-02-29T12:00Z",),
    "Pacific/Apia": ("2011-12-30T10:00Z",),
}
"""Where, and around which instants: St John's once changed its clocks a minute after midnight."""

PEOPLE = ("ana", "bob", "cyd", "dee", "eve")
HOURS = (0, 1, 60, 90, 120, 135, 150, 180, 1380, 1410, 480, 1080)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LENGTHS = {"hourly": (1, 30), "daily": (1, 4), "weekly": (1, 2), "custom": (50, 3000)}

people = st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True)


def middles(zone: str) -> st.SearchStrategy[datetime]:
    """An instant at which the zone's clocks change, as they then show it."""
    return st.sampled_from(CHANGES[zone]).map(
        lambda text: datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    )


@st.composite
def times(draw: st.DrawFn, middle: datetime) -> str:
    """An instant, or a wall time, near the middle; often just about where the clocks change."""
    near, far = st.sampled_from(range(-240, 241, 30)), 3 * 24 * 60
    after = timedelta(minutes=draw(st.one_of(near, st.integers(-far, far))))
    if draw(st.booleans()):
        return (middle.astimezone(UTC) + after).isoformat()
    return (middle.replace(tzinfo=None) + after).isoformat()


@st.composite
def spans(draw: st.DrawFn, /, middle: datetime, **more: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Something with a start and an end, now and then the wrong way round."""
    known = {name: draw(value) for name, value in more.items()}
    return {"start": draw(times(middle)), "end": draw(times(middle))} | known


@st.composite
def clocks(draw: st.DrawFn) -> str:
    """A time of day, most often one at which some clocks change."""
    minutes = draw(st.one_of(st.sampled_from(HOURS), st.integers(0, 1439)))
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def rotations(draw: st.DrawFn, middle: datetime) -> dict[str, Any]:
    kind = draw(st.sampled_from((*LENGTHS, "monthly")))
    low, high = LENGTHS.get(kind, (1, 1))
    rotation: dict[str, Any] = {
        "kind": kind,
        "length": draw(st.integers(low, high)),
        "people": draw(st.lists(people, min_size=1, max_size=4)),
    }
    if draw(st.booleans()):
        rotation["position"] = {"at": draw(times(middle)), "index": draw(st.integers(0, 3))}
    return rotation


@st.composite
def layers(draw: st.DrawFn, zone: str, middle: datetime) -> dict[str, Any]:
    layer: dict[str, Any] = {"name": "one", "zone": zone, "priority": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        layer["people"] = draw(people)
    else:
        layer |= {"start": draw(times(middle)), "rotation": draw(rotations(middle))}
    if draw(st.booleans()):
        layer["restrictions"] = draw(st.lists(windows(), max_size=2))
    if draw(st.integers(0, 3)) == 0:
        near = st.integers(-3, 3).map(lambda days: (middle + timedelta(days)).date().isoformat())
        layer["holidays"] = draw(st.lists(near, max_size=2))
        layer["holiday_rule"] = draw(st.sampled_from(("off", "only")))
    for bound in ("from", "until"):
        if draw(st.integers(0, 5)) == 0:
            layer[bound] = draw(times(middle))
    return layer


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    window: dict[str, Any] = {"start": draw(clocks()), "end": draw(clocks())}
    if draw(st.booleans()):
        window["days"] = draw(st.lists(st.sampled_from(DAYS), unique=True, max_size=5))
    return window


@st.composite
def overrides(draw: st.DrawFn, middle: datetime) -> dict[str, Any]:
    kind = draw(st.sampled_from(("add", "remove", "replace")))
    person = st.sampled_from(PEOPLE)
    names = {"add": ("add",), "remove": ("remove",), "replace": ("add", "remove")}[kind]
    return draw(spans(middle, kind=st.just(kind), **dict.fromkeys(names, person)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """A schedule and the instant around which things happen in it."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    middle = draw(middles(zone))
    person = st.sampled_from(PEOPLE)
    shift = spans(middle, people=people)
    schedule: dict[str, Any] = {
        "layers": draw(st.lists(layers(zone, middle), min_size=1, max_size=3)),
        "overrides": draw(st.lists(overrides(middle), max_size=4)),
        "swaps": draw(
            st.lists(
                spans(
                    middle,
                    from_person=person,
                    to_person=person,
                    state=st.sampled_from(("taken", "taken", "open")),
                ),
                max_size=2,
            )
        ),
    }
    if draw(st.integers(0, 3)) == 0:
        temporary = spans(middle, shifts=st.lists(shift, max_size=2))
        schedule["temporary"] = draw(st.lists(temporary, max_size=2))
    if draw(st.integers(0, 5)) == 0:
        schedule["now"] = draw(times(middle))
        schedule["history"] = draw(st.lists(spans(middle, person=person), max_size=2))
        if schedule["history"] and draw(st.booleans()):
            del schedule["history"][0]["end"]
    return {"zone": zone, "schedule": schedule}, middle


def minutes(found: list[Shift]) -> Iterator[tuple[int, frozenset[str]]]:
    for each in found:
        for at in range(each.start // MINUTE, each.end // MINUTE):
            yield at, frozenset(each.people)


def joined(shifts: list[Shift]) -> Iterator[Shift]:
    """Shifts of the same people that touch are one."""
    held: Shift | None = None
    for each in shifts:
        if held and held.end == each.start and held.people == each.people:
            held = replace(held, end=each.end)
            continue
        if held:
            yield held
        held = each
    if held:
        yield held


many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


@many
@given(cases(), st.integers(-60, 20))
def test_every_minute_is_as_the_second_opinion_has_it(
    drawn: tuple[dict[str, Any], datetime], hours: int
) -> None:
    case, middle = drawn
    at = minute_of(middle.isoformat())
    start, end = at + hours * 60, at + (hours + 40) * 60
    schedule = reading.schedule(case["schedule"], case["zone"])
    got = dict(minutes(oncall.shifts(schedule, start * MINUTE, end * MINUTE)))
    model = Model(case, at)
    for minute in range(start, end):
        assert got.get(minute, frozenset()) == model.who(minute), minute


@settings(max_examples=60, deadline=None, print_blob=True)
@given(st.data())
def test_a_window_over_a_change_is_as_the_second_opinion_has_it(data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(sorted(CHANGES)))
    middle = data.draw(middles(zone))
    layer = {"name": "one", "zone": zone, "priority": 1, "people": ["ana"]}
    layer["restrictions"] = [data.draw(windows())]
    at = minute_of(middle.isoformat())
    schedule = reading.schedule({"layers": [layer]}, zone)
    shifts = oncall.shifts(schedule, (at - 600) * MINUTE, (at + 600) * MINUTE)
    got = {minute for minute, _ in minutes(shifts)}
    model = Model({"zone": zone, "schedule": {"layers": [layer]}}, at)
    assert got == {minute for minute in range(at - 600, at + 600) if model.who(minute)}


@many
@given(cases(), st.integers(-3000, 3000), st.lists(st.integers(0, 8 * 1440 - 1), min_size=1))
def test_every_view_gives_the_same_answer(
    drawn: tuple[dict[str, Any], datetime], offset: int, asked: list[int]
) -> None:
    case, middle = drawn
    schedule = reading.schedule(case["schedule"], case["zone"])
    start = (minute_of(middle.isoformat()) + offset - 4 * 1440) * MINUTE
    end = start + 8 * 1440 * MINUTE
    shifts = oncall.shifts(schedule, start, end)
    whole = list(oncall.stretches(schedule, start, end))
    assert (whole[0].start, whole[-1].end) == (start, end)
    assert all(each.start < each.end for each in whole)
    for one, following in pairwise(whole):
        assert one.end == following.start
        assert (one.on, one.off) != (following.on, following.off)
    for minute in asked:
        at = start + minute * MINUTE
        [shift] = [each.people for each in shifts if each.start <= at < each.end] or [()]
        [stretch] = [each for each in whole if each.start <= at < each.end]
        now = oncall.at_instant(schedule, at)
        assert shift == stretch.people == now.people
        assert stretch.on == now.on == oncall.who(schedule, at)
        assert stretch.off == now.off
        assert all(each.because for each in now.on + now.off)
        assert not {each.person for each in now.off} & set(now.people)


@many
@given(cases(), st.integers(1, 8 * 1440 - 1))
def test_shifts_are_in_order_whole_and_the_same_wherever_one_cuts(
    drawn: tuple[dict[str, Any], datetime], cut: int
) -> None:
    case, middle = drawn
    schedule = reading.schedule(case["schedule"], case["zone"])
    start = (minute_of(middle.isoformat()) - 4 * 1440) * MINUTE
    end, between = start + 8 * 1440 * MINUTE, start + cut * MINUTE
    shifts = oncall.shifts(schedule, start, end)
    assert all(start <= each.start < each.end <= end and each.people for each in shifts)
    for one, following in pairwise(shifts):
        assert one.end <= following.start
        assert one.end < following.start or one.people != following.people
    parts = oncall.shifts(schedule, start, between) + oncall.shifts(schedule, between, end)
    assert list(joined(parts)) == shifts
    free = sum(each.end - each.start for each in oncall.gaps(schedule, start, end))
    assert free + sum(each.end - each.start for each in shifts) == end - start


@many
@given(st.data())
def test_a_rotation_alone_leaves_no_hole(data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(sorted(CHANGES)))
    middle = data.draw(middles(zone))
    rotation = data.draw(rotations(middle))
    rotation["people"] = [turn or ["ana"] for turn in rotation["people"]]
    layer = {"zone": zone, "start": data.draw(times(middle)), "rotation": rotation}
    schedule = reading.schedule({"layers": [layer]}, zone)
    start = round(middle.astimezone(UTC).timestamp()) * 1000
    start += data.draw(st.integers(-400, 400)) * 1440 * MINUTE
    end = start + data.draw(st.integers(1, 90 * 1440)) * MINUTE
    assert oncall.gaps(schedule, start, end) == []
    assert all(each.on for each in oncall.stretches(schedule, start, end))
