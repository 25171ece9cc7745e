"""What only the presser sees: late, denied, unknown, misspelt; what happened, why, what to type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.cards import words
from bot.cards.address import http
from bot.cards.buttons import plain, token
from bot.cards.model import Note, Press, Span, Spans
from bot.cards.view import own, strange, when
from commands import registry
from commands.errors import Busy, CommandError, Conflict, Denied, Invalid
from commands.registry import Field, Verb
from commands.words import duration
from store.model import Person

HELP_LINES = 9
_FIRST = (
    "ack", "resolve", "note", "assign", "escalate", "list", "show", "why",
    "who", "shifts", "cover", "override", "away", "swap", "undo", "test-page",
)  # fmt: skip
_LONG = 600
_GROUPS = {"oncall": "On call", "ops": "Operations", "admin": "Administration"}


def answer_for(
    error: CommandError,
    *,
    now: int,
    verb: str = "",
    incident: int | None = None,
    prefix: str = "/pv",
    roles: Iterable[str] = (),
) -> Note:
    """The answer to a command that was refused; ``prefix`` is how commands begin here."""
    match error:
        case Conflict() if error.winner and error.winner.get("at"):
            return _won(error, verb, incident, now)
        case Conflict() if error.choices:
            return Note((_said(error), _choices(error, verb, incident, prefix)))
        case Denied():
            return denied(error, verb, roles)
        case Invalid():
            return Note((_said(error), *_usage(verb, prefix)))
        case Busy():
            wait = f"Try again in {duration(error.retry_after * 1000)}."
            return Note(((*_said(error), own(f" {wait}")),))
    return Note((_said(error),))


def _said(error: CommandError) -> Spans:
    """An error's own sentence; it may repeat what somebody typed."""
    return (strange(error.error, _LONG),)


def _won(error: Conflict, verb: str, incident: int | None, now: int) -> Note:
    winner = error.winner or {}
    known = registry.CATALOG.get(verb)
    if known is not None and known.about != "incident":
        return Note((_said(error),))
    if verb == "ack" and "resolved" not in error.error:
        return late(winner, incident, now)
    return Note(((*_said(error), own(" "), *_winner(winner, now)),))


def _winner(winner: Mapping[str, Any], now: int) -> Spans:
    place = f" in {words.clean(str(winner['surface']))}" if winner.get("surface") else ""
    at = _instant(winner.get("at"))
    clock = (own(" "), when(at, now, "in")) if at is not None else ()
    return strange(f"{winner.get('who') or 'Somebody'}{place}", 120), *clock, own(".")


def _instant(at: Any) -> int | None:
    """An instant as the core names it (ms) or as JSON carried it."""
    if isinstance(at, int):
        return at
    try:
        return int(datetime.fromisoformat(str(at)).timestamp() * 1000)
    except ValueError:
        return None


def late(winner: Mapping[str, Any], incident: int | None, now: int) -> Note:
    """The second presser is told who, where, when, and that there is nothing to do."""
    who = strange(str(winner.get("who") or "Somebody"), 60, bold=True)
    place = f" in {words.clean(str(winner['surface']))}" if winner.get("surface") else ""
    at = _instant(winner.get("at"))
    it = f"#{incident}" if incident is not None else "it"
    how: Spans = (own(f" already has {it}: acknowledged{place}"),)
    if at is not None:
        before = f", {duration(now - at)} before you" if now >= at else ""
        how = (*how, own(" "), when(at, now, "in"), own(before))
    return Note(((who, *how, own(". Nothing more to do.")),))


def _choices(error: Conflict, verb: str, incident: int | None, prefix: str) -> Spans:
    start = f"{prefix} {verb}" + (f" {incident}" if incident is not None else "")
    said: Spans = (own("Say "),)
    for index, choice in enumerate(error.choices[:6]):
        said += (own(", " if index else ""), strange(choice, 40))
    return (*said, own(". For example: "), Span(f"{start} how={error.choices[0]}", code=True))


def _usage(verb: str, prefix: str) -> Iterator[Spans]:
    found = registry.CATALOG.get(verb)
    if found is not None and found.example:
        yield own("For example: "), Span(f"{prefix} {found.example}", code=True)


def denied(error: Denied, verb: str, roles: Iterable[str] = ()) -> Note:
    """What is missing, what you are, and who can."""
    held = [*roles]
    you = f"; you are {words.join(held)}" if held else ""
    start = own(f"🚫 You can't {_deed(verb)}. It needs the permission ")
    line = (start, strange(error.needs, 60), own(f"{you}."))
    if not error.ask:
        return Note((line,))
    return Note(((*line, own(" "), strange(f"{words.join(error.ask)} can.", 200)),))


def _deed(verb: str) -> str:
    """The word of the button, where a verb has one: ``acknowledge`` for ack."""
    found = registry.CATALOG.get(verb)
    label = plain(found.buttons[0].label).casefold() if found and found.buttons else verb
    return label or "do that"


