"""Which alerts paged people for nothing, and what a rule would have saved: the past played again
with the rule in it. Pure.

An incident was **real** where somebody did something about it beyond being paged. A rule's worth is
the pages it would have saved; its price are real incidents that nobody would have been told of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from store.model import MINUTE, Instant

DELAYS = (2, 5, 10, 15, 30)
"""Minutes that are tried as a delay."""
GROUPS: tuple[tuple[str, ...], ...] = (("host",), ("service",), ("source",))
WINDOW = 30
"""Minutes in which a proposed group takes alerts in."""
DELAY, GROUP = "delay", "group"
WORTH = 3
"""So many pages have to be saved for a proposal, and so many incidents have been there."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One time that an alert fired, until the monitor said it was over (None: it still does)."""

    start: Instant
    end: Instant | None


@dataclass(frozen=True, slots=True)
class Past:
    """An incident as it was. ``what`` is the filter for its kind of alert and ``name`` what people
    call that; ``pages`` went to people, ``night`` of them at night. ``values`` are those of a
    filter (host, service …), ``spells`` the times at which any of its alerts fired."""

    id: int
    what: str
    name: str
    severity: str
    team: str | None
    opened_at: Instant
    resolved_at: Instant | None
    real: bool
    pages: int = 0
    night: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    spells: tuple[Spell, ...] = ()


@dataclass(frozen=True, slots=True)
class Noise:
    """What one kind of alert cost: ``pages`` for ``incidents`` of which ``real`` led to something;
    half of them were over within ``lasts`` ms (None where none is over)."""

    what: str
    name: str
    team: str | None
    pages: int
    night: int
    incidents: int
    real: int
    lasts: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule on the past: pages there were and pages it would have saved, at night too; real
    incidents it would have kept from people (``missed``) of all real ones it is about."""

    pages: int
    saved: int
    night: int
    missed: int
    real: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """One rule that would have helped: ``delay`` in minutes, or what makes one incident."""

    what: str
    name: str
    team: str | None
    effect: str
    delay: int | None
    group_by: tuple[str, ...]
    tried: Tried


def ranking(past: Iterable[Past]) -> list[Noise]:
    """What paged most for nothing, the worst first."""
    found = [_noise(some) for some in _kinds(past).values()]
    paged = [n for n in found if n.pages]
    return sorted(paged, key=lambda n: (-n.pages * (n.incidents - n.real), -n.pages, n.what))


def _kinds(past: Iterable[Past]) -> dict[tuple[str, str | None], list[Past]]:
    kinds = defaultdict[tuple[str, str | None], list[Past]](list)
    for one in past:
        kinds[one.what, one.team].append(one)
    return kinds


def _noise(some: Sequence[Past]) -> Noise:
    lasted = sorted(p.resolved_at - p.opened_at for p in some if p.resolved_at is not None)
    return Noise(
        some[-1].what, some[-1].name, some[-1].team,
        sum(p.pages for p in some), sum(p.night for p in some), len(some),
        sum(p.real for p in some), lasted[(len(lasted) - 1) // 2] if lasted else None,
    )  # fmt: skip


# ---- rules on the past ---------------------------------------------------------------------------


def delayed(past: Iterable[Past], minutes: int) -> Tried:
    """What a delay would have done: a page that came before an incident had fired so long without a
    break is not sent; one that was over by then pages nobody at all."""

    def kept(one: Past) -> bool:
        return _longest(one) >= minutes * MINUTE

    return _tried(past, kept)


def _longest(one: Past) -> int:
    """How long an incident's alerts fired without a break, at the longest."""
    best, begun, until = 0, 0, 0
    for spell in sorted(one.spells, key=lambda s: s.start):
        if spell.end is None:
            return 1 << 62
        if spell.start > until:
            begun = spell.start
        until = max(until, spell.end)
        best = max(best, until - begun)
    return best


def grouped(past: Iterable[Past], names: Sequence[str], window: int = WINDOW) -> Tried:
    """What one incident for each value of these fields would have done: whatever opens while
    another one of its group is open, or within ``window`` minutes of its last alert, joins it.
    Nothing is missed by that: it stands on the card of the first."""
    firsts, last = set[int](), dict[tuple[str, ...], Instant]()
    ordered = sorted(past, key=lambda p: (p.opened_at, p.id))
    for one in ordered:
        group = tuple(one.values.get(name, "") for name in names)
        end, until = _end(one), last.get(group)
        alone = not all(group) or until is None or one.opened_at > until + window * MINUTE
        if alone:
            firsts.add(one.id)
        last[group] = end if alone or until is None else max(end, until)
    tried = _tried(ordered, lambda one: one.id in firsts)
    return Tried(tried.pages, tried.saved, tried.night, 0, tried.real)


def _end(one: Past) -> Instant:
    return max((s.end or s.start for s in one.spells), default=one.opened_at)


def _tried(past: Iterable[Past], kept: Callable[[Past], bool]) -> Tried:
    pages = saved = night = missed = real = 0
    for one in past:
        pages += one.pages
        real += one.real
        if not kept(one):
            saved += one.pages
            night += one.night
            missed += one.real
    return Tried(pages, saved, night, missed, real)


def proposals(past: Sequence[Past], limit: int = 5) -> list[Proposal]:
    """The rules that would have saved most without hiding anything real, at most one for each kind
    of alert; of several delays the shortest that saves nine tenths of what the longest does."""
    often = [some for some in _kinds(past).values() if len(some) >= WORTH]
    best = [max(_tries(some), key=_worth, default=None) for some in often]
    found = [p for p in best if p is not None]
    return sorted(found, key=lambda p: (-p.tried.saved, p.what))[:limit]


def _worth(one: Proposal) -> tuple[int, bool]:
    """Where two save as much, the group: it keeps nobody waiting."""
    return one.tried.saved, one.effect == GROUP


def _tries(some: Sequence[Past]) -> Iterator[Proposal]:
    kind = some[-1]
    safe = [(m, t) for m in DELAYS if (t := delayed(some, m)).missed == 0 and t.saved >= WORTH]
    if safe:
        most = max(tried.saved for _, tried in safe)
        minutes, tried = next((m, t) for m, t in safe if t.saved * 10 >= most * 9)
        yield Proposal(kind.what, kind.name, kind.team, DELAY, minutes, (), tried)
    for names in GROUPS:
        tried = grouped(some, names)
        if tried.saved >= WORTH:
            yield Proposal(kind.what, kind.name, kind.team, GROUP, None, names, tried)
