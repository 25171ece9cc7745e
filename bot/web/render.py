"""The neutral card as HTML: the console is a surface like the others, with its own limits."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from bot.cards import words
from bot.cards.address import http
from bot.cards.model import (
    Block,
    Card,
    Facts,
    Note,
    Output,
    Picture,
    Press,
    Rows,
    Span,
    Spans,
    Value,
)
from bot.web.look import glyph, instant
from commands.registry import CATALOG, Verb

# Emoji belong to chats; here the same marks are drawn, and read the same for everybody.
_MARKS = {
    "👤": "person",
    "⏫": "up",
    "💤": "snoozed",
    "🔇": "silenced",
    "🔁": "again",
    "🚫": "denied",
    "✅": "resolved",
    "🔴": "critical",
    "🔶": "error",
    "⚠️": "warning",
    "ℹ️": "info",
    "🔧": "maintenance",
    "🕘": "clock",
    "❔": "nobody",
}

KEYS = {
    "ack": "a",
    "assign": "s",
    "escalate": "e",
    "resolve": "r",
    "note": "n",
    "run": "u",
    "quiet": "z",
    "merge": "m",
    "why": "w",
    "declare": "c",
}
"""The key of a verb, where the verb exists."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the instant and zone of the page, and the base address whose links stay here."""

    now: int
    zone: str
    base: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: ``kind`` is now (runs at once), asks (confirm or form first) or query."""

    verb: str
    label: str
    kind: str
    incident: int
    rev: int
    primary: bool = False
    key: str = ""
    says: str = ""


def spans(line: Spans, reader: Reader) -> Markup:
    """A line of spans; nothing a stranger wrote is live, links are http(s) only."""
    return Markup().join(_span(s, reader) for s in line)


def _span(span: Span, reader: Reader) -> Markup:
    mark, text = Markup(), _text(span, reader)
    if span.own and span.at is None:
        first, _, rest = span.text.partition(" ")
        if first in _MARKS:
            mark, text = glyph(_MARKS[first]) + " ", escape(rest)
    if span.code:
        text = Markup("<code>{}</code>").format(text)
    url = http(span.url) if span.url else None
    if url:
        text = _link(url, text, reader)
    bold = bool(text) and (span.bold or span.mention)
    return mark + (Markup("<b>{}</b>").format(text) if bold else text)


def _text(span: Span, reader: Reader) -> Markup:
    if span.at is not None:
        return instant(span.at, span.form, reader.now, reader.zone)
    if span.own:
        return escape(span.text)
    return Markup("<bdi>{}</bdi>").format(span.text)


def _link(url: str, text: Markup, reader: Reader) -> Markup:
    base = reader.base.rstrip("/") + "/"
    if url.startswith(base):
        return Markup('<a href="{}">{}</a>').format("/" + url[len(base) :], text)
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(url, text)


def block(part: Block, reader: Reader) -> Markup:
    """One block of the fold."""
    match part:
        case Value(text):
            return Markup('<p class="value"><bdi>{}</bdi></p>').format(text)
        case Facts(lines) | Rows(lines):
            rows = [Markup("<li>{}</li>").format(spans(r, reader)) for r in lines if r]
            return Markup('<ul class="facts">{}</ul>').format(Markup().join(rows))
        case Output(text):
            return Markup("<pre>{}</pre>").format(text)
        case Picture(url, alt):
            good = http(url)
            if good is None:
                return Markup("<p>{}</p>").format(alt)
            return Markup('<p><a href="{}" rel="noopener noreferrer">{}</a></p>').format(good, alt)


def note(said: Note, reader: Reader) -> Markup:
    """An answer for one reader: its lines as paragraphs."""
    return Markup().join(_line(line, reader) for line in said.lines)


def _line(line: Spans, reader: Reader) -> Markup:
    """A paragraph; several lines of code are a block of them."""
    if len(line) == 1 and line[0].code and "\n" in line[0].text:
        return Markup('<pre class="raw">{}</pre>').format(line[0].text)
    return Markup("<p>{}</p>").format(spans(line, reader))


def whole(card: Card, reader: Reader) -> Markup:
    """A card that is about no incident, without its buttons."""
    head = spans((Span(f"{card.head.glyph} "), Span(card.head.word, bold=True)), reader)
    title = Markup(" · <bdi>{}</bdi>").format(card.head.title)
    lines = [head + title, spans(card.state.spans, reader)]
    told = Markup().join(Markup("<p>{}</p>").format(line) for line in lines if line)
    return told + Markup().join(block(b, reader) for b in card.fold)


def value(card: Card) -> str:
    """What is measured, or nothing."""
    return next((b.text for b in card.fold if isinstance(b, Value)), "")


def facts(card: Card) -> list[Spans]:
    """The lines of facts that hold no links: those stand beside the value."""
    lines = [line for b in card.fold if isinstance(b, Facts) for line in b.lines]
    return [line for line in lines if not any(s.url for s in line)]


def memory(card: Card) -> list[Spans]:
    """What the card remembers of before."""
    return [row for b in card.fold if isinstance(b, Rows) for row in b.rows]


def links(card: Card) -> list[Span]:
    """The card's links that lead away from here."""
    lines = [line for b in card.fold if isinstance(b, Facts) for line in b.lines]
    return [s for line in lines for s in line if s.url and s.url != card.head.url]


