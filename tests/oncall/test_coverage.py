"""When a policy would reach nobody: by whole stretches, the same as instant by instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.rules import hours, oncall, preview
from commands.rules.oncall.coverage import Coverage, joined
from commands.rules.oncall.spans import both, either, rest, union, without
from commands.rules.reach import Contacts, Hole, Place, places
from store.model import DAY, HOUR, Definitions, Person, Policy, Route, Step, Team
from store.model.oncall import Away, Schedule
from tests.oncall.support import instant, layer, rotation, said, schedule
from tests.oncall.walker import Survey

START = instant("2026-10-19T00:00+02:00")
END = START + 14 * DAY
OFFICE = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}]


def person(handle: str, **more: Any) -> Person:
    return Person(handle, handle.title(), email=f"{handle}@example.eu", **more)


PEOPLE = {handle: person(handle) for handle in ("ana", "bob", "cyd")} | {
    "dee": Person("dee", "Dee")  # no contact
}


def known(
    *steps: Step, fallback: tuple[str, ...] = (), away: tuple[Away, ...] = (), **schedules: Schedule
) -> Definitions:
    return Definitions(
        1,
        PEOPLE,
        {"db": Team("db", ("dee",), "schedule:primary", "dee")},
        (Route("all", {}, "db"),),
        {"default": Policy("default", steps or (Step(("oncall",)),), 0, fallback)},
        {name: replace(each, name=name) for name, each in schedules.items()},
        away=away,
    )


def found(of: Definitions, contacts: Contacts | None = None) -> list[Hole]:
    look = Coverage(of, START, END, contacts or Contacts())
    return [hole for place in places(of) for hole in joined(look.holes(place))]


def lines(of: Definitions) -> list[str]:
    return [
        f"{said(h.start, 'Europe/Berlin')} {said(h.end, 'Europe/Berlin')}"
        f" {'+'.join(h.severities)}{f' {h.intended}' if h.intended else ''}"
        for h in found(of)
    ]


def test_hours_nobody_is_on_call_in_are_holes() -> None:
    weekdays = [{"days": OFFICE[0]["days"], "start": "00:00", "end": "00:00"}]
    of = known(primary=schedule("Europe/Berlin", layer(people=["ana"], restrictions=weekdays)))
    every = "critical+error+warning+info"
    assert lines(of) == [
        f"2026-10-24T00:00+02:00 2026-10-26T00:00+01:00 {every}",
        f"2026-10-31T00:00+01:00 {said(END, 'Europe/Berlin')} {every}",
    ]


def test_a_hole_says_why_step_by_step() -> None:
    of = known(Step(("oncall",)), Step(("lead",)), primary=schedule("UTC", layer(people=["dee"])))
    [hole] = found(of)
    assert (hole.start, hole.end) == (START, END)
    said_why = " ".join(hole.why)
    assert "step 1 of default: Dee has no contact" in said_why
    assert "step 2 of default: Dee has no contact" in said_why


def test_who_has_time_off_is_not_reached() -> None:
    off = (Away("ana", START + DAY, START + 3 * DAY, "skiing"),)
    of = known(primary=schedule("UTC", layer(people=["ana"])), away=off)
    assert [(h.start, h.end) for h in found(of)] == [(START + DAY, START + 3 * DAY)]
    two = known(primary=schedule("UTC", layer(people=["ana", "bob"])), away=off)
    assert found(two) == []
    both_off = (*off, Away("bob", START + 2 * DAY, START + 4 * DAY))
    two = replace(two, away=both_off)
    assert [(h.start, h.end) for h in found(two)] == [(START + 2 * DAY, START + 3 * DAY)]


def test_severities_that_a_step_leaves_out_have_holes_of_their_own() -> None:
    of = known(Step(("person:ana",), severity=("critical", "error")))
    assert lines(of) == [
        f"{said(START, 'Europe/Berlin')} {said(END, 'Europe/Berlin')} warning+info"
    ]


def test_hours_of_a_step_leave_holes_outside_of_them_unless_there_is_a_fallback() -> None:
    office = hours.read(OFFICE[0], "Europe/Berlin", "hours")
    of = known(Step(("person:ana",), hours=office))
    assert len(found(of)) == 11  # ten working days, before, between and after them
    assert found(replace(of, policies={"default": replace(
        of.policies["default"], fallback=("person:bob",)
    )})) == []  # fmt: skip


def test_what_is_meant_to_be_free_is_marked() -> None:
    closed = layer(nobody="office closed", restrictions=[{"start": "20:00", "end": "08:00"}])
    office = layer(people=["ana"], restrictions=[{"start": "09:00", "end": "20:00"}])
    of = known(primary=schedule("Europe/Berlin", office, closed))
    marks = {h.intended for h in found(of)}
    assert marks == {None, "primary: office closed"}
    assert all(h.end - h.start == HOUR for h in found(of) if h.intended is None)


def test_of_people_asked_in_turn_each_must_be_reachable() -> None:
    assert len(found(known(Step(("round_robin:ana,dee",))))) == 1
    assert found(known(Step(("round_robin:ana,bob",)))) == []
    assert len(found(known(Step(("round_robin:gone",))))) == 1


def test_a_policy_that_another_one_hands_over_to_is_followed_and_a_circle_ends() -> None:
    of = known(Step(("policy:managers",)))
    managers = Policy("managers", (Step(("person:dee",)), Step(("policy:default",))), 0, ())
    of = replace(of, policies={**of.policies, "managers": managers})
    assert len(found(of)) == 1
    better = replace(managers, fallback=("person:bob",))
    assert found(replace(of, policies={**of.policies, "managers": better})) == []


def test_accounts_that_are_linked_reach_people_without_contacts() -> None:
    of = known(Step(("person:dee",)))
    assert found(of, Contacts(linked={"dee": {"slack"}})) == []


def test_a_step_that_only_tells_a_channel_takes_its_time() -> None:
    noon = [{"start": "12:00", "end": "13:00"}]
    tells = Step(("channel:slack:#ops",), 30)
    of = known(
        tells,
        Step(("oncall",)),
        primary=schedule("UTC", layer(people=["ana"], restrictions=noon)),
    )
    held = union((h.start, h.end) for h in found(of))
    covered = rest(held, START, END)
    assert len(covered) == 14
    assert all(said(a, "UTC").endswith("11:30+00:00") for a, _ in covered)


def test_a_change_is_blamed_for_the_hours_that_it_leaves_to_nobody() -> None:
    nights = [{"start": "20:00", "end": "08:00"}]
    days = layer(people=["ana"], restrictions=[{"start": "08:00", "end": "20:00"}])
    shorter = layer(people=["ana"], restrictions=[{"start": "09:00", "end": "20:00"}])
    was, now = (known(primary=schedule("UTC", each)) for each in (days, shorter))
    new = preview.new_holes(was, now, START, END, Contacts())
    assert len(new) == 14 and {h.end - h.start for h in new} == {HOUR}
    assert {h.why[0] for h in new} == {"step 1 of default: nobody is behind oncall"}
    assert preview.new_holes(now, was, START, END, Contacts()) == []
    meant = known(primary=schedule("UTC", days, layer(nobody="closed", restrictions=nights)))
    assert preview.new_holes(was, meant, START, END, Contacts()) == []


def test_a_schedule_that_has_nobody_is_named_though_somebody_else_is_asked() -> None:
    office = layer(people=["ana"], restrictions=OFFICE)
    of = known(primary=schedule("Europe/Berlin", office), fallback=("person:bob",))
    assert found(of) == []
    bare = Coverage(of, START, END, Contacts()).bare(["primary"])
    assert len(bare) == 11
    assert (bare[0].schedule, bare[0].gap.start) == ("primary", START)
    gaps = oncall.gaps(of.schedules["primary"], START, END)
    assert [each.gap for each in bare] == gaps


# ---- the same from two sides ---------------------------------------------------------------------

handles = st.sampled_from(sorted(PEOPLE))
targets = st.one_of(
    handles.map(lambda h: f"person:{h}"),
    st.sampled_from(("oncall", "lead", "team", "schedule:primary", "schedule:other")),
    st.sampled_from(("manager", "duty:dba", "duty:none", "channel:slack:#ops", "action:reboot")),
    st.lists(handles, min_size=1, max_size=2, unique=True).map(
        lambda names: f"round_robin:{','.join(names)}"
    ),
)
conditions = st.one_of(
    st.none(),
    st.builds(
        lambda zone, day, start, end, when: hours.read(
            {"days": [day], "start": start, "end": end, "when": when}, zone, "hours"
        ),
        st.sampled_from(("Europe/Berlin", "Asia/Tokyo")),
        st.sampled_from(("mon", "sun")),
        st.sampled_from(("00:00", "02:30", "09:00")),
        st.sampled_from(("03:00", "17:00", "00:00")),
        st.sampled_from(("inside", "outside")),
    ),
)
severities = st.lists(st.sampled_from(("critical", "info")), max_size=1).map(tuple)
steps = st.one_of(
    st.builds(
        Step,
        targets=st.lists(targets, min_size=1, max_size=2).map(tuple),
        delay=st.sampled_from((0, 5, 90, 1500)),
        important=st.booleans(),
        severity=severities,
        hours=conditions,
    ),
    st.just(Step(("policy:managers",))),
)
windows = st.one_of(
    st.none(),
    st.just(OFFICE),
    st.just([{"start": "22:00", "end": "06:00"}]),
)


@st.composite
def rotas(draw: st.DrawFn) -> Schedule:
    written = [rotation("2026-10-20T09:00", "daily", *draw(st.lists(handles, min_size=1)))]
    written[0]["restrictions"] = draw(windows)
    if draw(st.booleans()):
        written.append(layer(name="free", nobody="free", priority=draw(st.integers(0, 2))))
        written[-1]["restrictions"] = draw(windows)
    return schedule("Europe/Berlin", *written)


offs = st.builds(
    lambda who, day, long, more: Away(
        who, START + day * DAY + more, START + (day + long) * DAY + more
    ),
    handles,
    st.integers(-2, 12),
    st.integers(1, 6),
    st.sampled_from((0, 5 * HOUR, 40_500)),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(steps, min_size=1, max_size=3),
    st.lists(steps, min_size=1, max_size=2),
    st.lists(targets, max_size=1).map(tuple),
    rotas(),
    rotas(),
    st.lists(offs, max_size=4).map(tuple),
    st.integers(0, 2),
)
def test_whole_stretches_say_what_every_instant_says(
    one: list[Step],
    two: list[Step],
    fallback: tuple[str, ...],
    primary: Schedule,
    other: Schedule,
    away: tuple[Away, ...],
    repeat: int,
) -> None:
    of = known(*one, fallback=fallback, away=away, primary=primary, other=other)
    managers = Policy("managers", tuple(two), repeat, ("person:bob",))
    default = replace(of.policies["default"], repeat=repeat)
    duties = {"manager": "schedule:other", "duties": {"dba": "schedule:primary"}}
    team = replace(of.teams["db"], lead="schedule:other", **duties)  # type: ignore[arg-type]
    of = replace(of, policies={"default": default, "managers": managers}, teams={"db": team})
    contacts = Contacts()
    survey, look = Survey(of, START, END, contacts), Coverage(of, START, END, contacts)
    for place in places(of):
        holes = list(look.holes(place))
        assert holes == list(survey.holes(place))
        assert _flat(joined(holes)) == _flat(holes)


def _flat(holes: Iterable[Hole]) -> Mapping[object, list[tuple[int, int]]]:
    """By severity and intention, whatever the reasons in words."""
    spans: dict[object, list[tuple[int, int]]] = {}
    for hole in holes:
        spans.setdefault((hole.severities, hole.intended), []).append((hole.start, hole.end))
    return {key: union(each) for key, each in spans.items()}


def test_a_place_without_steps_has_its_fallback() -> None:
    look = Coverage(known(), START, END, Contacts())
    empty = Place(Policy("none", (), 0, ("person:ana",)), None, "by hand")
    assert list(look.holes(empty)) == []


# ---- spans ---------------------------------------------------------------------------------------

some = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6).map(
    lambda pairs: union((min(p), max(p)) for p in pairs)
)


@given(some, some)
def test_spans_are_sets_of_instants(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    def inside(spans: list[tuple[int, int]]) -> set[int]:
        return {n for start, end in spans for n in range(start, end)}

    assert inside(either(one, other)) == inside(one) | inside(other)
    assert inside(both(one, other)) == inside(one) & inside(other)
    assert inside(without(one, other)) == inside(one) - inside(other)
    assert inside(rest(one, 5, 25)) == set(range(5, 25)) - inside(one)
    for result in (either(one, other), both(one, other), without(one, other)):
        assert all(a[1] < b[0] for a, b in pairwise(result))
