"""Whom the old tool paged against whom this one would have: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.model import MINUTE, Instant

WINDOW = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class Shadow:
    """How shadow mode is set: whether ``cards`` are posted, where (``places``) and when (minutes
    after midnight in ``zone``) the daily report comes."""

    cards: bool = False
    places: tuple[str, ...] = ()
    at: int = 8 * 60
    zone: str = "UTC"


SAME = MINUTE
"""Pages less than this apart came at the same time."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One person was asked, or would have been: when, about what, by which ways. ``later`` marks
    what came only because nobody answers in shadow: a later step, pass or the fallback."""

    at: Instant
    person: str
    title: str = ""
    via: tuple[str, ...] = ()
    incident: int | None = None
    later: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """The same asking in both tools; ``late`` are milliseconds ours came after theirs."""

    theirs: Asked
    ours: Asked

    @property
    def late(self) -> int:
        """How much later ours was; negative where it was earlier."""
        return self.ours.at - self.theirs.at


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both did, what only the old tool did (``missed``), what only this one would have done
    (``extra``; ``later`` where only because nobody answers in shadow)."""

    pairs: tuple[Pair, ...]
    missed: tuple[Asked, ...]
    extra: tuple[Asked, ...]
    later: tuple[Asked, ...]

    @property
    def moved(self) -> tuple[Pair, ...]:
        """Pairs that came at another time."""
        return tuple(p for p in self.pairs if abs(p.late) >= SAME)

    @property
    def ways(self) -> tuple[Pair, ...]:
        """Pairs that came by other ways."""
        return tuple(
            p for p in self.pairs if p.theirs.via and not set(p.theirs.via) & set(p.ours.via)
        )

    @property
    def alike(self) -> bool:
        """Whether the two agree."""
        return not (self.missed or self.extra or self.moved or self.ways)


def compare(theirs: Iterable[Asked], ours: Iterable[Asked], window: int = WINDOW) -> Comparison:
    """Pair what belongs together: the same person within the window, titles that have words in
    common first, then the nearest in time. Several notifications at once are one asking."""
    old, new = gathered(theirs), gathered(ours)
    ranked = sorted(
        (-_likeness(a.title, b.title), abs(b.at - a.at), i, j)
        for i, a in enumerate(old)
        for j, b in enumerate(new)
        if a.person == b.person and abs(b.at - a.at) <= window and _may_be(a, b)
    )
    left, free, pairs = set(range(len(old))), set(range(len(new))), list[Pair]()
    for _, _, i, j in ranked:
        if i in left and j in free:
            left.discard(i)
            free.discard(j)
            pairs.append(Pair(old[i], new[j]))
    alone = [new[j] for j in sorted(free)]
    return Comparison(
        tuple(sorted(pairs, key=lambda p: p.theirs.at)),
        tuple(old[i] for i in sorted(left)),
        tuple(a for a in alone if not a.later),
        tuple(a for a in alone if a.later),
    )


def gathered(asked: Iterable[Asked]) -> list[Asked]:
    """One person about one thing: notifications within ten minutes of each other are one."""
    found: list[Asked] = []
    last: dict[tuple[str, str], int] = {}
    for each in sorted(asked, key=lambda a: (a.at, a.person, a.title, a.via)):
        key = (each.person, str(each.incident or " ".join(sorted(_words(each.title)))))
        n = last.get(key)
        if n is not None and each.at - found[n].at <= 10 * MINUTE and each.later == found[n].later:
            found[n] = _joined(found[n], each)
        else:
            last[key] = len(found)
            found.append(each)
    return found


def _joined(one: Asked, other: Asked) -> Asked:
    ways = tuple(dict.fromkeys((*one.via, *other.via)))
    return Asked(one.at, one.person, one.title, ways, one.incident, one.later)


def _words(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title.casefold()))


def _likeness(one: str, other: str) -> float:
    """From 0 (no word in common) to 1 (the same words); 0.5 where one says nothing."""
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return 0.5
    return len(mine & theirs) / len(mine | theirs)


def _may_be(one: Asked, other: Asked) -> bool:
    return _likeness(one.title, other.title) > 0.2


def people_of(asked: Sequence[Asked]) -> dict[str, int]:
    """How often each person was asked, the most first."""
    found: dict[str, int] = {}
    for each in asked:
        found[each.person] = found.get(each.person, 0) + 1
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
