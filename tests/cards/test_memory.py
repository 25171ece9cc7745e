"""The last line of the fold: that it was there before, when, for how long, and who ended it."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.incident import card
from bot.cards.model import Card
from store.model import DAY
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


def drawn(seen: int, *, over: bool = False, **changes: object) -> Card:
    night = resolved() if over else new()
    last = replace(LAST, **changes)  # type: ignore[arg-type]
    detail = replace(night.detail(), earlier=last, seen=seen)
    return card(detail, DEFINITIONS, BASE, now=NOW, threads=True)


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


def test_what_resolved_by_itself_names_nobody() -> None:
    assert read(drawn(2, resolved_by=None))[-1].endswith("open 4 min")


def test_a_resolved_card_looks_back_no_more() -> None:
    assert not any("Seen" in line for line in read(drawn(6, over=True)))
