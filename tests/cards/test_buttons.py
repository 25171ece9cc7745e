"""Buttons come from the catalog, stand still, and say whom they wake."""

from __future__ import annotations

import pytest

from bot.cards.buttons import confirm_escalate, layout
from bot.cards.model import Confirm
from bot.cards.view import View
from commands import registry
from commands.registry import Button
from store.model import Definitions, NextUp, Policy, Severity, Step
from tests.cards.support import (
    BASE,
    CATALOG,
    DEFINITIONS,
    NOW,
    PEOPLE,
    TEAMS,
    Night,
    at,
    escalating,
    labels,
    new,
    resolved,
    taken,
    verb,
)


def confirm(night: Night) -> Confirm:
    press = next(p for p in night.card().actions.buttons if p.label == "Escalate")
    assert press.confirm is not None
    return press.confirm


def test_escalate_names_the_person_the_step_and_that_persons_time() -> None:
    asked = confirm(new())
    assert asked.title == "Page Omar now?"
    assert asked.text == (
        "Step 2 of db-primary. Left alone, the policy pages Omar at 04:14, Omar's time."
    )
    assert (asked.yes, asked.no) == ("Page Omar", "Not now")


def test_escalating_from_in_progress_pages_the_next_step() -> None:
    asked = confirm(taken())
    assert asked.title == "Page Omar now?"
    assert asked.text == (
        "Step 2 of db-primary. When this card last changed it was 04:12 for Omar."
    )


def test_asked_at_the_press_it_says_the_time_itself() -> None:
    view = View(taken().detail(), DEFINITIONS, BASE, NOW)
    assert confirm_escalate(view, at=at(60)).text == "Step 2 of db-primary. It is 05:09 for Omar."


def test_after_the_last_step_it_starts_over() -> None:
    night = escalating(step=2, next=NextUp("page", at(15), ("ana",), 0))
    assert confirm(night).title == "Start over with Ana?"


def test_a_step_for_other_severities_is_passed_over() -> None:
    policy = Policy(
        "db-primary",
        (Step(("oncall:db",)), Step(("lead:db",), severity=("critical",)), Step(("person:mei",))),
    )
    definitions = Definitions(1, PEOPLE, TEAMS, (), {"db-primary": policy})
    view = View(taken(severity=Severity.ERROR).detail(), definitions, BASE, NOW)
    assert confirm_escalate(view).title == "Page Mei now?"


def test_a_policy_with_nobody_behind_it_says_so() -> None:
    definitions = Definitions(1, {}, {}, (), {"db-primary": Policy("db-primary", (Step(("x",)),))})
    asked = confirm_escalate(View(taken().detail(), definitions, BASE, NOW))
    assert asked.text == "Nobody is behind any step of db-primary now."


def test_a_confirmation_keeps_its_limits_whatever_people_are_called() -> None:
    people = PEOPLE | {"omar": PEOPLE["omar"].__class__("omar", "O" * 100, "Europe/Athens")}
    definitions = Definitions(1, people, TEAMS, (), dict(DEFINITIONS.policies))
    asked = confirm_escalate(View(taken().detail(), definitions, BASE, NOW))
    assert len(asked.title) <= 100
    assert len(asked.text) <= 300
    assert len(asked.yes) <= 30


def test_no_button_that_ends_or_pages_something_takes_anothers_place() -> None:
    harmful = {"assign", "escalate", "resolve", "reopen"}
    for before, after in (
        ("new", "acknowledged"),
        ("new", "resolved"),
        ("acknowledged", "resolved"),
    ):
        pairs = zip(layout(before)[0], layout(after)[0], strict=False)
        moved = [(b[0].name, a[0].name) for b, a in pairs if a[0].name in harmful]
        assert all(was == now for was, now in moved), moved


def test_a_harmful_button_that_would_slide_moves_to_more(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = dict(CATALOG)
    catalog["assign"] = verb("assign", "Only while new.", Button("Assign…", "assign", ("new",)))
    monkeypatch.setattr(registry, "CATALOG", catalog)
    assert labels(taken().card().actions).startswith("[Note…] ⋯ Escalate | Resolve… | ")


def test_acknowledges_place_becomes_note() -> None:
    first = [night.card().actions.buttons[0].label for night in (new(), taken(), resolved())]
    assert first == ["Acknowledge", "Note…", "Note…"]


@pytest.mark.parametrize(
    "night", [new(), escalating(), taken()], ids=["new", "escalating", "taken"]
)
def test_exactly_one_button_is_primary_while_it_is_open(night: Night) -> None:
    assert [p.primary for p in night.card().actions.buttons].count(True) == 1


def test_at_most_five_buttons_and_the_rest_is_in_more(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {
        f"v{n}": verb(f"v{n}", "More.", Button(f"V{n}", "run", ("new",), order=n)) for n in range(4)
    }
    monkeypatch.setattr(registry, "CATALOG", {**CATALOG, **extra})
    actions = new().card().actions
    assert [p.label for p in actions.buttons] == [
        "Acknowledge", "Assign…", "Escalate", "V0", "Resolve…",
    ]  # fmt: skip
    assert {"V1", "V2", "V3"} <= {p.label for p in actions.more}


def test_what_asks_first_explains_itself_in_the_verbs_own_words() -> None:
    back = next(p for p in taken().card().actions.more if p.label == "Give back")
    assert back.confirm == Confirm("Give back #1842?", "Give it back: paging resumes.", "Give back")


def test_without_any_verb_the_card_has_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CATALOG", {})
    assert new().card().actions.buttons == ()
