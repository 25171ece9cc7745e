"""``run``: an action is started about an incident or on a resource, by who may; some need the word
of a second person first."""

from __future__ import annotations

from dataclasses import dataclass

from commands import approvals
from commands.about import fetch
from commands.automation.offers import RESOURCE
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.inventory import executing
from commands.registry import CATALOG, Button, arg, command
from commands.steps import ACTION
from commands.steps import ACTION_RANK as RANK
from store import outbox


@dataclass(frozen=True, slots=True)
class Run:
    """Arguments of ``run``."""

    action: str = arg("word", "The action, as the settings call it, or kubernetes.restart.")
    incident: int = arg("incident", "The incident it is about.", default=0)
    params: str = arg(
        "text", "For a resource: what it is for, and parameters: shop/cart replicas=5.", default=""
    )


@command(
    "run", group="ops", permission="action:<action>", args=Run, example="run restart 1842",
    buttons=(Button("Run…", "", ()),), begins="run-form",
)  # fmt: skip
def run(ctx: Ctx, args: Run) -> Done:
    """Start an action about an incident or on a resource; each has its own permission."""
    name = args.action
    one = ctx.rules.offers.get(name)
    if one is None:
        raise Invalid(executing.unknown(ctx.rules.offers, name), "action")
    if one.via == RESOURCE:
        return executing.start(ctx, args)
    if not args.incident:
        raise Invalid(f"{name} is run about an incident: name one.", "incident")
    if args.params:
        raise Invalid(f"{name} takes no parameters.", "params")
    incident = fetch(ctx, args.incident)
    if one.needs:
        says = f"run {name} about #{incident.id}"
        waits = approvals.needed(ctx, CATALOG["run"], args, one.needs[0], says)
        if waits is not None:
            return waits
    why = f"{ctx.actor.name} ran it."
    content = {"what": ACTION, "action": name, "step": 0, "loop": 0, "why": why}
    outbox.say(ctx.tx, ctx.now, ACTION, incident.id, f"{ACTION}:{name}", RANK, content)
    ctx.tell(incident.id, ACTION, f"{ctx.actor.name} started action {name}.")
    ctx.changed(incident.id, incident.rev)
    return Done(f"{name} is started about #{incident.id}.", ((incident.id, incident.rev),), True)
