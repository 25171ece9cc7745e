"""An action that an automation is to run: its parameters filled in, what it is for, and whether a
second person must agree first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commands.automation import hiding, preparing, telling
from commands.automation.approving import Wanted, need_of, needed_for_machine
from commands.automation.facts import facts_of, of_resource
from commands.automation.offers import RESOURCE, Offer
from commands.context import Ctx, Rulebook
from commands.errors import CommandError
from commands.inventory import offered
from commands.rules import filling
from commands.rules.automating import RUN, Automation, Do
from commands.rules.conditions import Facts
from store.automation_runs import AutomationRun
from store.db import Tx
from store.inventory import resources
from store.model import Incident
from store.model.known import Known


class Refused(Exception):
    """It can't be run; says why."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What is run, with what, on what; ``waits`` is the number of the approval it waits for."""

    offer: Offer
    params: Mapping[str, Any]
    resource: Known | None = None
    waits: int = 0


def facts(ctx: Ctx, run: AutomationRun, incident: Incident | None) -> Facts:
    """What is known of what a run is about, and of what it did so far."""
    if incident is not None:
        found = facts_of(ctx.tx, incident)
    else:
        known = resources.get(ctx.tx, run.resource_id) if run.resource_id else None
        found = of_resource(known) if known is not None else Facts()
    own = {name: (text,) for name, text in run.values.items() if text}
    return Facts({**found.values, **own, "automation": (run.automation,)})


def filled(
    tx: Tx, rules: Rulebook, do: Do, known: Facts, incident: Incident | None, resource: int = 0
) -> tuple[Offer, dict[str, Any], Known | None]:
    """The action, its parameters and what it is for. Refused says what keeps it from being run."""
    offer = rules.offers.get(do.offer)
    if offer is None:
        raise Refused(f"there is no action {do.offer} now")
    try:
        given = {name: filling.value_of(each, known, {}) for name, each in do.params.items()}
    except filling.Wrong as wrong:
        raise Refused(f"a parameter {wrong}") from None
    if empty := [name for name, value in given.items() if value is None]:
        raise Refused(f"nothing is known for {empty[0]}: {do.params[empty[0]]}")
    target = None
    if offer.via == RESOURCE:
        on = given.pop("on", None) or ("" if incident is not None else resource or "")
        target = _target(tx, rules, offer, str(on), incident)
    done = filling.fill(offer, known, given)
    if done.why_not:
        raise Refused(done.why_not)
    return offer, dict(done.params), target


def would(ctx: Ctx, rule: Automation, run: AutomationRun, incident: Incident | None) -> str:
    """What its actions would be run with, in words; of one that can't be run why not."""
    known = facts(ctx, run, incident)
    some = (do for do in rule.do if do.kind == RUN)
    return ", then ".join(_would(ctx, do, known, incident, run.resource_id) for do in some)


def _would(ctx: Ctx, do: Do, known: Facts, incident: Incident | None, resource: int) -> str:
    try:
        offer, params, target = filled(ctx.tx, ctx.rules, do, known, incident, resource)
    except Refused as refused:
        return f"{do.offer} (not as it is: {refused})"
    return telling.deed(offer, params, hiding.names(ctx.rules, offer, params, known), target)


def _target(tx: Tx, rules: Rulebook, offer: Offer, on: str, incident: Incident | None) -> Known:
    number = incident.id if incident is not None else 0
    try:
        return offered.target(tx, rules.inventory, offer, on, number)
    except CommandError as error:
        raise Refused(str(error).rstrip(".")) from None


def ready(
    ctx: Ctx, rule: Automation, run: AutomationRun, do: Do, incident: Incident | None
) -> Ready:
    """What is to be run now; asks a second person where one must agree and the settings do not."""
    known = facts(ctx, run, incident)
    offer, params, target = filled(ctx.tx, ctx.rules, do, known, incident, run.resource_id)
    if rule.approved:
        return Ready(offer, params, target)
    word = filling.word(offer, known, params)
    secret = hiding.names(ctx.rules, offer, params, known)
    wanted = Wanted(
        offer, params, telling.deed(offer, params, secret, target), run.by,
        incident=incident.id if incident else 0, resource=target, automation=rule.name,
        why=f"Automation {rule.name}: {run.why}.", word=word,
        teams=preparing.teams_of(ctx.tx, target, incident.id if incident else 0),
    )  # fmt: skip
    if need_of(ctx, wanted, known) is None:
        if word:
            raise Refused(f"a person must type {word} before it is run")
        return Ready(offer, params, target)
    try:
        return Ready(offer, params, target, needed_for_machine(ctx, wanted, known))
    except CommandError as error:
        raise Refused(str(error).rstrip(".")) from None
