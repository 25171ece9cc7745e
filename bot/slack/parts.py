"""The small pieces that cards, notes and forms are made of."""

from __future__ import annotations

from bot.cards import words
from bot.slack.spans import JSON

OPTION = 75


def plain(text: str) -> JSON:
    """Text nothing is parsed in, emoji codes neither."""
    return {"type": "plain_text", "text": text or " ", "emoji": False}


def option(value: str, label: str) -> JSON:
    """A menu entry."""
    return {"text": plain(words.cut(words.clean(label), OPTION) or value), "value": value[:150]}


def rich(elements: list[JSON], block_id: str) -> JSON:
    """Lines in which Slack parses nothing."""
    return {"type": "rich_text", "block_id": block_id, "elements": elements}


def small(cells: list[JSON], block_id: str) -> JSON:
    """A line in small grey letters."""
    return {"type": "context", "block_id": block_id, "elements": cells}
