"""A neutral card as Slack's blocks: head, state and buttons on top, the fold as one attachment."""

from __future__ import annotations

from collections.abc import Iterable

from bot.cards import words
from bot.cards.lists import MOST_LINES, left_out
from bot.cards.model import Actions, Card, Confirm, Head, Note, Press, Spans
from bot.cards.words import tidy
from bot.slack.escape import address
from bot.slack.fold import fold, width
from bot.slack.parts import OPTION, option, plain, rich, small
from bot.slack.spans import JSON, Pen, emoji
from bot.tokens import asks_each

MOST_TEXT, MOST_NOTE = 110, 3_000
LABEL, SAYS, QUESTION = OPTION, 75, 300
MOST_BUTTONS, MOST_OVERFLOW, MOST_OPTIONS = 5, 5, 100
MORE = "more"
CARD_ACTIONS, NOTE_ACTIONS = "act.", "note."


def body(
    card: Card, pen: Pen, *, note: Note | None = None, maybe_copy: bool = False, alone: bool = True
) -> JSON:
    """Text, blocks and attachments of a card; ``note``'s words stand below the buttons.

    ``alone`` False leaves the text out, for places that show no notification.
    """
    blocks = [head(card, pen), *actions(card.actions, f"{CARD_ACTIONS}{card.rev}", str(card.id))]
    if note is not None:
        blocks += note_blocks(note, pen, f"said.{card.rev}")
    if maybe_copy:
        blocks.append(small([plain(words.COPY)], f"copy.{card.rev}"))
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
    said = f"{head.number}{words.title(head.title)}"
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
    elements = _told_apart([_button(p) for p in shown]) + ([_menu(more, noun)] if more else [])
    return [{"type": "actions", "block_id": block_id, "elements": elements}] if elements else []


def _told_apart(buttons: list[JSON]) -> list[JSON]:
    """Slack wants each ``action_id`` once in a row; a press is known by its value."""
    seen: dict[str, int] = {}
    for button in buttons:
        name = button["action_id"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            button["action_id"] = f"{name}.{seen[name]}"
    return buttons


def action_id(token: str) -> str:
    """``cmd:ack`` of ``cmd:ack:1842:7``."""
    return ":".join(token.split(":")[:2])[:255] or "cmd"


def _button(press: Press) -> JSON:
    out: JSON = {
        "type": "button", "text": plain(words.cut(words.clean(press.label), LABEL) or "…"),
        "action_id": action_id(press.token), "value": press.token,
    }  # fmt: skip
    if press.primary:
        out["style"] = "primary"
    if says := words.cut(words.clean(press.says), SAYS):
        out["accessibility_label"] = says
    # What is asked of each person is asked after the press, with the words of that moment: once.
    asked = None if asks_each(press.token) else press.confirm
    return out | ({"confirm": _confirm(asked)} if asked else {})


def _confirm(asked: Confirm) -> JSON:
    return {
        "title": plain(words.cut(words.clean(asked.title), 100)),
        "text": plain(words.cut(words.clean(asked.text), QUESTION) or " "),
        "confirm": plain(words.cut(words.clean(asked.yes), 30)),
        "deny": plain(words.cut(words.clean(asked.no), 30)),
    }


def _menu(presses: list[Press], noun: str) -> JSON:
    """An overflow holds two to five entries; fewer or more need a select."""
    options = [option(p.token, p.label) for p in presses[:MOST_OPTIONS]]
    if 2 <= len(options) <= MOST_OVERFLOW:
        return {"type": "overflow", "action_id": MORE, "options": options}
    hint = f"More for #{noun}…" if noun else "More…"
    return {
        "type": "static_select", "action_id": MORE, "placeholder": plain(hint),
        "options": options,
    }  # fmt: skip


# notes


def note_blocks(note: Note, pen: Pen, block_id: str) -> list[JSON]:
    """A note's lines and its buttons; lines that don't fit are left out."""
    said = [pen.section(line) for line in note_lines(note) if line]
    blocks = [rich(said, block_id)] if said else []
    return [*blocks, *actions(Actions(note.actions), f"{NOTE_ACTIONS}{block_id}")]


def note_lines(note: Note) -> list[Spans]:
    """As many lines of a note as fit; where some are left out the last one says so."""
    lines = fit(note.lines[:MOST_LINES], MOST_NOTE)
    if len(lines) == len(note.lines):
        return lines
    room = MOST_NOTE - width(left_out(note, len(note.lines))) - 1
    lines = fit(note.lines[:MOST_LINES], room)
    return [*lines, left_out(note, len(note.lines) - len(lines))]


def fit(lines: Iterable[Spans], room: int) -> list[Spans]:
    """As many lines from the first as fit."""
    out: list[Spans] = []
    for line in lines:
        room -= width(line) + 1
        if room < 0:
            break
        out.append(line)
    return out


def note_body(note: Note, pen: Pen, *, maybe_copy: bool = False) -> JSON:
    """A note as a message."""
    blocks = note_blocks(note, pen, "note")
    if maybe_copy:
        blocks.append(small([plain(words.COPY)], "copy"))
    first = note.lines[0] if note.lines else ()
    return {"text": pen.plain(first) or "…", "blocks": blocks}
