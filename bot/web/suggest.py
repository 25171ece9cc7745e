"""The palette's suggestions: incidents, commands and filters that begin like what is typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.cards import words
from bot.web import render
from bot.web.wanted import from_words
from commands.registry import CATALOG, Verb
from store.model import Incident, Person

_MOST = 8
_INCIDENTS = 5
_LOOKED_AT = 2_000

Suggestion = dict[str, str]
"""``line`` is what is run, ``title`` and ``hint`` what is read; ``go`` is an address instead;
``fill`` puts the line into the box so that it can be finished."""


def suggestions(
    text: str, incidents: Sequence[Incident], people: Iterable[Person]
) -> list[Suggestion]:
    """At most eight, the most certain first."""
    typed = text.strip().lstrip(">").strip()
    found = [*_all(typed, incidents[:_LOOKED_AT], people)]
    unique = {(s.get("line", ""), s.get("go", "")): s for s in reversed(found)}
    return [s for s in found if unique.get((s.get("line", ""), s.get("go", ""))) is s][:_MOST]


def _all(
    typed: str, incidents: Sequence[Incident], people: Iterable[Person]
) -> Iterator[Suggestion]:
    first, _, rest = typed.partition(" ")
    verb = CATALOG.get(first.casefold())
    if verb is not None:
        yield from _of_verb(verb, rest.strip(), incidents, people)
        return
    yield from _incidents(typed, incidents)
    yield from _verbs(first.casefold() if not rest else "")
    if typed:
        hint = f"Open ones: {from_words(typed).said() or 'all'}"
        yield {"line": typed, "title": f"Filter by {typed}", "hint": hint}


def _incidents(typed: str, incidents: Sequence[Incident]) -> Iterator[Suggestion]:
    low = typed.lstrip("#").casefold()
    fits = [i for i in incidents if low and (str(i.id).startswith(low) or low in _said(i))]
    fits.sort(key=lambda i: (str(i.id) != low, i.severity.rank))
    for i in fits[:_INCIDENTS]:
        yield {"go": f"/i/{i.id}", "title": f"#{i.id} {words.title(i.title)}", "hint": "Open"}


def _said(i: Incident) -> str:
    return f"{i.title} {i.service or ''} {i.resource or ''}".casefold()


def _verbs(start: str) -> Iterator[Suggestion]:
    for verb in CATALOG.values():
        if verb.listed and verb.name.startswith(start):
            yield {
                "line": verb.name,
                "fill": f"{verb.name} ",
                "title": verb.example or verb.name,
                "hint": verb.help,
            }


def _of_verb(
    verb: Verb, rest: str, incidents: Sequence[Incident], people: Iterable[Person]
) -> Iterator[Suggestion]:
    parts = rest.split()
    if rest:
        yield {"line": f"{verb.name} {rest}", "title": f"{verb.name} {rest}", "hint": verb.help}
    if not render.takes_incident(verb):
        if not rest:
            yield {"line": verb.name, "title": verb.example or verb.name, "hint": verb.help}
        return
    if len(parts) < 2 and not rest.endswith(" "):
        low = rest.lstrip("#").casefold()
        fits = [i for i in incidents if str(i.id).startswith(low) or low in _said(i)]
        fits.sort(key=lambda i: (str(i.id) != low, i.holder is not None, i.severity.rank))
        for i in fits[:_INCIDENTS]:
            line = f"{verb.name} {i.id}"
            more = render.needs(verb)
            title = f"{line} · {words.title(i.title)}"
            yield {"line": line, "title": title, "hint": verb.help} | (
                {"fill": f"{line} "} if more else {}
            )
    if len(parts) == 2 and any(f.kind in {"who", "person"} for f in verb.fields):
        low = parts[1].lstrip("@").casefold()
        for p in people:
            if p.handle.startswith(low) or p.name.casefold().startswith(low):
                line = f"{verb.name} {parts[0]} {p.handle}"
                yield {"line": line, "title": f"{line} · {words.clean(p.name)}", "hint": verb.help}
    if not rest and not incidents:
        yield {"line": verb.name, "title": verb.example or verb.name, "hint": verb.help}
