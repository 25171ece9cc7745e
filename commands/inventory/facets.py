"""How many of what was found there are of each kind, team, source …; and a few of each group."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain
from operator import attrgetter

from commands.inventory.index import Entry, Profile, Tally
from commands.inventory.sources import SourceState
from commands.rules import inventory_words as words

SHARED = ("kind", "health", "team", "source", "region")
FIELDS = (*SHARED, "service", "group")
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


def counted(tally: Tally, states: Mapping[str, SourceState]) -> dict[str, list[tuple[str, int]]]:
    """For each field its values with how many have them, the most first."""
    every: dict[str, Counter[str]] = {name: Counter() for name in (*SHARED, "provider")}
    for one, many in tally.profiles.items():
        for name, counts in every.items():
            counts[_value(one, name, states)] += many
    every |= {"service": Counter(tally.services), "group": Counter(tally.groups)}
    return {
        name: sorted(((v, n) for v, n in by.items() if v), key=lambda p: (-p[1], p[0]))[:_VALUES]
        for name, by in every.items()
    }


def groups(
    found: Iterable[Entry], by: str, states: Mapping[str, SourceState], each: int
) -> list[Group]:
    """One for each value, the worst first; so many of each, the worst first."""
    into: dict[tuple[Profile, str], list[Entry]] = defaultdict(list)
    own = attrgetter(by) if by not in (*SHARED, "provider") else None
    for one in found:
        into[one.profile, own(one) if own else ""].append(one)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    held: dict[str, list[list[Entry]]] = defaultdict(list)
    for (profile, value), some in into.items():
        name = value if own else _value(profile, by, states)
        counts[name][profile.health] += len(some)
        held[name].append(some)
    shown = sorted(counts, key=lambda v: _order(v, counts[v]))[:_GROUPS]
    return [Group(v, counts[v], _worst(held[v], each)) for v in shown]


def _worst(held: Iterable[Iterable[Entry]], each: int) -> tuple[int, ...]:
    return tuple(one.id for one in nsmallest(each, chain.from_iterable(held)))


def _order(value: str, by: Mapping[str, int]) -> tuple[int, bool, int, str]:
    return words.WORST[words.worst(by)], value == "", -sum(by.values()), value


def _value(one: Profile, by: str, states: Mapping[str, SourceState]) -> str:
    if by == "provider":
        state = states.get(one.source)
        return state.provider if state else ""
    return str(getattr(one, by))
