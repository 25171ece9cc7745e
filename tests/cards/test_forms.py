"""Forms come from the fields verbs declare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import forms
from bot.cards.model import Errors, Form
from commands.registry import Field, Verb
from tests.cards.support import CATALOG, DEFINITIONS, INCIDENT, NOW, verb

CALM = replace(INCIDENT, alerts_firing=0)


def form(name: str, **more: object) -> Form:
    return forms.form(CATALOG[name], DEFINITIONS, now=NOW, **{"incident": INCIDENT, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("declared", CATALOG.values(), ids=CATALOG.keys())
def test_every_verb_has_a_form_within_the_limits(declared: Verb) -> None:
    made = forms.form(declared, DEFINITIONS, now=NOW, incident=INCIDENT)
    assert 0 < len(made.title) <= 24
    assert made.token == f"cmd:{declared.name}:1842:7"
    assert all(i.kind in {"text", "long", "choice", "person_or_team", "when", "flag", "incident"}
               for i in made.inputs)  # fmt: skip
    assert all(len(label) <= 75 for i in made.inputs for _, label in i.options)


def test_assign_asks_for_person_or_team_and_a_note() -> None:
    made = form("assign")
    assert made.title == "Assign #1842"
    assert [(i.name, i.kind, i.required) for i in made.inputs] == [
        ("who", "person_or_team", True),
        ("note", "long", False),
    ]


def test_on_call_comes_first_with_the_time_it_is_there() -> None:
    who = form("assign", busy={"omar": {1840}, "mei": {1, 2}}).inputs[0]
    assert who.options == (
        ("ana", "Ana Petrova (on call for db, free, 03:11 there)"),
        ("anac", "Ana Costa (on call for web, free, 02:11 there)"),
        ("omar", "Omar Haddad (has #1840, 04:11 there)"),
        ("mei", "Mei Lin (has 2, 10:11 there)"),
        ("team:db", "Team db (asks Ana Petrova)"),
        ("team:web", "Team web (asks Ana Costa)"),
    )


def test_who_may_only_look_is_not_offered_to_take_it() -> None:
    viewer = replace(DEFINITIONS.people["mei"], roles=("viewer",))
    known = replace(DEFINITIONS, people={**DEFINITIONS.people, "mei": viewer})
    made = forms.form(CATALOG["assign"], known, now=NOW, incident=INCIDENT)
    offered = [value for value, _ in made.inputs[0].options]
    assert "ana" in offered and "mei" not in offered


def test_nothing_is_said_of_free_hands_where_it_is_not_known() -> None:
    assert form("assign").inputs[0].options[0] == (
        "ana",
        "Ana Petrova (on call for db, 03:11 there)",
    )


def test_how_to_resolve_is_asked_only_while_alerts_fire() -> None:
    firing, calm = form("resolve"), form("resolve", incident=CALM)
    assert [i.name for i in firing.inputs] == ["how", "text"]
    assert firing.inputs[0].initial == "when_clear"
    assert [i.name for i in calm.inputs] == ["text"]
    assert firing.intro.startswith("3 of 3 alerts still fire: /var/lib/postgresql is at 94.2 %")
    assert calm.intro == ""


def test_words_typed_before_are_kept() -> None:
    assert form("resolve", initial={"text": "old WAL"}).inputs[1].initial == "old WAL"


def test_a_long_label_keeps_the_title_within_its_limit() -> None:
    long = verb("x" * 40, "Long.", fields=(Field("text", "text", "Text"),))
    assert len(forms.form(long, DEFINITIONS, now=NOW, incident=INCIDENT).title) <= 24


def test_values_become_arguments_and_empty_ones_are_left_out() -> None:
    values = {"who": " omar ", "note": "  ", "unknown": "x"}
    assert forms.arguments(CATALOG["assign"], values, INCIDENT) == {"incident": 1842, "who": "omar"}


def test_a_missing_value_is_told_at_its_field() -> None:
    found = forms.arguments(CATALOG["assign"], {"note": "x"}, INCIDENT)
    assert found == Errors({"who": "Person or team is needed. Person or team"})


def test_flags_and_lists_are_read_from_what_surfaces_send() -> None:
    fields = (Field("take", "flag", "Take", False), Field("tags", "words", "Tags"))
    declared = verb("x", "X.", fields=fields)
    for sent, flag in ((True, True), ("true", True), ("on", True), (False, False), (None, False)):
        values = {"take": sent, "tags": ["a", "b"]}
        assert forms.arguments(declared, values) == {"take": flag, "tags": "a,b"}


def test_what_does_not_apply_is_not_taken_over() -> None:
    values = {"how": "now", "text": "x"}
    assert forms.arguments(CATALOG["resolve"], values, CALM) == {"incident": 1842, "text": "x"}
