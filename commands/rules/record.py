"""What is asked of the record in words, and how its rows are worded; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from store.model import Instant

NAMES = {
    "by": "actor", "who": "actor", "person": "actor", "actor": "actor",
    "verb": "verb", "did": "verb", "what": "verb",
    "incident": "incident", "on": "incident",
    "outcome": "outcome", "from": "surface", "surface": "surface",
    "address": "address", "since": "since", "until": "until", "words": "words",
}  # fmt: skip
"""What may stand before ``=``, and what it asks for."""
OUTCOMES = ("ok", "denied", "failed", "uncertain")
SURFACES = ("slack", "discord", "web", "cli", "api", "email", "system", "sms", "voice", "monitor")
TITLES = (
    ("actor", "who"), ("verb", "what"), ("incident", "incident"), ("outcome", "outcome"),
    ("surface", "from"), ("address", "address"), ("since", "since"), ("until", "until"),
    ("words", "words"),
)  # fmt: skip
_FIRST, _LAST = 1_000_000_000_000, 10_000_000_000_000
"""Numbers between are instants: of 2001 to 2286, in milliseconds."""
_FIRST_FIELDS = frozenset(("status", "severity", "holder", "assignee", "title", "state"))
_INCIDENT = re.compile(r"#?\d{1,15}")
_QUOTED = re.compile(r'[\w-]+=(?:"[^"]*"|\S+)|"[^"]*"|\S+')


@dataclass(frozen=True, slots=True)
class RecordRules:
    """``keep``: for how long, in milliseconds, None for ever; anchors go to ``places`` once every
    ``every`` milliseconds."""

    keep: Instant | None = None
    every: Instant = 3_600_000
    places: tuple[str, ...] = ()


class BadQuestion(Exception):
    """A part of the question that says nothing."""


def read(text: str, people: Collection[str], verbs: Collection[str]) -> dict[str, str]:
    """``by=ana denied #1842 since=7d disk`` as what it asks for. A bare word that is a person's
    handle, a verb, an outcome, a surface or a number counts as that; the rest are words."""
    asked: dict[str, str] = {}
    words: list[str] = []
    for token in _QUOTED.findall(text):
        name, equals, value = token.partition("=")
        if equals and name.casefold() in NAMES:
            asked[NAMES[name.casefold()]] = value.strip('"').lstrip("@#")
            continue
        found = _bare(token, people, verbs)
        if found is None or found[0] in asked:
            words.append(token.strip('"'))
        else:
            asked[found[0]] = found[1]
    if words:
        asked["words"] = " ".join([asked.get("words", ""), *words]).strip()
    if asked.get("incident", "0").isdecimal():
        return asked
    raise BadQuestion(f"{asked['incident']} is not the number of an incident.")


def _bare(token: str, people: Collection[str], verbs: Collection[str]) -> tuple[str, str] | None:
    bare = token.lstrip("@").casefold()
    if _INCIDENT.fullmatch(token):
        return "incident", token.lstrip("#")
    kinds = (("actor", people), ("verb", verbs), ("outcome", OUTCOMES), ("surface", SURFACES))
    return next(((name, bare) for name, known in kinds if bare in known), None)


def text_of(asked: Mapping[str, str]) -> str:
    """The same question as people type it."""
    words = asked.get("words", "")
    named = [f"{title}={_quoted(asked[name])}" for name, title in TITLES[:-1] if asked.get(name)]
    return " ".join([*named, *([words] if words else [])])


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


# ---- before and after --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one noun, before and after, in words."""

    noun: str
    field: str
    before: str
    after: str


def changes(detail: Mapping[str, Any]) -> Iterator[Change]:
    """What a row says was changed, what people look for first."""
    for noun, fields in (detail.get("changes") or {}).items():
        for name in sorted(fields, key=lambda n: (n not in _FIRST_FIELDS, n)):
            yield from _leaves(str(noun), str(name), *fields[name])


def _leaves(noun: str, name: str, before: Any, after: Any) -> Iterator[Change]:
    """Of nested values only what differs."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys(), key=str):
            if before.get(key) != after.get(key):
                yield from _leaves(noun, f"{name}.{key}", before.get(key), after.get(key))
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True), 1):
            if old != new:
                yield from _leaves(noun, f"{name} {place}", old, new)
        return
    yield Change(noun, name.replace("_", " "), worded(before), worded(after))


def worded(value: Any) -> str:
    """A value as people read it."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and _FIRST < value < _LAST:
        return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, list):
        return ", ".join(worded(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {worded(v)}" for k, v in value.items() if v not in (None, "", []))
    return str(value)


def arguments(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a command was given, or what else a row says."""
    given = detail.get("args")
    left_out = {"name", "surface", "address", "changes", "before", "changed", "say", "lines", "did"}
    said = given if isinstance(given, Mapping) else {
        k: v for k, v in detail.items() if k not in left_out
    }  # fmt: skip
    for name, value in said.items():
        if value not in (None, "", False, [], {}):
            yield str(name).replace("_", " "), worded(value)
