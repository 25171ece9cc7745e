"""What is silenced in a monitor itself: one line of the card for each monitor."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.model import Spans
from bot.cards.view import View, own, strange, when
from commands.hushed import KIND
from commands.words import IN_MONITOR, surface_name

_NAME = 40
_TEXT = 60


def lines(view: View) -> Iterator[Spans]:
    """``🔇 Silenced in Alertmanager until 14:00 by bob: “load test”``."""
    if view.phase in {"resolved", "merged"}:
        return
    last = {e.detail.get("monitor"): e.detail for e in view.detail.timeline if e.kind == KIND}
    for monitor, said in last.items():
        until = said.get("until")
        if not isinstance(until, int) or until <= view.now:
            continue
        part = "" if said["alerts"] == said["of"] else f" ({said['alerts']} of {said['of']} alerts)"
        by: Spans = (own(" by "), strange(str(said["by"]), _NAME)) if said["by"] else ()
        text = str(said["text"])
        why: Spans = (own(": “"), strange(text, _TEXT), own("”")) if text else ()
        there = strange(surface_name(f"{IN_MONITOR}{monitor}"), _NAME)
        where = (own("🔇 Silenced in "), there, own(f"{part} until "))
        yield (*where, when(until, view.now), *by, *why)
