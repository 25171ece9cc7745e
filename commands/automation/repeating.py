"""``cancel-run`` and ``rerun``: what is run is stopped, what was run is run once more."""

from __future__ import annotations

from dataclasses import dataclass

from commands import rights, running
from commands.automation import ending, hiding, listing, permitting, preparing
from commands.automation.offers import RESOURCE, Offer
from commands.context import Ctx, Done
from commands.errors import Conflict, NotFound
from commands.inventory import offered
from commands.registry import CATALOG, Button, arg, command
from commands.rules.permission import ACTION as RIGHT
from store import executions
from store.executions import ASKED, CANCELED, CANCELING, Execution
from store.inventory import resources


@dataclass(frozen=True, slots=True)
class Cancel:
    """Arguments of ``cancel-run``."""

    execution: int = arg("noun", "The number of what is run.")


@command(
    "cancel-run", group="auto", permission="self", args=Cancel, about="execution",
    example="cancel-run 12", buttons=(Button("Cancel run…", "", (), asks=True),),
)  # fmt: skip
def cancel_run(ctx: Ctx, args: Cancel) -> Done:
    """Stop what is run; what was not begun yet is not begun."""
    one = _known(ctx, args.execution)
    _may(ctx, one)
    if one.over:
        raise Conflict(f"It is over: {one.state}.")
    if one.state == CANCELING:
        return Done("It is being canceled already.", aloud=True)
    if one.via == RESOURCE and one.state != ASKED:
        raise Conflict(f"{one.system} is doing it; it can't be stopped any more.")
    one = ending.cancel(ctx, one)
    if one.state == CANCELED:
        return Done(f"Canceled: {one.says}.", aloud=True)
    say = f"{one.system or one.action} is asked to cancel {one.says}. What comes of it is told."
    return Done(say, aloud=True)


@dataclass(frozen=True, slots=True)
class Rerun:
    """Arguments of ``rerun``."""

    execution: int = arg("noun", "The number of what was run.")
    params: str = arg("text", "Parameters that are to be others: replicas=7.", default="", raw=True)
    confirm: str = arg(
        "named", "What is to be typed to confirm a dangerous one.", default="", only_if="typed"
    )


@command(
    "rerun", group="auto", permission="self", args=Rerun, about="execution", example="rerun 12",
    buttons=(Button("Run with changes…", "", ()), Button("Run again…", "", (), asks=True)),
)  # fmt: skip
def rerun(ctx: Ctx, args: Rerun) -> Done:
    """Run once more what was run, the same or changed; whoever had to agree is asked again."""
    old = _known(ctx, args.execution)
    offer = preparing.found(ctx.rules.offers, old.action)
    mine = {param.name for param in offer.params} - set(offer.fixed) - {offer.dry}
    changes = offered.pairs(args.params)
    typed_anew = _typed_anew(ctx, old, offer) if changes else set()
    before = {n: value for n, value in old.params.items() if n in mine - typed_anew}
    hidden = hiding.of_incident(ctx.tx, ctx.rules, offer, before, old.incident_id or 0)
    before = {n: value for n, value in before.items() if n in hidden or n not in old.secret}
    on = str(old.resource_id) if old.resource_id and offer.via == RESOURCE else ""
    if on and resources.get(ctx.tx, int(on)) is None:
        raise Conflict("What it was for is there no more.")
    one = preparing.prepared(
        ctx.seen, ctx.rules, offer, {**before, **changes}, old.incident_id or 0, on=on
    )
    return running.begin(ctx, one, CATALOG["rerun"], args, args.confirm, again_of=old.id)


def _known(ctx: Ctx, number: int) -> Execution:
    if executions.get(ctx.seen, number) is None:
        raise NotFound(f"There is no execution {number}.")
    one = executions.get(ctx.tx, number)
    assert one is not None
    return one


def _typed_anew(ctx: Ctx, old: Execution, offer: Offer) -> set[str]:
    """The secrets that are not run with something else: who changes where they go gets to know
    them, where another typed them."""
    mine = old.by == ctx.actor.id and not old.automation
    return set() if mine else {*old.secret, *preparing.secrets_of(offer)}


def _may(ctx: Ctx, one: Execution) -> None:
    """Whoever may run it so may stop it."""
    teams = listing.teams_of(ctx.tx, one)
    if (offer := ctx.rules.offers.get(one.action)) is not None:
        error = permitting.denial(ctx.definitions, ctx.actor, offer, one.params, teams, ctx.now)
        if error is not None:
            raise error
        return
    rights.require(ctx.definitions, ctx.actor, f"{RIGHT}{one.action}", teams, ctx.now)
