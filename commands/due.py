"""What the ticker fires: all is checked again, then a timer does what it was set for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from commands import (
    alarms,
    auto_resolve,
    calming,
    checkin,
    gathering,
    inhibit,
    leases,
    letting_go,
    lifecycle,
    notices,
    pages,
    paging,
    waking,
)
from commands.context import Ctx
from commands.inventory import topology
from commands.rules.escalation import Turn
from store import incidents, runs, timers
from store.model import Incident, IncidentStatus, Rule, Timer

TRIGGERED = IncidentStatus.TRIGGERED
ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED
RESOLVED = IncidentStatus.RESOLVED


def fire(ctx: Ctx, timer: Timer) -> None:
    """Fire one timer, unless what it was set for has passed."""
    if timer.incident_id is None:
        alarms.ring(ctx, timer)
        return
    incident = incidents.for_change(ctx.tx, timer.incident_id)
    if incident is None:
        return
    fresh = timer.kind in timers.PERSONAL or timer.generation == incident.generation
    if timer.kind == timers.UNSILENCE:
        waking.unsilence(ctx, incident)
    elif incident.status is RESOLVED:
        return
    elif timer.kind in timers.ASIDE:
        _RULES[timer.kind](ctx, incident)
    elif fresh:
        _FIRE[timer.kind](ctx, incident, timer)


def _step(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    incident = letting_go.settled(ctx, incident)
    if incident.status is RESOLVED:
        return
    if incident.status is not TRIGGERED:
        paging.unresolved(ctx, incident, timer.detail["step"], timer.detail["loop"])
        return
    paging.reach(
        ctx, inhibit.looked_at(ctx, incident), timer.detail["step"], timer.detail["loop"]
    )  # fmt: skip


def _fallback(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    if incident.status is TRIGGERED:
        turn = Turn("fallback", timer.detail["step"], timer.detail["loop"])
        paging.exhausted(ctx, incident, turn)


def _rule(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    run = runs.get(ctx.tx, timer.detail["run_id"])
    person = ctx.definitions.people.get(timer.detail["person"])
    if run is None or run.stopped_at is not None:
        return
    if person is None:
        say = f"{timer.detail['person']} is not paged any more."
        ctx.tell(incident.id, "page_failed", say, "They are no longer among the people.")
        return
    rule = Rule(timer.detail["after"], timer.detail["via"])
    loud = bool(timer.detail.get("loud"))
    if not pages.later(ctx, incident, person, rule, run, loud):
        lifecycle.nobody_left(ctx, incident)
    ctx.changed(incident.id, incident.rev)


def _lease(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    """The assigned did not answer: an In progress incident stays with its holder."""
    name = ctx.name_of(incident.assignee)
    if incident.status is TRIGGERED:
        lifecycle.back_to_paging(
            ctx, incident, f"{name} did not acknowledge in time.", kind="assign"
        )
        return
    ctx.tell(incident.id, "assign", f"{name} did not take it over.", "The holder keeps it.")
    kept = paging.stop(ctx, incident, "the assignment is over")
    kept = leases.begin(ctx, replace(paging.goes_on(ctx, kept), assignee=None))
    ctx.save(replace(kept, next=lifecycle.waits(kept) or kept.next, updated_at=ctx.now))


def _check_in(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    if incident.status is ACKNOWLEDGED:
        leases.check(ctx, incident, timer.detail["since"])


def _no_answer(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    """Its holder was asked and nobody did anything: others are asked."""
    if incident.status is not ACKNOWLEDGED or leases.answered(ctx, incident, timer.detail["since"]):
        return
    why = f"{ctx.name_of(incident.holder)} did not say whether they still work on it."
    lifecycle.back_to_paging(ctx, incident, why, kind="check_in")
    notices.stale(ctx, checkin.about(incident.id, timer.detail["since"]))


def _unsnooze(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    waking.unsnooze(ctx, incident)


_FIRE: dict[str, Callable[[Ctx, Incident, Timer], None]] = {
    timers.STEP: _step,
    timers.RULE: _rule,
    timers.HELD: _rule,
    timers.CHECK_IN: _check_in,
    timers.NO_ANSWER: _no_answer,
    timers.FALLBACK: _fallback,
    timers.LEASE: _lease,
    timers.UNSNOOZE: _unsnooze,
}

_RULES: dict[str, Callable[[Ctx, Incident], None]] = {
    timers.EXPIRE: auto_resolve.expire,
    timers.CALM: calming.look,
    timers.GATHER: gathering.gather,
    timers.JOINED: topology.late,
}
"""What alert rules set, by the kind of its timer."""
