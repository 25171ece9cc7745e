"""What a maintenance held back: it waits for another end, or is let go, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commands import clock, lifecycle, posting, windows
from commands.context import Ctx
from store import incidents, timers
from store import maintenance as store
from store.model import Incident, Instant
from store.model.maintenance import Behaviour


def retime(ctx: Ctx, ends: Iterable[Instant]) -> None:
    """Steps that wait for one of these ends wait for the one that holds them now, or come."""
    for old in dict.fromkeys(ends):
        for incident_id in sorted(timers.waiting(ctx.tx, old)):
            found = incidents.for_change(ctx.tx, incident_id)
            if found is None or found.next is None or found.next.why != clock.MAINTENANCE:
                continue
            held = windows.holding(ctx, found, found.next.step or 0)
            new = held.until if held is not None else min(old, ctx.now)
            if new != old:
                timers.put_off(ctx.tx, found.id, old, new)
                ctx.save(replace(found, next=replace(found.next, at=new)))


def settled(ctx: Ctx, incident: Incident) -> Incident:
    """An incident whose maintenance is over: a card that was kept back is shown; what stood for
    all of it goes on where something still fires, else it is over too."""
    if not incident.maintenance or any(
        o.key == incident.maintenance for o in store.in_force(ctx.tx, ctx.now)
    ):
        return incident
    one = store.of_key(ctx.tx, incident.maintenance)
    free = replace(lifecycle.as_drafted(ctx, incident), maintenance="", updated_at=ctx.now)
    if one is not None and one.behaviour is Behaviour.ONE_INCIDENT and free.alerts_firing <= 0:
        return lifecycle.resolve(ctx, free, by=None, why="The maintenance is over, nothing fires.")
    show(ctx, free)
    ctx.save(free, closes_group=True)
    return free


def show(ctx: Ctx, incident: Incident) -> None:
    """Put up the cards of an incident that has none, where its route says."""
    routes = ctx.at(incident.policy_version_id).routes
    route = next((r for r in routes if r.name == incident.route), None)
    places = route.channels if route is not None else ()
    posting.put_up(ctx, incident, posting.wanted(ctx, incident, places))
