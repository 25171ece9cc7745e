"""``run``: an action of the settings is started about an incident, by who may; some need the word
of a second person first."""

from __future__ import annotations

from dataclasses import dataclass

from commands import approvals
from commands.about import fetch
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.registry import CATALOG, Button, arg, command
from commands.steps import ACTION
from commands.steps import ACTION_RANK as RANK
from store import outbox


@dataclass(frozen=True, slots=True)
class Run:
    """Arguments of ``run``."""

    action: str = arg("word", "The action, as the settings call it.")
    incident: int = arg("incident", "The incident it is about.")


@command(
    "run", group="ops", permission="action:<action>", args=Run, example="run restart 1842",
    buttons=(Button("Run…", "", ()),),
)  # fmt: skip
def run(ctx: Ctx, args: Run) -> Done:
    """Start an action of the settings about an incident; each has its own permission."""
    name = args.action
    if name not in ctx.rules.actions:
        there = ", ".join(sorted(ctx.rules.actions)) or "none yet"
        raise Invalid(f"There is no action {name}. Actions: {there}.", "action")
    incident = fetch(ctx, args.incident)
    need = ctx.rules.actions[name]
    if need is not None:
        says = f"run {name} about #{incident.id}"
        waits = approvals.needed(ctx, CATALOG["run"], args, need, says)
        if waits is not None:
            return waits
    why = f"{ctx.actor.name} ran it."
    content = {"what": ACTION, "action": name, "step": 0, "loop": 0, "why": why}
    outbox.say(ctx.tx, ctx.now, ACTION, incident.id, f"{ACTION}:{name}", RANK, content)
    ctx.tell(incident.id, ACTION, f"{ctx.actor.name} started action {name}.")
    ctx.changed(incident.id, incident.rev)
    return Done(f"{name} is started about #{incident.id}.", ((incident.id, incident.rev),), True)
