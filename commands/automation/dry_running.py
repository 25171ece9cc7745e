"""``dry-run``: what an action would do, in words of whoever would do it; nothing is done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from commands.automation import preparing
from commands.automation.offers import HTTP, RESOURCE, Offer
from commands.automation.preparing import Prepared
from commands.context import View
from commands.errors import Busy, Conflict, Invalid
from commands.registry import arg, query
from commands.rules import approving
from commands.told import Told
from integrations.base import IntegrationError

PATIENCE = 2.0
"""Seconds the other side may take to say what it would do; a query has 2.5 in all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Arguments of ``dry-run``."""

    action: str = arg("word", "The action: kubernetes.restart.")
    params: str = arg(
        "text", "What it is for, and parameters: shop/cart replicas=5.", default="", raw=True
    )
    incident: int = arg("incident", "The incident it is about.", default=0)


@query(
    "dry-run", group="infra", permission="action:<action>", args=Asked, audited=True,
    example="dry-run kubernetes.scale shop/cart replicas=5",
)  # fmt: skip
async def dry_run(view: View, args: Asked) -> Told:
    """What an action would do; nothing is done."""
    offer = preparing.found(view.rules.offers, args.action)
    if not (offer.can_be_dry or offer.via == HTTP):
        raise Invalid(f"{offer.name} can't say what it would do: it has no dry run.", "action")
    one = await view.read(
        lambda tx: preparing.typed(tx, view.rules, offer, args.params, args.incident)
    )
    preparing.require(view.definitions, view.actor, one, view.now)
    text = await _said(view, offer, one)
    need = approving.chosen(offer.needs, one.facts, one.params, view.now, offer.params)
    second = f" It needs a second person: {approving.in_words(need.by)}." if need else ""
    would = view.rules.redact(text).splitlines()
    lines = (f"{one.says}: nothing is done yet.{second}", *would)
    facts: dict[str, Any] = {"says": one.says, "would": would}
    facts["params"] = {k: v for k, v in one.params.items() if k not in preparing.secrets_of(offer)}
    if one.resource is not None:
        facts["resource"] = one.resource.id
    return Told(lines, facts)


async def _said(view: View, offer: Offer, one: Prepared) -> str:
    """What whoever would do it says; refusals say whose they are."""
    where = one.resource.source if one.resource is not None else offer.system or offer.name
    try:
        async with asyncio.timeout(PATIENCE):
            if offer.via == RESOURCE:
                return await _on_resource(view, one)
            if view.automation is None:
                raise Busy("What runs actions is not connected just now; try again.", 5)
            number = one.incident.id if one.incident else 0
            return await view.automation.dry(offer, one.params, number, view.actor)
    except TimeoutError:
        raise Busy(f"{where} did not answer in time; try again.", 5) from None
    except IntegrationError as error:
        raise Conflict(f"{where} says: {view.rules.redact(str(error))}") from None


async def _on_resource(view: View, one: Prepared) -> str:
    assert one.resource is not None
    if view.infra is None:
        raise Busy("Clusters and clouds are not connected just now; try again.", 5)
    acted = await view.infra.act(
        one.resource.source, one.offer.name, one.resource.resource, one.params, True
    )
    return acted.text
