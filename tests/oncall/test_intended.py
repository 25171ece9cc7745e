"""Nobody by intention: a layer says so, and every view tells it from a gap."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.rules import oncall
from commands.rules.oncall import reading
from commands.rules.oncall.times import Unreadable
from store.model import MINUTE
from store.model.oncall import Gap, Schedule
from tests.oncall.support import instant, layer, people, rotation, said, schedule, table
from tests.oncall.test_agreement import CHANGES, layers, middles

BERLIN = "Europe/Berlin"
NIGHTS = [{"start": "22:00", "end": "06:00"}]


def gaps(of: Schedule, start: str, end: str) -> list[str]:
    return [
        f"{said(gap.start, of.zone)} {said(gap.end, of.zone)} {gap.intended or 'a gap'}"
        for gap in oncall.gaps(of, instant(start), instant(end))
    ]


def test_a_gap_is_marked_where_a_layer_says_nobody() -> None:
    of = schedule(
        BERLIN,
        layer(people=["ana"], restrictions=[{"start": "08:00", "end": "20:00"}]),
        layer(name="quiet", nobody="asleep", restrictions=NIGHTS, priority=0),
    )
    assert gaps(of, "2026-10-24T20:00+02:00", "2026-10-25T08:00+01:00") == [
        "2026-10-24T20:00+02:00 2026-10-24T22:00+02:00 a gap",
        "2026-10-24T22:00+02:00 2026-10-25T06:00+01:00 asleep",
        "2026-10-25T06:00+01:00 2026-10-25T08:00+01:00 a gap",
    ]


def test_nobody_of_a_higher_priority_takes_the_time_of_those_below() -> None:
    of = schedule(
        BERLIN,
        layer(people=["ana"]),
        layer(name="closed", nobody=True, priority=2, holidays=["2026-12-25"], holiday_rule="only"),
    )
    assert table(of, "2026-12-24T00:00+01:00", "2026-12-27T00:00+01:00") == [
        "2026-12-24T00:00+01:00 2026-12-25T00:00+01:00 ana",
        "2026-12-26T00:00+01:00 2026-12-27T00:00+01:00 ana",
    ]
    assert oncall.at_instant(of, instant("2026-12-25T12:00+01:00")).intended == "closed"


def test_somebody_of_the_same_priority_is_somebody() -> None:
    of = schedule(BERLIN, layer(people=["ana"]), layer(name="closed", nobody=True))
    assert people(of, "2026-12-25T12:00+01:00") == "ana"
    assert oncall.at_instant(of, instant("2026-12-25T12:00+01:00")).intended is None


def test_an_override_puts_somebody_where_nobody_was_meant_to_be() -> None:
    span = {"start": "2026-12-25T10:00", "end": "2026-12-25T12:00"}
    of = schedule(BERLIN, layer(nobody="closed"), overrides=[{"kind": "add", "add": "zoe", **span}])
    assert table(of, "2026-12-25T00:00+01:00", "2026-12-26T00:00+01:00") == [
        "2026-12-25T10:00+01:00 2026-12-25T12:00+01:00 zoe"
    ]
    remove = {"kind": "remove", "remove": "zoe", **span}
    of = schedule(BERLIN, layer(nobody="closed"), overrides=[remove])
    assert oncall.at_instant(of, instant("2026-12-25T11:00+01:00")).intended == "closed"


def test_who_is_taken_off_leaves_a_gap_that_nobody_intended() -> None:
    remove = {"kind": "remove", "remove": "ana"}
    span = {"start": "2026-12-25T10:00", "end": "2026-12-25T12:00"}
    of = schedule(
        BERLIN,
        layer(people=["ana"], priority=2),
        layer(nobody="closed"),
        overrides=[remove | span],
    )
    assert gaps(of, "2026-12-25T00:00+01:00", "2026-12-26T00:00+01:00") == [
        "2026-12-25T10:00+01:00 2026-12-25T12:00+01:00 a gap"
    ]


def test_a_temporary_schedule_without_shifts_is_a_gap() -> None:
    span = {"start": "2026-12-25T10:00", "end": "2026-12-25T12:00"}
    of = schedule(BERLIN, layer(nobody="closed"), temporary=[{**span, "shifts": []}])
    assert gaps(of, "2026-12-25T09:00+01:00", "2026-12-25T13:00+01:00") == [
        "2026-12-25T09:00+01:00 2026-12-25T10:00+01:00 closed",
        "2026-12-25T10:00+01:00 2026-12-25T12:00+01:00 a gap",
        "2026-12-25T12:00+01:00 2026-12-25T13:00+01:00 closed",
    ]


def test_stretches_tell_one_intention_from_another() -> None:
    of = schedule(
        BERLIN,
        layer(nobody="day", restrictions=[{"start": "08:00", "end": "20:00"}]),
        layer(nobody="night", priority=0),
    )
    found = oncall.stretches(of, instant("2026-06-01T00:00Z"), instant("2026-06-02T00:00Z"))
    assert [each.intended for each in found] == ["night", "day", "night"]


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ({"nobody": True, "people": ["ana"]}, "schedule.layers[0].nobody"),
        ({"nobody": 3}, "schedule.layers[0].nobody"),
        ({"nobody": " "}, "schedule.layers[0].nobody"),
        ({"ical": "ftp://x.example/a.ics"}, "schedule.layers[0].ical"),
        ({"ical": 7}, "schedule.layers[0].ical"),
    ],
)
def test_what_a_layer_cannot_say_is_refused(written: dict[str, Any], where: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading.schedule({"layers": [{"name": "one", **written}]}, BERLIN)
    assert refused.value.where == where


@settings(max_examples=60)
@given(st.data())
def test_where_a_layer_covers_always_there_is_no_gap_that_nobody_intended(
    data: st.DataObject,
) -> None:
    """Whatever other layers, windows, holidays and clock changes there are."""
    zone = data.draw(st.sampled_from(sorted(CHANGES)))
    middle = data.draw(middles(zone))
    others = data.draw(st.lists(layers(zone, middle), max_size=3))
    quiet = data.draw(st.lists(layers(zone, middle), max_size=2))
    for one in quiet:
        for key in ("people", "start", "rotation"):
            one.pop(key, None)
        one["nobody"] = "on purpose"
    always = rotation("2026-01-05T08:00", "daily", "ana", "bob", priority=1)
    of = schedule(zone, always, *others, *quiet)
    around = round(middle.timestamp()) * 1000
    start, end = around - 3 * 1440 * MINUTE, around + 3 * 1440 * MINUTE
    assert [gap for gap in oncall.gaps(of, start, end) if gap.intended is None] == []


@settings(max_examples=60)
@given(st.data())
def test_shifts_and_gaps_together_are_the_whole(data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(sorted(CHANGES)))
    middle = data.draw(middles(zone))
    written = data.draw(st.lists(layers(zone, middle), max_size=3))
    of = schedule(zone, *written, layer(nobody="kept free", priority=0, restrictions=NIGHTS))
    around = round(middle.timestamp()) * 1000
    start, end = around - 2 * 1440 * MINUTE, around + 2 * 1440 * MINUTE
    held = [(s.start, s.end) for s in oncall.shifts(of, start, end)]
    free = [(g.start, g.end) for g in oncall.gaps(of, start, end)]
    edges = sorted(held + free)
    assert edges[0][0] == start and edges[-1][1] == end
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    for gap in oncall.gaps(of, start, end):
        assert oncall.at_instant(of, gap.start).intended == gap.intended


def test_a_gap_is_a_noun() -> None:
    start = instant("2026-12-25T10:00Z")
    [gap] = oncall.gaps(schedule("UTC"), start, start + MINUTE)
    assert gap == Gap(start, start + round(timedelta(minutes=1).total_seconds() * 1000))
