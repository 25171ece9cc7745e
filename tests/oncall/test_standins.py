"""Somebody is put in another's place, whatever stands in the schedule: exactly that holds then, and
nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commands.rules import oncall
from commands.rules.oncall import reading
from commands.rules.oncall.clashes import Clash, clashes
from commands.rules.oncall.standins import StandIn, adding, changed, removing, replacing
from store.model import HOUR, MINUTE, Definitions, Person, Team
from store.model.oncall import Away, OverrideKind, Schedule
from tests.oncall.support import instant, rotation, schedule
from tests.oncall.test_agreement import PEOPLE, cases, many

START, END = instant("2026-11-28T08:00+01:00"), instant("2026-11-28T20:00+01:00")


def week(**changes: Any) -> Schedule:
    turns = rotation("2026-11-16T08:00", "weekly", "bob", "ana", "omar")
    return schedule("Europe/Berlin", turns, **changes)


def over(one: Schedule, start: int, end: int) -> list[tuple[str, ...]]:
    return [shift.people for shift in oncall.shifts(one, start, end)]


def test_an_override_does_it_where_nothing_stands_in_the_way() -> None:
    plan = replacing(week(), "mei", START, END)
    assert plan is not None and plan.off == ("ana",) and not plan.swaps
    assert [o.kind for o in plan.overrides] == [OverrideKind.REPLACE]
    assert over(changed(week(), plan), START, END) == [("mei",)]


def test_over_a_handoff_both_are_replaced() -> None:
    start, end = instant("2026-11-23T06:00+01:00"), instant("2026-11-23T10:00+01:00")
    plan = replacing(week(), "mei", start, end)
    assert plan is not None and plan.off == ("ana", "bob")
    assert over(changed(week(), plan), start, end) == [("mei",)]


def test_where_an_earlier_change_stands_in_the_way_a_swap_does_it() -> None:
    earlier = [{"kind": "replace", "remove": "ana", "add": "bob",
                "start": "2026-11-28T10:00", "end": "2026-11-28T12:00"}]  # fmt: skip
    one = week(overrides=earlier)
    plan = replacing(one, "mei", START, END)
    assert plan is not None and plan.off == ("ana", "bob") and plan.swaps
    assert over(changed(one, plan), START, END) == [("mei",)]


def test_of_several_on_call_only_the_named_one_is_replaced() -> None:
    one = schedule("UTC", rotation("2026-11-16T08:00", "weekly", "ana+bob"))
    plan = replacing(one, "mei", START, END, "bob")
    assert plan is not None and plan.off == ("bob",)
    assert over(changed(one, plan), START, END) == [("ana", "mei")]


def test_where_nobody_is_on_call_somebody_is_put() -> None:
    window = [{"days": ["sat"], "start": "12:00", "end": "14:00"}]
    one = schedule("Europe/Berlin", {"name": "noon", "people": ["ana"], "restrictions": window})
    plan = replacing(one, "mei", START, END)
    assert plan is not None and plan.filled and plan.off == ("ana",)
    assert over(changed(one, plan), START, END) == [("mei",)]


def test_a_temporary_schedule_stands_in_the_way() -> None:
    held = [{"start": "2026-11-28T12:00", "end": "2026-11-28T13:00", "shifts": []}]
    one = week(temporary=held)
    assert replacing(one, "mei", START, END) is None
    assert adding(one, "mei", START, END) is None


def test_who_is_on_call_alone_needs_nothing() -> None:
    plan = replacing(week(), "ana", START, END)
    assert plan is not None and not plan


def test_one_is_added_and_one_is_taken_off() -> None:
    plan = adding(week(), "mei", START, END)
    assert plan is not None and over(changed(week(), plan), START, END) == [("ana", "mei")]
    plan = removing(week(), "ana", START, END)
    assert plan is not None and over(changed(week(), plan), START, END) == []


@many
@given(cases(), st.sampled_from((*PEOPLE, "zoe")), st.integers(-2000, 2000), st.integers(1, 3000))
def test_whatever_stands_there_exactly_that_one_is_on_call_then(
    drawn: tuple[dict[str, Any], datetime], person: str, offset: int, length: int
) -> None:
    case, middle = drawn
    one = reading.schedule(case["schedule"], case["zone"])
    start = round(middle.astimezone(UTC).timestamp() // 60 + offset) * MINUTE
    end = start + length * MINUTE
    plans: dict[str, StandIn | None] = {
        "replace": replacing(one, person, start, end),
        "add": adding(one, person, start, end),
        "remove": removing(one, person, start, end),
    }
    if plans["replace"] is None:
        assert one.temporary or one.history is not None
    for how, plan in plans.items():
        if plan is None:
            continue
        after = changed(one, plan)
        for at in range(start - 3 * HOUR, end + 3 * HOUR, 17 * MINUTE):
            was = {each.person for each in oncall.who(one, at)}
            now = {each.person for each in oncall.who(after, at)}
            if not start <= at < end:
                assert now == was
            elif how == "replace":
                assert now == {person}
            else:
                assert now == (was | {person} if how == "add" else was - {person})


def test_what_stands_against_somebody_is_found() -> None:
    people = {h: Person(h, h.title()) for h in ("ana", "bob")}
    teams = {"web": Team("web", oncall="schedule:web")}
    away = Away("bob", START - HOUR, START + HOUR, "opera", 3)
    one = {"db": week(), "web": schedule("UTC", {"name": "all", "people": ["bob"]})}
    known = Definitions(1, people, teams, (), {}, one, away=(away,))
    assert clashes(known, "bob", "db", START, END) == [
        Clash("away", "opera", START, START + HOUR),
        Clash("elsewhere", "web", START, END),
    ]
    assert clashes(known, "ana", "db", START, END) == [Clash("already", "db", START, END)]
