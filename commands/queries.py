"""What people ask of an incident: ``show`` reads a snapshot and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from commands import inhibit, what_changed
from commands.automation import remembered
from commands.context import View
from commands.errors import NotFound
from commands.inventory import lost
from commands.registry import arg, query
from store import alerts, incidents, paged, rooms, timeline
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
    told = tuple(timeline.of_incident(tx, incident_id))
    return IncidentDetail(
        found,
        tuple(alerts.of_incident(tx, incident_id)),
        told,
        tuple(paged.pages(tx, incident_id)),
        last,
        seen,
        what_changed.before(tx, found),
        *inhibit.holds(tx, found),
        rooms.links(tx, incident_id),
        rooms.together(tx, incident_id),
        *lost.of(tx, found, told),
        remembered.fixed(tx, last),
    )


def brief(tx: Tx, incident_id: int) -> IncidentDetail | None:
    """What cards, pages and thread notes show: the worst alerts, and what happened but for the
    alerts' own lines."""
    found = incidents.get(tx, incident_id)
    if found is None:
        return None
    last, seen = incidents.earlier(tx, found)
    told = tuple(timeline.of_people(tx, incident_id))
    return IncidentDetail(
        found,
        tuple(alerts.of_incident(tx, incident_id, 40)),
        told,
        tuple(paged.pages(tx, incident_id)),
        last,
        seen,
        what_changed.before(tx, found),
        *inhibit.holds(tx, found),
        rooms.links(tx, incident_id),
        None,
        *lost.of(tx, found, told),
        remembered.fixed(tx, last),
    )


@query("show", group="incident", permission=READ, args=Show, example="show 1842")
async def show(view: View, args: Show) -> IncidentDetail:
    """Show one incident: its card, alerts, timeline and pages."""
    found = await view.read(lambda tx: detail(tx, args.incident))
    if found is None:
        raise NotFound(f"There is no incident #{args.incident}.")
    return found
