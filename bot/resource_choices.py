"""What could be meant of infrastructure by the letters typed so far: names of resources, sources,
and the words of a search."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from commands import rights
from commands.door import Door
from commands.inventory.board import services_named
from commands.inventory.facets import FIELDS
from commands.inventory.search import READ
from commands.rules.inventory_words import BAD, PROVIDERS
from store.model import Actor
from store.model.resource import KINDS, Health

MOST, _LONG = 25, 100
NOUNS = {
    ("text", "resource"): "resource", ("text", "find"): "find", ("text", "cluster"): "kubernetes",
    ("text", "cloud"): "openstack", ("text", "account"): "cloud",
}  # fmt: skip
"""A field's kind and name, and what can be proposed for it."""
_OF = {"kubernetes": ("kubernetes",), "openstack": ("openstack",), "cloud": ("aws", "azure", "gcp")}
Choices = list[tuple[str, str]]


async def suggested(door: Door, what: str, text: str, actor: Actor) -> Choices:
    """Up to 25 (value, label) pairs; nothing for who may not look."""
    if not rights.may(door.definitions(), actor, READ):
        return []
    if what in _OF:
        sources = door.rules.inventory.sources
        return _same((n for n, s in sources.items() if s.kind in _OF[what]), text)
    await door.index.fresh(door.reader)
    if what == "resource":
        return _same(await asyncio.to_thread(door.index.names, text.strip(), MOST), "")
    return await asyncio.to_thread(_found, door, text)


def _found(door: Door, text: str) -> Choices:
    """The words of a search: the last one is completed."""
    *before, last = text.split(" ")
    name, eq, value = last.partition("=")
    values = _values(door, name.casefold()) if eq else None
    if values is not None:
        fits = [f"{name}={v}" for v in values if value.casefold() in v.casefold()]
    else:
        fits = [f"{n}=" for n in (*FIELDS, "provider") if last and n.startswith(last.casefold())]
        fits += door.index.names(last, MOST) if last else ["health=bad", "kind=server"]
    lead = " ".join(before)
    return _same((f"{lead} {each}".strip() for each in fits), "")


def _values(door: Door, name: str) -> Iterable[str] | None:
    known = {
        "kind": KINDS, "health": (BAD, *Health), "provider": tuple(PROVIDERS),
        "source": tuple(door.rules.inventory.sources), "team": tuple(door.definitions().teams),
    }  # fmt: skip
    if name == "service":
        return services_named(door.index)
    return known.get(name)


def _same(found: Iterable[str], text: str) -> Choices:
    low = text.casefold().strip()
    fits = (one for one in dict.fromkeys(found) if low in one.casefold() and len(one) <= _LONG)
    return [(one, one) for one, _ in zip(fits, range(MOST), strict=False)]
