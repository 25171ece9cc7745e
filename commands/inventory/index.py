"""All resources by their words, held in memory: what lies sealed on disk is searched here."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest
from operator import itemgetter
from sys import intern
from typing import NamedTuple

from store.db import Reader
from store.inventory import resources
from store.inventory.resources import Mark
from store.model import SECOND
from store.model.known import Known
from store.model.resource import Health

PAGE = 300
"""So many are unsealed between two looks of the event loop at anything else."""
_OVERLAP = (5 * SECOND) << 22
"""Another process may commit what it numbered earlier: so much is read again, and costs little."""
_LONGEST = 500
_RANK = {Health.DOWN: 0, Health.DEGRADED: 1, Health.UNKNOWN: 2, Health.OK: 3}


class Entry(NamedTuple):
    """What is held of a resource: ``text`` is all that may be searched, folded."""

    id: int
    name: str
    kind: str
    health: Health
    source: str
    team: str
    region: str
    service: str
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty where it does not matter. ``words`` must all be in it, as parts of
    words; ``sources`` None where all count."""

    words: tuple[str, ...] = ()
    kind: str = ""
    health: str = ""
    team: str = ""
    region: str = ""
    service: str = ""
    group: str = ""
    sources: frozenset[str] | None = None

    @property
    def narrow(self) -> bool:
        """Whether more matters than the words."""
        named = (self.kind, self.health, self.team, self.region, self.service, self.group)
        return any(named) or self.sources is not None

    def is_about(self, one: Entry) -> bool:
        """Whether a resource is what is looked for, but for the words."""
        return (
            (not self.kind or one.kind == self.kind)
            and (not self.health or one.health == self.health)
            and (self.sources is None or one.source in self.sources)
            and (not self.team or one.team == self.team)
            and (not self.region or one.region.startswith(self.region))
            and (not self.service or one.service == self.service)
            and (not self.group or one.group == self.group)
        )


class Found(NamedTuple):
    """The numbers of those that fit, the best first, and how many there are in all."""

    ids: tuple[int, ...]
    total: int


class Index:
    """Kept true by reading what was written since; ``fresh`` before a search."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._mark: Mark = (0, 0)
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    async def fresh(self, reader: Reader) -> None:
        """Take over what was written since."""
        async with self._reading:
            mark = self._mark
            if reader.engine.dialect.name != "sqlite":
                mark = max(mark[0] - _OVERLAP, 0), 0
            while found := await reader.read(partial(resources.since, mark=mark, most=PAGE)):
                for _, one in found:
                    self._take(one)
                mark = found[-1][0]
                self._mark = max(self._mark, mark)
                if len(found) < PAGE:
                    return
                await asyncio.sleep(0)

    def _take(self, one: Known) -> None:
        if one.gone_at is not None:
            self._entries.pop(one.id, None)
            return
        r = one.resource
        self._entries[one.id] = Entry(
            one.id, r.name, intern(r.kind), r.health, intern(one.source),
            intern(one.belongs.team.casefold()), intern(r.region),
            intern(one.belongs.service.casefold()), intern(r.group), _text(one),
        )  # fmt: skip

    def search(self, wanted: Wanted, most: int = 50, skip: int = 0) -> Found:
        """Those that fit: called so, beginning so, with it in the name, and the rest; the worst
        first among them."""
        fit, need = self._fitting(wanted), skip + most
        phrase = " ".join(wanted.words)
        first = [one for one in fit if phrase in one.name.casefold()] if phrase else []
        best = nsmallest(need, first, lambda one: (_near(one, phrase), _RANK[one.health], one[1:3]))
        if len(best) < need:
            rest = [one for one in fit if phrase not in one.name.casefold()] if phrase else fit
            bad = sorted((o for o in rest if o.health is not Health.OK), key=_worst)
            best += bad[: need - len(best)]
            fine = (one for one in rest if one.health is Health.OK)
            best += nsmallest(need - len(best), fine, itemgetter(1, 2))
        return Found(tuple(one.id for one in best[skip:]), len(fit))

    def _fitting(self, wanted: Wanted) -> list[Entry]:
        fit = list(self._entries.values())
        if wanted.narrow:
            fit = [one for one in fit if wanted.is_about(one)]
        for word in wanted.words:
            fit = [one for one in fit if word in one.text]
        return fit

    def entries(self, wanted: Wanted) -> Iterator[Entry]:
        """All that fit, in no order."""
        return iter(self._fitting(wanted))

    def counts(self, wanted: Wanted, by: Iterable[str]) -> Mapping[tuple[str, ...], int]:
        """How many fit, by some of their fields: ``kind``, ``health``, ``source``, ``team`` …"""
        names = tuple(by)
        return Counter(
            tuple(str(getattr(one, name)) for name in names) for one in self.entries(wanted)
        )

    def names(self, typed: str, most: int = 25) -> list[str]:
        """Names that begin as it is typed, then such that have it in them."""
        begun = typed.casefold()
        hits = {one.name for one in self._entries.values() if begun in one.name.casefold()}
        return sorted(hits, key=lambda name: (not name.casefold().startswith(begun), name))[:most]


def _near(one: Entry, phrase: str) -> int:
    name = one.name.casefold()
    return 0 if name == phrase else 1 if name.startswith(phrase) else 2


def _worst(one: Entry) -> tuple[int, str, str]:
    return _RANK[one.health], one.name, one.kind


def _text(one: Known) -> str:
    """All words of a resource; its whole key is looked up by ``store.inventory`` instead."""
    r, b = one.resource, one.belongs
    parts = [
        r.name, r.kind, r.type, r.state, r.region, r.zone, r.account, r.group, b.team, b.owner,
        b.environment, b.service, one.source, *r.addresses, *r.ids,
        *(f"{name}={value}" for name, value in r.tags.items()),
    ]  # fmt: skip
    return " ".join(dict.fromkeys(filter(None, parts))).casefold()[:_LONGEST]
