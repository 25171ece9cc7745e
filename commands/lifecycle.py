"""The transitions of an incident, each in one place, whoever asks for it."""

from __future__ import annotations

from dataclasses import replace

from commands import (
    clock,
    contacts,
    expiring,
    inhibit,
    leases,
    pages,
    paging,
    posting,
    room_rule,
    silencing,
    write_back,
)
from commands.automation import happened
from commands.context import Ctx
from commands.rules import automating
from commands.threads import say_in_threads, tell_paged
from commands.words import answered_from, duration
from integrations.base import Did
from store import alerts, incidents, runs, storms, timers
from store.model import MINUTE, Incident, IncidentStatus, NextUp, Severity

RESOLVED = IncidentStatus.RESOLVED
TRIGGERED = IncidentStatus.TRIGGERED
ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED


def waits(incident: Incident) -> NextUp | None:
    """What happens by itself to an incident that asks nobody."""
    if incident.status is RESOLVED:
        return None
    if incident.snoozed_until is not None:
        return NextUp("unsnooze", incident.snoozed_until, why="snoozed")
    if incident.status is TRIGGERED and incident.silenced_until is not None:
        return NextUp("unsnooze", incident.silenced_until, why="silenced")
    if incident.resolve_when_clear:
        return NextUp("resolves", why="when the last alert clears")
    return None


def with_waits(incident: Incident) -> Incident:
    """The incident with what happens to it by itself before all else, if anything does."""
    return replace(incident, next=waits(incident) or incident.next)


def acknowledge(ctx: Ctx, incident: Incident, *, why: str = "") -> Incident:
    """The actor has it: every page stops."""
    contacts.answered(ctx)
    waited = ctx.now - incident.opened_at
    stopped = paging.answered(ctx, incident, f"{ctx.actor.name} has it")
    taken = replace(
        stopped,
        status=ACKNOWLEDGED,
        holder=ctx.actor.id,
        holder_since=ctx.now,
        holder_from=ctx.actor.surface,
        assignee=None,
        snoozed_until=None,
        acknowledged_at=incident.acknowledged_at or ctx.now,
        rev=incident.rev + 1,
        updated_at=ctx.now,
    )
    changed = with_waits(leases.begin(ctx, replace(taken, next=stopped.next)))
    ctx.tell(
        incident.id,
        "ack",
        f"{ctx.actor.name} acknowledged {answered_from(ctx.actor.surface)}.",
        why or f"{duration(waited)} after it opened. {_still_asked(ctx, changed)}",
    )
    ctx.save(changed)
    tell_paged(ctx, changed)
    posting.look(ctx, changed)
    room_rule.taken(ctx, changed)
    write_back.ask(ctx, changed, Did.ACKNOWLEDGED, f"{ctx.actor.name} acknowledged it.")
    happened.happened(ctx, automating.ACKNOWLEDGED, changed)
    return changed


def _still_asked(ctx: Ctx, incident: Incident) -> str:
    if not incident.asking:
        return "Paging stopped."
    names = " and ".join(ctx.name_of(h) for h in incident.asking)
    return f"{names} {'is' if len(incident.asking) == 1 else 'are'} still asked."


def confirm(ctx: Ctx, incident: Incident, say: str) -> Incident:
    """Somebody answers once more, or for themselves: they are asked no more."""
    contacts.answered(ctx)
    still = runs.answered(ctx.tx, ctx.now, incident.id, ctx.actor.id, f"{ctx.actor.name} answered")
    fewer = replace(incident, asking=tuple(still), updated_at=ctx.now)
    mine = leases.renewed(ctx, fewer) if ctx.actor.id == incident.holder else None
    changed = mine or leases.worked(ctx, fewer)
    ctx.tell(incident.id, "ack", say, _still_asked(ctx, changed))
    ctx.save(changed)
    tell_paged(ctx, changed)
    return changed


