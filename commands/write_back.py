"""What people do to an incident is told to the monitors its alerts came from, by the outbox.

A monitor is never told what it said itself, and nothing waits for it: what can't be delivered is
tried again for a day, then it is on the timeline.
"""

from __future__ import annotations

from typing import Any

from commands import untold
from commands.context import Ctx
from commands.words import IN_MONITOR, surface_name
from integrations.base import Did
from store import alerts, incidents, outbox
from store.clock import DAY
from store.model import Incident, Instant, Severity
from store.outbox import Row

WRITE_BACK = "write_back"
MONITOR = "integration"
"""The kind of an actor that is a monitor, or somebody there who is nobody here."""
RANK = 24
"""After every page and every card of an open incident."""
PATIENCE = DAY


def ask(
    ctx: Ctx,
    incident: Incident,
    did: Did,
    say: str,
    *,
    text: str = "",
    severity: Severity | None = None,
    until: Instant | None = None,
) -> None:
    """Tell every monitor of an incident that can be told."""
    if not ctx.rules.write_back:
        return
    text = "" if incident.private else text
    said: dict[str, Any] = {"did": str(did), "by": ctx.actor.name, "say": say, "text": text}
    said |= {"severity": str(severity or incident.severity), "until": until}
    for name in alerts.sources_of(ctx.tx, incident.id):
        if name in ctx.rules.write_back and not _said_it(ctx, name):
            place = f"{WRITE_BACK}:{name}"
            outbox.say(ctx.tx, ctx.now, WRITE_BACK, incident.id, place, RANK, said)


def _said_it(ctx: Ctx, name: str) -> bool:
    return ctx.actor.surface == f"{IN_MONITOR}{name}"


def told(ctx: Ctx, row: Row, but: str) -> None:
    """The monitor took it; ``but`` is what it could not do as asked."""
    if not row.incident_id:
        return
    ctx.tell(row.incident_id, WRITE_BACK, f"{_called(row)} was told: {row.content['say']}", but)
    _changed(ctx, row)


def failed(ctx: Ctx, row: Row, error: str) -> None:
    """The monitor does not take it."""
    if not row.incident_id:
        untold.trouble(ctx, _monitor(row), str(row.content["say"]), error)
        return
    say = f"{_called(row)} could not be told: {row.content['say']}"
    ctx.tell(row.incident_id, f"{WRITE_BACK}_failed", say, error)
    about = f"#{row.incident_id}: {row.content['say']}"
    untold.trouble(ctx, _monitor(row), about, error)
    _changed(ctx, row)


def _monitor(row: Row) -> str:
    return row.place.partition(":")[2]


def _called(row: Row) -> str:
    return surface_name(f"{IN_MONITOR}{_monitor(row)}")


def _changed(ctx: Ctx, row: Row) -> None:
    found = incidents.get(ctx.tx, row.incident_id)
    if found is not None:
        ctx.changed(found.id, found.rev)
