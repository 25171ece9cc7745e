"""Pure decisions as tables: grouping, routing, escalation, permission."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.rules import escalation, grouping, permission, routing
from commands.rules.escalation import Turn
from commands.rules.grouping import Fate, Grouping, Known
from store.model import (
    MINUTE,
    Actor,
    AlertReading,
    AlertStatus,
    Definitions,
    Person,
    Policy,
    Route,
    Rule,
    Severity,
    Step,
    Team,
)

RULES = Grouping()
NOW = 1_795_313_340_000


def reading(**more: Any) -> AlertReading:
    """An alert of service checkout."""
    given = {"labels": {"service": "checkout", "team": "db"}, "resource": "db-3", **more}
    return AlertReading("k", AlertStatus.FIRING, Severity.ERROR, "Disk full", **given)


# grouping

FIRING_OPEN = Known(True, 100, True, None)
FIRING_OVER = Known(True, 100, False, NOW - MINUTE)
QUIET_OPEN = Known(False, 100, True, None)
QUIET_OVER = Known(False, 100, False, NOW - 15 * MINUTE)
QUIET_LONG_OVER = Known(False, 100, False, NOW - 15 * MINUTE - 1)

FIRES: list[tuple[Known | None, int | None, Fate]] = [
    (None, None, Fate.OPEN),
    (None, 100, Fate.OPEN),
    (FIRING_OPEN, None, Fate.COUNT),
    (FIRING_OPEN, 100, Fate.COUNT),
    (FIRING_OPEN, 101, Fate.COUNT),
    (FIRING_OPEN, 99, Fate.IGNORE),
    (FIRING_OVER, None, Fate.COUNT),
    (FIRING_OVER, 100, Fate.COUNT),
    (FIRING_OVER, 99, Fate.COUNT),
    (FIRING_OVER, 101, Fate.REOPEN),
    (QUIET_OPEN, 100, Fate.IGNORE),
    (QUIET_OPEN, 99, Fate.IGNORE),
    (QUIET_OPEN, 101, Fate.REFIRE),
    (QUIET_OPEN, None, Fate.REFIRE),
    (QUIET_OVER, 100, Fate.IGNORE),
    (QUIET_OVER, 101, Fate.REOPEN),
    (QUIET_OVER, None, Fate.REOPEN),
    (QUIET_LONG_OVER, 101, Fate.OPEN),
    (QUIET_LONG_OVER, 100, Fate.IGNORE),
]


@pytest.mark.parametrize(("known", "starts", "fate"), FIRES)
def test_what_a_firing_does(known: Known | None, starts: int | None, fate: Fate) -> None:
    found, why = grouping.fate_of_firing(known, starts, NOW, RULES)
    assert found is fate and why


CLEARS: list[tuple[Known | None, int | None, int | None, Fate]] = [
    (None, 100, 200, Fate.IGNORE),
    (QUIET_OPEN, 100, 200, Fate.IGNORE),
    (FIRING_OPEN, 100, 200, Fate.RESOLVE),
    (FIRING_OPEN, None, None, Fate.RESOLVE),
    (FIRING_OPEN, 101, 200, Fate.RESOLVE),
    (FIRING_OPEN, 99, 200, Fate.IGNORE),
    (FIRING_OPEN, None, 99, Fate.IGNORE),
    (FIRING_OVER, 100, 200, Fate.RESOLVE),
]


@pytest.mark.parametrize(("known", "starts", "ends", "fate"), CLEARS)
def test_what_a_resolve_does(
    known: Known | None, starts: int | None, ends: int | None, fate: Fate
) -> None:
    found, why = grouping.fate_of_resolve(known, starts, ends)
    assert found is fate and why


def test_a_group_takes_alerts_in_while_its_window_and_its_room_last() -> None:
    window = grouping.window_of(Route("one"), RULES)
    assert grouping.joins(NOW - 5 * MINUTE, 499, NOW, window, RULES.max_alerts)
    assert not grouping.joins(NOW - 5 * MINUTE - 1, 1, NOW, window, RULES.max_alerts)
    assert not grouping.joins(NOW, 500, NOW, window, RULES.max_alerts)


def test_a_rules_window_goes_before_the_routes_and_that_before_the_settings() -> None:
    own = Route("own", group_window=30)
    assert grouping.window_of(own, RULES) == 30 * MINUTE
    assert grouping.window_of(own, RULES, 0) == 0


def test_the_group_is_route_source_and_the_first_label_there_is() -> None:
    route = Route("db")
    assert grouping.group_of(reading(), "am", route, RULES) == (
        ("db", "source=am", "service=checkout"),
        "service=checkout",
    )
    no_service = reading(labels={"namespace": "shop", "job": "node"})
    assert grouping.group_of(no_service, "am", route, RULES)[1] == "resource=db-3"
    bare = reading(labels={"job": "node"}, resource=None)
    assert grouping.group_of(bare, "am", route, RULES)[1] == "job=node"
    nothing = reading(labels={}, resource=None)
    assert grouping.group_of(nothing, "am", route, RULES)[1] == "source=am"


def test_a_route_may_group_by_its_own_fields() -> None:
    route = Route("db", group_by=("severity", "team"))
    parts, said = grouping.group_of(reading(), "am", route, RULES)
    assert parts == ("db", "severity=error", "team=db") and said == "severity=error, team=db"
    assert grouping.group_of(reading(), "am", Route("x", group_by=()), RULES)[0] == ("x",)


def test_groups_of_two_routes_never_meet() -> None:
    one, _ = grouping.group_of(reading(), "am", Route("one"), RULES)
    two, _ = grouping.group_of(reading(), "am", Route("two"), RULES)
    assert one != two


# routing

ROUTES = (
    Route("critical-db", {"severity": ("critical",), "team": ("db",)}),
    Route("web", {"service": ("check*", "cart")}),
    Route("zabbix", {"source": ("zabbix-?",)}),
    Route("host", {"resource": ("db-[0-9]",), "type": ("host",)}),
)
CHOICES = [
    ({}, "am", "web", "Route web because service=checkout."),
    ({"labels": {}}, "zabbix-1", "zabbix", "Route zabbix because source=zabbix-1."),
    ({"labels": {}}, "zabbix-12", "default", "No route matches: the built-in default route."),
    ({"labels": {"service": "Checkout"}}, "am", "default", ""),
]


@pytest.mark.parametrize(("more", "source", "name", "why"), CHOICES)
def test_the_first_route_that_fits_takes_it(
    more: dict[str, Any], source: str, name: str, why: str
) -> None:
    route, said = routing.choose(ROUTES, reading(**more), source)
    assert route.name == name and why in said


def test_every_field_of_a_route_must_fit() -> None:
    match = {"team": ("db",), "severity": ("critical",)}
    assert routing.matches(match, reading(), "am") is None
    assert routing.matches({}, reading(), "am") == "it takes everything"
    said = routing.matches({"team": ("d?",), "title": ("*full",)}, reading(), "am")
    assert said == "team=db and title=Disk full"


# escalation

ANA = Person("ana", "Ana Petrova", email="ana@example.eu", contacts={"slack": "U0ANA"})
OMAR = Person("omar", "Omar Haddad", email="omar@example.eu")
MUTE = Person("mute", "Mute")
DEFINITIONS = Definitions(
    1,
    {p.handle: p for p in (ANA, OMAR, MUTE)},
    {"db": Team("db", ("ana", "omar", "gone"), "ana", "omar"), "empty": Team("empty")},
    (),
    {"two": Policy("two", (Step(("oncall",)), Step(("lead",))), 1)},
)
TARGETS: list[tuple[tuple[str, ...], str | None, list[str]]] = [
    (("oncall",), "db", ["ana"]),
    (("lead",), "db", ["omar"]),
    (("oncall", "lead"), "db", ["ana", "omar"]),
    (("oncall", "oncall:db", "person:ana", "team"), "db", ["ana", "omar"]),
    (("team:db",), None, ["ana", "omar"]),
    (("oncall",), None, []),
    (("oncall", "lead", "team"), "empty", []),
    (("person:nobody", "team:nowhere", "odd"), "db", []),
]


@pytest.mark.parametrize(("targets", "team", "who"), TARGETS)
def test_who_is_behind_targets(targets: tuple[str, ...], team: str | None, who: list[str]) -> None:
    asked = escalation.resolve(targets, DEFINITIONS, team, 0)
    assert [a.person.handle for a in asked] == who and all(a.why for a in asked)


def test_what_follows_a_step() -> None:
    two = DEFINITIONS.policies["two"]
    assert escalation.after(two, -1, 0) == Turn("step", 0, 0)
    assert escalation.after(two, 0, 0) == Turn("step", 1, 0)
    assert escalation.after(two, 1, 0) == Turn("step", 0, 1)
    assert escalation.after(two, 1, 1) == Turn("fallback", 1, 1)
    assert escalation.after(Policy("none", ()), -1, 0).kind == "fallback"


def test_the_policy_of_an_incident_is_named_or_default_or_built_in() -> None:
    assert escalation.policy_of(DEFINITIONS, "two").name == "two"
    assert escalation.policy_of(DEFINITIONS, None) is escalation.BUILT_IN
    assert escalation.policy_of(DEFINITIONS, "gone") is escalation.BUILT_IN


def test_a_step_may_be_for_some_severities() -> None:
    assert escalation.applies(Step(()), Severity.INFO, 0)
    step = Step((), severity=("critical", "error"))
    assert escalation.applies(step, Severity.ERROR, 0)
    assert not escalation.applies(step, Severity.WARNING, 0)


PEOPLE: list[tuple[Person, bool, tuple[Rule, ...]]] = [
    (ANA, False, (Rule(0, "slack"), Rule(0, "email"))),
    (OMAR, False, (Rule(0, "email"),)),
    (MUTE, True, ()),
    (
        Person("x", "X", email="x@example.eu", rules=(Rule(0, "slack"), Rule(5, "discord"))),
        False,
        (Rule(0, "email"),),
    ),
    (
        Person(
            "y", "Y", contacts={"slack": "U1"}, rules=(Rule(5, "slack"),),
            important=(Rule(0, "slack"), Rule(1, "email")),
        ),
        True,
        (Rule(0, "slack"),),
    ),
    (
        Person("z", "Z", contacts={"slack": "U1"}, rules=(Rule(5, "slack"),)),
        True,
        (Rule(5, "slack"),),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("person", "important", "rules"), PEOPLE)
def test_the_rules_by_which_somebody_can_be_reached(
    person: Person, important: bool, rules: tuple[Rule, ...]
) -> None:
    assert escalation.reachable(person, important) == rules


def test_the_last_rule_ends_the_asking() -> None:
    assert escalation.last_rule_at((Rule(0, "slack"), Rule(7, "email")), NOW) == NOW + 7 * MINUTE
    assert escalation.last_rule_at((), NOW) == NOW


# permission

ALLOWED = {
    "viewer": {"incident.read"},
    "responder": {"incident.read", "incident.act"},
    "editor": {"incident.read", "incident.act", "config.read", "config.write"},
    "auditor": {"incident.read", "config.read", "audit.read"},
    "admin": {"incident.read", "incident.act", "config.read", "config.write", "audit.read"},
    "unknown": set(),
}
EVERY = sorted(ALLOWED["admin"])


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("wanted", EVERY)
def test_what_a_role_may_do(role: str, wanted: str) -> None:
    assert bool(permission.allows((role,), wanted)) is (wanted in ALLOWED[role])


def test_one_role_that_may_is_enough_and_none_is_not() -> None:
    assert permission.allows(("viewer", "responder"), "incident.act") == "responder"
    assert permission.allows((), "incident.read") is None


def test_a_denial_names_what_is_held_and_what_is_needed() -> None:
    viewer = Actor("person", "mei", "Mei", "web", ("viewer",))
    said = permission.why_not("Mei", viewer, "incident.act")
    assert said == "Mei has viewer; incident.act needs one of: responder, editor, admin."
    assert "no role" in permission.why_not("Mei", replace(viewer, roles=()), "incident.act")
