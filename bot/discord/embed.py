"""The other look of a card (setting ``cards: embed``): plain content, an embed and rows."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Card
from bot.discord.escape import address, escape
from bot.discord.render import JSON, NOBODY, TITLE, fit, fold_lines, pictures, rows_of
from bot.discord.spans import Pen

MOST_TITLE, MOST_FIELD = 256, 1024


def embed_body(card: Card, pen: Pen, extra: str = "") -> JSON:
    """Content, one embed and the rows of buttons; ``extra`` are further lines of the content."""
    content = pen.plain(card.notification)
    if extra:
        content = f"{content}\n{extra}"
    return {
        "content": content, "embeds": [_embed(card, Pen(now=pen.now, stays=pen.stays))],
        "components": rows_of(card.actions, card.id, card.rev), "allowed_mentions": dict(NOBODY),
    }  # fmt: skip


def _embed(card: Card, pen: Pen) -> JSON:
    head = card.head
    title = escape(f"{head.glyph} {head.word} · {head.number}{words.title(head.title, TITLE)}")
    lines = fold_lines(card, pen)
    first = [line for line in lines if not line.startswith("-# ")]
    facts = [line.removeprefix("-# ") for line in lines if line.startswith("-# ")]
    said = "\n".join(fit([pen.line(card.state.spans), *first], 4000))
    body: JSON = {"title": title[:MOST_TITLE], "description": said, "color": card.color & 0xFFFFFF}
    where = address(head.url)
    if where:
        body["url"] = where
    shown = fit(facts, MOST_FIELD)
    if shown:
        body["fields"] = [{"name": "Details", "value": "\n".join(shown)}]
    for gallery in pictures(card):
        body["image"] = {"url": gallery["items"][0]["media"]["url"]}
    return body
