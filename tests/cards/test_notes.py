"""What is said beside the card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import notes
from bot.cards.view import View
from commands import registry
from store.model import AlertStatus
from tests.cards.support import (
    BASE,
    DEFINITIONS,
    NOW,
    Night,
    alert,
    at,
    entry,
    escalating,
    heard,
    new,
    page,
    resolved,
    taken,
)


def view(night: Night, now: int = NOW, *, threads: bool = True) -> View:
    return View(night.detail(), DEFINITIONS, BASE, now, threads)


def test_the_first_reply_holds_labels_description_and_every_alert() -> None:
    night = new()
    night.alerts = (
        alert(1),
        alert(2, resource="db-4", description="91 %", status=AlertStatus.RESOLVED),
    )
    note = notes.details(view(night))
    places = "env=prod · instance=db-3 · region=eu-west-1"
    assert heard(note) == [
        f"Labels alertname=DiskFull · {places} · severity=critical",
        "The volume fills up.",
        "WAL is not archived.",
        "🔴 Disk 94 % full on db-3 · The volume fills up. · since 03:09 CET",
        "✅ Disk 94 % full on db-3 · db-4 · 91 % · since 03:09 CET",
        "1 more alert · Open in console <https://pv.example.eu/i/1842>",
        "Words here go on the record of #1842.",
    ]
    assert note.quiet
    assert note.mentions == ()


def test_the_first_reply_is_bounded_and_points_to_the_rest() -> None:
    night = new(labels={f"label{n:03}": "v" * 300 for n in range(500)})
    night.alerts = tuple(alert(n, description="line\n" * 500) for n in range(400))
    note = notes.details(view(night))
    assert sum(len(s.text) for line in note.lines for s in line) < 2_000
    assert len(note.lines) <= notes.LINES + 1
    assert heard(note)[-1].startswith("The rest: Open in console")


def test_where_words_are_not_heard_nothing_says_they_are() -> None:
    note = notes.details(view(new(), threads=False))
    assert "Words here go" not in "\n".join(heard(note))
    assert heard(note)[-1].startswith("Words here stay here. Add a note")
    assert [p.label for p in note.actions] == ["Add note…"]
    assert notes.details(view(new(), threads=True)).actions == ()


def test_a_step_says_who_did_not_answer_and_mentions_who_is_next_once() -> None:
    note = notes.step(view(escalating(), at(5)), ["omar"], ["ana"])
    assert heard(note) == [
        "Ana did not answer: e-mail sent 03:09 CET.",
        "@Omar you are next for db-primary. It is 04:14 for you.",
    ]
    assert note.mentions == ("omar",)
    assert not note.quiet
    assert [p.token for p in note.actions] == ["cmd:why-me:1842:8"]


def test_a_person_who_did_not_wait_is_named_and_nobody_is_blamed() -> None:
    night = escalating()
    night.pages = (page("ana", minutes=4.9),)
    said = heard(notes.step(view(night, at(5)), ["omar"], ["ana"], by="Mei Lin"))
    assert said[0] == "Mei escalated it. Ana was asked 6 s before."
    assert "did not answer" not in "\n".join(said)


def test_several_who_are_next_stand_in_one_line_with_their_clocks() -> None:
    note = notes.step(view(escalating(), at(5)), ["omar", "mei"])
    assert heard(note) == [
        "@Omar @Mei you are next for db-primary. It is 04:14 for Omar and 10:14 for Mei."
    ]


def test_a_page_that_failed_is_not_called_sent() -> None:
    night = escalating()
    night.pages = (page("ana", via="sms", state="failed"), page("ana", state="pending"))
    line = heard(notes.step(view(night), ["omar"], ["ana"]))[0]
    assert line == "Ana did not answer: SMS failed, e-mail not sent yet."


def test_what_the_provider_said_later_is_told_with_its_time() -> None:
    night = escalating()
    night.pages = (
        page("ana", via="sms", state="delivered"),
        page("ana", 0, 4, via="voice", state="unanswered"),
    )
    night.pages = (night.pages[0], replace(night.pages[1], id=2))
    night.timeline = (*night.timeline, entry("page_delivered", 2, page=1, state="delivered"))
    line = heard(notes.step(view(night), ["omar"], ["ana"]))[0]
    assert line == "Ana did not answer: SMS delivered 03:11 CET, call not picked up 03:13 CET."


def test_without_a_why_verb_there_is_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CATALOG", {})
    assert notes.step(view(escalating()), ["omar"]).actions == ()


def test_the_fallback_is_told_that_everybody_was_asked() -> None:
    note = notes.exhausted(view(escalating(), at(30)), ["omar"])
    assert heard(note) == ["@Omar everybody was asked and nobody has it. It is 04:39 for you."]
    alone = notes.exhausted(view(escalating()), [])
    assert heard(alone) == ["Everybody was asked, nobody answered, and nobody is left to ask."]
    assert not alone.quiet
    assert heard(notes.exhausted(view(escalating(paged=())), [])) == [
        "Nobody could be reached, and nobody is left to ask."
    ]


def test_a_refused_page_says_why() -> None:
    note = notes.page_failed(view(new()), "ana", "email", "550 5.1.1 no such\nuser")
    assert heard(note) == ["E-mail to Ana failed: 550 5.1.1 no such user"]
    assert note.quiet


def test_who_is_asked_to_take_it_is_mentioned_with_the_word_for_them() -> None:
    note = notes.assigned(view(taken(), at(5)), "omar", "you know the array")
    assert heard(note) == [
        "@Omar you are asked to take #1842. “you know the array” It is 04:14 for you."
    ]
    assert note.mentions == ("omar",)


def test_words_from_another_surface_say_whose_and_from_where() -> None:
    note = notes.note("Omar", "slack", "archive target was full\n\nfixing it")
    assert heard(note) == ["Omar (Slack): archive target was full", "fixing it"]
    assert heard(notes.note("Zabbix", "monitor:zabbix", "on it")) == ["Zabbix: on it"]
    assert heard(notes.note("zbx-2", "monitor:zbx-2", "on it")) == ["zbx-2: on it"]
    assert note.quiet
    assert note.mentions == ()


def test_an_empty_note_is_still_a_line() -> None:
    assert heard(notes.note("Omar", "slack", " \n ")) == ["Omar (Slack): "]


def test_the_resolution_says_who_and_what_it_was() -> None:
    summary = "rotate-wal removed 612 GB of old WAL; archive target was full"
    note = notes.resolved(view(resolved()))
    assert heard(note) == ["✅ Ana resolved it after 22 min.", summary]
    alone = notes.resolved(view(resolved(resolved_by=None, summary="")))
    assert heard(alone) == ["✅ Resolved by itself after 22 min."]


def test_a_page_says_that_it_is_yours_why_and_what_comes_without_you() -> None:
    why = "Ana Petrova is on call for team db; step 1 of db-primary"
    note = notes.page(view(new()), "ana", why)
    assert heard(note) == [
        "You are paged for #1842. Step 1 of 3, db-primary.",
        "Why you: Ana Petrova is on call for team db; step 1 of db-primary.",
        "Without an answer, next Omar at 03:14 CET.",
        "Words here go to the thread.",
    ]
    assert not note.quiet


def test_a_page_that_may_have_arrived_before_says_so() -> None:
    lines = heard(notes.page(view(new()), "ana", "on call", copy=True))
    assert lines[1] == "Sent once more, because the answer to the first was lost."


def test_the_last_of_a_page_is_that_you_are_asked_again() -> None:
    line = heard(notes.page(view(escalating(), threads=False), "omar"))[-1]
    assert line == "Without an answer, next team db at 03:19 CET."


def test_those_who_were_paged_hear_that_it_is_over() -> None:
    night = view(taken())
    asleep = heard(notes.over(night, "omar"))
    assert asleep == ["Ana has it, nothing more to do. Go back to sleep."]
    assert heard(notes.over(night, "ana")) == ["You have it."]
    awake = heard(notes.over(night, "mei"))
    assert awake == ["Ana has it, nothing more to do."]


def test_over_follows_what_became_of_it() -> None:
    assert heard(notes.over(view(resolved()), "omar")) == [
        "✅ Ana resolved it after 22 min.",
        "Nothing more to do.",
    ]
    assert heard(notes.over(view(new()), "omar")) == ["Nobody has it again."]


@pytest.mark.parametrize(
    "content",
    [{"what": "details"}, {"what": "step", "people": ["omar"], "before": ["ana"]},
     {"what": "exhausted", "people": []}, {"what": "resolved", "by": "", "summary": ""},
     {"what": "page_failed", "person": "ana", "via": "email", "error": "no"},
     {"what": "assign", "person": "omar", "text": ""}, {"what": "repage"},
     {"what": "note", "text": "x", "author": "Ana", "surface": "web"},
     {"what": "page", "person": "ana", "via": "email", "why": "step 1"}],
    ids=lambda c: str(c["what"]),
)  # fmt: skip
def test_every_thing_the_outbox_is_asked_to_say_has_words(content: dict[str, object]) -> None:
    note = notes.of(view(escalating()), content)
    assert note is not None
    assert note.lines


def test_what_nobody_knows_is_not_said() -> None:
    assert notes.of(view(new()), {"what": "dance"}) is None


def test_no_sentence_guesses_a_gender() -> None:
    night = view(escalating())
    said = [notes.step(night, ["omar"], ["ana"]), notes.page(night, "omar", "on call")]
    text = " ".join(" ".join(heard(note)) for note in said).split()
    assert not {"he", "she", "him", "her", "his", "hers"} & {w.strip(".,:").lower() for w in text}


def test_a_summary_of_a_stranger_is_marked_as_such() -> None:
    night = resolved(summary="<@U1> *bold*")
    spans = notes.resolved(view(night)).lines[1]
    assert [s.own for s in spans] == [False]
    assert replace(spans[0], own=True) != spans[0]
