"""The question to a holder, and several incidents in one message, as each place shows them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import bundle, checkin
from bot.cards.model import Card, Rows
from bot.cards.scene import Scene
from bot.cards.view import View
from bot.pages import several
from bot.pages.gsm import SEGMENT, septets
from bot.slack import render as slack
from bot.slack.spans import Pen as SlackPen
from store.model import IncidentDetail, NextUp, Severity, TimelineEntry
from tests.cards.support import BASE, DEFINITIONS, NOW, at, entry, labels, new, read, said, taken
from tests.support.slack.checks import Problems, check_attachments, check_blocks

SCENE = Scene(DEFINITIONS, BASE, at(33), to="ana")


def question(answer: TimelineEntry | None = None) -> Card:
    """The question at 03:42, or once something was done."""
    waits = NextUp("check_in", at(43), ("ana",))
    after = NextUp("asks_again", at(65), ("ana",))
    found = taken(next=waits if answer is None else after).detail().incident
    return checkin.card(checkin.Question(found, at(33), at(3), answer), SCENE)


def test_the_question_names_the_incident_the_quiet_and_the_end() -> None:
    card = question()
    assert read(card) == [
        "⏰ STILL ON IT? · #1842 Disk 94 % full on db-3",
        "Quiet for 30 min. Without an answer it goes back to paging at 03:52 CET.",
    ]
    assert labels(card.actions).startswith("[Still on it]* [Give back]! [Resolve…]")
    assert (
        said(card.notification) == "⏰ Still on #1842 Disk 94 % full on db-3? Pages again in 10 min"
    )
    assert not card.quiet


@pytest.mark.parametrize(
    ("who", "line"), [("ana", "You answered"), ("omar", "Omar Haddad answered")]
)
def test_answered_it_says_who_and_when_and_has_no_buttons(who: str, line: str) -> None:
    card = question(entry("note", 35, who))
    assert read(card)[1] == f"{line} at 03:44 CET."
    assert card.actions.buttons == () and card.quiet


def test_line_two_of_the_incidents_card_says_that_its_holder_was_asked() -> None:
    card = taken(next=NextUp("check_in", at(43), ("ana",)), paged=("ana",)).card()
    assert read(card)[1].endswith("quiet, pages again at 03:52 CET")


def views(count: int, **fields: object) -> list[View]:
    """So many incidents, the third critical, the others warnings."""
    found = []
    for n in range(count):
        severity = Severity.CRITICAL if n == 2 else Severity.WARNING
        incident = replace(new(severity=severity).detail().incident, id=1842 + n)
        found.append(View(IncidentDetail(incident), DEFINITIONS, BASE, NOW, False))
    return found


def test_several_incidents_are_named_the_worst_first() -> None:
    card = bundle.card(views(3), BASE)
    assert read(card)[:2] == [
        "🔴 3 INCIDENTS, 1 CRITICAL · #1844, #1842, #1843",
        "You are paged for all of them.",
    ]
    assert said(card.notification) == (
        "🔴 3 incidents, 1 critical · worst: #1844 Disk 94 % full on db-3"
    )
    assert [press.label for press in card.actions.buttons] == [
        "Acknowledge #1844", "Acknowledge #1842", "Acknowledge #1843",
    ]  # fmt: skip


def test_a_hundred_incidents_are_three_blocks_and_a_number() -> None:
    card = bundle.card(views(100), BASE)
    rows = [row for block in card.fold if isinstance(block, Rows) for row in block.rows]
    assert len(rows) == 15 and said(rows[-1]) == "… and 86 more in the console"
    assert len(card.actions.buttons) == 5


@pytest.mark.parametrize(
    "card", [question(), bundle.card(views(3), BASE), bundle.card(views(99), BASE)]
)
def test_slack_takes_them(card: Card) -> None:
    body, problems = slack.body(card, SlackPen(), note=bundle.note(views(3))), Problems()
    check_blocks(body["blocks"], "/blocks", problems, 50)
    check_attachments(body["attachments"], problems)
    assert problems.found == []


@pytest.mark.parametrize("count", [2, 3, 9, 40])
def test_an_sms_of_several_is_one_segment_and_says_what_a_code_means(count: int) -> None:
    text = several.sms(views(count), 1841 + count, answers=True, copy=True)
    assert septets(text) <= SEGMENT
    assert text.endswith(f"Sent again. Reply 1=ack {1841 + count} 2=escalate")
    assert text.startswith(f"{count} incidents")


def test_read_aloud_the_keys_are_about_the_worst() -> None:
    spoken = several.aloud(views(3), answers=True)
    assert spoken.startswith("3 incidents, 1 critical. The worst: Critical. Incident 1 8 4 4.")
    assert "Press 1 to acknowledge" in spoken
