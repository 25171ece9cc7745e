"""Which teams a call concerns: those of the incident, schedule, route, team … that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from commands.registry import Verb
from commands.rules.permission import ACTION
from store import automation_runs, covers, handoffs, heartbeats, incidents, silences
from store.db import Tx
from store.model import Definitions

Teams = tuple[str, ...]

WITHIN = frozenset({
    "cover", "swap", "override", "temporary", "undo", "handoff", "edit", "remove", "revert",
    "new-schedule", "grant", "ungrant",
})  # fmt: skip
"""Verbs that find out themselves what they concern, and look at what they would change: to begin
with it is enough that one may in some team."""


def teams_of(
    tx: Tx, known: Definitions, verb: Verb, args: Mapping[str, Any], me: str = ""
) -> Teams | None:
    """The teams, all of which count; () where it concerns every team; None where the verb itself
    finds out. ``me`` is the handle of whoever asks."""
    about = _noun(tx, known, verb, args)
    if about is not None:
        return about
    if any(args.get(f.name) for f in verb.fields if f.kind == "filter" or f.name == "matcher"):
        return ()
    if verb.name == "declare" and not args.get("team"):
        mine = (t.name for t in known.teams.values() if me in (*t.members, t.lead))
        return tuple(mine)[:1]
    found: list[str] = []
    for field in verb.fields:
        value = args.get(field.name)
        if value in (None, "", 0):
            continue
        teams = _field(tx, known, field.name, field.kind, value)
        if teams == ():
            return ()
        found += teams or ()
    if found:
        return tuple(dict.fromkeys(found))
    return None if verb.name in WITHIN else ()


def permission_of(verb: Verb, args: Mapping[str, Any]) -> str:
    """What a call needs: the verb's permission, or that of the action it names."""
    if verb.permission.endswith("<action>"):
        return f"{ACTION}{args.get('action') or ''}"
    return verb.permission


def of_incident(tx: Tx, number: int) -> Teams:
    """The team of an incident; () where it has none or there is no such incident."""
    found = incidents.get(tx, number)
    return (found.team,) if found is not None and found.team else ()


def of_schedule(known: Definitions, name: str) -> Teams:
    """The teams that hold a duty by a schedule, whichever duty it is."""
    held = f"schedule:{name}"
    return tuple(
        sorted(
            t.name
            for t in known.teams.values()
            if held in (t.oncall, t.lead, t.manager, *t.duties.values())
        )
    )


def _field(tx: Tx, known: Definitions, name: str, kind: str, value: Any) -> Teams | None:
    """The teams a field's value names; None where it names none."""
    if kind == "incident":
        return of_incident(tx, int(value))
    word = str(value).removeprefix("team:").removeprefix("schedule:")
    if kind in ("duty", "schedule") or name == "team":
        if word in known.teams:
            return (word,)
        if word in known.schedules:
            return of_schedule(known, word)
        if kind == "duty":
            handle = word.removeprefix("person:").removeprefix("@")
            mine = tuple(t.name for t in known.teams.values() if handle in t.members)
            return mine[:1] or None
    return None


def _noun(tx: Tx, known: Definitions, verb: Verb, args: Mapping[str, Any]) -> Teams | None:
    """The teams of what a verb is about that is no incident."""
    if verb.name in ("heartbeat-pause", "heartbeat-remove"):
        beat = heartbeats.named(tx, str(args.get("name", "")))
        return (beat.plan.team,) if beat is not None and beat.plan.team else ()
    number = args.get(verb.noun) if verb.noun else None
    look = _ABOUT.get(verb.about)
    return look(tx, known, int(number)) if look is not None and number else None


def _of_cover(tx: Tx, known: Definitions, number: int) -> Teams:
    found = covers.get(tx, number)
    return of_schedule(known, found.schedule) if found is not None else ()


def _of_handoff(tx: Tx, known: Definitions, number: int) -> Teams:
    found = handoffs.get(tx, number)
    return of_schedule(known, found.schedule) if found is not None else ()


def _of_silence(tx: Tx, known: Definitions, number: int) -> Teams:
    found = silences.get(tx, number)
    return of_incident(tx, found.of) if found is not None and found.of else ()


def _of_automation(tx: Tx, known: Definitions, number: int) -> Teams:
    found = automation_runs.get(tx, number)
    return of_incident(tx, found.incident_id) if found is not None and found.incident_id else ()


_ABOUT: dict[str, Callable[[Tx, Definitions, int], Teams]] = {
    "automation": _of_automation,
    "cover": _of_cover,
    "handoff": _of_handoff,
    "silence": _of_silence,
}
