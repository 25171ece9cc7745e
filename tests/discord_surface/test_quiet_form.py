"""The form that snoozes or silences fits into one modal, with what stands in it."""

from __future__ import annotations

from bot.cards import forms
from bot.discord.modal import MOST_ROWS, modal
from commands.verbs import CATALOG
from store.model import Definitions
from tests.store.nouns import incident

NOBODY = Definitions(0, {}, {}, (), {})


def test_five_fields_are_one_modal() -> None:
    given = {"matcher": "host=staging-2"}
    hints = {"matcher": "This hides 1 incident now, 31 last week, never criticals."}
    drawn = modal(
        forms.form(
            CATALOG["quiet"], NOBODY, now=0, incident=incident(1842), initial=given, hints=hints
        )
    )
    assert drawn["title"] == "Snooze or silence #1842"
    assert len(drawn["components"]) == MOST_ROWS
    how, until, matcher, _, critical = drawn["components"]
    assert [o["value"] for o in how["component"]["options"]] == ["snooze", "alerts", "matching"]
    assert until["component"]["required"] and not critical["component"]["required"]
    assert matcher["component"]["value"] == "host=staging-2"
    assert matcher["description"] == hints["matcher"]