def unlinked(link: str | None, ask: Iterable[str] = ()) -> Note:
    """A chat account that belongs to nobody here: nothing changed, and how to be known."""
    address = http(link) if link else None
    lines: list[Spans] = [(own("I don't know you yet, so nothing changed."),)]
    if address:
        lines.append((Span("Link my account", url=address),))
    if able := [*ask]:
        lines.append(
            (own("Or ask "), strange(words.join(able[:3], "or"), 120), own(" to add you."))
        )
    return Note(tuple(lines))


def no_command(
    typed: str, rest: str = "", *, prefix: str = "/pv", incident: int | None = None, rev: int = 0
) -> Note:
    """A word that is no command, with the one that was meant and a button that runs it."""
    start = (own("No command "), strange(typed, 40), own("."))
    meant = nearest(typed)
    if meant is None:
        return Note(((*start, own(" Try: "), Span(f"{prefix} help", code=True)),))
    line = words.clean(f"{prefix} {meant} {rest}")
    ask = (own(f" Did you mean {meant}? "), Span(words.cut(line, 120), code=True, own=False))
    run = Press(words.cut(line, 40), token(meant, incident, rev)) if incident is not None else None
    return Note(((*start, *ask),), actions=(run,) if run else ())


def nearest(typed: str) -> str | None:
    """The verb somebody meant: near a verb's name, or near the word on its button."""
    known = {name: name for name, verb in registry.CATALOG.items() if verb.listed}
    for verb in registry.CATALOG.values():
        for button in verb.buttons:
            known.setdefault(plain(button.label).casefold(), verb.name)
    found = difflib.get_close_matches(typed.casefold(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def which(typed: str, people: Iterable[Person], teams: Mapping[str, str]) -> Note:
    """Several people go by that name; ``teams`` says handle → team."""
    line: Spans = (own("Which "), strange(typed, 40), own("? "))
    for index, person in enumerate([*people][:5]):
        team = f" ({teams[person.handle]})" if person.handle in teams else ""
        handle = Span(person.handle, code=True, own=False)
        line += (own(" · " if index else ""), strange(f"{person.name}{team}", 80), own(" "), handle)
    return Note((line,))


def help_note(
    lines: Iterable[str] = (),
    *,
    prefix: str = "/pv",
    console_url: str = "",
    verb: str = "",
    roots: Mapping[str, str] = {},
) -> Note:
    """Help in at most nine lines: what is yours (``lines``), what to type, where more is; ``roots``
    are how the verbs of a group begin where that is not ``prefix``."""
    found = registry.CATALOG.get(verb)
    if found is not None:
        return Note(tuple([*_help_of(found, prefix)][:HELP_LINES]))
    mine: list[Spans] = [(strange(line, 200),) for line in [*lines][:3]]
    last = (own("More: "), Span(f"{prefix} help assign", code=True), *_console(console_url))
    return Note((*[*mine, *_by_group(prefix, roots), *_examples(prefix)][: HELP_LINES - 1], last))


def _console(url: str) -> Spans:
    address = http(url) if url else None
    return (own(" · "), Span("Console", url=address)) if address else ()


def _by_group(prefix: str, roots: Mapping[str, str]) -> Iterator[Spans]:
    groups: dict[str, list[str]] = {}
    for verb in sorted(registry.CATALOG.values(), key=_at_hand):
        if verb.listed:
            groups.setdefault(verb.group, []).append(verb.name)
    for group, names in groups.items():
        root = roots.get(group, prefix)
        begun = "" if root == prefix else f" ({root} …)"
        yield own(f"{_GROUPS.get(group, 'Try')}{begun}: ", bold=True), own(" · ".join(names))


def _at_hand(verb: Verb) -> int:
    """What is wanted first stands first; the rest as it was declared."""
    return _FIRST.index(verb.name) if verb.name in _FIRST else len(_FIRST)


def _examples(prefix: str) -> Iterator[Spans]:
    for name in ("ack", "assign", "resolve"):
        verb = registry.CATALOG.get(name)
        if verb is not None and verb.example:
            yield Span(f"{prefix} {verb.example}", code=True), own(f" {verb.help}")


def _help_of(verb: Verb, prefix: str) -> Iterator[Spans]:
    usage = " ".join((prefix, verb.name, *map(_argument, verb.fields)))
    yield (Span(usage, code=True),)
    yield (own(verb.help),)
    for field in verb.fields[: HELP_LINES - 3]:
        yield own(f"{field.name}: ", bold=True), own(field.help)
    if verb.example:
        yield own("For example: "), Span(f"{prefix} {verb.example}", code=True)


def _argument(field: Field) -> str:
    return f"<{field.name}>" if field.required else f"[{field.name}]"
