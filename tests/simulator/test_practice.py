"""The pure parts of shadow mode and drills: what pairs with what, when a plan is due, how far a
drill goes, and the settings they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice import shadow_of
from bot.settings import BadSettings, parse
from commands.rules import escalation
from commands.rules.drills import Plan, derived, due, following, name_of
from commands.rules.shadow import Asked, Shadow, compare, gathered, people_of
from store.model import DAY, HOUR, MINUTE, Policy, Step
from tests.simulator.support import YAML, at, settings

NINE = at("2026-11-24T09:00:00+01:00")


def asked(
    minutes: int, person: str = "ana", title: str = "Disk full on db-3", **more: object
) -> Asked:
    """Somebody was asked so many minutes after nine."""
    return Asked(NINE + minutes * MINUTE, person, title, **more)  # type: ignore[arg-type]


# ---- the old tool against this one


def test_the_same_person_about_the_same_thing_pairs_whatever_the_words_around_it() -> None:
    old = [
        asked(0, title="[FIRING:1] db-3: disk is full (critical)"),
        asked(1, title="Lag of db-5"),
    ]
    new = [asked(1, title="Replica lag on db-5", incident=2), asked(0, incident=1)]
    found = compare(old, new)
    assert [(p.theirs.title[:1], p.ours.incident) for p in found.pairs] == [("[", 1), ("L", 2)]
    assert found.alike


def test_another_person_another_time_or_another_thing_does_not() -> None:
    found = compare(
        [asked(0), asked(0, title="Certificate ends")],
        [asked(0, "omar"), asked(31), asked(5, title="Queue is long")],
    )
    assert (len(found.missed), len(found.extra), found.pairs) == (2, 3, ())


def test_later_and_other_ways_are_named_and_what_nobody_answered_is_aside() -> None:
    old = [asked(0, via=("sms",))]
    found = compare(old, [asked(4, via=("slack",)), asked(9, "omar", later=True)])
    assert [p.late for p in found.moved] == [4 * MINUTE] and found.ways == found.moved
    assert not found.extra and [a.person for a in found.later] == ["omar"]


def test_notifications_of_one_asking_are_one() -> None:
    many = [asked(0, via=("push",)), asked(2, via=("sms",)), asked(5, via=("voice",)), asked(40)]
    (first, second) = gathered(many)
    assert first.via == ("push", "sms", "voice") and second.at == many[3].at
    assert people_of([first, second]) == {"ana": 2}


_ASKED = st.builds(
    asked,
    st.integers(0, 300),
    st.sampled_from(["ana", "omar"]),
    st.sampled_from(["a b", "b c", ""]),
)


@given(st.lists(_ASKED, max_size=8), st.lists(_ASKED, max_size=8))
def test_everything_is_paired_or_named_once(old: list[Asked], new: list[Asked]) -> None:
    found = compare(old, new)
    assert len(found.pairs) + len(found.missed) == len(gathered(old))
    assert len(found.pairs) + len(found.extra) + len(found.later) == len(gathered(new))
    assert compare(old, old).alike


# ---- plans


def test_a_plan_is_due_once_at_its_time_and_not_when_it_is_late() -> None:
    plan = Plan("db", days=(1,), at=9 * 60, zone="Europe/Berlin")
    assert due(plan, NINE - MINUTE, NINE) == NINE
    assert due(plan, NINE, NINE + MINUTE) is None
    assert due(plan, NINE - HOUR, NINE + 11 * MINUTE) is None
    assert due(plan, NINE - DAY - MINUTE, NINE - DAY) is None


def test_it_keeps_its_wall_clock_over_the_change_of_clocks_and_skips_weeks() -> None:
    plan = Plan("db", days=(6,), at=2 * 60 + 30, zone="Europe/Berlin", weeks=2)
    first = following(plan, at("2026-10-12T00:00:00+02:00"))
    assert first in (at("2026-10-18T02:30:00+02:00"), at("2026-10-25T02:30:00+02:00"))
    assert following(plan, first) - first in (14 * DAY, 14 * DAY + HOUR)
    assert due(plan, first - MINUTE, first) == first


def test_a_drill_goes_through_the_first_steps_of_whatever_the_policy_becomes() -> None:
    first = (Step(("oncall",)), Step(("policy:more",)), Step(("team",)))
    policies = {
        "db": Policy("db", first, 3, ("team",)),
        "more": Policy("more", (Step(("lead",), until="resolved"), Step(("policy:db",)))),
    }  # fmt: skip
    found = derived(name_of("db", 3), policies, escalation.BUILT_IN)
    assert found is not None
    assert [s.targets for s in found.steps] == [("oncall",), ("lead",)]
    assert (found.repeat, found.fallback, found.steps[1].until) == (0, (), "acknowledged")
    built = derived(name_of("default", 1), {}, escalation.BUILT_IN)
    assert built is not None and [s.targets for s in built.steps] == [("oncall",)]
    assert derived("db", policies, escalation.BUILT_IN) is None
    assert derived(name_of("gone", 1), policies, escalation.BUILT_IN) is None


# ---- settings


def test_shadow_and_drills_are_read_from_the_settings() -> None:
    on = settings(YAML + 'shadow: {at: "7:30", zone: Europe/Berlin, cards: true}\n')
    assert shadow_of(on.shadow) == Shadow(True, (), 450, "Europe/Berlin")
    assert shadow_of(settings(YAML + "shadow: true\n").shadow) == Shadow()
    assert shadow_of(settings(YAML).shadow) is None
    (drill,) = settings(YAML + "drills: [{policy: db, days: [mon, fri], weeks: 4}]\n").drills
    assert drill.plan() == Plan(None, "db", (0, 4), 600, "UTC", 4)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('shadow: {at: "25:00"}', "shadow.*at.*25:00 is not a time of day"),
        ("shadow: {zone: Berlin}", "no time zone"),
        ("drills: [{team: nowhere}]", "drills.0.team: nowhere is not one of the teams"),
        ("drills: [{policy: nowhere}]", "nowhere is not one of the policies"),
        ("drills: [{days: [tue]}]", "name a team or a policy"),
    ],
)
def test_mistakes_are_named(line: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        parse(f"{YAML}{line}\n", "test.yaml")
