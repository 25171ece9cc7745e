"""An anchor of the record in a channel: a line that can be held against the database later."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Head, Output, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, when
from commands import anchoring
from commands.anchoring import Anchor


def card(anchor: Anchor, scene: Scene) -> Card:
    """``RECORD · Anchor 12``: number and MAC as ``audit verify --anchors`` reads them."""
    title = f"Anchor {anchor.seq} of the audit record"
    return Card(
        id=anchor.seq,
        rev=1,
        color=words.NEWS,
        head=Head("⚓", "RECORD", 0, title, scene.link("audit")),
        state=State((
            own(f"{anchor.rows} rows up to "),
            when(anchor.at, scene.now),
            own(" · keep this message: it shows whether the database is cut short or put back"),
        )),
        actions=Actions(()),
        fold=(Output(f"anchor {anchor.seq}\n{anchor.mac}"),),
        notification=(own(f"⚓ {title}"),),
        quiet=True,
    )  # fmt: skip


ANCHOR = About(anchoring.read, card)
