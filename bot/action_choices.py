"""What could be meant by the letters typed so far into the parameters of an action: names, and the
values they may have."""

from __future__ import annotations

from collections.abc import Iterable

from commands import rights
from commands.door import Door
from commands.rules.permission import ACTION
from integrations.base import Param
from store.model import Actor

NOUNS = {("text", "params"): "params"}
MOST, _LONG = 25, 100
Choices = list[tuple[str, str]]


def suggested(door: Door, text: str, actor: Actor) -> Choices:
    """Up to 25 (value, label) pairs: of the actions that are offered for incidents, as far as
    somebody may run them."""
    *before, last = text.split(" ")
    there = [word.partition("=")[0] for word in before]
    name, eq, value = last.partition("=")
    params = list(_params(door, actor))
    if eq:
        named = (one for one in params if one.name == name)
        fits = [f"{name}={v}" for one in named for v in _values(one) if v.startswith(value)]
    else:
        low = last.casefold()
        names = (one.name for one in params if one.name.casefold().startswith(low))
        fits = [f"{n}=" for n in names if n not in there]
    lead = " ".join(before)
    found = dict.fromkeys(f"{lead} {each}".strip() for each in fits)
    return [(one, one) for one in found if len(one) <= _LONG][:MOST]


def _params(door: Door, actor: Actor) -> Iterable[Param]:
    known = door.definitions()
    for offer in door.rules.offers.matched:
        if rights.may_somewhere(known, actor, f"{ACTION}{offer.name}"):
            yield from (one for one in offer.params if one.name not in offer.fixed)


def _values(one: Param) -> Iterable[str]:
    return one.choices or (("yes", "no") if one.kind == "flag" else ())
