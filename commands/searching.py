"""From a filter to rows: what columns and the label index find by themselves, and what is read.

Numbers are found first, from indexes alone; incidents are then opened a few at a time, so that a
long list keeps nothing else waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from commands.context import View
from commands.rules.filters import ALSO, OWN, Filter, Term, of_incident
from commands.rules.lists import Asked
from store import incidents, upkeep
from store.db import Tx
from store.incidents import Wanted
from store.model import AlertType, Definitions, Incident, IncidentStatus, Severity

OPEN = ("triggered", "acknowledged")
FOLDED = "labels folded after"
_NUMBERS, _READ, _AT_ONCE = 2048, 256, 64
"""How many are looked up, read and opened at a time."""
_ENUMS: dict[str, tuple[str, ...]] = {
    "status": tuple(str(s) for s in IncidentStatus),
    "severity": tuple(str(s) for s in Severity),
    "type": tuple(str(t) for t in AlertType),
}

LONGEST = 1.5
"""Seconds after which a search ends where it is."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """Incidents that were read and not opened yet; those the index says yes to, for each term."""

    rows: Sequence[Any]
    opens: Callable[[Any], Incident]
    hits: Sequence[tuple[Term, set[int]]]


@dataclass(frozen=True, slots=True)
class Search:
    """What the database is asked, and what is checked: of ``index`` the index may say yes as well,
    which knows the labels of every alert of an incident."""

    wanted: Wanted
    rest: Filter
    index: tuple[tuple[Term, Pairs], ...]
    me: str

    @property
    def exact(self) -> bool:
        """The database alone knows what fits."""
        return not self.rest and not self.index

    def found(self, tx: Tx, numbers: Sequence[int]) -> Closed:
        """The incidents of these numbers before they are opened."""
        rows, opens = incidents.closed(tx, numbers)
        hits = [(t, incidents.labelled(tx, numbers, pairs)) for t, pairs in self.index]
        return Closed([rows[n] for n in numbers if n in rows], opens, hits)

    def opened(self, some: Closed, first: int, end: int) -> list[Incident]:
        """Those of some of them that fit."""
        there = (some.opens(row) for row in some.rows[first:end])
        return [i for i in there if self._fits(i, some.hits)]

    def _fits(self, i: Incident, hits: Iterable[tuple[Term, set[int]]]) -> bool:
        if self.wanted.statuses and i.status not in self.wanted.statuses:
            return False
        values = of_incident(i, self.me)
        return self.rest.fits(values) and all(i.id in found or t.fits(values) for t, found in hits)


async def plan(view: View, asked: Asked) -> Search:
    """How a list is searched for; without a word about it only what is open."""
    folded = await view.read(lambda tx: upkeep.meta(tx, FOLDED))
    terms = asked.filter.terms
    wanted = Wanted(
        statuses=_words("status", terms) if _about(terms, "status") else OPEN,
        severities=_words("severity", terms),
        types=_words("type", terms),
        unsure=int(folded or 0),
        opened=asked.span("opened"),
        resolved=asked.span("resolved"),
        sort=asked.sort or "newest",
    )
    rest, index = list[Term](), list[tuple[Term, Pairs]]()
    for term in terms:
        if term.name in _ENUMS:
            continue
        pairs = _pairs(view, term)
        if pairs and not term.but:
            if _told_by_labels(term, pairs):
                wanted = replace(wanted, either=(*wanted.either, pairs))
                if wanted.unsure:
                    index.append((term, pairs))
            else:
                index.append((term, pairs))
            continue
        wanted = _of_column(wanted, term, view.definitions, view.actor.id)
        rest.append(term)
    return Search(wanted, Filter(tuple(rest), asked.filter.words), tuple(index), view.actor.id)


def _about(terms: Iterable[Term], name: str) -> list[Term]:
    return [t for t in terms if t.name == name]


def _words(name: str, terms: Iterable[Term]) -> tuple[str, ...]:
    """Words of a fixed set are named one by one; none where all of them fit."""
    known, mine = _ENUMS[name], _about(terms, name)
    fits = tuple(
        w for w in known if all(t.but is not any(fnmatchcase(w, g) for g in t.globs) for t in mine)
    )
    return () if fits == known else fits or ("",)


def _plain(globs: Iterable[str]) -> bool:
    """No pattern, and lower case the way databases make it: of letters beyond ASCII they know
    little, and two s may have been a sharp one."""
    return all(g.isascii() and not set(g) & set("*?[") and "ss" not in g for g in globs)


def _of_column(wanted: Wanted, term: Term, known: Definitions, me: str) -> Wanted:
    """What a column can leave out of what is then read."""
    if term.but or not _plain(term.globs):
        return wanted
    if term.name == "source":
        return replace(wanted, sources=term.globs)
    if term.name == "team":
        return replace(wanted, teams=term.globs)
    if term.name == "route":
        return replace(wanted, routes=term.globs)
    if term.name != "who" or len(term.globs) != 1:
        return wanted
    (who,) = term.globs
    if who == "nobody":
        return replace(wanted, nobody=True)
    handle = me if who == "me" else next((h for h in known.people if h.casefold() == who), None)
    return replace(wanted, holder=handle) if handle else wanted


def _pairs(view: View, term: Term) -> Pairs:
    """The entries of the index that mean a term."""
    if any(set(glob) & set("*?[") for glob in term.globs):
        return ()
    if term.name == "tag":
        return tuple(("tag", glob) for glob in term.globs)
    if term.name in OWN and term.name != "service":
        return ()
    indexed = {name.casefold(): name for name in view.rules.indexed_labels}
    bare = term.name.removeprefix("label.")
    names = [indexed[n] for n in (*ALSO.get(bare, ()), bare.casefold()) if n in indexed]
    return tuple((name, glob) for name in dict.fromkeys(names) for glob in term.globs)


def _told_by_labels(term: Term, pairs: Pairs) -> bool:
    """Nothing has the value that the index does not know of."""
    return term.name not in ALSO and bool(pairs)


@dataclass(frozen=True, slots=True)
class Looked:
    """What fits of a few that were looked at; ``last`` is the last one's number and rank. Where
    time is ``up``, more may fit."""

    incidents: list[Incident]
    last: tuple[int, int]
    up: bool = False


async def search(view: View, found: Search, most: int = _NUMBERS) -> AsyncIterator[Looked]:
    """What fits, a few at a time; ``most`` is how many are wanted at first. Others have their turn
    between opening a few and a few more, and it ends after some time, however many there are."""
    wanted, clock = found.wanted, asyncio.get_running_loop().time
    ends = clock() + LONGEST
    size = min(most, _NUMBERS) if found.exact else _NUMBERS
    while True:
        numbers = await view.read(partial(incidents.numbers, wanted=wanted, limit=size))
        for first in range(0, len(numbers), _READ):
            some = numbers[first : first + _READ]
            closed = await view.read(partial(found.found, numbers=[n for n, _ in some]))
            last = dict(some)
            for at in range(0, len(closed.rows), _AT_ONCE):
                number = closed.rows[min(at + _AT_ONCE, len(closed.rows)) - 1].id
                up = clock() > ends
                yield Looked(found.opened(closed, at, at + _AT_ONCE), (number, last[number]), up)
                if up:
                    return
                await asyncio.sleep(0)
        if len(numbers) < size:
            return
        number, rank = numbers[-1]
        wanted = replace(wanted, before=number, before_rank=rank)
