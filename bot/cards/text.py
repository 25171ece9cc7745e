"""A card or a note as plain lines, for the command line and the text part of a mail."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Block, Card, Facts, Note, Output, Picture, Rows, Span, Spans, Value


def lines(card: Card, zone: str, *, now: int) -> list[str]:
    """The card without its buttons, instants in the given zone."""
    head = card.head
    out = [f"{head.glyph} {head.word} · {head.number}{head.title}"]
    out.append(line(card.state.spans, zone, now=now))
    for block in card.fold:
        out.extend(_block(block, zone, now))
    return out


def note(note: Note, zone: str, *, now: int) -> list[str]:
    """A note's lines, instants in the given zone."""
    return [line(spans, zone, now=now) for spans in note.lines]


def line(spans: Spans, zone: str, *, now: int) -> str:
    """Spans as one line; a link is followed by its address."""
    return "".join(_span(s, zone, now) for s in spans)


def _span(span: Span, zone: str, now: int) -> str:
    if span.at is not None:
        return _instant(span, span.at, zone, now)
    if span.url:
        return f"{span.text} <{span.url}>"
    return f"@{span.text}" if span.mention else span.text


def _instant(span: Span, at: int, zone: str, now: int) -> str:
    if span.form == "date" or words.is_far(at, now):
        return words.date(at, zone)
    clock = words.clock(at, zone)
    return f"at {clock}" if span.form == "in" else clock


def _block(block: Block, zone: str, now: int) -> list[str]:
    match block:
        case Value(text) | Output(text):
            return text.splitlines()
        case Facts(rows) | Rows(rows):
            return [out for row in rows for out in _facts(row, zone, now)]
        case Picture(alt=alt):
            return [alt]


def _facts(row: Spans, zone: str, now: int) -> list[str]:
    """One line; a line of links becomes one line a link, so that each can be picked up whole."""
    pressed = [s for s in row if s.url]
    if len(pressed) * 2 - 1 == len(row):
        return [f"{s.text}: {s.url}" for s in pressed]
    return [line(row, zone, now=now)]