def released(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """Nobody has it, nobody is asked, nothing holds the policy; New from now on. Not saved yet."""
    return freed(ctx, paging.stop(ctx, incident, why))


def freed(ctx: Ctx, stopped: Incident) -> Incident:
    """Nobody has it and nothing holds the policy; New from now on. Not saved yet."""
    return replace(
        stopped,
        status=TRIGGERED,
        holder=None,
        holder_since=None,
        holder_from=None,
        assignee=None,
        snoozed_until=None,
        silenced_until=None,
        hush=None,
        resolve_when_clear=False,
        rev=stopped.rev + (stopped.status is not TRIGGERED),
        updated_at=ctx.now,
    )


def back_to_paging(ctx: Ctx, incident: Incident, why: str, *, kind: str = "unack") -> Incident:
    """Nobody has it any more: the last step reached asks again at once, in the same pass, unless a
    silence hides it now."""
    free = released(ctx, incident, why)
    silence = silencing.covering(ctx, free)
    if silence is not None:
        said = f"{silencing.called(ctx, silence)} hides it: nobody is asked before its end."
        ctx.tell(incident.id, kind, why, said)
        changed = silencing.hidden(ctx, free, silence)
        ctx.save(changed, closes_group=incident.hush != silence.hush)
    else:
        again = "The last step reached asks again at once."
        ctx.tell(incident.id, kind, why, "Step 1 asks at once." if free.step < 0 else again)
        following = clock.schedule(ctx, free, max(incident.step, 0), incident.loop, ctx.now)
        changed = replace(free, next=following)
        ctx.save(changed)
    if incident.status is ACKNOWLEDGED:
        write_back.ask(ctx, changed, Did.UNACKNOWLEDGED, f"Nobody has it any more. {why}")
    return changed


def heard_again(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """A silence is over. What its filter hid asks from the first step: who was asked before it, or
    nobody, knows nothing of now."""
    first = replace(incident, step=-1, loop=0) if incident.hush is not None else incident
    return back_to_paging(ctx, first, why, kind="silence")


def look_again(ctx: Ctx, incident: Incident, why: str) -> Incident | None:
    """An incident that a silence by a filter hides has changed (``why``): where that silence does
    not hide it any more it is heard again. None where it stays as it is."""
    hush = incident.hush
    if hush is None or (incident.silenced_until or 0) <= ctx.now:
        return None
    if incident.status is not TRIGGERED:
        return None
    silence = silencing.covering(ctx, incident)
    if silence is not None and silence.id == hush.id:
        return None
    own = silencing.of_its_own(ctx.tx, incident, ctx.now)
    if silence is not None:
        changed = silencing.hidden(ctx, incident, silence)
    elif own is not None:
        quiet = replace(incident, silenced_until=own, hush=None, updated_at=ctx.now)
        changed = with_waits(quiet)
    else:
        said = f"{why} Silence {hush.id} does not hide it any more."
        return heard_again(ctx, incident, said)
    ctx.save(changed)
    return changed


def resolve(
    ctx: Ctx, incident: Incident, *, by: str | None, why: str, summary: str = ""
) -> Incident:
    """It is over: everything stops; ``by`` is None when the monitor says so."""
    stopped = paging.stop(ctx, as_drafted(ctx, incident), "it is resolved")
    changed = replace(
        stopped,
        status=RESOLVED,
        resolved_at=ctx.now,
        resolved_by=by,
        next=None,
        summary=summary or incident.summary,
        snoozed_until=None,
        silenced_until=incident.silenced_until if incident.hush is None else None,
        assignee=None,
        held_by="",
        under=None,
        flapping_since=None,
        calm=0,
        rev=stopped.rev + 1,
        updated_at=ctx.now,
    )
    timers.drop(ctx.tx, incident.id, *timers.ASIDE)
    inhibit.over(ctx, incident)
    say = f"{ctx.actor.name} resolved it." if by else "It resolved by itself."
    ctx.tell(incident.id, "resolve", f"{say} {summary}".strip(), why)
    ctx.save(changed)
    say_in_threads(ctx, changed, "resolved", by=by or "", summary=summary)
    room_rule.over(ctx, changed)
    tell_paged(ctx, changed)
    if by and not changed.merged_into:
        write_back.ask(ctx, changed, Did.RESOLVED, say, text=summary)
    happened.happened(ctx, automating.RESOLVED, changed)
    return changed


def as_drafted(ctx: Ctx, incident: Incident) -> Incident:
    """The incident with the counts that this transaction holds in memory."""
    known = ctx.draft.incident(incident.id)
    if known is None:
        return incident
    return replace(
        incident,
        alerts_total=known.total,
        alerts_firing=known.firing,
        severity=tuple(Severity)[known.rank],
        last_alert_at=known.last_at,
        rev=known.rev,
    )


def reopen(
    ctx: Ctx,
    incident: Incident,
    why: str,
    *,
    firing: int,
    severity: Severity | None = None,
    first: str | None = None,
) -> Incident:
    """It is back: New, the policy from step 0; ``first`` is paged before that. What fires again by
    itself while a silence hides it asks nobody."""
    changed = replace(
        released(ctx, incident, why),
        severity=severity or incident.severity,
        resolved_at=None,
        resolved_by=None,
        summary="",
        alerts_firing=firing,
        step=-1,
        loop=0,
        last_alert_at=ctx.now,
    )
    silence = silencing.covering(ctx, changed) if ctx.actor.kind == "system" else None
    hidden = f" {silencing.called(ctx, silence)} hides it." if silence is not None else ""
    ctx.tell(incident.id, "reopen", "Open again.", f"{why}{hidden}")
    if silence is not None:
        group, changed = None, silencing.hidden(ctx, changed, silence)
    else:
        group = incidents.regroup(ctx.tx, incident.id)
        changed = _policy_from_start(ctx, changed, first)
    ctx.save(changed, group=group)
    storms.heard_again(ctx.tx, ctx.now, incident.id)
    expiring.look(ctx, incident.id)
    inhibit.reopened(ctx, changed)
    room_rule.back(ctx, changed)
    posting.look(ctx, changed)
    keys = alerts.keys_of(ctx.tx, incident.id)
    ctx.draft.see(changed, group, keys)
    ctx.draft.adopt(keys, incident.id, alerts.live(ctx.tx, keys))
    happened.happened(ctx, automating.REOPENED, changed)
    return changed


def _policy_from_start(ctx: Ctx, incident: Incident, first: str | None) -> Incident:
    if first is None or not paging.ask_first(ctx, incident, first):
        return replace(incident, next=clock.schedule(ctx, incident, 0, 0, ctx.now))
    start = ctx.now + clock.policy_of(ctx, incident).steps[0].delay * MINUTE
    paged = tuple(dict.fromkeys((*incident.paged, first)))
    following = clock.schedule(ctx, incident, 0, 0, start)
    return replace(incident, asking=(first,), paged=paged, next=following)


def worse(ctx: Ctx, incident: Incident, title: str) -> None:
    """An alert worse than all before: a snooze ends, a holder is paged once by important rules.

    In a New incident it starts no new pass and makes up for no skipped step.
    """
    known = ctx.draft.incident(incident.id)
    if known is not None:
        incident = replace(incident, severity=tuple(Severity)[known.rank], rev=known.rev)
    say = f"It is {incident.severity} now: {title}"
    ctx.tell(incident.id, "severity", say, "The highest of its alerts since it was opened.")
    storms.heard_again(ctx.tx, ctx.now, incident.id)
    room_rule.look(ctx, incident)
    posting.worse(ctx, incident)
    mark = f"{incident.severity}/{incident.rev}"
    happened.happened(ctx, automating.SEVERITY, incident, mark=mark)
    if incident.status is TRIGGERED:
        if look_again(ctx, incident, f"It became {incident.severity}."):
            return
        if incident.snoozed_until is None or (incident.silenced_until or 0) > ctx.now:
            ctx.save(paging.roused(ctx, incident))
        else:
            back_to_paging(ctx, incident, f"It became {incident.severity}.", kind="snooze")
        return
    why = f"it became {incident.severity}"
    both = dict.fromkeys(filter(None, (incident.holder, incident.assignee)))
    reached = [h for h in both if pages.ask_person(ctx, incident, h, important=True, why=why)]
    if reached:
        ctx.save(with_waits(leases.restarted(ctx, incident)))
    else:
        holder_unreachable(ctx, incident)


def holder_unreachable(ctx: Ctx, incident: Incident) -> Incident:
    """It became worse and who has it can't be told: escalation goes on where it stood."""
    why = f"It became {incident.severity} and {ctx.name_of(incident.holder)} can't be reached."
    return back_to_paging(ctx, incident, why, kind="escalate")


def nobody_left(ctx: Ctx, incident: Incident) -> None:
    """Every page of the last asking was refused: the record says that nobody was reached."""
    if incident.status is ACKNOWLEDGED:
        holder_unreachable(ctx, incident)
    elif incident.status is TRIGGERED and incident.assignee is not None:
        why = f"{ctx.name_of(incident.assignee)} could not be reached."
        back_to_paging(ctx, incident, why, kind="assign")
    elif incident.status is TRIGGERED and incident.next and incident.next.kind == "nothing":
        ended = NextUp("nothing", why="nobody could be reached")
        changed = replace(incident, asking=(), next=ended, updated_at=ctx.now)
        ctx.save(changed)
        say_in_threads(ctx, changed, "exhausted", people=[])
