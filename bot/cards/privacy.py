"""To who asked, alone: a copy of somebody's data is ready, or an erasure is done."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Head, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange
from commands.forgetting import ABOUT, KEPT_DAYS
from store import privacy
from store.db import Tx
from store.model.privacy import EXPORT, Job


def read(tx: Tx, number: str) -> Job | None:
    """A copy or an erasure by its number."""
    return privacy.get(tx, int(number)) if number.isdecimal() and len(number) < 20 else None


def card(job: Job, scene: Scene) -> Card:
    """What became of it, and where the copy lies."""
    rows = words.count(job.rows, "row")
    if job.kind == EXPORT:
        whose = "your data" if job.whom == scene.to else scene.definitions.name_of(job.whom)
        title, icon = f"A copy of {words.clean(whose)} is ready", "📦"
        said: list[Spans] = [(own(f"{rows}, for {KEPT_DAYS} days in the console"),)]
    else:
        title, icon = f"Erasure {job.id} is done", "🧹"
        instead = str(job.kept.get("instead", ""))
        said = [(own(f"{rows} rewritten"),), (own("called "), strange(instead, 40), own(" now"))]
    return Card(
        id=job.id,
        rev=1,
        color=words.NEWS,
        head=Head(icon, "PRIVACY", 0, words.cut(title, 80), scene.link("privacy")),
        state=State(separated(said)),
        actions=Actions(()),
        fold=(),
        notification=(own(f"{icon} "), strange(title, 90)),
    )  # fmt: skip


PRIVACY = About(read, card)
PRIVACIES = {ABOUT: PRIVACY}
