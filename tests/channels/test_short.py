"""A page as an SMS: the lines of the design, one segment whatever strangers write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards.view import View
from bot.pages import short
from store.model import NextUp
from tests.cards.support import (
    BASE,
    DEFINITIONS,
    NOW,
    PEOPLE,
    Night,
    at,
    escalating,
    new,
    resolved,
    taken,
)
from tests.support.twilio import checks

LINK = "pv.example.eu/i/1842"


def line(night: Night, to: str = "ana", **more: object) -> str:
    wanted = short.Wanted(PEOPLE[to], **{"link": LINK, **more})  # type: ignore[arg-type]
    return short.incident(View(night.detail(), DEFINITIONS, BASE, NOW), wanted)


def test_new_says_what_where_who_is_next_and_how_to_answer() -> None:
    assert line(new()) == (
        "CRIT 1842 Disk 94% full on db-3 prod. Next Omar 03:14. "
        "Reply 1=ack 2=escalate 3=resolve pv.example.eu/i/1842"
    )


def test_escalating_says_who_did_not_answer() -> None:
    assert line(escalating(), "omar", link="") == (
        "CRIT 1842 Disk 94% full on db-3 prod. Ana did not answer, you are next. "
        "Reply 1=ack 2=escalate 3=resolve"
    )


def test_resolved_says_by_whom_when_and_after_how_long() -> None:
    assert line(resolved()) == "OK 1842 Disk 94% full on db-3: resolved by Ana 03:31 after 22 min"
    by_itself = line(resolved(resolved_by=None))
    assert by_itself == "OK 1842 Disk 94% full on db-3: resolved by itself 03:31 after 22 min"


def test_who_has_it_is_said_where_it_pages_all_the_same() -> None:
    assert "prod. Ana has it since 04:12. Reply" in line(taken(), "omar")
    assert "prod. You have it. Reply" in line(taken())


def test_times_are_the_readers_own() -> None:
    assert "Next Omar 04:14" in line(new(), "omar").replace("you again", "Omar")


@pytest.mark.parametrize(
    ("severity", "word"),
    [("critical", "CRIT"), ("error", "ERR"), ("warning", "WARN"), ("info", "INFO")],
)
def test_the_severity_is_a_word(severity: str, word: str) -> None:
    from store.model import Severity

    assert line(new(severity=Severity(severity))).startswith(f"{word} 1842 ")


def test_without_a_way_back_no_reply_is_offered() -> None:
    assert "Reply" not in line(new(), answers=False)


def test_a_repeat_says_so() -> None:
    assert "Sent again." in line(new(), copy=True)


def test_the_link_goes_before_anything_else() -> None:
    long = line(
        new(title="Filesystem is predicted to run out of space within an hour on db-3"), copy=True
    )
    assert "pv.example.eu" not in long and "Reply 1=ack" in long and "Next Omar 03:14" in long


@pytest.mark.parametrize("length", [0, 1, 40, 64, 65, 200, 5_000])
@pytest.mark.parametrize("letter", ["x", "ä", "[", "🔴", "磁", "я", "щ"])
def test_it_is_one_segment_whatever_is_written(letter: str, length: int) -> None:
    everybody = tuple(DEFINITIONS.people)
    crowd = {"asking": everybody, "next": NextUp("page", at(5), everybody, 1)}
    for night in (new(**crowd), escalating(**crowd), taken(), resolved(), resolved(merged_into=7)):
        night.fields["title"] = night.fields["resource"] = letter * length
        night.fields["labels"] = {"env": letter * length}
        for copy in (False, True):
            body = line(night, copy=copy)
            assert checks.segments(body) == 1, body
            assert " 1842 " in body


def test_what_is_never_cut_stays() -> None:
    night = new(title="y" * 300, labels={"env": "z" * 50})
    body = line(night, copy=True)
    assert body.startswith("CRIT 1842 ") and short.CODES in body and "Next Omar 03:14" in body


def test_a_name_of_a_person_can_not_push_the_codes_out() -> None:
    person = replace(PEOPLE["omar"], name="O" * 400)
    known = replace(DEFINITIONS, people={**PEOPLE, "omar": person})
    view = View(new().detail(), known, BASE, NOW)
    body = short.incident(view, short.Wanted(PEOPLE["ana"]))
    assert checks.segments(body) == 1 and short.CODES in body


def test_an_address_without_https_keeps_its_scheme() -> None:
    assert short.bare("https://pv.example.eu/i/1") == "pv.example.eu/i/1"
    assert short.bare("http://127.0.0.1:8080/i/1") == "http://127.0.0.1:8080/i/1"
