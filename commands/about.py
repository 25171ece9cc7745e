"""The incident and the people a verb is about: found, or a sentence that says why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commands import alike, rights
from commands.context import Ctx, Done
from commands.errors import Conflict, Invalid, NotFound
from commands.registry import arg
from commands.words import day, is_far, surface_name, weekday
from store import incidents, timeline
from store.model import DAY, Incident, IncidentStatus, Person, TimelineEntry

RESOLVED = IncidentStatus.RESOLVED
TRIGGERED = IncidentStatus.TRIGGERED
ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED

NEW, TAKEN, OVER = "new", "acknowledged", "resolved"
"""The states of a card that offer a button."""

ACT = "incident.act"

_ACTS = ("ack", "unack", "assign", "escalate", "resolve", "merge", "reopen", "snooze", "silence")


def incident_arg(help: str = "The incident's number, such as 1842.") -> Any:
    """The argument that names an incident."""
    return arg("incident", help)


@dataclass(frozen=True, slots=True)
class One:
    """Arguments of a verb that needs only the incident."""

    incident: int = incident_arg()


def fetch(ctx: Ctx, incident_id: int) -> Incident:
    """The incident, to be changed in this transaction; NotFound says which number."""
    found = incidents.for_change(ctx.tx, incident_id)
    if found is None:
        raise NotFound(f"There is no incident #{incident_id}.")
    return found


def open_one(ctx: Ctx, incident_id: int, doing: str) -> Incident:
    """An incident that is not resolved, else a Conflict that names who was first."""
    found = fetch(ctx, incident_id)
    if found.status is RESOLVED:
        if found.merged_into is not None:
            say = f"#{found.id} is part of #{found.merged_into} now; work there."
            raise Conflict(say, winner(ctx, found))
        like = [f"#{i.id}" for i in alike.open_ones(ctx.seen, found)]
        say = f"#{found.id} is resolved{_since(ctx, found)}"
        others = f". Open ones like it: {', '.join(like)}."
        why = others if like else f", so there is nothing to {doing}."
        raise Conflict(f"{say}{why}", winner(ctx, found))
    return found


def _since(ctx: Ctx, incident: Incident) -> str:
    """`` (Tue)``, where that was not just now."""
    at = incident.resolved_at
    if at is None or not is_far(at, ctx.now):
        return ""
    person = ctx.definitions.people.get(ctx.actor.id)
    zone = person.zone if person else "UTC"
    return f" ({weekday(at, zone) if ctx.now - at < 6 * DAY else day(at, zone)})"


def winner(ctx: Ctx, incident: Incident) -> dict[str, Any] | None:
    """Who was first, from where and when; None where nobody did anything."""
    if incident.status is ACKNOWLEDGED:
        return _who(ctx.name_of(incident.holder), incident.holder_from, incident.holder_since)
    if incident.status is RESOLVED:
        last = _last(ctx, incident, ("resolve", "merge"))
        by = ctx.name_of(incident.resolved_by) if incident.resolved_by else "the monitor"
        return _who(by, last.surface if last else "", incident.resolved_at)
    last = _last(ctx, incident, _ACTS)
    if last is None or last.surface == "system":
        return None
    return _who(ctx.name_of(last.actor), last.surface, last.at)


def _last(ctx: Ctx, incident: Incident, kinds: tuple[str, ...]) -> TimelineEntry | None:
    history = timeline.of_incident(ctx.tx, incident.id, 200)
    return next((e for e in reversed(history) if e.kind in kinds), None)


def _who(name: str, surface: str | None, at: int | None) -> dict[str, Any]:
    return {"who": name, "surface": surface_name(surface or ""), "at": at}


def find_person(ctx: Ctx, name: str) -> Person:
    """A person by handle, full name or first name; Invalid when none or several fit."""
    people = ctx.definitions.people
    if name in people:
        return people[name]
    low = name.casefold()
    fits = [
        p
        for p in people.values()
        if low in (p.handle.casefold(), p.name.casefold(), p.first_name.casefold())
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        called = {p.handle: _with_team(ctx, p) for p in fits}
        choices = tuple(f"{handle}={words}" for handle, words in called.items())
        raise Invalid(f"Which {name}? {' · '.join(called.values())}", "who", choices)
    known = ", ".join(sorted(people)) or "nobody yet"
    raise Invalid(f"I don't know {name}. People: {known}.", "who")


def one_who_acts(ctx: Ctx, person: Person) -> Person:
    """The person, where they may take an incident; else Invalid names who can."""
    known = ctx.definitions
    if rights.may_somewhere(known, person, ACT):
        return person
    able = [p for p in known.people.values() if rights.may_somewhere(known, p, ACT)]
    first = [p.first_name for p in able]
    names = [p.first_name if first.count(p.first_name) == 1 else p.name for p in able][:5]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    can = f" {listed} can." if listed else ""
    raise Invalid(f"{person.name} may only look and can't take it.{can}", "who")


def _with_team(ctx: Ctx, person: Person) -> str:
    """``Ana Petrova (db)``; with the handle where there is no team."""
    teams = ctx.definitions.teams.items()
    mine = next((n for n, t in teams if person.handle in (*t.members, t.lead)), person.handle)
    return f"{person.name} ({mine})"


def done(incident: Incident, say: str) -> Done:
    """The answer of a verb that changed one incident."""
    return Done(say, ((incident.id, incident.rev),))
