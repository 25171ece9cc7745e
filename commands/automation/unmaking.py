"""``workflow-remove``: a workflow that was made here is taken away, there and here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from commands.automation.offers import REMOTE
from commands.automation.workflows import ABOUT, RANK, WRITE
from commands.context import Ctx, Done
from commands.errors import Conflict, Invalid, NotFound
from commands.registry import arg, command
from commands.rules import workflow
from commands.rules.workflow import Wrong
from store import errands, workflows
from store.db import Tx
from store.workflows import LEAVING, THERE, MadeHere


@dataclass(frozen=True, slots=True)
class Removed:
    """Arguments of ``workflow-remove``."""

    name: str = arg("word", "The workflow: db-cleanup.")
    confirm: str = arg("named", "Its name once more, as it is gone then.", default="")


@command(
    "workflow-remove", group="auto", permission=WRITE, args=Removed,
    example="workflow-remove db-cleanup confirm=db-cleanup",
)  # fmt: skip
def remove(ctx: Ctx, args: Removed) -> Done:
    """Take a workflow that was made here away, here and from the system that has it."""
    one = _known(ctx, args.name)
    if used := ", ".join(_used(ctx, one)):
        raise Conflict(f"{one.ref} is used by {used}: change that first.")
    if args.confirm not in (one.name, args.name, one.ref):
        raise Invalid(f"Type confirm={args.name}: it can't be taken back.", "confirm")
    workflows.save(ctx.tx, replace(one, state=LEAVING, changed_at=ctx.now, error=""))
    content = {"workflow": one.name, "what": "remove"}
    errands.ask(ctx.tx, ctx.now, f"{ABOUT}:{one.name}", f"runner:{one.system}", content, rank=RANK)
    ctx.did(ABOUT, f"{ctx.actor.name} removed workflow {one.ref}.", " ".join(one.says))
    return Done(f"Workflow {one.ref} is removed from {one.system}.", aloud=True)


def _known(ctx: Ctx, said: str) -> MadeHere:
    try:
        one = workflows.get(ctx.tx, workflow.named(said))
    except Wrong as error:
        raise Invalid(f"{error}.", "name") from None
    if one is None:
        raise NotFound(f"No workflow {said} was made here.")
    return one


def _used(ctx: Ctx, one: MadeHere) -> Iterator[str]:
    """What runs it: actions of the settings, automations, other workflows."""
    own = f"{one.system}:{one.ref}"
    names = {own, one.ref}
    for offer in ctx.rules.offers.via(REMOTE):
        if (offer.system, offer.ref) == (one.system, one.ref) and offer.name != own:
            names.add(offer.name)
            yield f"action {offer.name}"
    for rule in ctx.rules.automations:
        if any(do.offer in names for do in rule.do):
            yield f"automation {rule.name}"
    for other in workflows.every(ctx.tx):
        if other.name != one.name and names.intersection(other.actions):
            yield f"workflow {other.ref}"


# by its system


def leaving(tx: Tx, name: str) -> MadeHere | None:
    """One that waits to be taken away."""
    found = workflows.get(tx, name)
    return found if found is not None and found.state == LEAVING else None


def gone(ctx: Ctx, name: str) -> None:
    """Its system has it no more."""
    one = leaving(ctx.tx, name)
    if one is not None:
        workflows.drop(ctx.tx, name)
        ctx.rules.offers.gone(f"{one.system}:{one.ref}")


def stays(ctx: Ctx, name: str, error: str) -> None:
    """Its system does not let go of it."""
    one = leaving(ctx.tx, name)
    if one is not None:
        error = ctx.rules.redact(error)[:500]
        workflows.save(ctx.tx, replace(one, state=THERE, changed_at=ctx.now, error=error))
        ctx.did(ABOUT, f"{one.system} does not remove workflow {one.ref}.", error)
