"""How many of what was found there are of each kind, team, source …; and a few of each group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from operator import attrgetter

from commands.inventory.index import Entry, Index, Wanted
from commands.inventory.sources import SourceState
from commands.rules import inventory_words as words
from commands.rules.inventory_words import BAD, Asked

FIELDS = ("kind", "health", "team", "source", "region", "service", "group")
"""What lists can be grouped by, beside ``provider``."""
_GROUPS, _VALUES = 40, 40


@dataclass(frozen=True, slots=True)
class Group:
    """Those of one value: how many by health, and the numbers of the worst."""

    value: str
    by: Mapping[str, int]
    ids: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.by.values())


def fitting(index: Index, wanted: Wanted, asked: Asked) -> list[Entry]:
    """All that fit, what is bad where that is asked for."""
    found = index.entries(wanted)
    if asked.get("health") == BAD:
        return [one for one in found if one.health in ("down", "degraded")]
    return list(found)


def counted(
    found: list[Entry], states: Mapping[str, SourceState]
) -> dict[str, list[tuple[str, int]]]:
    """For each field its values with how many have them, the most first."""
    every: dict[str, dict[str, int]] = {name: {} for name in (*FIELDS, "provider")}
    for name in FIELDS:
        every[name] = Counter(map(attrgetter(name), found))
        every[name].pop("", None)
    for source, number in every["source"].items():
        provider = states[source].provider if source in states else ""
        if provider:
            every["provider"][provider] = every["provider"].get(provider, 0) + number
    return {
        name: [(str(v), n) for v, n in sorted(by.items(), key=lambda p: (-p[1], p[0]))[:_VALUES]]
        for name, by in every.items()
    }


def groups(
    found: list[Entry], by: str, states: Mapping[str, SourceState], each: int
) -> list[Group]:
    """One for each value, the worst first; so many of each, the worst first."""
    into: dict[str, list[Entry]] = {}
    for one in found:
        into.setdefault(_value(one, by, states), []).append(one)
    made = [_group(value, some, each) for value, some in into.items()]
    made.sort(key=lambda g: (words.WORST[words.worst(g.by)], g.value == "", -g.total, g.value))
    return made[:_GROUPS]


def _group(value: str, found: list[Entry], each: int) -> Group:
    counts: dict[str, int] = Counter(str(one.health) for one in found)
    bad = [one for one in found if one.health != "ok"]
    some = bad if len(bad) >= each else found
    worst = nsmallest(each, some, key=lambda one: (words.WORST[one.health], one.name, one.id))
    return Group(value, counts, tuple(one.id for one in worst))


def _value(one: Entry, by: str, states: Mapping[str, SourceState]) -> str:
    if by == "provider":
        state = states.get(one.source)
        return state.provider if state else ""
    return str(getattr(one, by))
