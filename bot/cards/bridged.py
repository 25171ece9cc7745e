"""Words that somebody wrote in one place, as they read in another: nothing in them is alive there,
and they stay readable: lines, code, files by name, whom they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.cards import words
from bot.cards.address import http
from bot.cards.model import Note, Span, Spans
from bot.cards.view import own, separated, strange
from bot.cards.words import Names
from commands.words import surface_name
from store.model import Definitions
from store.model import note as model
from store.model.chats import chat_of

ROOM = {"slack": 2_600, "discord": 1_800}
"""Characters of a message, so that it fits whatever has to be escaped in it."""
LEAST = 1_700
LINES, PARAGRAPH = 30, 600
_FENCE = re.compile(r"```")
_CODE = re.compile(r"`([^`]+)`")
_NAME, _FILE = 40, 80
_SAID = {model.ROOM: "war room", model.DIRECT: "direct message"}


def of(note: model.Note, definitions: Definitions, url: str, surface: str) -> Note:
    """``Omar (Slack): archive target was full`` for the chat ``surface``; ``url`` is where all of
    it can be read."""
    body = list(_body(note.text))
    if files := _files(note):
        body.append(files)
    lines = [*_first(body, _head(note, definitions))]
    return Note(tuple(_bounded(lines, ROOM.get(chat_of(surface), LEAST), url)))


def taken_back(note: model.Note, definitions: Definitions) -> Note:
    """What stands where a message can't be taken away."""
    who = strange(_called(note, definitions), _NAME)
    return Note(((own("What "), who, own(" wrote here was taken back.")),))


def _called(note: model.Note, definitions: Definitions) -> str:
    if note.kind == "person" and note.author in definitions.people:
        return Names(definitions, [note.author])(note.author)
    return note.name


def _head(note: model.Note, definitions: Definitions) -> Spans:
    """Who wrote it, where, and to whom."""
    said = _SAID.get(note.where, "")
    chat = surface_name(note.surface).removeprefix("the ")
    where = ", ".join(filter(None, (chat, said)))
    by = f"{words.cut(words.clean(_called(note, definitions)), _NAME)} ({words.clean(where)})"
    colon = "" if note.answers else ": "
    head = (Span(f"{by}{colon}", bold=True, own=False),)
    if not note.answers:
        return head
    to = (own(" to "), strange(Names(definitions, [note.answers])(note.answers), _NAME))
    quote = (own(" “"), strange(note.quote, 90), own("”")) if note.quote else ()
    return (*head, *to, *quote, own(": "))


def _first(body: list[Spans], head: Spans) -> Iterator[Spans]:
    """The head stands before the first line of words, above a block of code."""
    if body and not _is_block(body[0]):
        yield (*head, *body[0])
        yield from body[1:]
    else:
        yield head
        yield from body


def _is_block(line: Spans) -> bool:
    return len(line) == 1 and line[0].code and "\n" in line[0].text


def _body(text: str) -> Iterator[Spans]:
    """Lines of words, and between fences blocks of code."""
    for i, part in enumerate(_FENCE.split(text)):
        if i % 2:
            yield from _block(part)
            continue
        for line in part.splitlines():
            yield from _paragraph(line)


def _block(part: str) -> Iterator[Spans]:
    """Code keeps its lines and what stands before them; a word after the fence names a language."""
    first, newline, rest = part.partition("\n")
    named = newline and rest.strip() and re.fullmatch(r"[\w+#-]{0,20}", first)
    said = words.lines(rest if named else part)
    if not said:
        return
    if "\n" in said:
        yield (Span(said, code=True, own=False),)
    else:
        yield (Span(said.strip(), code=True, own=False),)


def _paragraph(line: str) -> Iterator[Spans]:
    """One line; a very long one in several, each ending with a word."""
    line = words.clean(line)
    while len(line) > PARAGRAPH:
        at = line.rfind(" ", PARAGRAPH // 2, PARAGRAPH)
        at = at if at > 0 else PARAGRAPH
        yield _inline(line[:at])
        line = line[at:].lstrip()
    if line:
        yield _inline(line)


def _inline(line: str) -> Spans:
    """Words with code between single marks."""
    found = _CODE.split(line)
    spans = (Span(t, code=bool(i % 2), own=False) for i, t in enumerate(found) if t)
    return tuple(spans)


def _files(note: model.Note) -> Spans:
    """What came with it, by name, each a link where its address is one; nothing is sent again."""
    named: list[Spans] = []
    for file in note.files:
        name = words.cut(words.clean(file.name), _FILE) or "file"
        named.append((Span(name, url=http(file.url) if file.url else None, own=False),))
    many = "File" if len(named) == 1 else "Files"
    return (own(f"{many}: "), *separated(named, ", ")) if named else ()


def _bounded(lines: list[Spans], room: int, url: str) -> Iterator[Spans]:
    """As much as a message holds; the rest is in the console."""
    for i, line in enumerate(lines):
        size = sum(len(span.text) for span in line) + 1
        if i >= LINES or size > room:
            if (first := _cut(line, room)) and i < LINES:
                yield first
            yield own("… more "), Span("in the console", url=url)
            return
        room -= size
        yield line


def _cut(line: Spans, room: int) -> Spans:
    """The beginning of a line that does not fit whole; nothing where little of it would."""
    if room < PARAGRAPH // 4:
        return ()
    out: list[Span] = []
    for span in line:
        text = words.cut(span.text, room)
        out.append(Span(text, span.bold, span.code, span.url, own=span.own))
        room -= len(span.text)
        if room <= 0:
            break
    return tuple(out)
