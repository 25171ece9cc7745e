"""Who is on call in a GoAlert schedule: its rules all together, then overrides; a temporary
schedule before both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.imports.goalert.times import Rule, Turns
from bot.imports.spans import Answer, joined, swept
from store.model import Instant


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a schedule's rules have on call: a person, or whose turn it is."""

    name: str
    person: str | None
    turns: Turns | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """An override: somebody more, somebody less, or one in another's place."""

    start: Instant
    end: Instant
    add: str | None
    remove: str | None


@dataclass(frozen=True, slots=True)
class Temporary:
    """For a while only these shifts count."""

    start: Instant
    end: Instant
    shifts: tuple[tuple[Instant, Instant, str], ...]


@dataclass(frozen=True, slots=True)
class Rota:
    """A schedule as GoAlert has it."""

    zone: str
    targets: tuple[Target, ...]
    changes: tuple[Change, ...]
    temporary: tuple[Temporary, ...]

    def answer(self, start: Instant, end: Instant) -> Answer:
        """Who is on call: temporary schedules, else the rules changed by overrides."""
        held = [
            (s, e, 0, frozenset((p,)))
            for target in self.targets
            for s, e, p in self._on(target, start, end)
        ]
        found = []
        for since, until, people in self._pieces(swept(held, start, end), start, end):
            found.append((since, until, self._at(since, people)))
        return joined(found)

    def _on(
        self, target: Target, start: Instant, end: Instant
    ) -> Iterator[tuple[Instant, Instant, str]]:
        turns = list(target.turns.spans(start, end)) if target.turns is not None else []
        if target.person is not None:
            turns = [(start, end, target.person)]
        for rule in target.rules:
            for since, until in rule.spans(start, end, self.zone):
                for s, e, person in turns:
                    if max(s, since) < min(e, until):
                        yield max(s, since), min(e, until), person

    def _pieces(
        self, answer: Answer, start: Instant, end: Instant
    ) -> Iterator[tuple[Instant, Instant, frozenset[str]]]:
        edges = {start, end, *(edge for piece in answer for edge in piece[:2])}
        edges |= {edge for c in self.changes for edge in (c.start, c.end)}
        edges |= {edge for t in self.temporary for edge in (t.start, t.end)}
        edges |= {edge for t in self.temporary for s in t.shifts for edge in s[:2]}
        listed = sorted(edge for edge in edges if start <= edge <= end)
        i = 0
        for since, until in pairwise(listed):
            while i < len(answer) and answer[i][1] <= since:
                i += 1
            on = answer[i][2] if i < len(answer) and answer[i][0] <= since else frozenset()
            yield since, until, on

    def _at(self, at: Instant, people: frozenset[str]) -> frozenset[str]:
        temporary = [t for t in self.temporary if t.start <= at < t.end]
        if temporary:
            return frozenset(p for t in temporary for s, e, p in t.shifts if s <= at < e)
        active = [c for c in self.changes if c.start <= at < c.end]
        mapped: dict[str, str | None] = {c.remove: None for c in active if c.remove and not c.add}
        mapped |= {c.remove: c.add for c in active if c.remove and c.add}
        kept = {mapped.get(p, p) for p in people} - {None}
        return frozenset(p for p in kept if p) | {c.add for c in active if c.add and not c.remove}
