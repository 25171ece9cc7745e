"""What only the presser sees."""

from __future__ import annotations

import pytest

from bot.cards import answers
from bot.cards.model import Span
from commands.errors import Busy, CommandError, Conflict, Denied, Invalid, NotFound
from tests.cards.support import BASE, NOW, OPENED, at, heard

WINNER = {"who": "Ana Petrova", "surface": "Discord", "at": at(3)}


def test_a_late_press_hears_who_was_first_where_and_by_how_much() -> None:
    error = Conflict("Ana Petrova already has #1842.", WINNER)
    note = answers.answer_for(error, now=at(3) + 4_000, verb="ack", incident=1842)
    first = "Ana Petrova already has #1842: acknowledged in Discord at 03:12 CET, 4 s before you."
    assert heard(note) == [f"{first} Nothing more to do."]


def test_who_comes_too_late_may_take_it_over_after_a_question() -> None:
    note = answers.late(WINNER, 1842, at(3) + 400)
    assert "at 03:12 CET, just before you. Nothing more to do." in heard(note)[0]
    (take,) = note.actions
    assert (take.label, take.token) == ("Take over", "cmd:take-over:1842:0")
    assert take.confirm is not None and take.confirm.title == "Take over #1842?"


def test_who_comes_too_late_is_shown_the_room() -> None:
    room = Span("Open room ↗", url="https://slack.example/c1")
    assert answers.late(WINNER, 1842, at(4), (room,)).lines[1] == (room,)


def test_a_winner_as_json_carries_it_is_understood() -> None:
    note = answers.late({**WINNER, "at": "2026-11-22T02:12:00Z"}, 1842, at(4))
    assert "at 03:12 CET, 1 min before you" in heard(note)[0]


def test_a_winner_without_a_time_is_still_named() -> None:
    note = answers.late({"who": "Ana", "at": "soon"}, None, NOW)
    assert heard(note) == ["Ana already has it: acknowledged. Nothing more to do."]


def test_what_is_resolved_says_by_whom() -> None:
    said = "#1842 is resolved, so there is nothing to acknowledge."
    note = answers.answer_for(Conflict(said, WINNER), now=at(5), verb="ack", incident=1842)
    assert heard(note) == [f"{said} Ana Petrova in Discord at 03:12 CET."]


def test_a_missing_choice_is_named_with_what_to_type() -> None:
    error = Conflict("2 alerts of #1842 still fire.", None, ("when_clear", "now"))
    note = answers.answer_for(error, now=NOW, verb="resolve", incident=1842)
    assert heard(note) == [
        "2 alerts of #1842 still fire.",
        "Say when_clear, now. For example: /pv resolve 1842 how=when_clear",
    ]


def test_denied_says_what_is_missing_what_you_are_and_who_can() -> None:
    error = Denied("no", "incident.act", ("Omar Haddad", "Mei Lin"))
    note = answers.answer_for(error, now=NOW, verb="resolve", roles=("viewer",))
    can = "Omar Haddad and Mei Lin can."
    assert heard(note) == [
        f"🚫 You can't resolve. It needs the permission {error.needs}; you are viewer. {can}"
    ]


@pytest.mark.parametrize(
    ("verb", "needs", "deed"),
    [
        ("token-create", "access.write", "use token-create"),
        ("ack", "incident.act", "acknowledge"),
        ("run", "action:postgres.failover", "run postgres.failover"),
    ],
)
def test_what_is_denied_reads_as_a_sentence(verb: str, needs: str, deed: str) -> None:
    (said,) = heard(answers.denied(Denied("no", needs), verb))
    assert said == f"🚫 You can't {deed}. It needs the permission {needs}."


def test_denied_without_anybody_to_ask_stops_there() -> None:
    assert heard(answers.denied(Denied("no", "x.y"), "")) == [
        "🚫 You can't do that. It needs the permission x.y."
    ]


def test_a_wrong_argument_says_what_to_type_instead() -> None:
    error = Invalid("sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h.", "until")
    note = answers.answer_for(error, now=NOW, verb="snooze", prefix="pv")
    assert heard(note) == [error.error, "For example: pv snooze 1842"]


def test_not_found_and_busy_speak_for_themselves() -> None:
    missing = answers.answer_for(NotFound("There is no incident #9."), now=NOW)
    assert heard(missing) == ["There is no incident #9."]
    full = answers.answer_for(Busy("Too much at once.", 3), now=NOW)
    assert heard(full) == ["Too much at once. Try again in 3 s."]


@pytest.mark.parametrize(
    "error",
    [
        CommandError("x"),
        Invalid("x", "y"),
        NotFound("x"),
        Denied("x", "y"),
        Conflict("x"),
        Busy("x"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_every_refusal_has_an_answer(error: CommandError) -> None:
    assert heard(answers.answer_for(error, now=NOW))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("acknowlege", "ack"), ("asign", "assign"), ("resolv", "resolve"), ("esclate", "escalate"),
     ("ACK", "ack"), ("xyzzy", None), ("give bak", "unack")],
)  # fmt: skip
def test_a_misspelt_command_finds_the_one_that_was_meant(typed: str, meant: str | None) -> None:
    assert answers.nearest(typed) == meant


def test_a_misspelt_command_can_be_run_by_a_button() -> None:
    note = answers.no_command("acknowlege", "1842", incident=1842, rev=7)
    assert heard(note) == ["No command acknowlege. Did you mean ack? /pv ack 1842"]
    assert [(p.label, p.token) for p in note.actions] == [("/pv ack 1842", "cmd:ack:1842:7")]


def test_a_word_that_is_near_nothing_leads_to_help() -> None:
    note = answers.no_command("xyzzy", prefix="pv")
    assert heard(note) == ["No command xyzzy. Try: pv help"]
    assert note.actions == ()


def test_what_may_be_meant_is_offered_as_buttons() -> None:
    called = ("ana=Ana Petrova (db)", "anac=Ana Costa (web)", "x=")
    error = Invalid("Which Ana? Ana Petrova (db) · Ana Costa (web)", "who", called)
    found = answers.choices(error, lambda value: f"do:assign?who={value}" if value != "x" else "")
    assert [(p.label, p.token) for p in found] == [
        ("Ana Petrova (db)", "do:assign?who=ana"),
        ("Ana Costa (web)", "do:assign?who=anac"),
    ]


def test_a_stranger_hears_how_to_be_known_and_that_nothing_changed() -> None:
    note = answers.unlinked(f"{BASE}/me/link", ["Mei Lin", "Omar Haddad"])
    assert heard(note) == [
        "I don't know you yet, so nothing changed.",
        "Link my account <https://pv.example.eu/me/link>",
        "Or ask Mei Lin or Omar Haddad to add you.",
    ]
    assert heard(answers.unlinked("javascript:x")) == ["I don't know you yet, so nothing changed."]


def test_what_somebody_typed_is_never_ours() -> None:
    hostile = "<!channel> @everyone `rm`"
    notes = [
        answers.no_command(hostile, hostile),
        answers.answer_for(NotFound(f"No command {hostile}."), now=OPENED),
        answers.answer_for(Invalid(hostile, "x"), now=OPENED),
    ]  # fmt: skip
    for note in notes:
        assert not [s for line in note.lines for s in line if s.own and "everyone" in s.text]
