"""Who is on call in the source and in the result, stretch by stretch, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.imports.base import Asked, Cause, Imported, Source, Stated
from bot.imports.spans import Answer, aware, changes, joined
from commands.rules import oncall
from store.model import DAY, HOUR, MINUTE, Instant
from store.model.oncall import Schedule


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch in which others are on call here than there, and why where it is known."""

    start: Instant
    end: Instant
    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One schedule: what it was compared with, over which times, and the differences."""

    name: str
    source: Source
    basis: str
    start: Instant
    end: Instant
    differences: tuple[Difference, ...]

    @property
    def hours(self) -> float:
        """How long source and result differ, all in all."""
        return sum(d.end - d.start for d in self.differences) / HOUR


def compared(found: Imported, schedules: dict[str, Schedule], asked: Asked) -> list[Compared]:
    """Each schedule, compared with what the export states where it does, else with what its
    tool's rules give."""
    return [
        each
        for name, source in found.sources.items()
        if name in schedules
        for each in _one(found, name, source, schedules[name], asked)
    ]


def _one(
    found: Imported, name: str, source: Source, schedule: Schedule, asked: Asked
) -> Iterator[Compared]:
    for start, end, answer, basis in _bases(source, asked, found.title):
        result = ours(schedule, start, end)
        reasons = _Reasons(found, name, source, start, end)
        differing = tuple(
            Difference(s, e, tuple(sorted(a)), tuple(sorted(b)), reasons.why(s, e, a, b))
            for s, e, a, b in differences(answer, result, start, end)
        )
        yield Compared(name, source, basis, start, end, differing)


def _bases(
    source: Source, asked: Asked, title: str
) -> Iterator[tuple[Instant, Instant, Answer, str]]:
    """What the export states, and around it what its tool's rules give."""
    computed = f"{title}'s rules, computed apart"
    stated = source.stated
    if stated is None or not _speaks(stated, asked):
        if source.answer is not None:
            yield asked.start, asked.end, source.answer(asked.start, asked.end), computed
        return
    start, end = max(stated.start, asked.start), min(stated.end, asked.end)
    yield start, end, _within(stated.answer, start, end), stated.named
    if source.answer is not None:
        for since, until in ((asked.start, start), (end, asked.end)):
            if since < until:
                yield since, until, source.answer(since, until), computed


def _speaks(stated: Stated, asked: Asked) -> bool:
    return max(stated.start, asked.start) < min(stated.end, asked.end)


def ours(schedule: Schedule, start: Instant, end: Instant) -> Answer:
    """What PixelView answers for the schedule as it was imported."""
    return joined(
        (s.start, s.end, frozenset(s.people)) for s in oncall.shifts(schedule, start, end)
    )


def _within(answer: Answer, start: Instant, end: Instant) -> Answer:
    return joined((max(s, start), min(e, end), people) for s, e, people in answer)


def differences(
    theirs: Answer, result: Answer, start: Instant, end: Instant
) -> list[tuple[Instant, Instant, frozenset[str], frozenset[str]]]:
    """The stretches in which two answers have other people, each as long as can be."""
    edges = sorted(
        {start, end, *(edge for answer in (theirs, result) for each in answer for edge in each[:2])}
    )
    found: list[tuple[Instant, Instant, frozenset[str], frozenset[str]]] = []
    i = j = 0
    for since, until in pairwise(edges):
        i, a = _at(theirs, i, since)
        j, b = _at(result, j, since)
        if a == b:
            continue
        if found and found[-1][1] == since and found[-1][2:] == (a, b):
            found[-1] = (found[-1][0], until, a, b)
        else:
            found.append((since, until, a, b))
    return [each for each in found if each[1] - each[0] >= MINUTE]


def _at(answer: Answer, i: int, at: Instant) -> tuple[int, frozenset[str]]:
    while i < len(answer) and answer[i][1] <= at:
        i += 1
    return i, answer[i][2] if i < len(answer) and answer[i][0] <= at else frozenset()


class _Reasons:
    """Why a stretch differs: what the source's own rules name, a change of clocks, what was
    approximated, or nobody there."""

    def __init__(
        self, found: Imported, name: str, source: Source, start: Instant, end: Instant
    ) -> None:
        self._title = found.title
        self._zone = source.zone
        self._causes: list[Cause] = source.causes(start, end)
        self._changes = changes(source.zone, start - DAY, end + DAY)
        here = f"schedule {name}"
        self._notes = [n.why for n in found.notes if n.what.split(",")[0] == here]

    def why(self, start: Instant, end: Instant, theirs: frozenset[str], us: frozenset[str]) -> str:
        """The reason in words; empty where none is known."""
        for cause in self._causes:
            if cause.start < end and cause.end > start:
                return cause.why
        for at in self._changes:
            if start - 3 * HOUR <= at <= end + 3 * HOUR and end - start <= 3 * HOUR:
                said = aware(at, self._zone).strftime("%Y-%m-%d %H:%M")
                return f"the clocks change at {said} {self._zone}"
        unknown = sorted(p for p in theirs if p.startswith("?"))
        if unknown:
            return f"{unknown[0][1:]} is not among the users of the export"
        if self._notes:
            return self._notes[0]
        if not theirs:
            return f"{self._title} has nobody there"
        return "" if us else "the result has nobody there"
