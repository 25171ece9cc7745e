"""The line a lock screen shows."""

from __future__ import annotations

import pytest

from bot.cards.incident import card as draw
from bot.cards.notification import notification
from bot.cards.view import View, visible
from store.model import NextUp
from tests.cards.support import BASE, DEFINITIONS, NOW, Night, at, escalating, new, resolved, taken


def line(night: Night, to: str = "") -> str:
    return visible(notification(View(night.detail(), DEFINITIONS, BASE, NOW), to=to))


def test_new_says_who_and_how_long_until_the_next() -> None:
    assert line(new()) == "🔴 #1842 Disk 94 % full on db-3 · paging @Ana · next Omar in 5 min"


def test_escalating_says_who_did_not_answer() -> None:
    assert line(escalating()) == (
        "🔴 #1842 Disk 94 % full on db-3 · Ana did not answer, now Omar · next team db in 5 min"
    )


def test_to_the_one_who_is_paged_it_speaks_directly() -> None:
    assert line(new(), to="ana").endswith("· paging you · next Omar in 5 min")
    assert "did not answer, now you · next" in line(escalating(), to="omar")
    assert line(new(), to="omar").endswith("next you again in 5 min")


def test_taken_says_there_is_nothing_more_to_do() -> None:
    assert line(taken()) == "👤 #1842 Ana has it, nothing more to do · Disk 94 % full on db-3"
    assert line(taken(), to="ana") == "👤 #1842 you have it · Disk 94 % full on db-3"


def test_resolved_says_by_whom_and_after_how_long() -> None:
    assert line(resolved()) == "✅ #1842 Disk 94 % full on db-3 resolved by Ana after 22 min"
    assert line(resolved(resolved_by=None)).endswith("resolved by itself after 22 min")


def test_the_first_forty_hold_severity_number_what_and_where() -> None:
    titles = {
        "High load": "High load on db-3",
        "Filesystem is predicted to run out of space in an hour": "db-3: Filesystem is",
        "A very long description of what is wrong with the disk of db-3": "A very long de",
    }
    for title, rest in titles.items():
        start = f"🔴 #1842 {rest}"
        first = line(new(title=title))[:40]
        assert first.startswith(start)
        assert "db-3" in first


@pytest.mark.parametrize("length", [0, 1, 47, 48, 49, 200, 5_000])
def test_it_never_exceeds_its_limit(length: int) -> None:
    everybody = tuple(DEFINITIONS.people)
    crowd = {"asking": everybody, "next": NextUp("page", at(5), everybody, 1)}
    for night in (new(**crowd), escalating(**crowd), taken(), resolved(), resolved(merged_into=7)):
        night.fields["title"], night.fields["resource"] = "x" * length, "y" * length
        assert len(line(night)) <= 110


def test_it_carries_no_address_and_no_line_break() -> None:
    text = line(new(title="see https://evil.example\nnow", resource=None))
    assert "\n" not in text


def test_a_card_for_one_reader_says_you() -> None:
    card = draw(new().detail(), DEFINITIONS, BASE, now=NOW, threads=True, to="ana")
    assert "paging you" in visible(card.notification)


def test_no_span_of_it_is_a_link() -> None:
    view = View(new().detail(), DEFINITIONS, BASE, NOW)
    assert not any(span.url for span in notification(view))
