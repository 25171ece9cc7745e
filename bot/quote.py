"""Words of a chat made into something of ours: an incident, or a line of a timeline."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import words
from commands.words import clock

_TITLE, _WORDS = 200, 2_400


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody wrote: ``place`` is how people call where it stands, ``at`` when (ms), ``url``
    opens it there; what is not known is empty."""

    author: str = ""
    words: str = ""
    place: str = ""
    url: str = ""
    at: int = 0


def as_incident(quote: Quote) -> str:
    """What is wrong: the first line is its title, then the rest, and where it was written."""
    first, _, rest = quote.words.strip().partition("\n")
    title = words.cut(words.clean(first), _TITLE)
    more = rest if len(words.clean(first)) <= _TITLE else f"{first}\n{rest}"
    return "\n".join(filter(None, [title, _short(more), _source(quote)]))


def as_note(quote: Quote) -> str:
    """A line of the timeline: who wrote where and when, and what."""
    said = _short(quote.words)
    who = f"{quote.author or 'Somebody'}{f' in {quote.place}' if quote.place else ''}"
    at = f", {clock(quote.at, 'UTC')}" if quote.at else ""
    return "\n".join(filter(None, [f"{who}{at}: {said}", quote.url]))


def _short(text: str) -> str:
    return words.cut(text.strip(), _WORDS)


def _source(quote: Quote) -> str:
    """Where it was written; its address has a line of its own, which a card need not show."""
    by = f" by {quote.author}" if quote.author else ""
    place = f" in {quote.place}" if quote.place else ""
    said = f"From a message{by}{place}" if by or place or quote.url else ""
    return "\n".join(filter(None, [said, quote.url]))
