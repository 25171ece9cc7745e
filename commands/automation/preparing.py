"""What somebody wants to run, read and looked at: which action, on what, with which parameters, and
whether they may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from commands import belongs
from commands.automation import facts as about
from commands.automation import hiding, permitting, telling
from commands.automation.offers import HTTP, RESOURCE, Catalogue, Offer
from commands.context import Rulebook
from commands.errors import Busy, Invalid
from commands.inventory import offered
from commands.rules import allowing, filling
from commands.rules.conditions import Facts
from store import incidents
from store.clock import Instant
from store.db import Tx
from store.model import Actor, Definitions, Incident
from store.model.known import Known

SHOWN = 30
YES = frozenset({"yes", "true", "1", "on"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is known before an action is run. ``given`` is what was typed, ``facts`` what is
    known of the incident, ``says`` the deed in words; ``dry`` only says what would be done."""

    offer: Offer
    params: Mapping[str, Any]
    given: Mapping[str, Any]
    says: str
    incident: Incident | None = None
    resource: Known | None = None
    facts: Facts = field(default_factory=Facts)
    teams: tuple[str, ...] = ()
    dry: bool = False


def found(there: Catalogue, name: str) -> Offer:
    """An action by its name; Invalid says what else there is."""
    one = there.get(name)
    if one is None and there.waits(name):
        raise Busy(f"{name.partition(':')[0]} has not said yet what it can run; try again soon.", 5)
    if one is None:
        raise Invalid(unknown(there, name), "action")
    return one


def unknown(there: Catalogue, name: str) -> str:
    """What to tell who names an action that is not there."""
    names = [one.name for one in there]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"There is no action {name}. Actions: {', '.join(names[:SHOWN]) or 'none yet'}{more}."


def typed(tx: Tx, rules: Rulebook, offer: Offer, text: str, incident: int) -> Prepared:
    """From what people type: ``shop/cart replicas=5``."""
    if offer.via == RESOURCE:
        on, given = offered.split(text)
    else:
        on, given = "", offered.pairs(text)
    box = offer.dry_box
    dry = offer.via != HTTP and given.get(box, "").casefold() in YES
    if box and not offer.dry:
        given.pop(box, None)
    return replace(prepared(tx, rules, offer, given, incident, on=on), dry=dry)


def prepared(
    tx: Tx, rules: Rulebook, offer: Offer, given: Mapping[str, Any], incident: int, *, on: str = ""
) -> Prepared:
    """What is to be run on what; Invalid says what is missing or can't be."""
    resource = None
    if offer.via == RESOURCE:
        resource = offered.target(tx, rules.inventory, offer, on, incident)
    if offer.via == HTTP and not incident:
        raise Invalid(f"{offer.name} is run about an incident: name one.", "incident")
    known = incidents.get(tx, incident) if incident else None
    facts = about.facts_of(tx, known) if known is not None else Facts()
    filled = filling.fill(offer, facts, given)
    if filled.why_not:
        raise Invalid(f"{offer.name}: {filled.why_not}.", "params")
    hidden = hiding.names(rules, offer, filled.params, facts)
    says = telling.deed(offer, filled.params, hidden, resource)
    teams = teams_of(tx, resource, incident)
    return Prepared(offer, filled.params, given, says, known, resource, facts, teams)


def secrets_of(offer: Offer) -> tuple[str, ...]:
    """The parameters whose values nobody reads."""
    return tuple(each.name for each in offer.params if each.secret)


def require(known: Definitions, actor: Actor, one: Prepared, now: Instant) -> None:
    """Invalid names the value that it does not take here; Denied where somebody may not run it
    about this, with these values."""
    for name, why in allowing.wrong(one.offer, one.params):
        raise Invalid(why, name)
    if error := permitting.denial(known, actor, one.offer, one.params, one.teams, now):
        raise error


def teams_of(tx: Tx, known: Known | None, incident: int) -> tuple[str, ...]:
    """Whom it concerns: the team of the incident and that of the resource; what is nobody's, and
    what is run about no incident, concerns all."""
    of = belongs.of_incident(tx, incident) if incident else ()
    if known is None:
        return of
    return (*of, known.belongs.team) if of and known.belongs.team else ()
