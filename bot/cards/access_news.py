"""The card that tells somebody what happened to an account or a token of theirs."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Facts, Head, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, strange
from store import access_news
from store.access_news import News
from store.db import Tx
from store.model import Severity


def read(tx: Tx, number: str) -> News | None:
    """News by its number."""
    return access_news.get(tx, int(number)) if number.isdecimal() and len(number) < 20 else None


def card(it: News, scene: Scene) -> Card:
    """What happened, and what to do about it."""
    severity = Severity.WARNING if it.bad else Severity.INFO
    glyph = words.GLYPH[severity]
    first, *more = it.says or ("",)
    fold = (Facts(tuple((strange(line, 300),) for line in more)),) if more else ()
    return Card(
        id=it.id, rev=0, color=words.COLOR[severity],
        head=Head(glyph, "ACCESS", 0, it.title, scene.link("access")),
        state=State((strange(first, 300),)),
        actions=Actions(()),
        fold=fold,
        notification=(own(f"{glyph} "), strange(it.title, 90)),
        quiet=not it.bad,
    )  # fmt: skip


NEWS = About(read, card)
"""What people are told of their accounts and tokens."""
