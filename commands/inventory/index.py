"""All resources by their words, held in memory: what lies sealed on disk is searched here.

Those of the same kind, health, source, team and region share one profile, so that filters and
counts look at profiles and not at each of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest
from operator import attrgetter
from sys import intern
from typing import NamedTuple

from commands.rules.inventory_words import BAD
from store.db import Reader
from store.inventory import ephemeral, resources
from store.inventory.resources import Mark
from store.model import SECOND
from store.model.known import Known
from store.model.resource import Health

PAGE = 300
"""So many are read at once."""
RECOUNTED = 300.0
"""Seconds after which it is looked whether what comes and goes is still there."""
_OVERLAP = (5 * SECOND) << 22
"""Another process may commit what it numbered earlier: so much is read again, and costs little."""
_LONGEST = 500
_RANK = {Health.DOWN: 0, Health.DEGRADED: 1, Health.UNKNOWN: 2, Health.OK: 3}
_LAST = 4
"""What comes and goes is listed after everything else."""
_profile, _service, _group = (attrgetter(name) for name in ("profile", "service", "group"))


@dataclass(slots=True, eq=False)
class Profile:
    """What many resources have in common; ``many`` is how many they are."""

    kind: str
    health: str
    source: str
    team: str
    region: str
    many: int = 0


class Entry(NamedTuple):
    """What is held of a resource, so that they sort as they are listed. ``text`` is all that may be
    searched, folded; it begins with the name."""

    order: int
    name: str
    kind: str
    id: int
    text: str
    profile: Profile
    service: str
    group: str

    @property
    def health(self) -> str:
        """How it is."""
        return self.profile.health

    @property
    def source(self) -> str:
        """Who tells of it."""
        return self.profile.source

    @property
    def team(self) -> str:
        """Whose it is, folded."""
        return self.profile.team

    @property
    def region(self) -> str:
        """Where it is."""
        return self.profile.region


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty where it does not matter. ``words`` must all be in it, as parts of
    words; ``health`` may be ``bad``; ``sources`` None where all count."""

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
        """Whether the profile matters."""
        named = (self.kind, self.health, self.team, self.region)
        return any(named) or self.sources is not None

    def is_about(self, one: Profile) -> bool:
        """Whether resources of a profile may be what is looked for."""
        return (
            (not self.kind or one.kind == self.kind)
            and (not self.health or one.health == self.health or self._bad(one))
            and (self.sources is None or one.source in self.sources)
            and (not self.team or one.team == self.team)
            and (not self.region or one.region.startswith(self.region))
        )

    def _bad(self, one: Profile) -> bool:
        return self.health == BAD and one.health in (Health.DOWN, Health.DEGRADED)


_ALL = Wanted()


class Found(NamedTuple):
    """The numbers of those that fit, the best first, and how many there are in all."""

    ids: tuple[int, ...]
    total: int


class Tally(NamedTuple):
    """How many there are of each profile, service and group."""

    profiles: Mapping[Profile, int]
    services: Mapping[str, int]
    groups: Mapping[str, int]


