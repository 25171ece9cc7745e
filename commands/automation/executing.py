"""What is run, whoever does it: asked for once, and begun once it is on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.automation import hiding, telling
from commands.automation.offers import HTTP, REMOTE, Offer
from commands.context import Ctx
from store import errands, executions
from store.executions import ASKED, Execution
from store.model.known import Known

ABOUT = "execution"
RANK = 8
"""Before every card: what is run is waited for."""


def ask(
    ctx: Ctx,
    offer: Offer,
    *,
    params: Mapping[str, Any],
    incident: int | None = None,
    resource: Known | None = None,
    by: str = "",
    automation: str = "",
    why: str = "",
    approved_by: str = "",
    again_of: int = 0,
    dry: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> Execution:
    """Have an action run, once, as soon as this is on disk. Whether it may be run was looked at
    before. ``by`` is the handle of a person, ``automation`` the rule, ``why`` a machine's reason;
    ``extra`` is what an HTTP action posts beside."""
    given = {**params, **({offer.dry: True} if dry and offer.dry else {})}
    secret = hiding.of_incident(ctx.tx, ctx.rules, offer, given, incident or 0)
    one = Execution(
        executions.new(ctx.tx), ASKED, offer.name, resource.source if resource else offer.system,
        by, ctx.now, offer.via, offer.ref, automation=automation,
        resource_id=resource.id if resource else None, incident_id=incident or None, params=given,
        secret=secret, says=telling.deed(offer, given, secret, resource), why=why,
        approved_by=approved_by, again_of=again_of, dry=dry, undo=offer.undo,
        extra=dict(extra or {}),
    )  # fmt: skip
    executions.add(ctx.tx, one)
    queue(ctx, one)
    telling.asked(ctx, one)
    return one


def queue(ctx: Ctx, one: Execution, what: str = "") -> None:
    """Something has to be done about it outside: begin it, or ``cancel`` it."""
    place = {REMOTE: f"runner:{one.system}", HTTP: f"action:{one.action}"}
    where = place.get(one.via, f"{one.system}:")
    about = f"{ABOUT}:{one.id}"
    content = {"execution": one.id, "what": what}
    errands.ask(ctx.tx, ctx.now, about, f"{where}/{what}" if what else where, content, rank=RANK)
