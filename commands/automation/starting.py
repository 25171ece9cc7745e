"""Actions that are run by themselves: by a step of a policy, with the parameters that the settings
take from the incident. Who must agree is asked, and what people stopped does not begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.automation import executing, facts, hiding, narrating, preparing, telling
from commands.automation.approving import Wanted, need_of, needed_for_machine
from commands.automation.offers import RESOURCE, Offer
from commands.context import Ctx
from commands.errors import CommandError
from commands.inventory import offered
from commands.rules import allowing, filling
from commands.rules.conditions import Facts
from store.model import Incident


def start(ctx: Ctx, offer: Offer, incident: Incident, why: str, extra: Mapping[str, Any]) -> str:
    """Have it run about an incident; why not, "" where it is, or waits for a second person."""
    if stopped := narrating.stopped(ctx):
        return f"{stopped}."
    known = facts.facts_of(ctx.tx, incident)
    resource = None
    try:
        if offer.via == RESOURCE:
            resource = offered.target(ctx.tx, ctx.rules.inventory, offer, "", incident.id)
        filled = filling.fill(offer, known, {})
        if wrong := filled.why_not or allowing.refused(offer, filled.params):
            return wrong
        secret = hiding.names(ctx.rules, offer, filled.params, known)
        wanted = Wanted(
            offer, filled.params, telling.deed(offer, filled.params, secret, resource),
            incident=incident.id, resource=resource, why=why, extra=extra,
            word=filling.word(offer, known, filled.params),
            teams=preparing.teams_of(ctx.tx, resource, incident.id),
        )  # fmt: skip
        if _waits(ctx, wanted, known):
            return ""
    except CommandError as error:
        return str(error)
    if wanted.word:
        return f"A person must type {wanted.word} before it is run."
    executing.ask(
        ctx, offer, params=filled.params, incident=incident.id, resource=resource, why=why,
        extra=extra,
    )  # fmt: skip
    return ""


def _waits(ctx: Ctx, wanted: Wanted, known: Facts) -> bool:
    """Whether a second person is asked now."""
    if need_of(ctx, wanted, known) is None:
        return False
    return bool(needed_for_machine(ctx, wanted, known))
