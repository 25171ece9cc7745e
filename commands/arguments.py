"""JSON-like arguments → the verb's typed dataclass, with errors that name the argument."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from commands.errors import Invalid
from commands.registry import CATALOG, Field, Verb

LONGEST = 10_000


def parse(verb: Verb, args: Mapping[str, Any]) -> Any:
    """The verb's arguments; Invalid names what is unknown, missing or of the wrong kind."""
    known = {f.name: f for f in verb.fields}
    for name in args:
        if name not in known:
            raise Invalid(f"{verb.name} has no argument {name}; it has {', '.join(known)}.", name)
    found: dict[str, Any] = {}
    for name, field in known.items():
        value = args.get(name)
        if value is None or value == "":
            if field.required:
                raise Invalid(f"{verb.name} needs {name}: {field.help}", name)
            continue
        found[name] = _value(field, value)
    return verb.args(**found)


def _value(field: Field, value: Any) -> Any:
    if field.kind in ("incident", "number", "noun"):
        return _number(field, value)
    if field.kind == "flag":
        if isinstance(value, bool):
            return value
        return str(value).casefold() in ("1", "true", "yes", "on")
    if isinstance(value, (list, tuple)) and field.kind == "words":
        value = ",".join(map(str, value))
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise Invalid(f"{field.name} must be text.", field.name)
    text = str(value).strip()
    if len(text) > LONGEST:
        raise Invalid(f"{field.name} is longer than {LONGEST} characters.", field.name)
    return text


def _number(field: Field, value: Any) -> int:
    text = str(value).strip().rsplit("/", 1)[-1].lstrip("#")
    if isinstance(value, bool) or not text.isdecimal() or len(text) > 15:
        what = "the number of an incident, such as 1842" if field.kind == "incident" else "a number"
        raise Invalid(f"{value} is not {what}.", field.name)
    return int(text)


def nearest(word: str) -> str | None:
    """The verb somebody may have meant."""
    close = difflib.get_close_matches(word, CATALOG, n=1, cutoff=0.4)
    starts = [name for name in CATALOG if word.startswith(name[:3]) and len(word) > 2]
    return next(iter(starts or close), None)