def deeds(card: Card) -> tuple[list[Deed], list[Deed]]:
    """The card's buttons, and what stands under More: what the card puts there, then every other
    verb of the catalog that acts on an incident."""
    shown = [d for p in card.actions.buttons if (d := deed(p))]
    more = [d for p in card.actions.more if (d := deed(p))]
    taken = {d.verb for d in (*shown, *more)}
    more += [
        Deed(v.name, f"{v.name.capitalize()}…", "asks", card.id, card.rev)
        for v in CATALOG.values()
        if not v.buttons and not v.query and v.name not in taken and takes_incident(v)
    ]
    return shown, more


def deed(press: Press) -> Deed | None:
    """A neutral button as the console's; None for a verb that is not in the catalog."""
    parts = press.token.split(":")
    if len(parts) != 4 or parts[1] not in CATALOG or not (parts[2] + parts[3]).isdecimal():
        return None
    verb = CATALOG[parts[1]]
    return Deed(
        verb.name,
        words.clean(press.label),
        _kind(verb, press),
        int(parts[2]),
        int(parts[3]),
        press.primary,
        KEYS.get(verb.name, ""),
        press.says,
    )


def _kind(verb: Verb, press: Press) -> str:
    if verb.query:
        return "query"
    return "asks" if press.confirm or press.label.endswith("…") or needs(verb) else "now"


def bindings() -> list[dict[str, str]]:
    """The keys of the verbs that exist, and whether a press of one runs the verb at once."""
    verbs = [(CATALOG[name], key) for name, key in KEYS.items() if name in CATALOG]
    return [
        {"key": key, "verb": v.name, "label": _called(v), "kind": _alone(v)} for v, key in verbs
    ]


def _called(verb: Verb) -> str:
    label = verb.buttons[0].label if verb.buttons else verb.name.capitalize()
    return words.clean(label).rstrip("…")


def _alone(verb: Verb) -> str:
    if verb.query:
        return "query"
    asks = any(b.asks or b.label.endswith("…") for b in verb.buttons) or not verb.buttons
    return "asks" if asks or needs(verb) else "now"


def needs(verb: Verb) -> bool:
    """It can't run with the incident alone."""
    return any(f.required and f.name != "incident" for f in verb.fields)


def takes_incident(verb: Verb) -> bool:
    """It is about one incident."""
    return any(f.name == "incident" for f in verb.fields)


def thumbs(shown: list[Deed]) -> list[Deed]:
    """The two buttons under a thumb: the first, and the next sensible one beside it."""
    if len(shown) < 2:
        return shown
    first, *rest = shown
    second = next((d for d in rest if d.primary), None)
    second = second or next((d for d in rest if d.kind == "asks" and d.label[-1:] != "…"), rest[0])
    return [first, second]
