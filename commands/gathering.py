"""A parent fires: its children that came a moment before it are held too, since in an outage
nothing comes in order."""

from __future__ import annotations

from dataclasses import replace

from commands import clock, inhibit, paging
from commands.context import Ctx
from commands.inhibit import Holding
from commands.inventory import topology
from commands.rules import alert_rules
from commands.rules.alert_rules import BY_HAND
from store import held, incidents, timers
from store.model import MINUTE, Incident, IncidentStatus, NextUp

EARLY = 2 * MINUTE
"""A child that came so long before its parent joins the hold."""
_RECENT = 200


def gather(ctx: Ctx, parent: Incident) -> None:
    """A parent fires: what it holds and came a moment before it joins the hold."""
    book = alert_rules.book(ctx.definitions.alert_rules)
    recent = held.recent(ctx.tx, ctx.now - EARLY, _RECENT) if book.parents else []
    for number in dict.fromkeys((*recent, *topology.fell(ctx, parent))):
        child = incidents.for_change(ctx.tx, number) if number != parent.id else None
        if child is None or not _may_join(child):
            continue
        found = inhibit.all_held(ctx, book, child)
        if found is not None and found.parent in (parent.id, parent.under):
            _join(ctx, child, found)


def _may_join(child: Incident) -> bool:
    new = child.status is IncidentStatus.TRIGGERED and child.assignee is None
    awake = child.snoozed_until is None and child.silenced_until is None
    return new and awake and not child.held_by and child.source not in BY_HAND


def _join(ctx: Ctx, child: Incident, found: Holding) -> None:
    stopped = paging.stop(ctx, child, found.why)
    quiet = replace(inhibit.hold(ctx, stopped, found), step=-1, loop=0, updated_at=ctx.now)
    until = ctx.now + inhibit.LOOK
    clock.set_timer(ctx, quiet, timers.STEP, 0, 0, until)
    waits = NextUp("waits", until, why=found.why)
    ctx.save(replace(quiet, next=waits), closes_group=True)
    inhibit.let_go(ctx, child.id)


def minute(ctx: Ctx) -> None:
    """Cards of what fell say what is back; and what is held under something that nobody would be
    asked about any more, whyever, is looked at."""
    topology.minute(ctx)
    for parent, numbers in topology.left_alone(ctx):
        inhibit.look_at(ctx, numbers, ctx.now)
        topology.let_go(ctx, parent, numbers, ctx.now)
