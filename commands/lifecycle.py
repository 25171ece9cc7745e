"""The transitions of an incident, each in one place, whoever asks for it."""

from __future__ import annotations

from dataclasses import replace

from commands import paging
from commands.context import Ctx
from store import alerts, incidents, outbox
from store.model import Incident, IncidentStatus, NextUp, Severity

RESOLVED = IncidentStatus.RESOLVED
TRIGGERED = IncidentStatus.TRIGGERED
ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED


def say_in_threads(ctx: Ctx, incident: Incident, what: str, **content: object) -> None:
    """Queue a message for the thread of every card of the incident."""
    skip = content.get("not_in")
    for row in outbox.places(ctx.tx, incident.id):
        if row.place != skip:
            rank = 16 if what != "note" else 18
            outbox.say(
                ctx.tx, ctx.now, what, incident.id, row.place, rank, {"what": what, **content}
            )


def acknowledge(ctx: Ctx, incident: Incident, *, why: str = "") -> Incident:
    """The actor has it: every page stops."""
    waited = ctx.now - incident.opened_at
    stopped = paging.stop(ctx, incident, f"{ctx.actor.name} has it")
    changed = replace(
        stopped,
        status=ACKNOWLEDGED,
        holder=ctx.actor.id,
        holder_since=ctx.now,
        holder_from=ctx.actor.surface,
        assignee=None,
        asking=(),
        snoozed_until=None,
        acknowledged_at=incident.acknowledged_at or ctx.now,
        next=None,
        rev=incident.rev + 1,
        updated_at=ctx.now,
    )
    ctx.tell(
        incident.id,
        "ack",
        f"{ctx.actor.name} acknowledged from {ctx.actor.surface}.",
        why or f"{waited // 1000} s after it opened. Paging stopped.",
    )
    ctx.save(changed)
    paging.tell_paged(ctx, changed)
    return changed


def back_to_paging(ctx: Ctx, incident: Incident, why: str, *, kind: str = "unack") -> Incident:
    """Nobody has it any more: the last step reached asks again at once, in the same pass."""
    stopped = paging.stop(ctx, incident, why)
    changed = replace(
        stopped,
        status=TRIGGERED,
        holder=None,
        holder_since=None,
        holder_from=None,
        assignee=None,
        asking=(),
        snoozed_until=None,
        resolve_when_clear=False,
        rev=incident.rev + 1,
        updated_at=ctx.now,
        next=NextUp("page", ctx.now),
    )
    ctx.tell(incident.id, kind, why, "The last step reached asks again at once.")
    paging.schedule(ctx, changed, max(incident.step, 0), incident.loop, ctx.now)
    ctx.save(changed)
    return changed


def resolve(
    ctx: Ctx, incident: Incident, *, by: str | None, why: str, summary: str = ""
) -> Incident:
    """It is over: everything stops; ``by`` is None when the monitor says so."""
    known = ctx.draft.incident(incident.id)
    if known is not None:
        incident = replace(
            incident,
            alerts_total=known.total,
            alerts_firing=known.firing,
            severity=tuple(Severity)[known.rank],
            last_alert_at=known.last_at,
            rev=known.rev,
        )
    stopped = paging.stop(ctx, incident, "it is resolved")
    changed = replace(
        stopped,
        status=RESOLVED,
        resolved_at=ctx.now,
        resolved_by=by,
        next=None,
        asking=(),
        summary=summary or incident.summary,
        snoozed_until=None,
        assignee=None,
        rev=incident.rev + 1,
        updated_at=ctx.now,
    )
    who = ctx.actor.name if by else "By itself:"
    say = f"{who} resolved it." if by else "It resolved by itself."
    ctx.tell(incident.id, "resolve", f"{say} {summary}".strip(), why)
    ctx.save(changed)
    say_in_threads(ctx, changed, "resolved", by=by or "", summary=summary)
    paging.tell_paged(ctx, changed)
    return changed


def reopen(
    ctx: Ctx,
    incident: Incident,
    why: str,
    *,
    firing: int,
    severity: Severity | None = None,
    first: str | None = None,
) -> Incident:
    """It is back: New, the policy from step 0; ``first`` is paged before that."""
    group = incidents.regroup(ctx.tx, incident.id)
    changed = replace(
        incident,
        status=TRIGGERED,
        severity=severity or incident.severity,
        holder=None,
        holder_since=None,
        holder_from=None,
        assignee=None,
        resolved_at=None,
        resolved_by=None,
        summary="",
        alerts_firing=firing,
        step=-1,
        loop=0,
        generation=incident.generation + 1,
        resolve_when_clear=False,
        silenced_until=None,
        rev=incident.rev + 1,
        updated_at=ctx.now,
        last_alert_at=ctx.now,
        next=NextUp("page", ctx.now),
        asking=(),
    )
    ctx.tell(incident.id, "reopen", "Open again.", why)
    start = paging.ask_first(ctx, changed, first) if first else ctx.now
    paging.schedule(ctx, changed, 0, 0, start)
    changed = replace(changed, asking=(first,) if first and start > ctx.now else ())
    ctx.save(changed, group=group)
    ctx.draft.see(changed, group, alerts.keys_of(ctx.tx, incident.id))
    return changed


def worse(ctx: Ctx, incident: Incident, title: str) -> None:
    """An alert more severe than all before: a snooze ends, a holder is paged once by important rules.

    In a New incident it starts no new pass and makes up for no skipped step.
    """
    known = ctx.draft.incident(incident.id)
    if known is not None:
        incident = replace(incident, severity=tuple(Severity)[known.rank], rev=known.rev)
    say = f"It is {incident.severity} now: {title}"
    ctx.tell(incident.id, "severity", say, "The highest of its alerts since it was opened.")
    if incident.status is TRIGGERED and incident.snoozed_until is None:
        ctx.save(incident)
        return
    if incident.snoozed_until is not None and incident.status is TRIGGERED:
        back_to_paging(ctx, incident, f"It became {incident.severity}.", kind="snooze")
        return
    who = incident.assignee or incident.holder
    why = f"it became {incident.severity}"
    if who and paging.ask_person(ctx, incident, who, important=True, why=why):
        ctx.save(incident)
        return
    why = f"It became {incident.severity} and the holder can't be reached."
    back_to_paging(ctx, incident, why, kind="escalate")
