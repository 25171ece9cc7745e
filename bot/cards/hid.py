"""To who wrote words in a thread, alone: a secret was hidden here, and still stands there."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Head, State
from bot.cards.scene import About, Scene
from bot.cards.view import own
from commands.hidden import ABOUT, TOLD, TOLD_THERE
from commands.words import surface_name
from store import bridge
from store.db import Tx
from store.model.note import Note


def read(tx: Tx, number: str) -> Note | None:
    """The note that was cleaned."""
    return bridge.get(tx, int(number)) if number.isdecimal() and len(number) < 20 else None


def card(note: Note, scene: Scene) -> Card:
    """What was hidden where, and what to do: the chat keeps what people wrote."""
    chat = surface_name(note.surface)
    return Card(
        id=note.id,
        rev=1,
        color=words.NEWS,
        head=Head("🔑", "HIDDEN", 0, f"Your words about #{note.incident_id}",
                  scene.link(f"i/{note.incident_id}")),
        state=State((own(f"{TOLD_THERE} It was {chat} where you wrote it."),)),
        actions=Actions(()),
        fold=(),
        notification=(own(f"🔑 {TOLD}"),),
    )  # fmt: skip


HID = About(read, card)
HIDS = {ABOUT: HID}
