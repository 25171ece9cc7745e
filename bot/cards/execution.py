"""What came of an action on a resource, for who had it run."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Head, Output, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, strange, when
from store import executions
from store.db import Tx
from store.executions import ASKED, DONE, FAILED, RUNNING, Execution

_HEAD = {ASKED: ("▶️", "ASKED"), RUNNING: ("▶️", "RUNNING"), DONE: ("✅", "DONE"),
         FAILED: ("❌", "FAILED")}  # fmt: skip
_LINES = 6


def read(tx: Tx, number: str) -> Execution | None:
    """An execution by its number."""
    return executions.get(tx, int(number)) if number.isdecimal() and len(number) < 20 else None


def card(one: Execution, scene: Scene) -> Card:
    """``✅ DONE · kubernetes.restart on deployment shop/cart``."""
    glyph, word = _HEAD.get(one.state, ("❔", "NO ANSWER"))
    path = f"i/{one.incident_id}" if one.incident_id else f"resources/{one.resource_id}"
    lines = "\n".join(one.outcome.splitlines()[:_LINES])
    who = scene.definitions.name_of(one.by)
    return Card(
        id=one.id, rev=0, color=words.NEWS if one.state in (ASKED, RUNNING) else words.TAKEN,
        head=Head(glyph, word, 0, words.title(one.says), scene.link(path)),
        state=State((
            strange(who, 60), own(" ran it "), when(one.asked_at, scene.now, "in"),
        )),
        actions=Actions(()),
        fold=(Output(words.cut(words.lines(lines), 600)),) if lines else (),
        notification=(own(f"{glyph} "), strange(one.says, 90)),
        quiet=one.state == DONE,
    )  # fmt: skip


EXECUTION = About(read, card)
"""An action that somebody had run."""
