"""Incidents whose alerts come and go: they stay open and hold still, and nobody is asked until what
fires stays on."""

from __future__ import annotations

from dataclasses import replace

from commands import clock, flapping, lifecycle, paging, windows
from commands.context import Ctx
from commands.flapping import One
from commands.rules import flapping as rules
from commands.words import duration
from store import held, incidents, timers
from store.model import MINUTE, Incident, IncidentStatus, Instant, NextUp


def noticed(ctx: Ctx, incident_id: int) -> None:
    """Something of an incident flaps: said once, and looked at every minute until it is calm."""
    incident = incidents.get(ctx.tx, incident_id)
    if incident is None or incident.status is IncidentStatus.RESOLVED:
        return
    if incident.flapping_since is not None:
        return
    found = flapping.flapping(ctx, incident)
    if not found:
        return
    changed = replace(incident, flapping_since=ctx.now, updated_at=ctx.now)
    look_at(ctx, changed, ctx.now + MINUTE)
    hold = flapping.holding(ctx, changed)
    _say(ctx, changed, found[0], held_back=hold is not None)
    asks = changed.next is not None and changed.next.kind in ("page", "waits")
    if hold is not None and asks and not changed.held_by:
        changed = _held_back(ctx, changed, hold[0])
    ctx.save(changed)


def _say(ctx: Ctx, incident: Incident, one: One, *, held_back: bool) -> None:
    times = rules.lately(one.alert.flips, ctx.now, one.by)
    say = f"{one.alert.title} flaps: {times} changes in {duration(one.by.within * MINUTE)}."
    until = f"Nobody is asked until it stays on for {one.by.calm} min."
    why = f"{one.words}{until if held_back else ''}".strip()
    by = {"changes": one.by.changes, "within": one.by.within, "calm": one.by.calm}
    ctx.tell(incident.id, flapping.KIND, say, why, by)


def _held_back(ctx: Ctx, incident: Incident, until: Instant) -> Incident:
    """Who is asked now is asked no more; the step reached asks again when it stays on."""
    stopped, step = paging.stop(ctx, incident, "it flaps"), max(incident.step, 0)
    clock.set_timer(ctx, stopped, timers.STEP, step, incident.loop, until)
    who = clock.whom(ctx, stopped, clock.policy_of(ctx, stopped), step, until)
    return replace(stopped, next=NextUp("page", until, who, step, clock.IF_ON))


def wait_longer(ctx: Ctx, incident: Incident) -> Incident:
    """A person wants it to be calm for longer: whoever is asked now is asked no more."""
    changed = replace(incident, updated_at=ctx.now)
    hold = flapping.holding(ctx, changed)
    if hold is not None and not changed.held_by:
        changed = _held_back(ctx, changed, hold[0])
    look_at(ctx, changed, ctx.now + MINUTE)
    ctx.save(changed)
    return changed


def look_at(ctx: Ctx, incident: Incident, at: Instant) -> None:
    """Set the next look at an incident that flaps."""
    timers.drop(ctx.tx, incident.id, timers.CALM)
    timers.add(ctx.tx, ctx.now, timers.CALM, incident.id, 0, at, incident.severity.rank)


def look(ctx: Ctx, incident: Incident) -> None:
    """Every minute: over, or its counts are drawn anew."""
    if incident.flapping_since is None:
        return
    found = flapping.flapping(ctx, incident)
    calm = max((one.calm_at for one in found), default=ctx.now)
    if calm <= ctx.now:
        _calm(ctx, incident)
        return
    look_at(ctx, incident, min(ctx.now + MINUTE, calm))
    if any(rules.changes(one.alert.flips)[-1] > ctx.now - 2 * MINUTE for one in found):
        ctx.show(incident)


def _calm(ctx: Ctx, incident: Incident) -> None:
    still = replace(incident, flapping_since=None, calm=0, updated_at=ctx.now)
    if not incident.alerts_firing and not windows.keeps_open(ctx, incident):
        ctx.tell(incident.id, flapping.KIND, "It is calm: it flaps no more.")
        ctx.save(still)
        lifecycle.resolve(ctx, still, by=None, why="Nothing of it fires, and it is calm.")
        return
    ctx.tell(incident.id, flapping.KIND, "It stays on: it flaps no more.")
    if still.next is not None and still.next.why == clock.IF_ON:
        still = replace(still, next=replace(still.next, at=ctx.now))
        held.look_at(ctx.tx, [still.id], ctx.now)
    ctx.save(still)
