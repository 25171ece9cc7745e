"""Two incidents that are one: the alerts of the child, and their future, go to the parent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import expiring, leases, lifecycle
from commands.about import ACT, NEW, TAKEN, incident_arg, open_one
from commands.context import Ctx, Done
from commands.errors import Conflict, Invalid
from commands.registry import Button, command
from store import alerts, incidents, timers
from store.inventory import about
from store.model import Incident


@dataclass(frozen=True, slots=True)
class Merge:
    """Arguments of ``merge``."""

    incident: int = incident_arg()
    into: int = incident_arg("The incident it becomes part of.")


@command(
    "merge",
    group="incident",
    permission=ACT,
    args=Merge,
    example="merge 1845 into 1842",
    buttons=(Button("Merge…", "more", (NEW, TAKEN), order=4),),
)
def merge(ctx: Ctx, args: Merge) -> Done:
    """Make an incident part of another; its alerts and their future go there."""
    if args.incident == args.into:
        raise Invalid("An incident can't be merged into itself.", "into")
    for each in sorted((args.incident, args.into)):
        incidents.for_change(ctx.tx, each)
    child, parent = open_one(ctx, args.incident, "merge"), open_one(ctx, args.into, "merge into")
    if child.private and not parent.private:
        say = f"#{child.id} is private and #{parent.id} is not: everybody would see its alerts."
        raise Conflict(f"{say} First: private {parent.id}")
    ctx.tell(child.id, "merge", f"{ctx.actor.name} merged it into #{parent.id}.")
    ctx.tell(parent.id, "merge", f"{ctx.actor.name} merged #{child.id} into it.", child.title)
    gone = lifecycle.resolve(
        ctx,
        replace(child, merged_into=parent.id),
        by=ctx.actor.id,
        why=f"Part of #{parent.id} now.",
    )
    changed = _adopt(ctx, child, parent)
    return Done(
        f"#{child.id} is part of #{parent.id} now.",
        ((gone.id, gone.rev), (changed.id, changed.rev)),
    )


def _adopt(ctx: Ctx, child: Incident, parent: Incident) -> Incident:
    keys = alerts.keys_of(ctx.tx, child.id)
    alerts.move(ctx.tx, child.id, parent.id)
    timers.move(ctx.tx, child.id, parent.id)
    incidents.share_labels(ctx.tx, child.id, parent.id)
    about.move(ctx.tx, child.id, parent.id)
    worst = min(child.severity, parent.severity, key=lambda s: s.rank)
    changed = replace(
        parent,
        alerts_total=parent.alerts_total + child.alerts_total,
        alerts_firing=parent.alerts_firing + child.alerts_firing,
        severity=worst,
        rev=parent.rev + (worst is not parent.severity),
        updated_at=ctx.now,
    )
    changed = leases.worked(ctx, changed)
    ctx.save(changed)
    expiring.look(ctx, parent.id)
    ctx.draft.adopt(keys, parent.id, alerts.live(ctx.tx, keys))
    return lifecycle.look_again(ctx, changed, f"#{child.id} is part of it now.") or changed
