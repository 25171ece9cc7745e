"""The card that tells that a chat refuses us, and that it works again."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Facts, Head, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, strange, when
from commands.words import duration, surface_name
from store import troubles
from store.db import Tx
from store.model import Severity
from store.model.trouble import Trouble

_GLYPH = words.GLYPH[Severity.WARNING]


def read(tx: Tx, number: str) -> Trouble | None:
    """A trouble by its number."""
    return troubles.get(tx, int(number)) if number.isdecimal() and len(number) < 20 else None


def card(it: Trouble, scene: Scene) -> Card:
    """What does not work, what Slack or Discord said, what happens meanwhile."""
    return _over(it, scene) if it.over_at is not None else _stands(it, scene)


def _stands(it: Trouble, scene: Scene) -> Card:
    return Card(
        id=it.id, rev=0, color=words.COLOR[Severity.WARNING],
        head=Head(_GLYPH, "REFUSED", 0, _where(it), scene.link("me")),
        state=State((strange(it.words, 300), own("."))),
        actions=Actions(()),
        fold=(Facts(((own("Since "), when(it.since, scene.now, "since")), _meanwhile(it))),),
        notification=(own(f"{_GLYPH} "), strange(_where(it), 60), own(" · "),
                      strange(it.words, 90)),
    )  # fmt: skip


def _over(it: Trouble, scene: Scene) -> Card:
    ended = it.over_at or scene.now
    lasted = duration(ended - it.since)
    return Card(
        id=it.id, rev=1, color=words.RESOLVED,
        head=Head("✅", "WORKS AGAIN", 0, _where(it), scene.link("me")),
        state=State((own("Since "), when(ended, scene.now, "since"),
                     own(f". It did not for {lasted}."))),
        actions=Actions(()),
        fold=(),
        notification=(own("✅ "), strange(_where(it), 60), own(" works again")),
        quiet=True,
    )  # fmt: skip


def _where(it: Trouble) -> str:
    name = surface_name(it.surface)
    return f"{words.cut(words.clean(it.channel), 60)} in {name}" if it.channel else name


def _meanwhile(it: Trouble) -> Spans:
    """What people have to know until then."""
    if it.channel:
        return (own("Until then its incidents are in the console, and pages go out as ever."),)
    if it.what in ("bot_token", "chat:write", "core"):
        return (own("Until then pages go by the next rule, and cards wait."),)
    return (own("Everything else works."),)


TROUBLE = About(read, card)
