"""Which actions fit an incident, for who may run them: what fixed it last time first, then what is
run most, then all that fit: what interrupts something last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands import belongs, rights
from commands.automation import facts as about
from commands.automation.offers import RESOURCE, Offer
from commands.context import Rulebook
from commands.inventory import offered
from commands.rules import filling
from commands.rules.conditions import Facts, fits
from commands.rules.inventory import InventoryRules
from commands.rules.inventory_words import kind_said
from commands.rules.permission import ACTION
from store import executions, incidents
from store.clock import DAY, Instant
from store.db import Tx
from store.executions import DONE, Execution
from store.model import Actor, Definitions, Incident
from store.model.known import Known

BACK = 5
"""So many earlier incidents of the same alert are looked at for what fixed them."""
LATELY = 90 * DAY


@dataclass(frozen=True, slots=True)
class Fit:
    """An action that fits. ``why`` says so in words, ``values`` are what its form begins with, as
    people type them; ``last`` is the run that fixed it the last time, ``used`` how often it was run
    about incidents lately, ``on`` the resources it can be done to."""

    offer: Offer
    why: str
    values: Mapping[str, str] = field(default_factory=dict)
    last: Execution | None = None
    used: int = 0
    on: tuple[Known, ...] = ()

    @property
    def fixed_last_time(self) -> bool:
        """Whether it is what fixed it the last time."""
        return self.last is not None


def fitting(
    tx: Tx, rules: Rulebook, known: Definitions, actor: Actor, incident: Incident, now: Instant
) -> list[Fit]:
    """The actions that fit an incident and that somebody may run, the best first."""
    facts = about.facts_of(tx, incident)
    there = offered.of_incident(tx, incident.id)
    last = fixed(tx, incident)
    used = executions.counts(tx, now - LATELY)
    found = []
    for offer, why, on in matching(rules.offers, rules.inventory, facts, there, last):
        if may(tx, known, actor, offer, incident.id):
            mine = last if last is not None and last.action == offer.name else None
            values = begin(offer, facts, mine)
            found.append(Fit(offer, why, values, mine, used.get(offer.name, 0), on))
    return sorted(found, key=_order)


def on_resource(
    tx: Tx, rules: Rulebook, known: Definitions, actor: Actor, one: Known, now: Instant
) -> list[Fit]:
    """The actions that can be done to a resource, about no incident."""
    used = executions.counts(tx, now - LATELY)
    some = offered.fitting(rules.offers, rules.inventory, one)
    facts = about.of_resource(one)
    able = (each for each in some if may(tx, known, actor, each, 0))
    found = [
        Fit(each, f"it is for {kind_said(one.resource.kind)}s", begin(each, facts, None), None,
            used.get(each.name, 0), (one,))
        for each in able
    ]  # fmt: skip
    return sorted(found, key=_order)


def matching(
    offers: Iterable[Offer],
    rules: InventoryRules,
    facts: Facts,
    there: Iterable[Known],
    last: Execution | None = None,
) -> Iterator[tuple[Offer, str, tuple[Known, ...]]]:
    """(offer, why, on what) of those that fit, whoever asks."""
    there = tuple(there)
    for offer in offers:
        on = tuple(one for one in there if offered.fitting((offer,), rules, one))
        if offer.via == RESOURCE and not on:
            continue
        why = fits(offer.match, facts) if offer.match is not None else None
        if why is None and offer.match is None and on:
            why = f"it is about {kind_said(on[0].resource.kind)} {on[0].resource.name}"
        if why is None and last is not None and last.action == offer.name:
            why = "it fixed it the last time"
        if why is not None:
            yield offer, why, on


def may(tx: Tx, known: Definitions, actor: Actor, offer: Offer, incident: int) -> bool:
    """Whether somebody may run it about an incident with some values at least."""
    teams = belongs.of_incident(tx, incident) if incident else ()
    return rights.may(known, actor, f"{ACTION}{offer.name}", teams) is not None


def fixed(tx: Tx, incident: Incident) -> Execution | None:
    """The run after which the same alert was over the last time."""
    step = incident.previous_id
    for _ in range(BACK):
        if step is None or (before := incidents.get(tx, step)) is None:
            return None
        over = before.resolved_at
        for one in executions.last(tx, incident=before.id, states=(DONE,)):
            if not one.dry and over is not None and (one.ended_at or one.asked_at) <= over:
                return one
        step = before.previous_id
    return None


def begin(offer: Offer, facts: Facts, last: Execution | None) -> dict[str, str]:
    """What the fields of an action's form begin with: what templates take from the incident, then
    what it was run with the last time. Secrets are typed anew."""
    filled = filling.fill(offer, facts, {})
    found = {name: filled.params[name] for name in filled.taken}
    hidden = {*filling.secret_names(offer.params), *offer.fixed, offer.dry}
    if last is not None:
        names = {one.name for one in offer.params}
        before = {n: v for n, v in last.params.items() if n in names and n not in last.secret}
        found = {**before, **found}
    return {name: filling.plain(v) for name, v in found.items() if name not in hidden}


def _order(one: Fit) -> tuple[Any, ...]:
    harm = bool(one.offer.dangerous or one.offer.confirm)
    named = (one.offer.title.casefold(), one.offer.name)
    return (not one.fixed_last_time, -one.used, harm, *named)
