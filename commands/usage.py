"""``help``: what is yours first, then what can be typed; of one command how it is written, of a
group what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from commands.context import View
from commands.errors import NotFound
from commands.lists import List, list_
from commands.registry import CATALOG, Verb, arg, query
from commands.rules.oncall.duty import duty, on_schedule
from commands.told import Told
from store.model import Definitions, Instant

FIRST = (
    "ack", "resolve", "note", "assign", "escalate", "snooze", "silence", "list", "show", "why",
    "who", "shifts", "cover", "override", "away", "swap", "undo", "declare", "page", "room",
    "update", "maintenance", "test-page", "inventory", "resource", "services", "k8s", "openstack",
    "cloud", "cost", "findings",
)  # fmt: skip
"""What is wanted first stands first."""
TRY = ("ack", "resolve", "note", "who", "cover", "run", "silence", "why")
GROUPS = {
    "incident": "Incidents", "oncall": "On call", "ops": "Operations", "room": "Rooms and updates",
    "infra": "Infrastructure", "auto": "Automation", "admin": "Administration",
    "access": "Access and record",
}  # fmt: skip
_ALSO = {
    "incidents": "incident", "on-call": "oncall", "operations": "ops", "rooms": "room",
    "administration": "admin", "pvadmin": "admin", "pv": "incident", "pvaccess": "access",
    "pvinfra": "infra", "infrastructure": "infra", "pvauto": "auto", "automation": "auto",
}  # fmt: skip
_MINE = 3


@dataclass(frozen=True, slots=True)
class Help:
    """Arguments of ``help``."""

    verb: str = arg(
        "words",
        "A command, or a group: incident, oncall, ops, auto, room, infra, admin, access.",
        default="",
    )


@query("help", group="incident", permission="anyone", args=Help, example="help resolve")
async def help_(view: View, args: Help) -> Told:
    """What you can do here, and how to write it."""
    verb, group = found(args.verb)
    if verb is not None:
        return Told(tuple(_of_verb(verb)), {"verb": verb.name, "group": group})
    if group:
        return Told(tuple(_of_group(group)), {"verb": "", "group": group})
    facts = await _mine(view)
    return Told(tuple(_all(facts)), facts)


def found(words: str) -> tuple[Verb | None, str]:
    """The command that is asked about, and the group (a name may be both); NotFound hints."""
    typed = "-".join(words.casefold().lstrip("/").split())
    if not typed:
        return None, ""
    group = _ALSO.get(typed, typed)
    verb = CATALOG.get(typed)
    if verb is None and group not in groups():
        hint = get_close_matches(typed, CATALOG, n=1, cutoff=0.6)
        meant = f" Did you mean {hint[0]}?" if hint else ""
        raise NotFound(f"No command {words}.{meant} Try: help")
    return verb, group if group in groups() else ""


def groups() -> dict[str, list[Verb]]:
    """Group → its verbs that are listed, what is wanted first first."""
    inside: dict[str, list[Verb]] = {g: [] for g in GROUPS}
    for verb in sorted(CATALOG.values(), key=_at_hand):
        if verb.listed:
            inside.setdefault(verb.group, []).append(verb)
    return {g: verbs for g, verbs in inside.items() if verbs}


def _at_hand(verb: Verb) -> int:
    return FIRST.index(verb.name) if verb.name in FIRST else len(FIRST)


def tries() -> list[str]:
    """The commands to begin with, those that there are."""
    return [name for name in TRY if name in CATALOG and CATALOG[name].listed]


async def _mine(view: View) -> dict[str, Any]:
    listing = await list_(view, List(who="me", limit=50))
    mine = [{"incident": i.id, "title": i.title} for i in listing.incidents]
    held = on_call(view.definitions, view.actor.id, view.now)
    return {"on_call": held, "mine": mine, "unknown": view.actor.kind == "stranger"}


def on_call(known: Definitions, me: str, at: Instant) -> list[str]:
    """The schedules, and teams without one, that somebody is on call for."""
    held = [n for n in sorted(known.schedules) if _has(on_schedule(known, n, at), me)]
    for name, team in sorted(known.teams.items()):
        by_name = not (team.oncall or "").startswith("schedule:")
        if by_name and _has(duty(known, team, at), me):
            held.append(name)
    return held


def _has(found: Iterable[Any], me: str) -> bool:
    return any(on.person == me for on in found)


def stands(facts: dict[str, Any]) -> str:
    """``You are on call for db-primary.``"""
    if facts.get("unknown"):
        return (
            "I don't know you yet. A code that the console or a linked account shows (link) helps."
        )
    held = facts["on_call"]
    return f"You are on call for {', '.join(held)}." if held else "You are on call for nothing now."


def counted(facts: dict[str, Any]) -> str:
    """``1 open is yours: ``"""
    many = len(facts["mine"])
    if not many:
        return "Nothing open is yours."
    return f"{many} open {'is' if many == 1 else 'are'} yours: "


def _all(facts: dict[str, Any]) -> Iterable[str]:
    yield stands(facts)
    names = (f"#{m['incident']} {m['title']}" for m in facts["mine"][:_MINE])
    yield counted(facts) + " · ".join(names)
    yield f"Try: {' · '.join(tries())}"
    for name in ("ack", "who", "override"):
        if name in CATALOG:
            yield f"{CATALOG[name].example}: {CATALOG[name].help}"
    yield f"More: help override · {' · '.join(f'help {g}' for g in groups())}"


def usage(verb: Verb) -> str:
    """``override [how] <who> [what] <when> [reason]``."""
    asked = (f"<{f.name}>" if f.required else f"[{f.name}]" for f in verb.fields)
    return " ".join((verb.name, *asked))


def _of_verb(verb: Verb) -> Iterable[str]:
    yield verb.help
    yield f"Example: {verb.example or verb.name}"
    for f in verb.fields:
        yield f"{f.name}: {f.help}{'' if f.required else ' (optional)'}"


def _of_group(group: str) -> Iterable[str]:
    inside = groups()[group]
    yield f"{GROUPS.get(group, group.capitalize())}: {' · '.join(v.name for v in inside)}"
    for verb in inside[:5]:
        yield f"{verb.example or verb.name}: {verb.help}"
    yield f"One of them: help {inside[0].name}"
