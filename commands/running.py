"""``run``: an action is started about an incident or on a resource, by who may; some need the word
of a second person first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands.automation import executing, preparing
from commands.automation.approving import Wanted, needed_for_run
from commands.automation.preparing import Prepared
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.inventory import offered
from commands.registry import CATALOG, Button, Verb, arg, command
from commands.rules import approving, filling
from store import approvals as record
from store.executions import Execution


@dataclass(frozen=True, slots=True)
class Run:
    """Arguments of ``run``."""

    action: str = arg("word", "The action, as the settings call it, or kubernetes.restart.")
    incident: int = arg("incident", "The incident it is about.", default=0)
    params: str = arg(
        "text", "What it is for, and parameters: shop/cart replicas=5.", default="", raw=True
    )
    confirm: str = arg(
        "named", "What is to be typed to confirm a dangerous one.", default="", only_if="typed"
    )


@command(
    "run", group="ops", permission="action:<action>", args=Run, example="run restart 1842",
    buttons=(Button("Run…", "", ()),), begins="run-form",
)  # fmt: skip
def run(ctx: Ctx, args: Run) -> Done:
    """Start an action about an incident or on a resource; each has its own permission."""
    offer = preparing.found(ctx.rules.offers, args.action)
    one = preparing.typed(ctx.seen, ctx.rules, offer, args.params, args.incident)
    pinned = args
    if one.resource is not None:
        pinned = replace(args, params=f"on={one.resource.id} {offered.joined(one.given)}".strip())
    return begin(ctx, one, CATALOG["run"], pinned, args.confirm)


def begin(ctx: Ctx, one: Prepared, verb: Verb, pinned: Any, confirm: str, **more: Any) -> Done:
    """Run what is prepared, once whoever has to agree did."""
    offer = one.offer
    preparing.require(ctx.definitions, ctx.actor, one, ctx.now)
    word = "" if one.dry else filling.word(offer, one.facts, one.params)
    if why := approving.untyped(word, confirm):
        raise Invalid(why, "confirm")
    about = f" about #{one.incident.id}" if one.incident and one.resource is None else ""
    number = one.incident.id if one.incident else 0
    wanted = Wanted(
        offer, one.params, f"{one.says}{about}", ctx.actor.id, number, one.resource, word=word,
        again_of=more.get("again_of", 0), teams=one.teams,
        extra={"why": f"{ctx.actor.name} ran it."},
    )  # fmt: skip
    if not one.dry and (waits := needed_for_run(ctx, wanted, one.facts)) is not None:
        return waits
    made = asked(ctx, one, **more)
    deed = f"Dry run of {one.says}" if one.dry else one.says
    say = f"{deed}{about}: under way as execution {made.id}."
    changed = ((one.incident.id, one.incident.rev),) if one.incident else ()
    return Done(f"{say} What comes of it is told.", changed, True)


def asked(ctx: Ctx, one: Prepared, **more: Any) -> Execution:
    """The execution of what is prepared, in the name of whoever acts."""
    extra: Mapping[str, Any] = {"why": f"{ctx.actor.name} ran it."}
    agreed = record.get(ctx.tx, ctx.approved) if ctx.approved else None
    second = (agreed.decided_by or "") if agreed is not None else ""
    return executing.ask(
        ctx, one.offer, params=one.params, incident=one.incident.id if one.incident else None,
        resource=one.resource, by=ctx.actor.id, approved_by=second, extra=extra, dry=one.dry,
        **more,
    )  # fmt: skip
