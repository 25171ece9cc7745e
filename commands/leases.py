"""An ack holds for a while: whoever has an incident on which nobody works is asked whether they
still do, and without an answer others are asked."""

from __future__ import annotations

from dataclasses import replace

from commands import checkin, notices, paging
from commands.checkin import ASKS_AGAIN, CHECK_IN
from commands.context import Ctx
from commands.words import duration
from store import timeline, timers
from store.db import Tx
from store.model import MINUTE, Incident, IncidentStatus, Instant, NextUp, TimelineEntry

RANK = 12
"""A question to one person goes before the edits of cards."""
_LOOKED_AT = 200
_NO_WORK = ("denied",)
OUTSIDER = "outsider"
"""In the detail of a line: its author may not work on incidents, so that it is no sign of work."""


def begin(ctx: Ctx, incident: Incident, since: Instant | None = None) -> Incident:
    """The quiet time of an ack starts: at its end the holder is asked. Not saved yet.

    An incident that sleeps is not asked about, nor one whose severity has no lease.
    """
    timers.drop(ctx.tx, incident.id, timers.CHECK_IN, timers.NO_ANSWER)
    minutes = ctx.rules.ack_lease.get(incident.severity)
    asleep = incident.snoozed_until is not None or (incident.silenced_until or 0) > ctx.now
    if incident.status is not IncidentStatus.ACKNOWLEDGED or not minutes or asleep:
        return incident
    since = ctx.now if since is None else since
    due = max(since + minutes * MINUTE, ctx.now)
    _set(ctx, incident, timers.CHECK_IN, due, since)
    following = NextUp(ASKS_AGAIN, due, _holder(incident))
    sooner = incident.next is not None and (incident.next.at or 0) <= due
    return incident if sooner and incident.next else replace(incident, next=following)


def _set(ctx: Ctx, incident: Incident, kind: str, due: Instant, since: Instant) -> None:
    rank, detail = incident.severity.rank, {"since": since}
    timers.add(ctx.tx, ctx.now, kind, incident.id, incident.generation, due, rank, detail)


def _holder(incident: Incident) -> tuple[str, ...]:
    return (incident.holder,) if incident.holder else ()


def check(ctx: Ctx, incident: Incident, since: Instant) -> None:
    """The quiet time is over: where somebody worked on it, it starts anew from then; else its
    holder is asked."""
    worked = last_work(ctx.tx, incident.id, since)
    if worked is not None:
        ctx.save(begin(ctx, _clocked(ctx, incident), worked.at))
        return
    name, holder = ctx.name_of(incident.holder), incident.holder or ""
    due = ctx.now + ctx.rules.check_in * MINUTE
    _set(ctx, incident, timers.NO_ANSWER, due, ctx.now)
    about = checkin.about(incident.id, ctx.now)
    asked = notices.tell(ctx, about, holder, RANK, incident.id)
    say = f"{name} is asked whether they still work on it."
    if not asked:
        say = f"{name} can't be asked whether they still work on it: no contact is known."
    why = f"Nobody did anything for {duration(ctx.now - since)}; it is {incident.severity}."
    ctx.tell(incident.id, CHECK_IN, say, why, {"until": due})
    ctx.save(replace(incident, next=NextUp(CHECK_IN, due, _holder(incident))))


def answered(ctx: Ctx, incident: Incident, since: Instant) -> bool:
    """Whether anybody did anything since the holder was asked; then the quiet time starts anew."""
    work = last_work(ctx.tx, incident.id, since)
    if work is None:
        return False
    notices.stale(ctx, checkin.about(incident.id, since))
    ctx.save(begin(ctx, _clocked(ctx, incident), work.at))
    return True


def worked(ctx: Ctx, incident: Incident) -> Incident:
    """Somebody did something about it: a holder who was asked has answered by that. Not saved yet.

    Where nobody was asked yet nothing moves: the end of the quiet time looks back.
    """
    asked = incident.next is not None and incident.next.kind == CHECK_IN
    if not asked or incident.status is not IncidentStatus.ACKNOWLEDGED:
        return incident
    checkin.redraw(ctx, incident)
    return begin(ctx, _clocked(ctx, incident))


def renewed(ctx: Ctx, incident: Incident) -> Incident | None:
    """The holder says that they still have it: the quiet time starts anew. Not saved yet; None
    where that changes nothing."""
    following = incident.next
    if following is None or following.kind not in (ASKS_AGAIN, CHECK_IN):
        return None
    if following.kind == CHECK_IN:
        return worked(ctx, incident)
    minutes = ctx.rules.ack_lease.get(incident.severity, 0)
    if ctx.now + (minutes - 1) * MINUTE < (following.at or 0):
        return None  # a second tap
    return begin(ctx, _clocked(ctx, incident))


def restarted(ctx: Ctx, incident: Incident) -> Incident:
    """It became worse and its holder knows: it sleeps no more, and by its severity now the quiet
    time starts anew. Not saved yet; an assignment goes on as it is."""
    awake = replace(incident, snoozed_until=None)
    checkin.redraw(ctx, incident)
    if incident.assignee is not None:
        return awake
    clocked = _clocked(ctx, awake)
    if incident.snoozed_until is not None:
        clocked = paging.goes_on(ctx, clocked)
    return begin(ctx, clocked)


def _clocked(ctx: Ctx, incident: Incident) -> Incident:
    """The incident with what its policy does next by itself, which the lease stood before."""
    came = timers.stop_clock(ctx.tx, incident.id)
    bare = replace(incident, next=None, updated_at=ctx.now)
    return paging.goes_on(ctx, bare, came) if came is not None else bare


def last_work(tx: Tx, incident_id: int, since: Instant) -> TimelineEntry | None:
    """The last thing that anybody did about an incident after an instant: words in its thread, a
    press, a run, an edit."""
    return _work(tx, incident_id, since, last=True)


def first_work(tx: Tx, incident_id: int, since: Instant) -> TimelineEntry | None:
    """The first thing that anybody did about an incident after an instant."""
    return _work(tx, incident_id, since, last=False)


def work_before(tx: Tx, incident_id: int, at: Instant) -> TimelineEntry | None:
    """The last thing that anybody had done about an incident before an instant."""
    lines = timeline.of_people(tx, incident_id, _LOOKED_AT)
    return next((e for e in reversed(lines) if e.at < at and _is_work(e)), None)


def _work(tx: Tx, incident_id: int, since: Instant, *, last: bool) -> TimelineEntry | None:
    lines = timeline.of_people(tx, incident_id, _LOOKED_AT)
    found = [e for e in lines if e.at > since and _is_work(e)]
    return found[-1 if last else 0] if found else None


def _is_work(entry: TimelineEntry) -> bool:
    if entry.kind in _NO_WORK or entry.detail.get(OUTSIDER):
        return False
    return entry.surface not in ("", "system")
