"""``Webhooks of grafana can't be read``, or mails: told where the source's people look."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Facts, Head, Rows, Span, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from store import quarantine
from store.db import Tx
from store.model import Severity
from store.quarantine import Held

_GLYPH = words.GLYPH[Severity.WARNING]


def read(tx: Tx, text: str) -> Held | None:
    """A body by its number; the rest of the text says which hour's card it is."""
    number = text.partition(":")[0]
    return quarantine.get(tx, int(number)) if number.isdecimal() and len(number) < 18 else None


def card(held: Held, scene: Scene) -> Card:
    """What was wrong with it, where, and how to look."""
    what, name = held.refused, words.cut(words.clean(held.source.name), 60)
    kind = "Mails" if what.content_type == "message/rfc822" else "Webhooks"
    return Card(
        id=held.id,
        rev=1,
        color=words.COLOR[Severity.WARNING],
        head=Head(_GLYPH, "UNREAD", 0, f"{kind.lower()} of {name}", scene.link()),
        state=State((strange(what.error, 300), own(" (at "), strange(what.where, 80), own(")"))),
        actions=Actions(()),
        fold=(
            Facts((separated([
                (when(held.last_at, scene.now),),
                (strange(held.source.integration, 40),),
                (strange(what.content_type or "no content type", 60),),
                (own(f"{len(what.body)} bytes"),),
            ]),)),
            Rows((
                (own("It is kept for 14 days. Nothing was opened. All of them: "),
                 Span("quarantine", code=True)),
                (own("How it would be read now: "), Span(f"replay {held.id}", code=True)),
            )),
        ),
        notification=(own(f"{_GLYPH} {kind} of "), strange(name, 60), own(" can't be read")),
        quiet=True,
    )  # fmt: skip


UNREAD = About(read=read, card=card)
