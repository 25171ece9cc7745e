"""What was quiet is heard again: a snooze or a silence is over."""

from __future__ import annotations

from dataclasses import replace

from commands import leases, lifecycle, paging
from commands.context import Ctx
from store import alerts, timers
from store.model import Incident, IncidentStatus

TRIGGERED = IncidentStatus.TRIGGERED
ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED
RESOLVED = IncidentStatus.RESOLVED


def unsnooze(ctx: Ctx, incident: Incident) -> None:
    """A snooze ends: a New incident asks again, unless it is silenced."""
    if incident.snoozed_until is None:
        return
    silenced = (incident.silenced_until or 0) > ctx.now
    if incident.status is TRIGGERED and not silenced:
        lifecycle.back_to_paging(ctx, incident, "The snooze is over.", kind="snooze")
        return
    ctx.tell(incident.id, "snooze", "The snooze is over.")
    awake = replace(incident, snoozed_until=None, updated_at=ctx.now)
    ctx.save(replace(awake, next=lifecycle.waits(awake) or _clock(ctx, awake).next))


def unsilence(ctx: Ctx, incident: Incident) -> None:
    """A silence ends, unless a longer one goes on; what still fires asks again."""
    if incident.silenced_until is not None and incident.silenced_until > ctx.now:
        return
    if incident.status is RESOLVED:
        _unsilence_resolved(ctx, incident)
        return
    if incident.silenced_until is None:
        return
    heard = replace(incident, silenced_until=None, updated_at=ctx.now)
    if incident.status is TRIGGERED and incident.snoozed_until is None:
        why = "The silence is over and it still fires."
        lifecycle.heard_again(ctx, heard, why)
        return
    ctx.tell(incident.id, "silence", "The silence is over.")
    ctx.save(_clock(ctx, replace(heard, hush=None)))


def _clock(ctx: Ctx, incident: Incident) -> Incident:
    """What stood still while an acknowledged incident was quiet goes on."""
    if incident.status is not ACKNOWLEDGED:
        return incident
    if timers.asks(ctx.tx, incident.id):
        return incident if incident.assignee is not None else leases.begin(ctx, incident)
    return leases.begin(ctx, paging.goes_on(ctx, incident))


def _unsilence_resolved(ctx: Ctx, incident: Incident) -> None:
    """What fires anew since the resolve, or was silenced by it, opens it again."""
    since = 0 if incident.silenced_until is not None else incident.resolved_at or ctx.now
    if incident.merged_into is None and alerts.firing_since(ctx.tx, incident.id, since):
        why = "The silence is over and it still fires."
        lifecycle.reopen(ctx, incident, why, firing=alerts.firing(ctx.tx, incident.id))
