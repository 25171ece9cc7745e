"""``channels``: what every channel shows, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commands.context import View
from commands.oncall import READ
from commands.registry import query
from commands.rules import posting as rules
from commands.told import Told
from commands.words import surface_name
from store.model import Definitions


@dataclass(frozen=True, slots=True)
class Channels:
    """Arguments of ``channels``."""


@query("channels", group="admin", permission=READ, args=Channels, example="channels")
async def channels(view: View, args: Channels) -> Told:
    """What is posted in which channel, and how often."""
    known = view.definitions
    lines = tuple(_lines(known))
    facts = {
        "channels": [
            {"channel": place, "routes": list(_routes(known, place)), "says": _says(known, place)}
            for place in every(known)
        ]
    }
    how = "To change one: edit channel slack:#ops, or Definitions in the console."
    return Told((*lines, how) if lines else ("No route names a channel.", how), facts)


def every(known: Definitions) -> tuple[str, ...]:
    """The channels that routes or rules name."""
    named = (place for route in known.routes for place in route.channels)
    return tuple(dict.fromkeys((*named, *(c.name for c in known.channels))))


def _lines(known: Definitions) -> Iterator[str]:
    for place in every(known):
        surface, _, name = place.partition(":")
        routes = ", ".join(_routes(known, place))
        by = f" (route {routes})" if routes else " (no route sends anything there)"
        yield f"{name} in {surface_name(surface)}: {_says(known, place)}{by}"


def _routes(known: Definitions, place: str) -> Iterator[str]:
    return (r.name for r in known.routes if place in r.channels)


def _says(known: Definitions, place: str) -> str:
    rule = rules.book(known.channels).rule(place)
    return rules.said(rule) if rule is not None else "every card and every word"
