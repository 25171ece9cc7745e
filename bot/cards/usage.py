"""Help that fits the screen: what is yours first, what to type, where more is; of one command how
it is written, of a group what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.cards import words
from bot.cards.address import http
from bot.cards.model import Note, Press, Span, Spans
from bot.cards.view import own
from bot.tokens import ask_token
from commands import usage as asked
from commands.registry import CATALOG, Verb

LINES = 9
_EXAMPLES = ("ack", "who", "cover")
_SHOWN = 3
_LISTED = 270

Begins = Callable[[str], str]
"""A verb's name, or nothing → how it is begun there: ``/pv``, ``/oncall``."""


def note(facts: Mapping[str, Any], begins: Begins, console_url: str = "") -> Note:
    """The answer to ``help`` in at most nine lines."""
    verb = CATALOG.get(str(facts.get("verb") or ""))
    if verb is not None:
        lines = [*_of_verb(verb, begins(verb.name))]
        group = str(facts.get("group") or "")
        if group:
            names = [v.name for v in asked.groups()[group] if v is not verb]
            lines = [*lines[: LINES - 1], (own("Beside it: "), own(_listed(names)))]
        form = Press(f"{words.cut(verb.name, 30)}…", ask_token(verb.name))
        return Note(tuple(lines[:LINES]), actions=(form,) if verb.fields else ())
    if group := str(facts.get("group") or ""):
        return Note(tuple(_of_group(group, begins)))
    return Note(tuple(_mine(facts, begins, console_url)))


def _listed(names: Sequence[str]) -> str:
    """As many as a screen has room for."""
    shown = [n for n in range(len(names) + 1) if len(" · ".join(names[:n])) <= _LISTED]
    rest = "" if shown[-1] == len(names) else " · …"
    return " · ".join(names[: shown[-1]]) + rest


def _mine(facts: Mapping[str, Any], begins: Begins, console_url: str) -> Iterator[Spans]:
    usual = begins("")
    yield (own(asked.stands(dict(facts))),)
    yield _open(facts, console_url)
    yield own("Try: ", bold=True), own(" · ".join(asked.tries()))
    yield _examples(begins)
    for group, verbs in asked.groups().items():
        first = begins(verbs[0].name)
        if first != usual and group in ("oncall", "room"):
            some = " · ".join(v.name for v in verbs[:8])
            yield own(f"{asked.GROUPS[group]} ({first} …): ", bold=True), own(some)
    groups = " · ".join(asked.groups())
    more = (own("More: "), Span(f"{usual} help override", code=True), own(" or "),
            Span(f"{usual} help", code=True), own(f" {groups}"))  # fmt: skip
    yield (*more, *_console(console_url))


def _examples(begins: Begins) -> Spans:
    """``For example: /pv ack 1842 · /pv who db tomorrow 9am``"""
    line: Spans = (own("For example: ", bold=True),)
    for index, name in enumerate(n for n in _EXAMPLES if n in CATALOG):
        code = Span(f"{begins(name)} {CATALOG[name].example}", code=True)
        line += (own(" · "), code) if index else (code,)
    return line


def _open(facts: Mapping[str, Any], console_url: str) -> Spans:
    """``1 open is yours: #1842 Disk 94 % full on db-3``."""
    line: Spans = (own(asked.counted(dict(facts))),)
    for index, one in enumerate(facts["mine"][:_SHOWN]):
        at = http(f"{console_url.rstrip('/')}/i/{one['incident']}") if console_url else None
        title = f"#{one['incident']} {words.title(one['title'], 40)}"
        line += (own(" · " if index else ""), Span(title, url=at, own=False))
    return line


def _console(url: str) -> Spans:
    address = http(url) if url else None
    return (own(" · "), Span("Console", url=address)) if address else ()


def _of_group(group: str, begins: Begins) -> Iterator[Spans]:
    verbs = asked.groups()[group]
    first = begins(verbs[0].name)
    title = asked.GROUPS.get(group, group.capitalize())
    yield own(f"{title} ({first} …): ", bold=True), own(" · ".join(v.name for v in verbs))
    for verb in verbs[: LINES - 3]:
        yield Span(f"{first} {verb.example or verb.name}", code=True), own(f" {verb.help}")
    yield own("One of them: "), Span(f"{begins('')} help {verbs[0].name}", code=True)


def _of_verb(verb: Verb, prefix: str) -> Iterator[Spans]:
    yield (Span(words.cut(f"{prefix} {asked.usage(verb)}", 200), code=True),)
    yield (own(verb.help),)
    room = LINES - 4
    for field in verb.fields[:room]:
        yield own(f"{field.name}: ", bold=True), own(field.help)
    if rest := verb.fields[room:]:
        yield own("Also: ", bold=True), own(" · ".join(f.name for f in rest))
    if verb.example:
        yield own("For example: "), Span(f"{prefix} {verb.example}", code=True)
