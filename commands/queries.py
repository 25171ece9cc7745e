"""What people ask: show, help; each reads a snapshot and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from commands import inhibit, what_changed
from commands.context import View
from commands.errors import NotFound
from commands.lists import List, list_
from commands.registry import CATALOG, arg, query
from store import alerts, incidents, paged, timeline
from store.db import Tx
from store.model import IncidentDetail

READ = "incident.read"
EVERY = ("new", "acknowledged", "resolved")


@dataclass(frozen=True, slots=True)
class Show:
    """Arguments of ``show``."""

    incident: int = arg("incident", "The incident's number, such as 1842.")


def detail(tx: Tx, incident_id: int) -> IncidentDetail | None:
    """Everything one incident page shows."""
    found = incidents.get(tx, incident_id)
    if found is None:
        return None
    last, seen = incidents.earlier(tx, found)
    return IncidentDetail(
        found,
        tuple(alerts.of_incident(tx, incident_id)),
        tuple(timeline.of_incident(tx, incident_id)),
        tuple(paged.pages(tx, incident_id)),
        last,
        seen,
        what_changed.before(tx, found),
        *inhibit.holds(tx, found),
    )


def brief(tx: Tx, incident_id: int) -> IncidentDetail | None:
    """What cards, pages and thread notes show: the worst alerts, and what happened but for the
    alerts' own lines."""
    found = incidents.get(tx, incident_id)
    if found is None:
        return None
    last, seen = incidents.earlier(tx, found)
    return IncidentDetail(
        found,
        tuple(alerts.of_incident(tx, incident_id, 40)),
        tuple(timeline.of_people(tx, incident_id)),
        tuple(paged.pages(tx, incident_id)),
        last,
        seen,
        what_changed.before(tx, found),
        *inhibit.holds(tx, found),
    )


@query("show", group="incident", permission=READ, args=Show, example="show 1842")
async def show(view: View, args: Show) -> IncidentDetail:
    """Show one incident: its card, alerts, timeline and pages."""
    found = await view.read(lambda tx: detail(tx, args.incident))
    if found is None:
        raise NotFound(f"There is no incident #{args.incident}.")
    return found


@dataclass(frozen=True, slots=True)
class Help:
    """Arguments of ``help``."""

    verb: str = arg("words", "A command.", default="")


@query("help", group="incident", permission=READ, args=Help, example="help resolve")
async def help_(view: View, args: Help) -> list[str]:
    """What you can do here, and how to write it."""
    if args.verb:
        verb = CATALOG.get(args.verb)
        if verb is None:
            raise NotFound(f"No command {args.verb}.")
        fields = [f"{f.name}: {f.help}{'' if f.required else ' (optional)'}" for f in verb.fields]
        return [verb.help, f"Example: {verb.example or verb.name}", *fields]
    mine = (await list_(view, List(who="me", limit=3))).incidents
    first = " · ".join(f"#{i.id} {i.title}" for i in mine)
    names = [v.name for v in CATALOG.values() if v.group in ("incident", "oncall") and v.listed]
    lines = [f"Yours and open: {first}." if first else "Nothing open is yours."]
    lines.append("Try: " + " · ".join(names))
    rest = [v.name for v in CATALOG.values() if v.group in ("ops", "admin") and v.listed]
    lines += [f"Operations and administration: {' · '.join(rest)}"] if rest else []
    lines += [
        f"{CATALOG[n].example}: {CATALOG[n].help}" for n in ("ack", "resolve", "assign", "note")
    ]
    return [*lines, "More: help <command>"]
