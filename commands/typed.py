"""A typed line → verb and arguments: the order of words is free, numbers find their place."""

from __future__ import annotations

import re
import shlex
from typing import Any

from commands.arguments import nearest
from commands.errors import Invalid, NotFound
from commands.registry import CATALOG, Field, Verb
from store.model import Definitions

_NUMBER = re.compile(r"^(?:https?://\S+/i/|#)?(\d{1,15})$")
_FILLERS = {"to", "into", "in", "for", "until", "till"}


def read_line(
    text: str, definitions: Definitions, incident: int | None = None
) -> tuple[Verb, dict[str, Any]]:
    """The verb and its arguments; NotFound hints at a typo, Invalid at words that don't fit.

    ``incident`` is the thread's, used where the line names none.
    """
    words = _words(text)
    if not words:
        return CATALOG["help"], {}
    verb = CATALOG.get(words[0].casefold())
    if verb is None:
        hint = nearest(words[0].casefold())
        example = CATALOG[hint].example if hint else "help"
        meant = f" Did you mean {hint}? {example}" if hint else f" Try: {example}"
        raise NotFound(f"No command {words[0]}.{meant}")
    args: dict[str, Any] = {}
    rest = _named(words[1:], verb, args)
    if verb.name == "list":
        return verb, {**args, **({"filter": " ".join(rest)} if rest else {})}
    rest = _incidents(rest, verb, args, incident)
    for field in verb.fields:
        if field.name not in args and field.kind not in ("incident", "text"):
            rest = _take(field, rest, args, definitions)
    _remainder(rest, verb, args)
    return verb, args


def mentioned(text: str) -> int | None:
    """The first incident a line names: ``1842``, ``#1842`` or a card's link."""
    found = (_NUMBER.match(word) for word in text.split())
    return next((int(number[1]) for number in found if number), None)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, posix=True)
    except ValueError:
        return text.split()


def _named(words: list[str], verb: Verb, args: dict[str, Any]) -> list[str]:
    """``name=value`` for the verb's own arguments."""
    known = {f.name for f in verb.fields} - ({"label"} if verb.name == "list" else set())
    rest = []
    for word in words:
        name, eq, value = word.partition("=")
        if eq and name in known and value:
            args[name] = value
        else:
            rest.append(word)
    return rest


def _incidents(words: list[str], verb: Verb, args: dict[str, Any], here: int | None) -> list[str]:
    wanted = [f.name for f in verb.fields if f.kind == "incident" and f.name not in args]
    rest: list[str] = []
    found: list[int] = []
    for i, word in enumerate(words):
        number = _NUMBER.match(word)
        if (
            number
            and len(found) < len(wanted)
            and not (rest and words[i - 1] not in _FILLERS and len(found) >= 1)
        ):
            found.append(int(number[1]))
        else:
            rest.append(word)
    if here is not None and len(found) < len(wanted):
        found.insert(0, here)
    args.update(zip(wanted, found, strict=False))
    return [w for w in rest if not (w in _FILLERS and len(wanted) > 1)]


def _take(
    field: Field, words: list[str], args: dict[str, Any], definitions: Definitions
) -> list[str]:
    if field.kind == "who":
        return _who(field, words, args, definitions)
    if field.kind == "when":
        return _when(field, words, args)
    if field.kind == "number":
        return _number(field, words, args)
    if field.kind == "choice":
        return _choice(field, words, args)
    if field.kind == "flag":
        if field.name in words or f"--{field.name}" in words:
            args[field.name] = True
        return [w for w in words if w not in (field.name, f"--{field.name}")]
    if field.kind == "words" and words:
        args[field.name] = " ".join(words)
        return []
    return words


def _who(
    field: Field, words: list[str], args: dict[str, Any], definitions: Definitions
) -> list[str]:
    words = [w for w in words if w != "to"]
    if len(words) > 1 and words[0] == "team":
        args[field.name] = f"team:{words[1]}"
        return words[2:]
    if words:
        args[field.name] = words[0].lstrip("@")
        return words[1:]
    return words


def _when(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """The longest run of words from the start that reads as a time."""
    from commands.rules.when import BadTime, read_when

    while words and words[0] in ("for", "until", "till", "in"):
        words = words[1:]
    for n in range(min(4, len(words)), 0, -1):
        try:
            read_when(" ".join(words[:n]), 0, "UTC")
        except BadTime:
            continue
        args[field.name] = " ".join(words[:n])
        return words[n:]
    if words:
        raise Invalid(f"{words[0]} is not a time. Try: sat 20:00, tomorrow 9am, 2h.", field.name)
    return words


def _number(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """People count steps from 1, storage from 0."""
    rest = [w for w in words if w not in ("to", field.name, f"--{field.name}")]
    if rest and rest[0].isdecimal():
        args[field.name] = int(rest[0]) - (1 if field.name == "step" else 0)
        return rest[1:]
    return rest or words


def _choice(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    options = {v for v, _ in field.choices} | {"silence"}
    if words and words[0] in options:
        args[field.name] = words[0]
        return words[1:]
    return words


def _remainder(words: list[str], verb: Verb, args: dict[str, Any]) -> None:
    text = next((f for f in verb.fields if f.kind == "text" and f.name not in args), None)
    if words and text is not None:
        args[text.name] = " ".join(words)
    elif words:
        raise Invalid(
            f"I don't know what {' '.join(words)} means here. Example: {verb.example or verb.name}",
            "words",
        )
