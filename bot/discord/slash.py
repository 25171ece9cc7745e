"""The slash commands: one subcommand a verb, from the catalog alone; and the entries of menus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.cards import words
from bot.choices import proposes
from commands.natural import KINDS as TIMES
from commands.registry import Field, Verb

JSON = dict[str, Any]

MESSAGE, BOT_DM = 3, 1
SUB, STRING, INTEGER, BOOLEAN = 1, 3, 4, 5
MOST_OPTIONS, MOST_CHOICES, SAID = 25, 25, 100
GROUPS = {
    "incident": ("pv", "Incidents: take, hand on, resolve, look up"),
    "oncall": ("oncall", "Who is on call, covers and shifts"),
    "ops": ("ops", "Automation, resources and reports"),
    "auto": ("pvauto", "What is run, and what runs by itself"),
    "room": ("room", "War rooms, updates for others, the status page"),
    "admin": ("pvadmin", "Settings, people and checks"),
    "infra": ("pvinfra", "Resources, clusters, clouds, cost and findings"),
    "access": ("pvaccess", "Sign-in, links, roles, tokens and the record"),
}
_TYPES = {"number": INTEGER, "flag": BOOLEAN}


def commands(verbs: Iterable[Verb], menus: Iterable[str] = ()) -> list[JSON]:
    """What is registered: a command a group, a subcommand a verb that is listed; and ``menus``, the
    entries of a message's own menu."""
    groups: dict[str, list[Verb]] = {}
    for verb in sorted(verbs, key=lambda v: v.name):
        if verb.listed:
            groups.setdefault(verb.group, []).append(verb)
    slash = [_command(group, groups[group]) for group in GROUPS if group in groups]
    return [*slash, *({"type": MESSAGE, "name": name} for name in menus)]


def in_messages(commands: Iterable[JSON]) -> list[JSON]:
    """The same for direct messages to the bot alone."""
    return [command | {"contexts": [BOT_DM]} for command in commands]


def _command(group: str, verbs: list[Verb]) -> JSON:
    name, said = GROUPS[group]
    return {"type": 1, "name": name, "description": said, "options": [_verb(v) for v in verbs]}


def _verb(verb: Verb) -> JSON:
    fields = sorted(verb.fields, key=lambda f: not f.required)[:MOST_OPTIONS]
    about: JSON = {"type": SUB, "name": verb.name, "description": _said(verb.help)}
    return about | ({"options": [_option(f) for f in fields]} if fields else {})


def _option(field: Field) -> JSON:
    # What is missing is asked for by the verb's form, or is the thread's own incident: Discord
    # insists on nothing.
    option: JSON = {"type": _TYPES.get(field.kind, STRING), "name": field.name}
    option |= {"description": _said(field.help), "required": False}
    if 0 < len(field.choices) <= MOST_CHOICES and field.kind not in TIMES:
        option["choices"] = [{"name": n[:SAID], "value": v[:SAID]} for v, n in field.choices]
    elif option["type"] == STRING and proposes(field):
        option["autocomplete"] = True
    return option


def _said(text: str) -> str:
    return words.cut(words.clean(text), SAID) or "…"


def same(registered: Iterable[JSON], wanted: Iterable[JSON]) -> bool:
    """Whether Discord holds these commands already; it adds ids, versions and defaults."""
    return _shape(registered) == _shape(wanted)


def _shape(commands: Iterable[JSON]) -> list[JSON]:
    shapes = [_bare(c) | {"where": _where(c.get("contexts"))} for c in commands]
    return sorted(shapes, key=lambda c: (c["type"], str(c["name"])))


def _where(contexts: Any) -> str:
    """Discord adds what is usual, in servers and messages, where nothing is said."""
    return "messages" if contexts and set(contexts) == {BOT_DM} else "everywhere"


def _bare(thing: JSON) -> JSON:
    kept: JSON = {"type": thing.get("type") or 1, "name": thing.get("name")}
    kept["description"] = str(thing.get("description") or "")
    kept["required"] = bool(thing.get("required"))
    kept["autocomplete"] = bool(thing.get("autocomplete"))
    kept["choices"] = [(c["name"], c["value"]) for c in thing.get("choices") or []]
    kept["options"] = [_bare(o) for o in thing.get("options") or []]
    return kept
