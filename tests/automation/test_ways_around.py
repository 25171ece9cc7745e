"""What looks like a way around who may run what, with what, and after whose word, and is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from commands.automation import form_fields
from commands.automation.offering import Fit
from commands.automation.offers import Offer
from commands.rules import approving
from commands.rules.approving import Need
from commands.rules.conditions import Facts
from commands.rules.filling import EVALUATED, fill, word
from commands.rules.permission import covers
from commands.rules.permitted import asking
from integrations.base import Param
from integrations.stackstorm import offering, questions, schema, shapes

PARAMS = (
    Param("host", required=True), Param("env", default="prod"), Param("hosts", "list"),
    Param("extra", "object"), Param("pin", secret=True), Param("to", computed=True),
)  # fmt: skip
OFFER = Offer("wipe", "remote", "st2", "pg.wipe", params=PARAMS)


@pytest.mark.parametrize(
    "value",
    ["staging-1,prod-1", "staging-1|reboot", "staging-1;reboot", "staging-x@prod-1", "staging-1,",
     "staging-1/../prod", "staging-1 prod", "staging-[x]", ["staging-1", "prod"], [], None,
     {"staging-": "1"}, "STAGING-1", "staging-*"],
)  # fmt: skip
def test_a_wildcard_means_one_plain_word_each(value: Any) -> None:
    mine = "action:wipe[host=staging-?|staging-??]"
    assert not covers(mine, asking("action:wipe", {"host": value}, [mine]))
    assert covers(mine, asking("action:wipe", {"host": "staging-1,staging-22"}, [mine]))


def test_a_wildcard_that_begins_a_word_begins_no_option() -> None:
    mine = "action:wipe[host=*-db]"
    assert covers(mine, asking("action:wipe", {"host": "a-db"}, [mine]))
    assert not covers(mine, asking("action:wipe", {"host": "-oProxyCommand=x-db"}, [mine]))


@pytest.mark.parametrize(
    "said", ["--force", "-rf", "../../etc/passwd", "a/../b", "db-1,-rf", "..", "db\n-1", "db 1"]
)
def test_what_an_alert_says_begins_no_option_and_leads_out_of_no_folder(said: str) -> None:
    offer = replace(OFFER, given={"host": "{labels.host}"})
    assert "not a plain word" in fill(offer, Facts({"labels.host": (said,)}), {}).refused["host"]
    for good in ("-5", "/var/log", "a..b", "10.0.0.1:5432"):
        assert fill(offer, Facts({"labels.host": (good,)}), {}).params == {"host": good}


def test_a_template_in_other_letters_is_one_all_the_same() -> None:
    spelled = '["\\u007b\\u007b st2kv.system.key }}"]'
    assert not any(mark in spelled for mark in EVALUATED)
    found = fill(OFFER, Facts(), {"host": "a", "hosts": spelled})
    assert "computed there" in found.refused["hosts"]
    assert "hosts" not in found.params


@pytest.mark.parametrize(
    "given",
    [{}, {"env": ""}, {"env": " prod "}, {"env": "PROD"}, {"env": "staging,prod"},
     {"env": ["staging", "prod"]}, {"env": {"a": ["prod"]}}],
)  # fmt: skip
def test_no_spelling_of_a_value_and_no_default_goes_round_a_second_person(
    given: dict[str, Any],
) -> None:
    needs = (Need("role:admin", params={"env": ("prod*",)}),)
    params = fill(OFFER, Facts(), given).params if given != {"env": ""} else {}
    params = {**params} | {n: v for n, v in given.items() if v}
    assert approving.chosen(needs, Facts(), params, 0, PARAMS) == needs[0]
    assert approving.chosen(needs, Facts(), {"env": "staging"}, 0, PARAMS) is None
    unknown = (Need("role:admin", params={"to": ("prod*",)}),)
    assert approving.chosen(unknown, Facts(), {}, 0, PARAMS) == unknown[0], "it may be anything"


def test_what_must_be_typed_is_never_nothing() -> None:
    offer = replace(OFFER, confirm="{params.env}")
    assert word(offer, Facts(), {"env": "staging"}) == "staging"
    assert word(offer, Facts(), {}) == "prod", "what it is where nobody says"
    assert word(replace(OFFER, confirm="{labels.host}"), Facts(), {}) == "wipe"
    assert word(OFFER, Facts(), {}) == ""


def test_a_refusal_does_not_tell_a_secret() -> None:
    refused = fill(replace(OFFER, allow={"pin": ("1*",)}), Facts(), {"host": "a", "pin": "4711"})
    assert "4711" not in refused.why_not


# what a hostile system tells


@pytest.mark.parametrize(
    "said", ["../../apikeys?x=", "a/b", "", " ", "x\ny", "<!channel>", "x" * 200, None, ["a"]]
)
def test_an_id_that_would_mean_something_in_an_address_is_none(said: Any) -> None:
    assert shapes.remote({"id": said, "status": "running", "parent": said}).id == ""
    assert shapes.identity("5f0c-a.1:b") == "5f0c-a.1:b"


def test_an_action_whose_name_would_be_a_permission_is_left_out() -> None:
    class Api:
        class actions:  # noqa: N801  as st2client calls it
            class client:  # noqa: N801
                @staticmethod
                def get(path: str, **_: Any) -> Any:
                    named = ["pg.x[env=prod]", "pg.*", "a b.c", "@everyone", "pg.good"]
                    rows = [{"ref": each, "name": "x" * 999} for each in named]

                    class Answer:
                        headers: Mapping[str, str] = MappingProxyType({})

                        @staticmethod
                        def json() -> Any:
                            return rows if path.startswith("/actions") else []

                    return Answer

    made, _ = offering.actions(Api)
    assert [each.ref for each in made] == ["pg.good"] and len(made[0].title) <= 120


def test_a_question_whose_time_never_ends_is_a_question() -> None:
    for ttl in (10**18, True, -5, 2.5, "x"):
        one = questions.inquiry({"id": "q", "ttl": ttl, "schema": {}}, "", 1_000)
        assert one.expires_at is None
    assert questions.inquiry({"id": "q", "ttl": 5}, "", 1_000).expires_at == 301_000


def test_a_default_that_is_not_known_is_said_to_be_so() -> None:
    found = {p.name: p for p in schema.params({
        "a": {"type": "string", "default": "{{ config_context.env }}"},
        "b": {"type": "string", "default": "x", "secret": True},
        "c": {"type": "string", "default": "x"}, "d e": {"type": "string"},
    })}  # fmt: skip
    assert [found[name].computed for name in "abc"] == [True, True, False]
    assert set(found) == {"a", "b", "c"}


def test_what_no_menu_holds_is_typed() -> None:
    many = tuple(f"c{n}" for n in range(101))
    params = (
        Param("many", choices=many), Param("long", choices=("x" * 76,)),
        Param("few", choices=("a",)), Param("body", default="x" * 5_000),
    )  # fmt: skip
    offer = replace(OFFER, params=params)
    found = {f["label"]: f for f in form_fields.fields(Fit(offer, ""), {}, None)}
    kinds = {name: (f["kind"], len(f["options"])) for name, f in found.items()}
    assert kinds == {
        "Many": ("text", 0), "Long": ("text", 0), "Few": ("choice", 1), "Body": ("text", 0),
    }  # fmt: skip
    assert found["Body"]["initial"] == "", "it stays as it is"
    assert fill(offer, Facts(), {"body": ""}).params == {}
