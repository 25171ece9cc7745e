"""A workflow that the system which is to run it does not take, for who made it."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Head, Rows, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, strange
from store import workflows
from store.db import Tx
from store.workflows import REFUSED, MadeHere

_GLYPH = {REFUSED: ("❌", "NOT TAKEN"), workflows.THERE: ("✅", "THERE")}


def read(tx: Tx, name: str) -> MadeHere | None:
    """One by its name."""
    return workflows.get(tx, name)


def card(one: MadeHere, scene: Scene) -> Card:
    """``❌ NOT TAKEN · pixelview.db_cleanup``, why, and where its files are."""
    glyph, word = _GLYPH.get(one.state, ("…", "GOES OVER"))
    why = f": {words.cut(one.error, 200)}" if one.error else ""
    files = tuple((own("pack "), strange(f"{one.pack}: {path}", 90)) for path in one.files)
    return Card(
        id=0, rev=0, color=words.NEWS,
        head=Head(glyph, word, 0, words.title(one.ref), scene.link(f"workflows/{one.name}")),
        state=State((strange(f"{one.system} has version {one.version} not yet{why}", 240),)),
        actions=Actions(()),
        fold=(Rows(files[:5]),) if one.state == REFUSED else (),
        notification=(own(f"{glyph} "), strange(one.ref, 90)),
        quiet=True,
    )  # fmt: skip


WORKFLOW = About(read, card)
"""A workflow on its way to the system that runs it."""
