"""The palette's suggestions: incidents, commands and filters that begin like what is typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.cards import words
from bot.web import render
from bot.web.listing import Found
from bot.web.wanted import from_words
from commands.registry import CATALOG, Verb
from commands.rules import hints
from commands.rules.filters import BadFilter
from store.model import Definitions, Incident, Person

_MOST = 8
_INCIDENTS = 5
_LOOKED_AT = 2_000
_LONGER, _VALUES = 6, 40

Suggestion = dict[str, str]
"""``line`` is what is run, ``title`` and ``hint`` what is read; ``go`` is an address instead;
``fill`` puts the line into the box so that it can be finished."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who types: when, on which clock, and the values that filters may ask for."""

    now: int
    zone: str
    values: hints.Known


def known(everything: Found, definitions: Definitions, views: Sequence[str]) -> hints.Known:
    """The values there are of each field and label."""
    names = ("team", "service", "source", "host", "tag")
    found = {n: _usable(everything.counts(n)) for n in names}
    found["team"] = list(dict.fromkeys([*found["team"], *definitions.teams]))
    found["who"], found["view"] = list(definitions.people), list(views)
    for pair in _usable(everything.counts("label")):
        name, _, value = pair.partition("=")
        found.setdefault(name, []).append(value)
    return found


def _usable(seen: Mapping[str, int]) -> list[str]:
    """The most frequent first; a comma would part the value."""
    ranked = sorted((v for v in seen if v.strip() and "," not in v), key=lambda v: -seen[v])
    return ranked[:_VALUES]


def suggestions(
    text: str, incidents: Sequence[Incident], people: Iterable[Person], asked: Asked
) -> list[Suggestion]:
    """At most eight, the most certain first."""
    typed = text.lstrip().lstrip(">").lstrip()
    found = [*_all(typed, incidents[:_LOOKED_AT], people, asked)]
    unique = {(s.get("line", ""), s.get("go", "")): s for s in reversed(found)}
    return [s for s in found if unique.get((s.get("line", ""), s.get("go", ""))) is s][:_MOST]


def _all(
    line: str, incidents: Sequence[Incident], people: Iterable[Person], asked: Asked
) -> Iterator[Suggestion]:
    typed = line.strip()
    first, _, rest = typed.partition(" ")
    verb = CATALOG.get(first.casefold())
    if verb is not None:
        yield from _of_verb(verb, rest.strip(), incidents, people)
        return
    if rest or "=" in typed:
        yield _filter(typed, asked)
        yield from _longer(line, asked)
        yield from _incidents(typed, incidents)
        return
    yield from _incidents(typed, incidents)
    yield from _verbs(first.casefold())
    if typed:
        yield _filter(typed, asked)
        yield from _longer(line, asked)


def _filter(typed: str, asked: Asked) -> Suggestion:
    """The line as a filter, or what is wrong with it."""
    try:
        said = from_words(typed, asked.now, asked.zone).said()
    except BadFilter as error:
        return {"line": typed, "title": f"Filter by {typed}", "hint": str(error)}
    return {"line": typed, "title": f"Filter by {typed}", "hint": f"Open ones: {said or 'all'}"}


def _longer(line: str, asked: Asked) -> Iterator[Suggestion]:
    """What the last word may become."""
    for longer in hints.completions(line, asked.values)[:_LONGER]:
        ends = "" if longer.endswith("=") else " "
        yield {"line": longer, "fill": f"{longer}{ends}", "title": longer, "hint": "Filter"}


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
