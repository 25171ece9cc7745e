"""What can be done to resources: which action fits which, and with what words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commands.automation.offers import Offer
from commands.errors import Invalid
from commands.rules.inventory import InventoryRules
from integrations.base import Param
from store.db import Tx
from store.inventory import resources
from store.model.known import Known
from store.tables import INCIDENT_RESOURCES

SHOWN = 6


def fitting(offers: Iterable[Offer], rules: InventoryRules, one: Known) -> list[Offer]:
    """The actions that can be done to a resource."""
    source = rules.sources.get(one.source)
    if source is None or one.gone_at is not None:
        return []
    return [
        each for each in offers if each.system == source.kind and one.resource.kind in each.kinds
    ]


def target(tx: Tx, rules: InventoryRules, one: Offer, on: str, incident: int) -> Known:
    """What an action is to be done to: what is called so, else what the incident is about.
    Invalid says what else there is."""
    if on:
        known = all_called(tx, on)
        where = "on"
        missing = f"Nothing is called {on}."
    elif incident:
        known = of_incident(tx, incident)
        where = "incident"
        missing = f"#{incident} is about no resource that is known. Name one: on=shop/cart"
    else:
        raise Invalid(f"Name what {one.name} is for: on=shop/cart, or an incident.", "on")
    fit = [each for each in known if one in fitting((one,), rules, each)]
    if len(fit) == 1:
        return fit[0]
    if fit:
        raise Invalid(f"Which one? {_listed(fit)}. Write on= and its number.", where)
    kinds = ", ".join(one.kinds)
    if known:
        raise Invalid(f"{one.name} is for {kinds}, not for {_listed(known)}.", where)
    raise Invalid(missing, where)


def called(tx: Tx, name: str) -> Known:
    """The one resource that is called so; Invalid where there is none, or several."""
    found = all_called(tx, name)
    if len(found) == 1:
        return found[0]
    if found:
        raise Invalid(f"Which one? {_listed(found)}. Write its number.", "resource")
    raise Invalid(f"Nothing is called {name}.", "resource")


def all_called(tx: Tx, name: str) -> list[Known]:
    """What is called so (``shop/cart`` is cart in shop), or has this number."""
    if name.isdecimal():
        found = resources.get(tx, int(name))
        if found is not None:
            return [found]
    named = resources.by_names(tx, [name]).get(name, [])
    strong = [number for number, is_strong in named if is_strong]
    known = resources.many(tx, strong or [number for number, _ in named])
    if not known and "/" in name:
        group, _, bare = name.rpartition("/")
        some = resources.many(tx, [n for n, _ in resources.by_names(tx, [bare]).get(bare, [])])
        known = {n: one for n, one in some.items() if one.resource.group == group}
    return sorted(known.values(), key=lambda one: one.id)


def of_incident(tx: Tx, incident: int) -> list[Known]:
    """What an incident is about."""
    mine = INCIDENT_RESOURCES.c.incident_id == incident
    rows = tx.conn.execute(INCIDENT_RESOURCES.select().where(mine).limit(100))
    return list(resources.many(tx, sorted(row.resource_id for row in rows)).values())


def _listed(some: Iterable[Known]) -> str:
    rows = list(some)
    shown = [f"{k.resource.kind} {k.resource.name} ({k.source}, {k.id})" for k in rows[:SHOWN]]
    return ", ".join(shown) + (f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")


def split(text: str) -> tuple[str, dict[str, str]]:
    """``on`` and the parameters of ``on=shop/cart replicas=5``; a word alone is what it is on."""
    on, given = "", dict[str, str]()
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals:
            if on:
                raise Invalid(f"{word}? Write parameters as name=value.", "params")
            on = word
        elif name == "on":
            on = value
        elif name in given:
            raise Invalid(f"{name} is there twice.", "params")
        else:
            given[name] = value
    return on, given


def params_of(action: Offer, given: Mapping[str, str]) -> dict[str, Any]:
    """The parameters as the action takes them; Invalid names the one that can't be."""
    known = {param.name: param for param in action.params}
    for name in given:
        if name not in known:
            there = ", ".join(known) or "none"
            raise Invalid(f"{action.name} has no {name}. Parameters: {there}.", "params")
    found = {}
    for param in action.params:
        if param.name in given:
            found[param.name] = _value(action, param, given[param.name])
        elif param.required:
            raise Invalid(f"{param.name} is missing: {param.help or param.kind}.", "params")
        elif param.default is not None:
            found[param.name] = param.default
    return found


def _value(action: Offer, param: Param, text: str) -> Any:
    if param.choices and text not in param.choices:
        raise Invalid(f"{param.name} is one of {', '.join(param.choices)}.", "params")
    if param.kind == "flag":
        if text.casefold() not in _FLAGS:
            raise Invalid(f"{param.name} is yes or no.", "params")
        return _FLAGS[text.casefold()]
    if param.kind == "number":
        if not text.lstrip("-").isdecimal() or len(text) > 12:
            raise Invalid(f"{param.name} is a number.", "params")
        return int(text)
    return text


_FLAGS = {
    "yes": True, "true": True, "on": True, "1": True,
    "no": False, "false": False, "off": False, "0": False,
}  # fmt: skip
