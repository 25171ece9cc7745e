"""``⏱ Changed 01:58, 16 min before: Deployed shop/api v1.4``: on the card, without asking."""

from __future__ import annotations

from bot.cards import words
from bot.cards.address import http
from bot.cards.model import Span, Spans
from bot.cards.view import View, own, when
from commands.words import duration
from store.model import Before

TITLE = 90


def lines(view: View) -> tuple[Spans, ...]:
    """One line for each change that is shown; none once it is over."""
    if view.phase in {"resolved", "merged"}:
        return ()
    return tuple(_line(view, each) for each in view.detail.changed)


def _line(view: View, before: Before) -> Spans:
    change, opened = before.change, view.incident.opened_at
    url = next((safe for link in change.links if (safe := http(link.url))), "")
    title = Span(words.cut(words.clean(change.title), TITLE), url=url, own=False)
    ago = opened - change.at
    waited = f", {duration(ago)} before: " if ago >= 1_000 else ", just before: "
    more = before.more
    others = f" · {words.count(more, 'more change')}" if more else ""
    # Nothing says that both are about the same thing, and the card doesn't pretend to know.
    other = "" if before.why else "Something else "
    changed = "changed " if other else "Changed "
    return (
        own(f"⏱ {other}{changed}"),
        when(change.at, view.now),
        own(waited),
        title,
        *((own(others),) if others else ()),
    )
