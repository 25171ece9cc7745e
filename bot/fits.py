"""Which actions fit an incident, for the button on its card: whoever presses it is told which of
them they may run."""

from __future__ import annotations

from bot.cards.view import Runs
from commands.automation import facts
from commands.automation.offering import matching
from commands.context import Rulebook
from store.model import IncidentDetail, IncidentStatus

MOST = 2
"""One gives the button its name; of several it need not be known which."""


def runs_of(detail: IncidentDetail, rules: Rulebook) -> Runs:
    """(title, name) of the first actions that fit an open incident."""
    there = rules.offers.matched
    if not there or detail.incident.status is IncidentStatus.RESOLVED:
        return ()
    known = facts.of(detail.incident, detail.alerts, detail.about)
    found = []
    for offer, _, _ in matching(there, rules.inventory, known, detail.about):
        found.append((offer.title or offer.name, offer.name))
        if len(found) == MOST:
            break
    return tuple(found)
