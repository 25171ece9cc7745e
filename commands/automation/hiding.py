"""Which parameters of a run nobody reads: its secrets, what looks like one, and what came of an
incident's sensitive labels, which would stand on cards that all may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.automation.facts import facts_of
from commands.automation.offers import Offer
from commands.context import Rulebook
from commands.rules import filling
from commands.rules.conditions import Facts
from store import incidents
from store.db import Tx

_LABELS = "labels."


def names(
    rules: Rulebook, offer: Offer, params: Mapping[str, Any], known: Facts
) -> tuple[str, ...]:
    """The parameters whose values are shown to nobody, about an incident of which this is known."""
    secret = {each.name for each in offer.params if each.secret}
    for name, value in params.items():
        said = filling.plain(value)
        if blank(rules, said, known) != said or rules.redact(said) != said:
            secret.add(name)
    return tuple(name for name in params if name in secret)


def blank(rules: Rulebook, text: str, known: Facts) -> str:
    """A text as all may read it, about an incident of which this is known."""
    sensitive = rules.sensitive
    if not sensitive:
        return text
    labels = ((n.removeprefix(_LABELS), v) for n, v in known.values.items() if _LABELS in n)
    values = frozenset(each for name, some in labels if sensitive.names(name) for each in some)
    return sensitive.blank(text, values)


def of_incident(
    tx: Tx, rules: Rulebook, offer: Offer, params: Mapping[str, Any], number: int
) -> tuple[str, ...]:
    """The same, looked up."""
    one = incidents.get(tx, number) if number and rules.sensitive else None
    return names(rules, offer, params, facts_of(tx, one) if one is not None else Facts())
