"""A neutral card as Slack's blocks: head, state and buttons on top, the fold as one attachment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.cards import words
from bot.cards.model import (
    Actions,
    Block,
    Card,
    Confirm,
    Facts,
    Head,
    Note,
    Output,
    Picture,
    Press,
    Rows,
    Span,
    Spans,
    Value,
)
from bot.slack.escape import address, tidy
from bot.slack.spans import JSON, Pen, emoji, harmless, mrkdwn

# A client hides what is inside an attachment from 700 characters or 5 line breaks on.
MOST_FOLD, MOST_TEXT, MOST_NOTE = 590, 110, 3_000
LABEL, VALUE, SAYS, OPTION, QUESTION, OUTPUT_LINES = 75, 140, 75, 75, 300, 6
MOST_BUTTONS, MOST_OVERFLOW, MOST_OPTIONS, MOST_CELLS = 5, 5, 100, 10
_OUTPUT_WIDTH = 90
_MARKS = re.compile(r"<[^|>]*\||>")
COPY = "Sent once more, because the answer to the first was lost."
MORE = "more"
NOTE_ACTIONS = "note."


def body(
    card: Card, pen: Pen, *, note: Note | None = None, maybe_copy: bool = False, alone: bool = True
) -> JSON:
    """Text, blocks and attachments of a card; ``note``'s words stand below the buttons.

    ``alone`` False leaves the text out, for places that show no notification.
    """
    blocks = [head(card, pen), *actions(card.actions, f"act.{card.rev}", str(card.id))]
    if note is not None:
        blocks += note_blocks(note, pen, f"said.{card.rev}")
    if maybe_copy:
        blocks.append(_small([_plain(COPY)], f"copy.{card.rev}"))
    out: JSON = {"blocks": blocks, "attachments": fold(card, pen)}
    return out | ({"text": pen.plain(card.notification, MOST_TEXT)} if alone else {})


def head(card: Card, pen: Pen) -> JSON:
    """Line 1 what, line 2 state."""
    first = {"type": "rich_text_section", "elements": _title(card.head)}
    return {
        "type": "rich_text", "block_id": f"head.{card.rev}",
        "elements": [first, pen.section(card.state.spans)],
    }  # fmt: skip


def _title(head: Head) -> list[JSON]:
    bold = {"style": {"bold": True}}
    said = f"#{head.id} {words.title(head.title)}"
    where = address(head.url)
    title: JSON = {"type": "text", "text": said} | bold
    if where:
        title = {"type": "link", "url": where, "text": said} | bold
    sign = emoji(head.glyph) or {"type": "text", "text": tidy(head.glyph) or "·"}
    word: JSON = {"type": "text", "text": tidy(head.word) or "·"} | bold
    return [sign, {"type": "text", "text": " "}, word, {"type": "text", "text": " · "}, title]


# buttons


def actions(given: Actions, block_id: str, noun: str = "") -> list[JSON]:
    """A row of at most five buttons and the menu More…; what is too much moves to the menu."""
    shown, rest = given.buttons[:MOST_BUTTONS], given.buttons[MOST_BUTTONS:]
    more = list({p.token: p for p in (*rest, *given.more)}.values())
    elements = [_button(p) for p in shown] + ([_menu(more, noun)] if more else [])
    return [{"type": "actions", "block_id": block_id, "elements": elements}] if elements else []


def action_id(token: str) -> str:
    """``cmd:ack`` of ``cmd:ack:1842:7``."""
    return ":".join(token.split(":")[:2])[:255] or "cmd"


def _button(press: Press) -> JSON:
    out: JSON = {
        "type": "button", "text": _plain(words.cut(words.clean(press.label), LABEL) or "…"),
        "action_id": action_id(press.token), "value": press.token,
    }  # fmt: skip
    if press.primary:
        out["style"] = "primary"
    if says := words.cut(words.clean(press.says), SAYS):
        out["accessibility_label"] = says
    return out | ({"confirm": _confirm(press.confirm)} if press.confirm else {})


def _confirm(asked: Confirm) -> JSON:
    return {
        "title": _plain(words.cut(words.clean(asked.title), 100)),
        "text": _plain(words.cut(words.clean(asked.text), QUESTION) or " "),
        "confirm": _plain(words.cut(words.clean(asked.yes), 30)),
        "deny": _plain(words.cut(words.clean(asked.no), 30)),
    }


def _menu(presses: list[Press], noun: str) -> JSON:
    """An overflow holds two to five entries; fewer or more need a select."""
    options = [option(p.token, p.label) for p in presses[:MOST_OPTIONS]]
    if 2 <= len(options) <= MOST_OVERFLOW:
        return {"type": "overflow", "action_id": MORE, "options": options}
    hint = f"More for #{noun}…" if noun else "More…"
    return {
        "type": "static_select", "action_id": MORE, "placeholder": _plain(hint),
        "options": options,
    }  # fmt: skip


def option(value: str, label: str) -> JSON:
    """A menu entry."""
    return {"text": _plain(words.cut(words.clean(label), OPTION) or value), "value": value[:150]}


def _plain(text: str) -> JSON:
    """Text nothing is parsed in, emoji codes neither."""
    return {"type": "plain_text", "text": text or " ", "emoji": False}


# the fold


def fold(card: Card, pen: Pen) -> list[JSON]:
    """What stands below the buttons: a bar in colour with at most four blocks."""
    room = MOST_FOLD
    blocks: list[JSON] = []
    for number, block in enumerate(card.fold[:4]):
        made = list(_block(block, pen, f"{card.rev}.{number}", room))
        room -= sum(map(_length, made))
        blocks += made
    if not blocks:
        return []
    color = f"#{card.color & 0xFFFFFF:06X}"
    said = pen.plain((Span(f"#{card.id} {words.title(card.head.title)}", own=False),), MOST_TEXT)
    return [{"color": color, "fallback": said, "blocks": blocks}]


def _block(block: Block, pen: Pen, number: str, room: int) -> Iterator[JSON]:
    match block:
        case Value(said):
            if bare := words.cut(words.clean(said), VALUE):
                yield _rich([pen.section((Span(bare, own=False),))], f"value.{number}")
        case Facts(lines):
            yield from _facts(_fitting(lines[:3], room), number)
        case Rows(rows):
            if shown := [pen.section(row, 110) for row in rows[:5] if row]:
                yield _rich(shown, f"rows.{number}")
        case Output(said):
            if lines_of := output_lines(said):
                text = {"type": "text", "text": "\n".join(lines_of)}
                yield _rich(
                    [{"type": "rich_text_preformatted", "elements": [text]}], f"out.{number}"
                )
        case Picture(url, alt):
            if where := address(url):
                said = words.cut(words.clean(alt), 2_000) or "…"
                yield {
                    "type": "image", "block_id": f"pic.{number}", "image_url": where,
                    "alt_text": said,
                }  # fmt: skip


def _rich(elements: list[JSON], block_id: str) -> JSON:
    return {"type": "rich_text", "block_id": block_id, "elements": elements}


def output_lines(said: str) -> list[str]:
    """The last six lines, cut to what a phone shows."""
    bare = ("".join(c for c in line if c.isprintable()) for line in said.splitlines())
    return [words.cut(line.rstrip(), _OUTPUT_WIDTH) for line in bare if line.strip()][
        -OUTPUT_LINES:
    ]


def _fitting(lines: Iterable[Spans], room: int) -> list[Spans]:
    """The lines within ``room`` characters: facts go from the end of the longest line."""
    kept = [list(line) for line in lines if line]
    while sum(_width(line) for line in kept) > room:
        # Links are the way to all that is cut, so they go last.
        longest = max(kept, key=lambda line: (not any(s.url for s in line), _width(line)))
        longest.pop()
        if longest and not longest[-1].text.strip(" ·"):
            longest.pop()
        kept = [line for line in kept if line]
    return [tuple(line) for line in kept]


def _width(line: Iterable[Span]) -> int:
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
            yield _small(cells, f"{name}.{number}")


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
    return _plain(tidy("".join(s.text for s in run)).strip())


def _small(cells: list[JSON], block_id: str) -> JSON:
    return {"type": "context", "block_id": block_id, "elements": cells}


def _length(block: JSON) -> int:
    """How many characters a reader sees of a block."""
    if isinstance(block.get("text"), str):
        return len(_MARKS.sub("", block["text"]))
    inside = block.get("elements") or ()
    return sum(map(_length, inside)) + len(block.get("fallback") or "")


# notes


def note_blocks(note: Note, pen: Pen, block_id: str) -> list[JSON]:
    """A note's lines and its buttons; lines that don't fit are left out."""
    lines = fit(note.lines, MOST_NOTE)
    said = [pen.section(line) for line in lines if line]
    if len(lines) < len(note.lines):
        said.append(pen.section((Span("…"),)))
    blocks = [_rich(said, block_id)] if said else []
    return [*blocks, *actions(Actions(note.actions), f"{NOTE_ACTIONS}{block_id}")]


def fit(lines: Iterable[Spans], room: int) -> list[Spans]:
    """As many lines from the first as fit."""
    out: list[Spans] = []
    for line in lines:
        room -= _width(line) + 1
        if room < 0:
            break
        out.append(line)
    return out


def note_body(note: Note, pen: Pen, *, maybe_copy: bool = False) -> JSON:
    """A note as a message."""
    blocks = note_blocks(note, pen, "note")
    if maybe_copy:
        blocks.append(_small([_plain(COPY)], "copy"))
    first = note.lines[0] if note.lines else ()
    return {"text": pen.plain(first) or "…", "blocks": blocks}
