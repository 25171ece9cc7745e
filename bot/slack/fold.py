"""What stands below a card's buttons: one attachment in colour, too short to be hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.cards import words
from bot.cards.model import Block, Card, Facts, Output, Picture, Rows, Span, Spans, Value
from bot.cards.words import tidy
from bot.slack.escape import address
from bot.slack.parts import plain, rich, small
from bot.slack.spans import JSON, Pen, harmless, mrkdwn

# A client hides what is inside an attachment from 700 characters or 5 line breaks on.
MOST, VALUE, OUTPUT_LINES, MOST_CELLS, TITLE = 590, 140, 6, 10, 110
_OUTPUT_WIDTH = 90
_MARKS = re.compile(r"<[^|>]*\||>")


def fold(card: Card, pen: Pen) -> list[JSON]:
    """What stands below the buttons: a bar in colour with at most four blocks."""
    room = MOST
    blocks: list[JSON] = []
    for number, block in enumerate(card.fold[:4]):
        made = list(_block(block, pen, f"{card.rev}.{number}", room))
        room -= sum(map(_length, made))
        blocks += made
    if not blocks:
        return []
    color = f"#{card.color & 0xFFFFFF:06X}"
    said = pen.plain((Span(f"{card.head.number}{words.title(card.head.title)}", own=False),), TITLE)
    return [{"color": color, "fallback": said, "blocks": blocks}]


def _block(block: Block, pen: Pen, number: str, room: int) -> Iterator[JSON]:
    match block:
        case Value(said):
            if bare := words.cut(words.clean(said), VALUE):
                yield rich([pen.section((Span(bare, own=False),))], f"value.{number}")
        case Facts(lines):
            yield from _facts(_fitting(lines[:3], room), number)
        case Rows(rows):
            if shown := [pen.section(row, 110) for row in rows[:5] if row]:
                yield rich(shown, f"rows.{number}")
        case Output(said):
            if lines_of := output_lines(said):
                text = {"type": "text", "text": "\n".join(lines_of)}
                yield rich(
                    [{"type": "rich_text_preformatted", "elements": [text]}], f"out.{number}"
                )
        case Picture(url, alt):
            if where := address(url):
                said = words.cut(words.clean(alt), 2_000) or "…"
                yield {
                    "type": "image", "block_id": f"pic.{number}", "image_url": where,
                    "alt_text": said,
                }  # fmt: skip


def output_lines(said: str) -> list[str]:
    """The last six lines, cut to what a phone shows."""
    bare = ("".join(c for c in line if c.isprintable()) for line in said.splitlines())
    return [words.cut(line.rstrip(), _OUTPUT_WIDTH) for line in bare if line.strip()][
        -OUTPUT_LINES:
    ]


def _fitting(lines: Iterable[Spans], room: int) -> list[Spans]:
    """The lines within ``room`` characters: facts go from the end of the longest line."""
    kept = [list(line) for line in lines if line]
    while sum(width(line) for line in kept) > room:
        # Links are the way to all that is cut, so they go last.
        longest = max(kept, key=lambda line: (not any(s.url for s in line), width(line)))
        longest.pop()
        if longest and not longest[-1].text.strip(" ·"):
            longest.pop()
        kept = [line for line in kept if line]
    return [tuple(line) for line in kept]


def width(line: Iterable[Span]) -> int:
    return sum(len(s.text) for s in line)


def _facts(lines: list[Spans], number: str) -> Iterator[JSON]:
    """Small lines: facts in one block, links in another, so that each begins a line."""
    links = [line for line in lines if any(s.url for s in line)]
    facts = [line for line in lines if line not in links]
    for name, group in (("facts", facts), ("links", links)):
        cells = [cell for line in group for cell in _cells(line)][:MOST_CELLS]
        for cell in cells[1:]:
            cell["text"] = f"· {cell['text']}"
        if cells:
            yield small(cells, f"{name}.{number}")


def _cells(line: Spans) -> Iterator[JSON]:
    """A line as a context's elements: strangers' words as plain text, ours with dates and links
    as mrkdwn."""
    run: list[Span] = []
    marked = False
    for part in _parts(line):
        safe = all(map(harmless, part))
        live = any(s.url or s.at is not None for s in part)
        if run and ((live and not marked and not _safe(run)) or (marked and not safe)):
            yield _cell(run, marked)
            run, marked = [], False
        if run:
            run.append(Span(" · "))
        run += part
        marked = marked or live
    if run:
        yield _cell(run, marked)


def _safe(run: Iterable[Span]) -> bool:
    return all(map(harmless, run))


def _parts(line: Spans) -> Iterator[list[Span]]:
    """The facts of a line, without the dots between them."""
    part: list[Span] = []
    for span in line:
        if span.own and span.text == " · ":
            if part:
                yield part
            part = []
        else:
            part.append(span)
    if part:
        yield part


def _cell(run: list[Span], marked: bool) -> JSON:
    if marked:
        return {"type": "mrkdwn", "text": "".join(map(mrkdwn, run)), "verbatim": True}
    return plain(tidy("".join(s.text for s in run)).strip())


def _length(block: JSON) -> int:
    """How many characters a reader sees of a block."""
    if isinstance(block.get("text"), str):
        return len(_MARKS.sub("", block["text"]))
    inside = block.get("elements") or ()
    return sum(map(_length, inside)) + len(block.get("fallback") or "")
