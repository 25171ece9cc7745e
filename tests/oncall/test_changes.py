"""Overrides, swaps, temporary schedules and the record over the layers, and the words for why."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from commands.rules import oncall
from commands.rules.oncall import why
from store.model.oncall import Schedule
from tests.oncall.support import instant, layer, people, rotation, said, schedule, table

ZONE = "Europe/Berlin"
NIGHT = "2026-06-03T00:00+02:00", "2026-06-05T00:00+02:00"

DAILY = rotation("2026-06-01T09:00", "daily", "ana", "bob", "cyd")
"""Bob from Tuesday 2 June 09:00, Cyd from Wednesday, Ana from Thursday."""


def override(kind: str, start: str, end: str, **who: str) -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": end, **who}


def replace(start: str, end: str, remove: str, add: str) -> dict[str, Any]:
    return override("replace", start, end, remove=remove, add=add)


def swap(start: str, end: str, one: str, other: str, state: str = "taken") -> dict[str, Any]:
    return {"from_person": one, "to_person": other, "start": start, "end": end, "state": state}


def at_noon(*overrides: dict[str, Any], on: str = "ana+bob", **more: Any) -> str:
    """Who is on call at noon of a day on which the layers have ``on``."""
    whole = layer(people=on.split("+"))
    of = schedule("UTC", whole, overrides=list(overrides), **more)
    return people(of, "2026-06-03T12:00Z")


DAY = "2026-06-03T00:00", "2026-06-04T00:00"


# ---- overrides ---------------------------------------------------------------------------------


def test_a_replacement_over_a_handoff_acts_only_while_that_person_is_on_call() -> None:
    change = replace("2026-06-03T06:00", "2026-06-04T12:00", "cyd", "zoe")
    assert table(schedule(ZONE, DAILY, overrides=[change]), *NIGHT) == [
        "2026-06-03T00:00+02:00 2026-06-03T09:00+02:00 bob",
        "2026-06-03T09:00+02:00 2026-06-04T09:00+02:00 zoe",
        "2026-06-04T09:00+02:00 2026-06-05T00:00+02:00 ana",
    ]


def test_somebody_added_over_a_handoff_stands_beside_both() -> None:
    change = override("add", "2026-06-03T06:00", "2026-06-03T12:00:59", add="zoe")
    assert table(schedule(ZONE, DAILY, overrides=[change]), *NIGHT) == [
        "2026-06-03T00:00+02:00 2026-06-03T06:00+02:00 bob",
        "2026-06-03T06:00+02:00 2026-06-03T09:00+02:00 bob+zoe",
        "2026-06-03T09:00+02:00 2026-06-03T12:00+02:00 cyd+zoe",
        "2026-06-03T12:00+02:00 2026-06-04T09:00+02:00 cyd",
        "2026-06-04T09:00+02:00 2026-06-05T00:00+02:00 ana",
    ]


def test_removing_somebody_calls_up_no_lower_layer() -> None:
    change = override("remove", "2026-06-03T12:00", "2026-06-03T18:00", remove="cyd")
    lower = layer(people=["low"], priority=0)
    of = schedule(ZONE, DAILY, lower, overrides=[change])
    assert people(of, "2026-06-03T12:00+02:00") == ""
    [gap] = oncall.gaps(of, instant(NIGHT[0]), instant(NIGHT[1]))
    since, until = gap.start, gap.end
    assert said(since, ZONE) == "2026-06-03T12:00+02:00"
    assert said(until, ZONE) == "2026-06-03T18:00+02:00"


REPLACE_ANA = replace(*DAY, "ana", "dee")
LATER = replace("2026-06-03T06:00", "2026-06-04T00:00", "ana", "eve")
REMOVE_ANA = override("remove", *DAY, remove="ana")

OVERRIDDEN = [
    ("replaces", [REPLACE_ANA], "bob+dee"),
    ("replace-beats-remove", [REMOVE_ANA, REPLACE_ANA, REMOVE_ANA], "bob+dee"),
    ("the-later-start-counts", [LATER, REPLACE_ANA], "bob+eve"),
    ("the-later-in-the-list-counts", [REPLACE_ANA, replace(*DAY, "ana", "eve")], "bob+eve"),
    ("does-not-chain", [REPLACE_ANA, replace(*DAY, "dee", "eve")], "bob+dee"),
    ("does-not-remove-what-came-by-another", [REPLACE_ANA, override("remove", *DAY, remove="dee")],
     "bob+dee"),
    ("exchanges-two", [replace(*DAY, "ana", "bob"), replace(*DAY, "bob", "ana")], "ana+bob"),
    ("two-into-one", [replace(*DAY, "ana", "eve"), replace(*DAY, "bob", "eve")], "eve"),
    ("adds-the-removed", [REMOVE_ANA, override("add", *DAY, add="ana")], "ana+bob"),
    ("acts-on-nobody-absent", [replace(*DAY, "zoe", "dee")], "ana+bob"),
    ("ends-before-it-starts", [replace(DAY[1], DAY[0], "ana", "dee")], "ana+bob"),
    ("ends-at-noon", [replace(DAY[0], "2026-06-03T12:00", "ana", "dee")], "ana+bob"),
    ("starts-at-noon", [replace("2026-06-03T12:00", DAY[1], "ana", "dee")], "bob+dee"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [case[1:] for case in OVERRIDDEN],
    ids=[case[0] for case in OVERRIDDEN],
)
def test_overrides_act_on_the_people_of_the_layers(
    overrides: list[dict[str, Any]], expected: str
) -> None:
    assert at_noon(*overrides) == expected


# ---- swaps -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("swaps", "expected"),
    [
        ([swap(*DAY, "ana", "zoe")], "bob+zoe"),
        ([swap(*DAY, "ana", "zoe"), swap(*DAY, "zoe", "yan")], "bob+yan"),
        ([swap(*DAY, "zoe", "yan"), swap(*DAY, "ana", "zoe")], "bob+zoe"),
        ([swap(*DAY, "ana", "bob")], "bob"),
        ([swap(*DAY, "ana", "ana")], "ana+bob"),
        ([swap(*DAY, "ana", "zoe", "open")], "ana+bob"),
        ([swap(*DAY, "ana", "zoe", "past_due")], "ana+bob"),
        ([swap(*DAY, "ana", "zoe", "deleted")], "ana+bob"),
    ],
)
def test_taken_swaps_act_one_after_another(swaps: list[dict[str, Any]], expected: str) -> None:
    assert at_noon(swaps=swaps) == expected


def test_swaps_come_after_overrides() -> None:
    swaps = [swap(*DAY, "dee", "yan"), swap(*DAY, "ana", "eve")]
    assert at_noon(REPLACE_ANA, swaps=swaps) == "bob+yan"


# ---- temporary schedules and the record --------------------------------------------------------


def test_inside_a_temporary_schedule_only_its_own_shifts_count() -> None:
    temporary = {
        "start": "2026-06-03T12:00",
        "end": "2026-06-04T12:00",
        "shifts": [
            {"start": "2026-06-03T10:00", "end": "2026-06-03T20:00", "people": ["tia"]},
            {"start": "2026-06-03T18:00", "end": "2026-06-03T22:00", "people": ["tom"]},
        ],
    }
    of = schedule(
        ZONE,
        DAILY,
        temporary=[temporary],
        overrides=[override("add", "2026-06-03T00:00", "2026-06-05T00:00", add="zoe")],
        swaps=[swap("2026-06-03T00:00", "2026-06-05T00:00", "tia", "yan")],
    )
    assert table(of, *NIGHT) == [
        "2026-06-03T00:00+02:00 2026-06-03T09:00+02:00 bob+zoe",
        "2026-06-03T09:00+02:00 2026-06-03T12:00+02:00 cyd+zoe",
        "2026-06-03T12:00+02:00 2026-06-03T18:00+02:00 tia",
        "2026-06-03T18:00+02:00 2026-06-03T20:00+02:00 tia+tom",
        "2026-06-03T20:00+02:00 2026-06-03T22:00+02:00 tom",
        "2026-06-04T12:00+02:00 2026-06-05T00:00+02:00 ana+zoe",
    ]


def test_a_shift_is_cut_to_the_temporary_schedule_it_belongs_to() -> None:
    long = {"start": "2026-06-01T00:00", "end": "2026-06-09T00:00", "people": ["tia"]}
    of = schedule(
        ZONE,
        DAILY,
        temporary=[
            {"start": "2026-06-03T10:00", "end": "2026-06-03T14:00", "shifts": [long]},
            {"start": "2026-06-03T12:00", "end": "2026-06-03T20:00", "shifts": []},
        ],
    )
    assert table(of, "2026-06-03T09:00+02:00", "2026-06-03T21:00+02:00") == [
        "2026-06-03T09:00+02:00 2026-06-03T10:00+02:00 cyd",
        "2026-06-03T10:00+02:00 2026-06-03T14:00+02:00 tia",
        "2026-06-03T20:00+02:00 2026-06-03T21:00+02:00 cyd",
    ]


def test_the_record_says_who_was_and_the_rules_who_will_be() -> None:
    of = schedule(
        ZONE,
        DAILY,
        now="2026-06-03T12:00:30+02:00",
        history=[
            {"person": "old", "start": "2026-06-03T01:00", "end": "2026-06-03T08:00"},
            {"person": "cyd", "start": "2026-06-03T11:00"},
        ],
    )
    assert table(of, *NIGHT) == [
        "2026-06-03T01:00+02:00 2026-06-03T08:00+02:00 old",
        "2026-06-03T11:00+02:00 2026-06-04T09:00+02:00 cyd",
        "2026-06-04T09:00+02:00 2026-06-05T00:00+02:00 ana",
    ]


def test_seconds_are_cut_wherever_they_come_from() -> None:
    whole = schedule(
        ZONE,
        DAILY,
        overrides=[replace("2026-06-03T06:00", "2026-06-04T12:00", "cyd", "zoe")],
        swaps=[swap("2026-06-04T10:00", "2026-06-04T11:00", "ana", "yan")],
    )
    [primary] = whole.layers
    assert primary.rotation
    late = dataclasses.replace(
        whole,
        layers=(
            dataclasses.replace(
                primary,
                rotation=dataclasses.replace(
                    primary.rotation, start=primary.rotation.start + 59_999
                ),
            ),
        ),
        overrides=tuple(
            dataclasses.replace(each, start=each.start + 1, end=each.end + 59_999)
            for each in whole.overrides
        ),
        swaps=tuple(
            dataclasses.replace(each, start=each.start + 1, end=each.end + 59_999)
            for each in whole.swaps
        ),
    )
    span = instant(NIGHT[0]), instant(NIGHT[1])
    assert oncall.shifts(late, span[0] + 1, span[1] + 59_999) == oncall.shifts(whole, *span)
    assert oncall.at_instant(late, span[0] + 1) == oncall.at_instant(whole, span[0])


# ---- why ---------------------------------------------------------------------------------------

NAMES = {"ana": "Ana", "bob": "Bob", "dee": "Dee", "yan": "Yan", "zoe": "Zoe", "tia": "Tia"}


def words(of: Schedule, at: str = "2026-06-03T12:00Z") -> list[str]:
    """Why each is on call, then why each is not."""
    found = oncall.at_instant(of, instant(at))
    on = [why.on_call(each, NAMES.__getitem__) for each in found.on]
    return on + [why.taken_off(each, NAMES.__getitem__) for each in found.off]


def test_every_answer_says_why() -> None:
    of = schedule(
        "UTC",
        layer(people=["ana"]),
        layer(name="night", people=["ana", "bob"]),
        overrides=[REPLACE_ANA, override("add", *DAY, add="zoe")],
        swaps=[swap(*DAY, "dee", "yan")],
    )
    before = "an override puts them in Ana's place (layer primary and layer night)"
    assert words(of) == [
        "Bob: layer night.",
        f"Yan: they took Dee's shift ({before}).",
        "Zoe: an override adds them.",
        "Ana: on call by layer primary and layer night, but an override puts Dee in their place.",
        f"Dee: on call by {before}, but Yan took the shift.",
    ]


def test_who_was_removed_is_said_too() -> None:
    of = schedule("UTC", layer(people=["ana"]), overrides=[REMOVE_ANA])
    assert words(of) == ["Ana: on call by layer primary, but an override removes them."]


def test_temporary_schedules_and_the_record_are_reasons() -> None:
    shift = {"start": DAY[0], "end": DAY[1], "people": ["tia"]}
    temporary = {"start": DAY[0], "end": DAY[1], "shifts": [shift]}
    of = schedule("UTC", layer(people=["ana"]), temporary=[temporary])
    assert words(of) == ["Tia: the temporary schedule."]
    past = {"now": "2026-06-03T12:00", "history": [{"person": "bob", "start": DAY[0]}]}
    assert words(schedule("UTC", **past)) == ["Bob: the record of that time."]
