"""The two looks a card can have, as whole requests: first messages, and edits of any message."""

from __future__ import annotations

from bot.cards.model import Card, Note
from bot.discord import embed, render
from bot.discord.render import JSON, MOST_TEXT, NO_EMBEDS, SILENT
from bot.discord.spans import Pen

BESIDE = 1200


def line(card: Card, pen: Pen, *, silent: bool = False) -> JSON:
    """The notification line alone: the first half of a card that rings."""
    users = pen.mentioned([card.notification])
    flags = NO_EMBEDS | (SILENT if silent else 0)
    return {
        "content": pen.plain(card.notification), "flags": flags,
        "allowed_mentions": render.allowed(users, all_=pen.calls_all(card.notification)),
    }  # fmt: skip


def whole(
    card: Card, pen: Pen, *, v2: bool, silent: bool, maybe_copy: bool = False, said: str = ""
) -> JSON:
    """The card in one message; ``said`` is a line of our own below it."""
    flags = SILENT if silent else 0
    said = render.COPY if maybe_copy else said
    if v2:
        copy = [render.text(said)] if said else []
        users = pen.mentioned([card.state.spans])
        return render.v2([render.container(card, pen, MOST_TEXT - 100), *copy], flags, users)
    body = embed.embed_body(card, pen, said)
    users = pen.mentioned([card.notification])
    body["allowed_mentions"] = render.allowed(users, all_=pen.calls_all(card.notification))
    return body | ({"flags": flags} if flags else {})


def edits(card: Card, pen: Pen, *, v2: bool, note: Note | None = None) -> tuple[JSON, JSON]:
    """An edit in the look that is wanted, and one in the other, for a message that can't have that;
    a note's words and buttons stand below."""
    said = render.note_lines(note, pen, BESIDE) if note else ""
    row = _further(card, note) if note else []
    below = [*([render.text(said)] if said else []), *row]
    new = render.v2_edit([render.container(card, pen, MOST_TEXT - len(said)), *below])
    body = embed.embed_body(card, pen, said)
    classic = body | {"components": [*body["components"], *row]}
    return (new, classic) if v2 else (classic, new)


def _further(card: Card, note: Note) -> list[JSON]:
    """The note's buttons that are none of the card's: no two in a message may do the same."""
    there = {p.token for p in card.actions.buttons}
    presses = [p for p in note.actions if p.token not in there]
    return [render.button_row(presses)] if presses else []
