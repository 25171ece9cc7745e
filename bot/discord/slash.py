"""The slash commands: one subcommand a verb, from the catalog alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.cards import words
from commands.registry import Field, Verb

JSON = dict[str, Any]

SUB, STRING, INTEGER, BOOLEAN = 1, 3, 4, 5
MOST_OPTIONS, MOST_CHOICES, SAID = 25, 25, 100
GROUPS = {
    "incident": ("pv", "Incidents: take, hand on, resolve, look up"),
    "oncall": ("oncall", "Who is on call, covers and shifts"),
    "ops": ("ops", "Automation, resources and reports"),
    "room": ("room", "War rooms, updates for others, the status page"),
    "admin": ("pvadmin", "Settings, people and checks"),
}
COMPLETED = {"incident", "incidents", "who", "person", "duty", "schedule", "list", "view"}
_TYPES = {"number": INTEGER, "flag": BOOLEAN}


def commands(verbs: Iterable[Verb]) -> list[JSON]:
    """What is registered: a command a group, a subcommand a verb that is listed."""
    groups: dict[str, list[Verb]] = {}
    for verb in sorted(verbs, key=lambda v: v.name):
        if verb.listed:
            groups.setdefault(verb.group, []).append(verb)
    return [_command(group, groups[group]) for group in GROUPS if group in groups]


def _command(group: str, verbs: list[Verb]) -> JSON:
    name, said = GROUPS[group]
    return {"type": 1, "name": name, "description": said, "options": [_verb(v) for v in verbs]}


def _verb(verb: Verb) -> JSON:
    options = sorted(map(_option, verb.fields), key=lambda o: not o["required"])[:MOST_OPTIONS]
    about: JSON = {"type": SUB, "name": verb.name, "description": _said(verb.help)}
    return about | ({"options": options} if options else {})


def _option(field: Field) -> JSON:
    # In the thread of an incident its number may be left out, so Discord must not insist on it.
    needed = field.required and field.kind not in {"incident", "incidents"}
    option: JSON = {"type": _TYPES.get(field.kind, STRING), "name": field.name}
    option |= {"description": _said(field.help), "required": needed}
    if 0 < len(field.choices) <= MOST_CHOICES:
        option["choices"] = [{"name": n[:SAID], "value": v[:SAID]} for v, n in field.choices]
    elif field.kind in COMPLETED or field.choices:
        option["autocomplete"] = True
    return option


def _said(text: str) -> str:
    return words.cut(words.clean(text), SAID) or "…"


def same(registered: Iterable[JSON], wanted: Iterable[JSON]) -> bool:
    """Whether Discord holds these commands already; it adds ids, versions and defaults."""
    return _shape(registered) == _shape(wanted)


def _shape(commands: Iterable[JSON]) -> list[JSON]:
    return sorted((_bare(c) for c in commands), key=lambda c: str(c["name"]))


def _bare(thing: JSON) -> JSON:
    kept: JSON = {k: thing.get(k) for k in ("type", "name", "description")}
    kept["required"] = bool(thing.get("required"))
    kept["autocomplete"] = bool(thing.get("autocomplete"))
    kept["choices"] = [(c["name"], c["value"]) for c in thing.get("choices") or []]
    kept["options"] = [_bare(o) for o in thing.get("options") or []]
    return kept
