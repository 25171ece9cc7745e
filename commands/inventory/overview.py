"""What an overview of a cluster or cloud is made of: numbers, meters, rows and lines in sections,
which a page draws and a chat reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from commands.context import View
from commands.errors import NotFound
from commands.inventory import sources
from commands.inventory.index import Entry
from commands.inventory.rows import Row, as_facts
from commands.inventory.sources import SourceState
from commands.rules import inventory_words as words
from commands.told import Told
from commands.words import duration
from store.db import Tx
from store.inventory import faults, series
from store.inventory.faults import Standing
from store.model import HOUR

LATELY = 3 * HOUR
"""A measure that is older says nothing of now."""
CHAT_ROWS = 3
NONE_OF_NONE = "0 of 0"


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that matters; ``mark`` is critical, warning or nothing, ``query`` its list."""

    name: str
    value: str
    mark: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Meter:
    """How full something is: ``said`` are its numbers, ``more`` what else there is to say."""

    name: str
    used: float
    whole: float
    said: str
    more: str = ""
    id: int = 0

    @property
    def share(self) -> float:
        """0 to 1 and over; 0 where nothing is known of the whole."""
        return self.used / self.whole if self.whole > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Section:
    """One part of it under a title; ``empty`` is said where nothing is in it."""

    title: str
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    meters: tuple[Meter, ...] = ()
    faults: tuple[Standing, ...] = ()
    empty: str = ""

    @property
    def held(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.lines or self.rows or self.meters or self.faults)


@dataclass(frozen=True, slots=True)
class Overview(Told):
    """The answer about one source; ``others`` are those of the same kind."""

    source: SourceState | None = None
    sums: tuple[Sum, ...] = ()
    sections: tuple[Section, ...] = ()
    others: tuple[SourceState, ...] = ()


def overview(
    state: SourceState, sums: Iterable[Sum], sections: Iterable[Section],
    others: Sequence[SourceState], now: int,
) -> Overview:  # fmt: skip
    """The same with lines for a chat and facts for programs."""
    numbers = tuple(s for s in sums if s.value != NONE_OF_NONE)
    parts = tuple(s for s in sections if s.held or s.empty)
    lines = [f"{state.title}: " + " · ".join(f"{s.name} {s.value}" for s in numbers)]
    if state.stale and state.ok_at is not None:
        lines.append(f"⚠️ {state.title} is not answering, this is as it was "
                     f"{duration(now - state.ok_at)} ago.")  # fmt: skip
    for part in parts:
        lines += _lines(part)
    told = {
        "source": state.name, "provider": state.provider, "stale": state.stale,
        "ok_at": state.ok_at, "sums": {s.name: s.value for s in numbers},
        "sections": [_facts(part) for part in parts], "others": [s.name for s in others],
    }  # fmt: skip
    return Overview(tuple(lines), told, source=state, sums=numbers, sections=parts,
                    others=tuple(others))  # fmt: skip


def _lines(part: Section) -> Iterable[str]:
    if not part.held:
        return
    yield f"{part.title}:"
    yield from part.lines[:CHAT_ROWS]
    yield from (f"{words.bars([m.share], most=1, high=1.0)} {m.name} {m.said}"
                for m in part.meters[:CHAT_ROWS])  # fmt: skip
    yield from (row.line for row in part.rows[:CHAT_ROWS])
    yield from (f"{f.fault.title}" for f in part.faults[:CHAT_ROWS])
    every = len(part.lines) + len(part.meters) + len(part.rows) + len(part.faults)
    shown = sum(min(CHAT_ROWS, len(x)) for x in (part.lines, part.meters, part.rows, part.faults))
    if every > shown:
        yield f"{every - shown} more."


def _facts(part: Section) -> dict[str, object]:
    return {
        "title": part.title, "lines": list(part.lines),
        "resources": [as_facts(row) for row in part.rows],
        "meters": [{"name": m.name, "used": m.used, "whole": m.whole, "said": m.said}
                   for m in part.meters],
        "faults": [{"title": f.fault.title, "kind": f.fault.kind,
                    "severity": str(f.fault.severity), "since_at": f.first_at}
                   for f in part.faults],
    }  # fmt: skip


async def chosen(
    view: View, typed: str, providers: Iterable[str], what: str
) -> tuple[SourceState, list[SourceState]]:
    """The source that is meant, and the others of its kind; the one that is not well, where none
    is named; NotFound where there is none."""
    kinds = set(providers)
    states = await sources.read(view)
    mine = [s for s in states.values() if s.provider in kinds]
    if not mine:
        raise NotFound(f"No {what} is connected. How: docs/infrastructure.md, inventory.sources.")
    name = typed.strip().casefold()
    fit = [s for s in mine if name in (s.name.casefold(), s.title.casefold())] if name else mine
    if not fit:
        there = ", ".join(s.name for s in mine)
        raise NotFound(f"There is no {what} {typed}. There are: {there}.")
    first = next((s for s in fit if s.stale), fit[0])
    return first, [s for s in mine if s.name != first.name]


def by_health(entries: Iterable[Entry]) -> dict[str, int]:
    """How many are how."""
    found: dict[str, int] = {}
    for one in entries:
        found[one.health] = found.get(one.health, 0) + 1
    return found


def well(entries: Sequence[Entry], name: str, query: str = "") -> Sum:
    """``5 of 6``: how many of some are well."""
    fine = sum(1 for one in entries if one.health == "ok")
    down = any(one.health == "down" for one in entries)
    mark = "" if fine == len(entries) else "critical" if down else "warning"
    return Sum(name, f"{fine} of {len(entries)}", mark, query)


def latest(tx: Tx, ids: Sequence[int], metric: str, now: int) -> dict[int, float]:
    """The last value of a measure of some resources."""
    found = series.many(tx, ids, metric, now - LATELY, now)
    return {number: points[-1][1] for number, points in found.items() if points}


def wrong(tx: Tx, source: str, most: int = 50) -> Section:
    """What is wrong now, the worst first."""
    found = sorted(faults.there(tx, source), key=lambda f: (f.fault.severity.rank, f.first_at))
    return Section("Wrong now", faults=tuple(found[:most]), empty="Nothing is wrong.")


def grouped(entries: Iterable[Entry], by: Callable[[Entry], str]) -> Mapping[str, list[Entry]]:
    """Some by what they have in common."""
    found: dict[str, list[Entry]] = {}
    for one in entries:
        found.setdefault(by(one), []).append(one)
    return found


def worst_first(entries: Iterable[Entry], most: int) -> list[int]:
    """The numbers of those that are not well, the worst first."""
    bad = [one for one in entries if one.health != "ok"]
    bad.sort(key=lambda one: (words.WORST[one.health], one.name))
    return [one.id for one in bad[:most]]
