"""Answers that are lists: incidents in one line each, and plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from bot.cards import words
from bot.cards.address import http
from bot.cards.model import Note, Press, Span, Spans
from bot.cards.view import own, strange
from commands.told import Told
from store.model import Definitions, Incident, IncidentGroup, IncidentStatus, Listing

MOST, MOST_LINES = 10, 40
"""How many incidents, and how many lines of an answer, are shown in a chat."""


def listing(found: Listing, definitions: Definitions, base_url: str) -> Note:
    """Up to ten lines: incidents with severity, number, title, who has it, or groups with counts
    and the worst incident of each."""
    names = words.short_names(definitions.people.values())
    if not found.incidents and not found.groups:
        return Note(tuple(_nothing(found)))
    if found.group:
        return Note(tuple(_grouped(found, names, base_url)))
    room = MOST if len(found.incidents) <= MOST and not found.next else MOST - 1
    lines = [
        _line(i, names.get(i.holder or "", i.holder), base_url) for i in found.incidents[:room]
    ]
    left = len(found.incidents) - room
    if left > 0 or found.next:
        lines.append(_rest(found, f"{left} more" if not found.next else "More", base_url))
    return Note(tuple(lines))


def _nothing(found: Listing) -> Iterable[Spans]:
    """``Nothing matches team=db, critical. 4 open without the filter.``"""
    if not found.said:
        yield (own("Nothing is open." if found.words is not None else "Nothing fits."),)
        return
    there = f" {found.without} open without the filter." if found.without is not None else ""
    yield own("Nothing matches "), strange(found.said, 200), own(f".{there}")
    if found.hint:
        yield (strange(found.hint, 200),)


def _rest(found: Listing, more: str, base_url: str) -> Spans:
    """The last line: the same list where all of it can be seen."""
    query = urlencode({"filter": found.words}) if found.words else ""
    url = f"{base_url.rstrip('/')}/{'?' if query else ''}{query}"
    return own(f"{more}. "), Span("Open in console", url=url)


def _grouped(found: Listing, names: Mapping[str, str], base_url: str) -> Iterable[Spans]:
    room = MOST if len(found.groups) <= MOST else MOST - 1
    for group in found.groups[:room]:
        yield _group(found, group, names, base_url)
    left = len(found.groups) - room
    if left > 0:
        yield _rest(found, words.count(left, "more group"), base_url)


def _group(found: Listing, group: IncidentGroup, names: Mapping[str, str], base_url: str) -> Spans:
    """``postgres-main 4, 2 with nobody · worst #1842 Disk 94 % full``."""
    total = f" {group.total}{'' if found.whole else '+'}"
    every = "" if group.total == 1 else "all "
    free = every if group.nobody == group.total else f"{group.nobody} "
    nobody = f", {free}with nobody" if group.nobody and found.group != "who" else ""
    worst = group.worst
    over = worst.status is IncidentStatus.RESOLVED
    said = " · " if group.total == 1 else " · newest " if over else " · worst "
    return (
        own(f"{_glyph(worst)} "),
        Span(words.cut(words.clean(group_title(found.group, group.value, names)), 60), bold=True,
             own=False),
        own(f"{total}{nobody}{said}"),
        _title(worst, base_url),
    )  # fmt: skip


def group_title(field: str, value: str, names: Mapping[str, str]) -> str:
    """What people call a group."""
    if field == "who":
        return names.get(value, value) or "Nobody"
    if not value:
        return f"no {field}"
    if field == "status":
        return _STATES.get(value, value)
    return f"team {value}" if field == "team" else f"#{value}" if field == "tag" else value


_STATES = {"triggered": "New", "acknowledged": "In progress", "resolved": "Resolved"}


def _glyph(i: Incident) -> str:
    return "✅" if i.status is IncidentStatus.RESOLVED else words.GLYPH[i.severity]


def _title(i: Incident, base_url: str) -> Span:
    url = f"{base_url.rstrip('/')}/i/{i.id}"
    return Span(f"#{i.id} {words.title(i.title)}", bold=True, url=url, own=False)


def _line(i: Incident, holder: str | None, base_url: str) -> Spans:
    over = i.status is IncidentStatus.RESOLVED
    who = "resolved" if over else f"{holder} has it" if holder else "nobody has it"
    return own(f"{_glyph(i)} "), _title(i, base_url), own(" · "), strange(who, 60)


def lines(found: Iterable[str], verb: str = "", base_url: str = "") -> Note:
    """Sentences of ours that may hold strangers' words, the answer of a verb."""
    rest: Spans = (Span(f"pv {verb}", code=True),) if verb else ()
    console = http(f"{base_url.rstrip('/')}/") if base_url else None
    if verb and console:
        rest = (Span("Console", url=console), own(" · "), *rest)
    return Note(tuple((strange(line, 400),) for line in found), rest=rest)


def answer(found: Told | Iterable[str], verb: str, base_url: str = "") -> Note:
    """What a query told, with what can be done next."""
    if not isinstance(found, Told):
        return lines(found, verb, base_url)
    presses = tuple(Press(offer.label, offer.token) for offer in found.offers[:5])
    return replace(lines(found.lines, verb, base_url), actions=presses)


def left_out(note: Note, left: int) -> Spans:
    """The last line where so many lines do not fit: how many, and where all of them are."""
    if not note.rest:
        return (own("…"),)
    return own(f"… {words.count(left, 'more line')}. All of it: "), *note.rest
