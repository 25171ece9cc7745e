"""Card 11: what is silenced, until when, by whom and why; and what it says when it is over."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import silence
from bot.cards.scene import Scene
from bot.cards.silence import Shown
from commands.verbs import CATALOG
from store.model import DAY, HOUR, Definitions, Person
from store.model.silence import Silence, SilenceState
from tests.store.conftest import NOW
from tests.store.nouns import incident

BOB = Person("bob", "Bob Lee")
KNOWN = Definitions(1, {"bob": BOB, "ana": Person("ana", "Ana Petrova")}, {}, (), {})
LOAD = Silence(17, "host=staging-2", NOW + 3 * HOUR, NOW, by="bob", text="load test", week=31)


def scene() -> Scene:
    return Scene(KNOWN, "https://pv.example.eu", NOW)


def text(shown: Shown) -> str:
    drawn = silence.card(shown, scene())
    head = f"{drawn.head.glyph} {drawn.head.word} · {drawn.head.title}"
    return f"{head} | {''.join(s.text for s in drawn.state.spans)}"


def test_it_says_what_until_when_by_whom_and_why() -> None:
    shown = Shown(LOAD, (incident(1842),))
    assert text(shown).startswith("🔇 SILENCED · host=staging-2 | Until ")
    assert text(shown).endswith(
        " · by Bob: “load test” · hides 1 incident now, 31 last week · never criticals"
    )


def test_criticals_are_named_where_they_are_hidden_too() -> None:
    assert text(Shown(replace(LOAD, what="host=staging-2 critical"))).endswith("criticals too")


def test_the_buttons_are_verbs_of_the_catalog_with_the_silences_number() -> None:
    drawn = silence.card(Shown(LOAD, (incident(1842),)), scene())
    tokens = [p.token for p in drawn.actions.buttons]
    assert tokens == ["cmd:silence-extend:17:1", "cmd:silence-end:17:1", "cmd:silence-show:17:1"]
    assert all(token.split(":")[1] in CATALOG for token in tokens)
    end = drawn.actions.buttons[1].confirm
    assert end is not None and end.text == "1 incident asks at once if it still fires."


def test_the_notification_is_one_line_with_who_what_and_when() -> None:
    drawn = silence.card(Shown(LOAD), scene())
    said = "".join(s.text for s in drawn.notification)
    assert said.startswith("🔇 Bob silenced host=staging-2 until ") and said.endswith(": load test")
    assert drawn.quiet


def test_a_silence_that_is_over_says_who_ended_it_and_has_no_buttons() -> None:
    over = replace(LOAD, state=SilenceState.OVER, ended_at=NOW, ended_by="ana")
    drawn = silence.card(Shown(over), scene())
    assert text(Shown(over)).startswith("🔇 SILENCE OVER · host=staging-2 | Ana ended it at ")
    assert drawn.actions.buttons == ()
    by_itself = replace(over, ended_by="")
    assert "By itself at " in text(Shown(by_itself))


def test_of_one_incident_it_is_about_its_alerts() -> None:
    one = replace(LOAD, what="", of=1842, week=0)
    assert text(Shown(one)).startswith("🔇 SILENCED · alerts of #1842 | ")
    assert text(Shown(one)).endswith("hides nothing now")


def test_what_strangers_wrote_stays_text_and_short() -> None:
    wild = replace(LOAD, what="title=<!channel>*" + "x" * 300, text="a\u202eb\n@everyone " * 30)
    drawn = silence.card(Shown(wild, (incident(1842),)), scene())
    theirs = [s for s in drawn.state.spans if "everyone" in s.text]
    assert theirs and not any(s.own for s in theirs)
    assert len(drawn.head.title) <= 80 and "\u202e" not in "".join(s.text for s in theirs)
    assert len("".join(s.text for s in drawn.notification)) <= 130


def test_far_away_its_end_has_a_date() -> None:
    assert "Until " in text(Shown(replace(LOAD, until=NOW + 9 * DAY)))
