"""A neutral card as a Discord message: Components V2, within 40 components and 4,000 characters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.cards import words
from bot.cards.lists import MOST_LINES, left_out
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
    Value,
)  # fmt: skip
from bot.discord.escape import address, code, escape, fits_in_link, link
from bot.discord.spans import Pen
from commands import registry

JSON = dict[str, Any]

NO_EMBEDS, EPHEMERAL, SILENT, V2 = 1 << 2, 1 << 6, 1 << 12, 1 << 15
ROW, BUTTON, SELECT, TEXT, GALLERY, SEPARATOR, CONTAINER = 1, 2, 3, 10, 12, 14, 17
MOST_TEXT, MOST_CONTENT, MOST_ROW, MOST_OPTIONS = 4000, 2000, 5, 25
LABEL, TITLE, VALUE, PLACEHOLDER, TOKEN, ALT, OUTPUT_LINES = 80, 80, 140, 150, 100, 1024, 6
_OUTPUT_WIDTH = 120

NOBODY: JSON = {"parse": []}
COPY = f"-# {words.COPY}"


def allowed(users: Iterable[str] = (), *, all_: bool = False) -> JSON:
    """Who may be notified: these and nobody else, or also ``all_`` who are there."""
    ids = list(users)
    parse: JSON = {"parse": ["everyone"] if all_ else []}
    return parse | ({"users": ids} if ids else {})


def head_line(head: Head) -> str:
    """``🔴 CRITICAL · #1842 title``, the title a link where its words can be one."""
    title = words.title(head.title, TITLE)
    start = f"{head.glyph} {escape(head.word)} · "
    if fits_in_link(title):
        return start + link(f"{head.number}{title}", head.url)
    number = f"{link(head.number.strip(), head.url)} " if head.number else ""
    return f"{start}{number}{escape(title)}"


def rows_of(actions: Actions, card: int, rev: int) -> list[JSON]:
    """A row of at most five buttons, and the menu More…; what is too much moves to the menu."""
    shown, rest = actions.buttons[:MOST_ROW], actions.buttons[MOST_ROW:]
    more = {p.token: p for p in (*rest, *actions.more)}
    out = [button_row(shown)] if shown else []
    if more:
        out.append({"type": ROW, "components": [_menu(list(more.values()), card, rev)]})
    return out


def button_row(presses: Iterable[Press]) -> JSON:
    """Up to five buttons in one row."""
    return {"type": ROW, "components": [_button(p) for p in list(presses)[:MOST_ROW]]}


def _button(press: Press) -> JSON:
    style = 1 if press.primary else 2
    label = words.cut(words.clean(press.label), LABEL) or "…"
    return {"type": BUTTON, "style": style, "label": label, "custom_id": press.token[:TOKEN]}


def _menu(presses: list[Press], card: int, rev: int) -> JSON:
    names = (words.clean(p.label).partition("?")[0].rstrip("…") for p in presses)
    said = ", ".join(name[:1].lower() + name[1:] for name in names)
    options = [_entry(p) for p in presses[:MOST_OPTIONS]]
    hint = f"{words.cut(f'More: {said}', PLACEHOLDER - 1).rstrip('…')}…"
    return {
        "type": SELECT, "custom_id": f"more:{card}:{rev}", "placeholder": hint, "options": options,
    }  # fmt: skip


def _entry(press: Press) -> JSON:
    """An entry of the menu, with the help of its verb below."""
    entry = {"label": words.cut(words.clean(press.label), 100) or "…", "value": press.token[:TOKEN]}
    verb = registry.CATALOG.get(press.token.split(":")[1]) if press.token.count(":") else None
    return entry | ({"description": words.cut(verb.help, 100)} if verb else {})


def text(content: str) -> JSON:
    """A run of markdown."""
    return {"type": TEXT, "content": content}


def fold_lines(card: Card, pen: Pen) -> list[str]:
    """What stands below the buttons, a line each, the least needed last."""
    return [line for block in card.fold[:4] for line in _block(block, pen)]


def _block(block: Block, pen: Pen) -> list[str]:
    match block:
        case Value(said):
            bare = words.cut(words.clean(said), VALUE)
            return [pen.line((Span(bare, own=False),))] if bare else []
        case Facts(lines):
            return [f"-# {pen.line(line)}" for line in lines[:3] if line]
        case Rows(rows):
            return [pen.line(row) for row in rows[:5] if row]
        case Output(said):
            return [output(said)] if said.strip() else []
        case Picture():
            return []


