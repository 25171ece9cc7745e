"""Actions that are run by themselves: by a step of a policy, with the parameters that the settings
take from the incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.automation import executing, facts
from commands.automation.offers import RESOURCE, Offer
from commands.context import Ctx
from commands.errors import Invalid
from commands.inventory import offered
from commands.rules import allowing, filling
from store.model import Incident


def start(ctx: Ctx, offer: Offer, incident: Incident, why: str, extra: Mapping[str, Any]) -> str:
    """Have it run about an incident; why not, "" where it is."""
    resource = None
    try:
        if offer.via == RESOURCE:
            resource = offered.target(ctx.tx, ctx.rules.inventory, offer, "", incident.id)
    except Invalid as error:
        return error.error
    filled = filling.fill(offer, facts.facts_of(ctx.tx, incident), {})
    if wrong := filled.why_not or allowing.refused(offer, filled.params):
        return wrong
    executing.ask(
        ctx, offer, params=filled.params, incident=incident.id, resource=resource, why=why,
        extra=extra,
    )  # fmt: skip
    return ""
