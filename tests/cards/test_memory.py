"""The last line of the fold: that it was there before, when, for how long, and who ended it."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.incident import card
from bot.cards.model import Card
from bot.cards.view import Runs
from store.model import DAY, Fixed
from tests.cards.support import (
    BASE,
    DEFINITIONS,
    INCIDENT,
    MINUTE,
    NOW,
    OPENED,
    new,
    read,
    resolved,
)

LAST = replace(
    INCIDENT,
    id=1201,
    opened_at=OPENED - 102 * DAY,
    resolved_at=OPENED - 102 * DAY + 4 * MINUTE,
    resolved_by="ana",
    summary="",
)


def drawn(
    seen: int, *, over: bool = False, fixed: Fixed | None = None, runs: Runs = (), **changes: object
) -> Card:
    night = resolved() if over else new()
    last = replace(LAST, **changes)  # type: ignore[arg-type]
    detail = replace(night.detail(), earlier=last, seen=seen, fixed=fixed)
    return card(detail, DEFINITIONS, BASE, now=NOW, threads=True, runs=runs)


def test_a_card_remembers_what_happened_before() -> None:
    assert read(drawn(6))[-1] == (
        "🕘 Seen 6 times before. Last Wed 12 Aug 04:09 CEST "
        f"(#1201 <{BASE}/i/1201>): open 4 min, resolved by Ana"
    )


def test_once_and_twice_are_words() -> None:
    assert read(drawn(1))[-1].startswith("🕘 Seen once before.")
    assert read(drawn(2))[-1].startswith("🕘 Seen twice before.")


def test_what_fixed_it_is_said_where_somebody_wrote_it() -> None:
    line = read(drawn(2, summary="rotated the WAL"))[-1]
    assert line.endswith("resolved by Ana, rotated the WAL")


def test_an_action_that_fixed_it_is_named_with_the_button_that_does_it_again() -> None:
    runs = (("Rotate the WAL", "rotate-wal"), ("Vacuum", "vacuum"))
    again = drawn(2, fixed=Fixed("rotate-wal", "ana"), runs=runs)
    assert read(again)[-1].endswith("open 4 min, fixed by rotate-wal (Ana)")
    itself = drawn(2, fixed=Fixed("rotate-wal", automation="repair"))
    assert read(itself)[-1].endswith("fixed by rotate-wal (by itself)")
    shown = [press.label for press in (*again.actions.buttons, *again.actions.more)]
    assert "Rotate the WAL…" in shown and "Run…" in shown and "Vacuum…" not in shown


def test_what_resolved_by_itself_names_nobody() -> None:
    assert read(drawn(2, resolved_by=None))[-1].endswith("open 4 min")


def test_a_resolved_card_looks_back_no_more() -> None:
    assert not any("Seen" in line for line in read(drawn(6, over=True)))
