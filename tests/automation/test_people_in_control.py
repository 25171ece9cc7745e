"""Rules of who must agree, who may run what with which values, and what an answer must be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.approval_settings import ApprovalSettings, needs_of
from commands.automation.offers import REMOTE, Offer
from commands.rules import allowing, answering, approving, permitted
from commands.rules.conditions import Facts
from commands.rules.permission import beyond, may, mistake_in
from commands.rules.tokens import names
from integrations.base import Param
from store.model import Actor, Definitions, Person, Team
from store.model.access import CustomRole

MON_10, SAT_10 = 1_764_581_400_000 - 600_000, 1_764_581_400_000 - 600_000 + 5 * 86_400_000
"""Monday 1 December 2025 and the Saturday after, 10:20 in Berlin."""


def test_the_first_rule_counts_that_fits_incident_values_and_hour() -> None:
    needs = needs_of(
        tuple(
            ApprovalSettings.model_validate(each)
            for each in (
                {"by": "role:admin", "params": {"force": True}},
                {"by": "oncall:db", "match": {"severity": "critical"}, "within": "10m"},
                {"by": "lead:db", "outside": "Mon-Fri 09:00-18:00 Europe/Berlin"},
            )
        )
    )
    critical, calm = Facts({"severity": ("critical",)}), Facts({"severity": ("warning",)})

    def by(facts: Facts, params: dict[str, Any], at: int) -> str:
        found = approving.chosen(needs, facts, params, at)
        return found.by if found else ""

    assert by(critical, {"force": True}, MON_10) == "role:admin"
    assert by(critical, {"force": False}, MON_10) == "oncall:db"
    assert by(calm, {}, MON_10) == ""
    assert by(calm, {}, SAT_10) == "lead:db"


@pytest.mark.parametrize(
    "wrong",
    [{"during": "Mon-Fri"}, {"outside": "Mon-Fri 09:00-18:00 Mars/Base"},
     {"outside": "Foo 09:00-10:00"}, {"during": "09:00-10:00", "outside": "09:00-10:00"}],
)  # fmt: skip
def test_hours_that_can_not_be_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"hours|like|zone|weekday"):
        ApprovalSettings.model_validate({"by": "role:admin", **wrong})


def test_whoever_is_on_call_and_the_lead_decide_but_never_who_asks() -> None:
    people = {
        h: Person(h, h.title(), roles=("admin",) if h == "mei" else ())
        for h in ("ana", "omar", "mei")
    }
    known = Definitions(1, people, {"db": Team("db", ("ana",), oncall="omar", lead="ana")}, (), {})
    assert approving.approvers(known, "oncall:db", "ana", MON_10) == ("omar",)
    assert approving.approvers(known, "oncall:db", "omar", MON_10) == ()
    assert approving.approvers(known, "lead:db", "omar", MON_10) == ("ana",)
    assert approving.approvers(known, "role:admin", "", MON_10) == ("mei",)
    assert approving.mistake(known, "oncall:web") == "web is neither a team nor a schedule"
    assert approving.mistake(known, "oncall:db") is None
    assert "oncall:<team or schedule>" in (approving.mistake(known, "nobody") or "")


PG = "action:st2:pg.failover"


@pytest.mark.parametrize(
    ("pattern", "asked", "covered"),
    [
        ("action:st2:pg.*", f"{PG}[cluster=prod]", True),
        ("action:st2:pg.*[cluster=staging*]", f"{PG}[cluster=staging-1]", True),
        ("action:st2:pg.*[cluster=staging*]", f"{PG}[cluster=prod]", False),
        ("action:st2:pg.*[cluster=staging*]", PG, True),  # with some values
        ("action:st2:pg.*[cluster=staging*]", f"{PG}[*]", False),  # with any
        ("action:st2:pg.*[cluster=staging*]", f"{PG}[cluster=]", False),
        ("action:st2:pg.*[cluster=*]", f"{PG}[cluster=]", True),
        ("action:st2:pg.*[env=a|b,host=db-?]", f"{PG}[env=b,host=db-1]", True),
        ("action:st2:pg.*[env=a|b,host=db-?]", f"{PG}[env=b,host=db-11]", False),
        ("action:st2:pg.*[hosts=db-?]", f"{PG}[hosts=db-1|prod]", False),  # each of a list
        ("action:st2:pg.*[cluster=staging*]", f"{PG}[cluster=staging;reboot]", False),
        ("action:st2:k8s.*", f"{PG}[cluster=prod]", False),
        ("*", f"{PG}[*]", True),
    ],
)
def test_a_permission_may_name_the_values_of_parameters(
    pattern: str, asked: str, covered: bool
) -> None:
    assert permitted.covers(pattern, asked) is covered


def test_what_is_asked_names_only_values_that_some_role_speaks_of() -> None:
    patterns = ("action:st2:pg.*[cluster=staging*]", "action:aws.*[region=eu-*]")
    params = {"cluster": "a,b]=c|staging-1", "force": True}
    asked = permitted.asking(PG, params, patterns)
    assert asked == f"{PG}[cluster=a%2Cb%5D%3Dc%7Cstaging-1]"
    assert not permitted.covers(patterns[0], asked)
    assert permitted.asking("action:st2:core.echo", params, patterns) == "action:st2:core.echo"


def test_nobody_gives_more_values_than_they_hold() -> None:
    custom = {
        "ops": CustomRole("ops", ("action:st2:pg.*[cluster=staging-??]",), ""),
        "all": CustomRole("all", ("action:st2:pg.*",), ""),
        "wide": CustomRole("wide", ("action:st2:pg.*[cluster=staging-*]",), ""),
        "same": CustomRole("same", ("action:st2:pg.failover[cluster=staging-??]",), ""),
    }
    ops = Actor("person", "ana", "Ana", "web", ("ops",))
    assert may(ops, PG, custom)
    assert beyond(ops, ("", "all"), custom) == "action:st2:pg.*"
    assert beyond(ops, ("", "wide"), custom)
    assert beyond(ops, ("", "same"), custom) is None
    scoped = replace(ops, scope=("action:st2:pg.*[cluster=staging-1?]",))
    assert may(scoped, f"{PG}[cluster=staging-11]", custom)
    assert not may(scoped, f"{PG}[cluster=staging-21]", custom)


def test_brackets_are_read_and_what_is_wrong_with_them_is_said() -> None:
    assert mistake_in("action:st2:pg.Restart[env=staging-*,host=db-?|x]") is None
    assert names("self, action:a[x=1,y=2] incident.read") == (
        "self", "action:a[x=1,y=2]", "incident.read",
    )  # fmt: skip
    for wrong in ("action:a[", "action:a[]", "action:a[x]", "action:a[x=]", "incident.act[x=1]"):
        assert mistake_in(wrong)


def test_an_action_takes_only_values_that_are_allowed_here_and_knows_its_defaults() -> None:
    offer = Offer(
        "pg", REMOTE, params=(Param("env", default="prod"), Param("hosts", "list")),
        allow={"env": ("staging-*",), "hosts": ("db-?",)},
    )  # fmt: skip
    assert allowing.refused(offer, {"env": "staging-1", "hosts": ["db-1", "db-2"]}) == ""
    assert allowing.wrong(offer, {"hosts": ["db-1", "prod"]}) == [
        ("env", "env may be staging-* here, not prod."),
        ("hosts", "hosts may be db-? here, not prod."),
    ]
    assert "must be said" in allowing.refused(offer, {"env": "staging-1"})


SCHEMA = {
    "type": "object",
    "properties": {
        "continue": {"type": "boolean", "required": True, "description": "Go on?"},
        "node": {"type": "string", "enum": ["db-1", "db-2"], "default": "db-2"},
        "keep": {"type": "integer", "minimum": 1, "maximum": 9},
        "tags": {"type": "array"},
        "pin": {"type": "string", "secret": True, "minLength": 4},
    },
    "required": ["keep"],
}


def test_an_answer_is_what_its_schema_wants_from_words_or_a_form() -> None:
    asked = answering.fields(SCHEMA)
    given = answering.typed('continue=ja keep=3 tags=a,b pin="4711 x"', asked)
    answer, wrong = answering.read(asked, given)
    assert (answer, wrong) == (
        {"continue": True, "node": "db-2", "keep": 3, "tags": ["a", "b"], "pin": "4711 x"}, {},
    )  # fmt: skip
    assert answering.shown(asked, answer).endswith("pin=••••")
    form = answering.typed('{"continue": "no", "node": "DB-1", "keep": "9"}', asked)
    assert answering.read(asked, form)[0] == {"continue": False, "node": "db-1", "keep": 9}


def test_what_does_not_fit_is_said_field_by_field() -> None:
    asked = answering.fields(SCHEMA)
    given = {"continue": "maybe", "node": "db-3", "keep": "10", "pin": "12", "more": "x"}
    _, wrong = answering.read(asked, given)
    assert wrong == {
        "continue": "continue must be yes or no.",
        "node": "node must be one of db-1, db-2.",
        "keep": "keep must be at most 9.",
        "pin": "pin must have at least 4 characters.",
        "more": "more is not asked for: continue, node, keep, tags, pin.",
    }
    assert answering.read(asked, {})[1]["keep"] == "keep is needed: a whole number."
    live = answering.read(asked, {"continue": "yes", "keep": 1, "pin": "<% st2kv(x) %>"})
    assert "would compute" in live[1]["pin"]


def test_the_bare_answer_is_enough_where_one_thing_is_asked_and_odd_schemas_are_borne() -> None:
    one = answering.fields({"properties": {"continue": {"type": "boolean", "required": True}}})
    assert answering.read(one, answering.typed("yes", one)) == ({"continue": True}, {})
    schemas: tuple[dict[str, Any], ...] = (
        {},
        {"properties": []},
        {"properties": {"a": 3, "b": {"type": ["null", "integer"]}}},
    )
    for odd in schemas:
        assert isinstance(answering.fields(odd), tuple)
