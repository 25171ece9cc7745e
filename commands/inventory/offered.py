"""What can be done to resources: which action fits which, and with what words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commands.automation.offers import Offer
from commands.errors import Invalid
from commands.rules.inventory import InventoryRules
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
    for name, value in _words(text):
        if name == "on" or name is None:
            if on:
                raise Invalid(f"{value}? Write parameters as name=value.", "params")
            on = value
        else:
            _once(given, name, value)
    return on, given


def pairs(text: str) -> dict[str, str]:
    """The parameters of ``cmd="echo hello" timeout=5``."""
    given = dict[str, str]()
    for name, value in _words(text):
        if name is None:
            raise Invalid(f"{value}? Write parameters as name=value.", "params")
        _once(given, name, value)
    return given


def joined(given: Mapping[str, Any]) -> str:
    """Parameters as they are typed; what ``pairs`` reads is the same again."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in given.items())


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    bare = text and not re.search(r"\s", text) and text[0] not in "\"'"
    return text if bare else json.dumps(text, ensure_ascii=False)


def _once(given: dict[str, str], name: str, value: str) -> None:
    if name in given:
        raise Invalid(f"{name} is there twice.", "params")
    given[name] = value


_WORD = re.compile(
    r"""(?:(?P<name>[^\s="']+)=)?(?:"(?P<json>(?:[^"\\]|\\.)*)"(?=\s|$)|'(?P<plain>[^']*)'(?=\s|$)"""
    r"""|(?P<bare>[^\s]*))""",
    re.DOTALL,
)


def _words(text: str) -> Iterator[tuple[str | None, str]]:
    """(name, value) of each word; the name is None where it has none."""
    at, text = 0, text.strip()
    while at < len(text):
        found = _WORD.match(text, at)
        assert found is not None
        at = found.end()
        while at < len(text) and text[at].isspace():
            at += 1
        yield found["name"], _value_of(found)


def _value_of(found: re.Match[str]) -> str:
    if found["json"] is None:
        return str(found["plain"] if found["plain"] is not None else found["bare"])
    try:
        return str(json.loads(f'"{found["json"]}"', strict=False))
    except ValueError:
        raise Invalid(f"{found[0][:60]}: write \\\\ for a backslash here.", "params") from None
