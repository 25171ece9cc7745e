"""Answers that are lists: incidents in one line each, and plain sentences."""

from __future__ import annotations

from collections.abc import Iterable

from bot.cards import words
from bot.cards.address import http
from bot.cards.model import Note, Span, Spans
from bot.cards.view import own, strange
from store.model import Definitions, Incident, IncidentStatus, Listing

MOST, MOST_LINES = 10, 40
"""How many incidents, and how many lines of an answer, are shown in a chat."""


def listing(found: Listing, definitions: Definitions, base_url: str) -> Note:
    """Up to ten incidents: severity, number, title, who has it."""
    if not found.incidents:
        return Note(((own("Nothing fits."),),))
    names = words.short_names(definitions.people.values())
    lines = [
        _line(i, names.get(i.holder or "", i.holder), base_url) for i in found.incidents[:MOST]
    ]
    left = len(found.incidents) - MOST
    if left > 0 or found.next:
        more = f"{left} more" if left > 0 else "More"
        console = Span("Open in console", url=base_url.rstrip("/") + "/")
        lines.append((own(f"{more}. "), console))
    return Note(tuple(lines))


def _line(i: Incident, holder: str | None, base_url: str) -> Spans:
    over = i.status is IncidentStatus.RESOLVED
    glyph = "✅" if over else words.GLYPH[i.severity]
    title = Span(
        f"#{i.id} {words.title(i.title)}",
        bold=True,
        url=f"{base_url.rstrip('/')}/i/{i.id}",
        own=False,
    )
    who = "resolved" if over else f"{holder} has it" if holder else "nobody has it"
    return own(f"{glyph} "), title, own(" · "), strange(who, 60)


def lines(found: Iterable[str], verb: str = "", base_url: str = "") -> Note:
    """Sentences of ours that may hold strangers' words, the answer of a verb."""
    rest: Spans = (Span(f"pv {verb}", code=True),) if verb else ()
    console = http(f"{base_url.rstrip('/')}/") if base_url else None
    if verb and console:
        rest = (Span("Console", url=console), own(" · "), *rest)
    return Note(tuple((strange(line, 400),) for line in found), rest=rest)


def left_out(note: Note, left: int) -> Spans:
    """The last line where so many lines do not fit: how many, and where all of them are."""
    if not note.rest:
        return (own("…"),)
    return own(f"… {words.count(left, 'more line')}. All of it: "), *note.rest
