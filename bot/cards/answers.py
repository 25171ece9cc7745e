"""What only the presser sees: late, denied, unknown, misspelt; what happened, why, what to type."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.cards import words
from bot.cards.address import http
from bot.cards.buttons import plain, token, too_late
from bot.cards.model import Note, Press, Span, Spans
from bot.cards.view import own, separated, strange, when
from commands import registry
from commands.errors import Busy, CommandError, Conflict, Denied, Invalid
from commands.rules.permission import ACTION
from commands.words import duration

_LONG = 600


def answer_for(
    error: CommandError,
    *,
    now: int,
    verb: str = "",
    incident: int | None = None,
    prefix: str = "/pv",
    roles: Iterable[str] = (),
    rooms: Spans = (),
) -> Note:
    """The answer to a command that was refused; ``prefix`` is how commands begin here, ``rooms``
    leads to where the incident is worked on together."""
    match error:
        case Conflict() if error.winner and error.winner.get("at"):
            return _won(error, verb, incident, now, rooms)
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


def _won(error: Conflict, verb: str, incident: int | None, now: int, rooms: Spans) -> Note:
    winner = error.winner or {}
    known = registry.CATALOG.get(verb)
    if known is not None and known.about != "incident":
        return Note((_said(error),))
    if verb == "ack" and "resolved" not in error.error:
        return late(winner, incident, now, rooms)
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


def late(winner: Mapping[str, Any], incident: int | None, now: int, rooms: Spans = ()) -> Note:
    """The second presser is told who, where, when, and that there is nothing to do; they may join
    in or take it over all the same."""
    who = strange(str(winner.get("who") or "Somebody"), 60, bold=True)
    place = f" in {words.clean(str(winner['surface']))}" if winner.get("surface") else ""
    at = _instant(winner.get("at"))
    it = f"#{incident}" if incident is not None else "it"
    how: Spans = (own(f" already has {it}: acknowledged{place}"),)
    if at is not None:
        since = f"{duration(now - at)} before" if now - at >= 1_000 else "just before"
        how = (*how, own(" "), when(at, now, "in"), own(f", {since} you" if now >= at else ""))
    there = (separated([(room,) for room in rooms]),) if rooms else ()
    able = too_late(incident) if incident is not None else ()
    return Note(((who, *how, own(". Nothing more to do.")), *there), actions=able)


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
    """What is missing, what you are, who can, and a button that asks one of them."""
    held = error.have or words.join([*roles])
    where: Spans = (
        (own(" in team "), strange(words.join(list(error.teams)), 80)) if error.teams else ()
    )
    you: Spans = (own("; you are "), strange(held, 160)) if held else ()
    start = own(f"🚫 You can't {_deed(verb, error.needs)}. It needs the permission ")
    needs = f"{ACTION}<name>" if error.needs == ACTION else error.needs
    line: Spans = (start, strange(needs, 60), *where, *you, own("."))
    if not error.ask:
        return Note((line,))
    able = strange(f"{words.join(error.ask)} can.", 200)
    return Note(((*line, own(" "), able),), actions=tuple(_favours(error)))


def _favours(error: Denied) -> Iterator[Press]:
    """``Ask Omar…`` for the first who can; the form lets choose another."""
    if error.wish and error.able:
        first = words.cut(words.clean(error.ask[0].split(" ", 1)[0]), 30)
        yield Press(f"Ask {first}…", f"ask:wish?wish={error.wish}&who={error.able[0]}")


def _deed(verb: str, needs: str = "") -> str:
    """The word of the button, where a verb has one: ``acknowledge`` for ack; ``run failover`` of
    an action; else what cannot be used: ``use token-create``."""
    action = needs.removeprefix(ACTION)
    if action != needs:
        return words.cut(words.clean(f"run {action or 'actions'}"), 60)
    found = registry.CATALOG.get(verb)
    if found and found.buttons:
        return plain(found.buttons[0].label).casefold()
    return f"use {verb}" if verb else "do that"


def too_many_codes(minutes: int) -> Note:
    """An account that tried wrong codes waits."""
    return Note(((own(f"Too many wrong codes. Try again in {minutes} min."),),))


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
    typed: str,
    rest: str = "",
    *,
    prefix: str = "/pv",
    incident: int | None = None,
    rev: int = 0,
    press: Press | None = None,
) -> Note:
    """A word that is no command, with the one that was meant and a button that runs it: ``press``
    where it needs more than its incident."""
    start = (own("No command "), strange(typed, 40), own("."))
    meant = nearest(typed)
    if meant is None:
        return Note(((*start, own(" Try: "), Span(f"{prefix} help", code=True)),))
    line = words.clean(f"{prefix} {meant} {rest}")
    ask = (own(f" Did you mean {meant}? "), Span(words.cut(line, 120), code=True, own=False))
    bare = incident is not None and not registry.CATALOG[meant].query and _takes_no_more(meant)
    if bare and incident is not None:
        press = Press(words.cut(line, 40), token(meant, incident, rev))
    return Note(((*start, *ask),), actions=(press,) if press else ())


def _takes_no_more(name: str) -> bool:
    """Whether a verb needs nothing but its incident."""
    verb = registry.CATALOG[name]
    return all(f.name == "incident" or not f.required for f in verb.fields)


def choices(error: Invalid, press: Callable[[str], str]) -> tuple[Press, ...]:
    """A button for each of the things that may be meant; ``press`` gives the token of a value."""
    found = []
    for choice in error.choices[:5]:
        value, _, label = choice.partition("=")
        if token_of := press(value):
            found.append(Press(words.cut(words.clean(label or value), 75), token_of))
    return tuple(found)


def nearest(typed: str) -> str | None:
    """The verb somebody meant: near a verb's name, or near the word on its button."""
    known = {name: name for name, verb in registry.CATALOG.items() if verb.listed}
    for verb in registry.CATALOG.values():
        for button in verb.buttons:
            known.setdefault(plain(button.label).casefold(), verb.name)
    found = difflib.get_close_matches(typed.casefold(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None
