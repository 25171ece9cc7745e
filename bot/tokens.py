"""What a button's token says, and whether its verb asks for more before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from bot.cards.buttons import plain
from bot.cards.model import Confirm
from commands.errors import NotFound
from commands.registry import CATALOG, Verb

RUN, ASK = "do:", "ask:"
"""What begins the token of a button that runs a verb with named arguments, or opens its form."""
LONGEST = 100
"""Of any token: no platform takes a longer one everywhere."""


def run_token(verb: str, args: Mapping[str, Any]) -> str:
    """A token that runs a verb with these arguments, as if they were typed; empty where they are
    too long for a button."""
    return _with_arguments(RUN, verb, args)


def ask_token(verb: str, args: Mapping[str, Any] = {}) -> str:
    """A token that opens a verb's form with these fields filled in; as many as fit."""
    given = _said(args)
    while not (token := _with_arguments(ASK, verb, given)) and given:
        given.popitem()
    return token


def _said(args: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in args.items() if v is not None and v is not False and v != ""}


def _with_arguments(begin: str, verb: str, args: Mapping[str, Any]) -> str:
    given = _said(args)
    said = urlencode(given, safe="@,/=*", quote_via=quote)
    token = f"{begin}{verb}?{said}" if said else f"{begin}{verb}"
    return token if len(token) <= LONGEST else ""


def read_arguments(token: str) -> tuple[Verb, dict[str, Any]]:
    """The verb and the arguments of a token made by ``run_token`` or ``ask_token``; NotFound where
    the verb is gone."""
    name, _, said = token.partition(":")[2].partition("?")
    verb = CATALOG.get(name)
    if verb is None:
        raise NotFound(f"No command {name}.")
    return verb, dict(parse_qsl(said))


def read_token(token: str) -> tuple[Verb, int, int]:
    """``cmd:<name>:<noun>:<rev>``, noun 0 for none; NotFound for anything else."""
    parts = token.split(":")
    if len(parts) != 4 or parts[0] != "cmd" or not parts[2].isdecimal() or not parts[3].isdecimal():
        raise NotFound("That button is not one of ours.")
    verb = CATALOG.get(parts[1])
    if verb is None:
        raise NotFound(f"No command {parts[1]}.")
    return verb, int(parts[2]), int(parts[3])


def needs_form(verb: Verb) -> bool:
    """A verb that asks for more than the incident, or whose label ends in …, opens its form."""
    if verb.query:
        return False
    more = [f for f in verb.fields if f.name != verb.noun and f.required]
    return bool(more) or any(b.label.endswith("…") and not b.asks for b in verb.buttons)


def takes_incident(verb: Verb) -> bool:
    """Whether it is about an incident."""
    return any(f.name == "incident" for f in verb.fields)


def about_of(token: str) -> tuple[str, int | None]:
    """Verb and incident a token names, as far as it can be read."""
    if token.startswith((RUN, ASK)):
        name, _, said = token.partition(":")[2].partition("?")
        return name, number_of(dict(parse_qsl(said)).get("incident"))
    parts = token.split(":")
    return (parts[1], number_of(parts[2])) if len(parts) == 4 else ("", None)


def number_of(value: Any) -> int | None:
    """An incident's number, as it is or at the end of its address; None where it is none."""
    text = str(value).strip().rsplit("/", 1)[-1].lstrip("#")
    return int(text) if text.isdecimal() and 0 < int(text[:16]) < 10**15 else None


def asks_each(token: str) -> bool:
    """Whether what is asked before a press depends on who presses: on a card about no incident."""
    parts = token.split(":")
    verb = CATALOG.get(parts[1]) if len(parts) == 4 else None
    return verb is not None and verb.about != "incident" and any(b.asks for b in verb.buttons)


def question_of(token: str) -> Confirm | None:
    """What a verb that asks would ask, by its help alone: for a card that nobody remembers."""
    parts = token.split(":")
    verb = CATALOG.get(parts[1]) if len(parts) == 4 else None
    asks = [b for b in verb.buttons if b.asks] if verb else []
    if verb is None or not asks:
        return None
    label = plain(asks[0].label)
    number = f" #{parts[2]}" if verb.about == "incident" else ""
    return Confirm(f"{label}{number}?", verb.help, yes=label[:30])