def output(said: str) -> str:
    """At most six lines in fixed width."""
    lines = [words.cut(code(line.rstrip()), _OUTPUT_WIDTH) for line in said.splitlines()]
    kept = ["".join(c for c in line if c.isprintable()) for line in lines[-OUTPUT_LINES:]]
    return "```\n" + "\n".join(kept) + "\n```"


def pictures(card: Card) -> list[JSON]:
    """The pictures as a gallery; the alternative text holds the numbers."""
    found = [b for b in card.fold[:4] if isinstance(b, Picture) and address(b.url)]
    items = [
        {"media": {"url": b.url.strip()}, "description": words.cut(words.clean(b.alt), ALT) or "…"}
        for b in found
    ]
    return [{"type": GALLERY, "items": items}] if items else []


def container(card: Card, pen: Pen, room: int = MOST_TEXT) -> JSON:
    """The card: head and state, buttons, menu, a line, the fold; cut from its end to ``room``."""
    top = f"### {head_line(card.head)}\n{pen.line(card.state.spans)}"
    below = fit(fold_lines(card, pen), room - len(top))
    parts = [text(top), *rows_of(card.actions, card.id, card.rev)]
    fold = [*([text("\n".join(below))] if below else []), *pictures(card)]
    if fold:
        parts += [{"type": SEPARATOR, "divider": True, "spacing": 1}, *fold]
    return {"type": CONTAINER, "accent_color": card.color & 0xFFFFFF, "components": parts}


def fit(lines: list[str], room: int) -> list[str]:
    """As many lines from the first as fit with their newlines."""
    out: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        out.append(line)
    return out


def v2(parts: list[JSON], flags: int = 0, users: Iterable[str] = ()) -> JSON:
    """A message made of Components V2."""
    return {"flags": V2 | flags, "components": parts, "allowed_mentions": allowed(users)}


def v2_edit(parts: list[JSON]) -> JSON:
    """An edit into (or of) Components V2; it takes a plain text or an embed away."""
    return v2(parts) | {"content": None, "embeds": []}


def plain_edit(content: str) -> JSON:
    """An edit into plain text alone."""
    return {"content": content, "embeds": [], "components": [], "allowed_mentions": dict(NOBODY)}


def note_lines(note: Note, pen: Pen, most: int) -> str:
    """A note's words; lines that don't fit are left out, and the last one says so."""
    every = [pen.line(spans) for spans in note.lines[:MOST_LINES]]
    lines = fit(every, most + 1)
    if len(lines) < len(note.lines):
        room = most - len(pen.line(left_out(note, len(note.lines))))
        lines = fit(every, room)
        lines.append(pen.line(left_out(note, len(note.lines) - len(lines))))
    return "\n".join(lines)


def note_body(note: Note, pen: Pen, *, maybe_copy: bool = False) -> JSON:
    """A note as a message; a long quiet one is a text display, which holds twice as much."""
    users = pen.mentioned(note.lines)
    start = f"{COPY}\n" if maybe_copy else ""
    said = start + note_lines(note, pen, MOST_TEXT - len(start))
    rows = [button_row(note.actions)] if note.actions else []
    flags = SILENT if note.quiet else 0
    if len(said) > MOST_CONTENT and note.quiet:
        return v2([text(said), *rows], flags, users)
    body: JSON = {
        "content": said if len(said) <= MOST_CONTENT
        else start + note_lines(note, pen, MOST_CONTENT - len(start)),
        "flags": NO_EMBEDS | flags, "allowed_mentions": allowed(users),
    }  # fmt: skip
    return body | ({"components": rows} if rows else {})


def confirm_body(confirm: Confirm, token: str) -> JSON:
    """The question that is asked before a press counts, with Yes and No."""
    yes = Press(words.cut(confirm.yes, 30), f"yes:{token}", primary=True)
    no = Press(words.cut(confirm.no, 30), f"no:{token}")
    title, asked = escape(words.cut(confirm.title, 100)), escape(words.cut(confirm.text, 300))
    return {
        "content": f"**{title}**\n{asked}".rstrip(), "components": [button_row((yes, no))],
        "flags": EPHEMERAL | NO_EMBEDS, "allowed_mentions": dict(NOBODY),
    }  # fmt: skip