class Index:
    """Kept true by reading what was written since; ``fresh`` before a search. Searches may run in
    threads beside that."""

    def __init__(self, hides: Callable[[str], bool] = lambda tag: False) -> None:
        self._hides = hides
        self._entries: dict[int, Entry] = {}
        self._profiles: dict[tuple[str, ...], Profile] = {}
        self._services: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._version = 0
        self._last: tuple[tuple[int, Wanted], list[Entry]] = (-1, _ALL), []
        self._mark: Mark = (0, 0)
        self._recounted = time.monotonic()
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    # what is so now

    async def fresh(self, reader: Reader) -> None:
        """Take over what was written since."""
        async with self._reading:
            await self._read(reader)
            if time.monotonic() - self._recounted > RECOUNTED:
                self._recounted = time.monotonic()
                self._recount(await reader.read(ephemeral.there))

    async def _read(self, reader: Reader) -> None:
        mark = self._mark
        if not reader.sqlite:
            mark = max(mark[0] - _OVERLAP, 0), 0
        while rows := await reader.read(partial(resources.since, mark=mark, most=PAGE)):
            for one in await asyncio.to_thread(resources.opened, reader.ring, rows):
                self._take(one)
            mark = rows[-1].seq, rows[-1].id
            self._mark = max(self._mark, mark)
            if len(rows) < PAGE:
                return

    def _recount(self, there: set[int]) -> None:
        """Who was not asked for long may not have heard of everything that went."""
        passing = [one.id for one in self._entries.values() if one.kind in ephemeral.KINDS]
        for number in passing:
            if number not in there:
                self._set(number, None)

    def _take(self, one: Known) -> None:
        if one.gone_at is not None:
            self._set(one.id, None)
            return
        r, b = one.resource, one.belongs
        order = _RANK[r.health] + (_LAST if r.kind in ephemeral.KINDS else 0)
        shared = self._shared((
            intern(r.kind), r.health.value, intern(one.source), b.team.casefold(), intern(r.region),
        ))  # fmt: skip
        self._set(one.id, Entry(
            order, r.name, shared.kind, one.id, _text(one, self._hides), shared,
            intern(b.service.casefold()), intern(r.group),
        ))  # fmt: skip

    def _shared(self, key: tuple[str, str, str, str, str]) -> Profile:
        found = self._profiles.get(key)
        if found is None:
            found = self._profiles[key] = Profile(*key)
        return found

    def _set(self, number: int, new: Entry | None) -> None:
        self._version += 1
        old = self._entries.pop(number, None)
        if new is not None:
            self._entries[number] = new
            self._count(new, 1)
        if old is not None:
            self._count(old, -1)

    def _count(self, one: Entry, more: int) -> None:
        of = one.profile
        of.many += more
        if not of.many:
            del self._profiles[of.kind, of.health, of.source, of.team, of.region]
        for counts, value in ((self._services, one.service), (self._groups, one.group)):
            if left := counts.get(value, 0) + more:
                counts[value] = left
            else:
                del counts[value]

    # who looks

    def search(self, wanted: Wanted, most: int = 50, skip: int = 0) -> Found:
        """Those that fit: called so, beginning so, with it in the name, and the rest; the worst
        first among them, and what comes and goes last."""
        fit, need = self.entries(wanted), skip + most
        words = " ".join(wanted.words)
        best = _nearest(fit, words, need) if words else nsmallest(need, fit)
        return Found(tuple(one.id for one in best[skip:]), len(fit))

    def entries(self, wanted: Wanted) -> list[Entry]:
        """All that fit, in no order. What was asked last is known while nothing changed: a page
        asks for what fits, its facets and its groups."""
        asked = self._version, wanted
        if self._last[0] == asked:
            return self._last[1].copy()
        fit = self._looked(wanted)
        if wanted.words:
            self._last = asked, fit.copy()
        return fit

    def _looked(self, wanted: Wanted) -> list[Entry]:
        fit = list(self._entries.values())
        if wanted.narrow:
            profiles = self._fitting(wanted)
            fit = [one for one in fit if one.profile in profiles] if profiles else []
        if wanted.service:
            fit = [one for one in fit if one.service == wanted.service]
        if wanted.group:
            fit = [one for one in fit if one.group == wanted.group]
        for word in wanted.words:
            fit = [one for one in fit if word in one.text]
        return fit

    def _fitting(self, wanted: Wanted) -> set[Profile]:
        return {one for one in list(self._profiles.values()) if wanted.is_about(one)}

    def tally(self, wanted: Wanted) -> Tally:
        """How many fit, by everything that they are counted by."""
        if wanted == _ALL:
            every = list(self._profiles.values())
            shared = {one: one.many for one in every}
            return Tally(shared, self._services.copy(), self._groups.copy())
        fit = self.entries(wanted)
        return Tally(*(Counter(map(field, fit)) for field in (_profile, _service, _group)))

    def counts(self, wanted: Wanted, by: Iterable[str]) -> Mapping[tuple[str, ...], int]:
        """How many fit, by what is shared: ``kind``, ``health``, ``source``, ``team``, region."""
        names, found = tuple(by), Counter[tuple[str, ...]]()
        for one, many in self.tally(wanted).profiles.items():
            found[tuple(getattr(one, name) for name in names)] += many
        return found

    def services(self) -> list[str]:
        """The services that resources name."""
        return sorted(filter(None, list(self._services)))

    def names(self, typed: str, most: int = 25) -> list[str]:
        """Names that begin as it is typed, then such that have it in them."""
        begun = typed.casefold()
        hits = [one for one in list(self._entries.values()) if begun in one.text]
        found: dict[str, None] = {}
        for some in _in_two(hits):
            begin = {one.name for one in some if one.text.startswith(begun)}
            found.update(dict.fromkeys(nsmallest(most, begin)))
            if len(found) < most:
                within = {one.name for one in some if begun in one.name.casefold()}
                found.update(dict.fromkeys(nsmallest(most, within - begin)))
        return list(found)[:most]


def _in_two(some: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """What stays, and what comes and goes."""
    return [o for o in some if o.order < _LAST], [o for o in some if o.order >= _LAST]


def _nearest(fit: Sequence[Entry], phrase: str, need: int) -> list[Entry]:
    called = f"{phrase} "
    begin = [one for one in fit if one.text.startswith(phrase)]
    so = [o for o in begin if o.text.startswith(called) and o.name.casefold() == phrase]
    taken = {one.id for one in so}
    begin_so = _in_two([one for one in begin if one.id not in taken] if so else begin)
    best = nsmallest(need, so)
    if len(best) + len(begin_so[0]) >= need:
        return best + nsmallest(need - len(best), begin_so[0])
    other = _in_two([one for one in fit if not one.text.startswith(phrase)])
    for begins, others in zip(begin_so, other, strict=True):
        within = [one for one in others if phrase in one.name.casefold()]
        rest = [one for one in others if phrase not in one.name.casefold()]
        for some in (begins, within, rest):
            best += nsmallest(need - len(best), some)
    return best


def _text(one: Known, hides: Callable[[str], bool]) -> str:
    """All words of a resource but sensitive tags; its whole key is looked up by
    ``store.inventory`` instead."""
    r, b = one.resource, one.belongs
    parts = [
        r.name, r.kind, r.type, r.state, r.region, r.zone, r.account, r.group, b.team, b.owner,
        b.environment, b.service, one.source, *r.addresses, *r.ids,
        *(f"{name}={value}" for name, value in r.tags.items() if not hides(name)),
    ]  # fmt: skip
    return " ".join(dict.fromkeys(filter(None, parts))).casefold()[:_LONGEST]
