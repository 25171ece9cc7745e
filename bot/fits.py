"""Which actions fit an incident, for the button on its card: whoever presses it is told which of
them they may run."""

from __future__ import annotations

from bot.cards.view import Runs
from commands.automation import facts
from commands.automation.offering import matching
from commands.automation.offers import RESOURCE
from commands.context import Rulebook
from store.model import IncidentDetail, IncidentStatus

MOST = 2
"""One gives the button its name; of several it need not be known which."""


def runs_of(detail: IncidentDetail, rules: Rulebook) -> Runs:
    """(title, name) of the first actions that fit an open incident, what fixed it the last time
    before all others."""
    there, again = rules.offers.matched, _again(detail, rules)
    if not (there or again) or detail.incident.status is IncidentStatus.RESOLVED:
        return ()
    known = facts.of(detail.incident, detail.alerts, detail.about)
    found = [*again]
    for offer, _, _ in matching(there, rules.inventory, known, detail.about):
        if (one := (offer.title or offer.name, offer.name)) not in found:
            found.append(one)
        if len(found) == MOST:
            break
    return tuple(found)


def _again(detail: IncidentDetail, rules: Rulebook) -> Runs:
    """What fixed it the last time; on a resource it is offered for that alone."""
    offer = rules.offers.get(detail.fixed.action) if detail.fixed is not None else None
    if offer is None or offer.via == RESOURCE:
        return ()
    return ((offer.title or offer.name, offer.name),)
