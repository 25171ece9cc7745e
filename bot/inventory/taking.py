"""Takes in what is told of sources: in small transactions that wait behind everything else, and
alerts through the door like anybody's.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Concatenate, ParamSpec, TypeVar

from bot.inventory.ledger import Ledger
from bot.inventory.words import BROKEN, Begun, Ended, Failed, Noted, Page, Parts, Word
from commands.context import Ctx
from commands.door import Door
from commands.errors import Busy
from commands.inventory import costing, faults, finding, happening, measuring, taking
from store import access
from store.access import Source
from store.db import Tx
from store.inventory import parts as part_rows
from store.inventory import sweeping
from store.inventory.resources import name_hash
from store.model import MINUTE, AlertReading, Instant
from store.model.resource import Cost, Fault, Finding, Resource
from store.writer import Lane

log = logging.getLogger("pixelview.inventory")
T = TypeVar("T")
P = ParamSpec("P")
Item = TypeVar("Item")

SHORT = 0.025
"""Seconds that one transaction should take: so many resources are written at once as fit in."""
RESTS = 2
"""So many times as long as it took nothing more is written: presses and pages come in between."""
FEWEST, MOST = 20, 400
ALERTS = 50
SAMPLES, EVENTS, LINES = 400, 200, 500
BREATH = 0.5
"""Seconds until the writer is asked again when it has enough to do."""


@dataclass(slots=True)
class _Run:
    """A part that is being told: what was among it so far. ``spoilt`` says what of it could not be
    taken in."""

    first: bool
    kept: set[bytes] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)
    findings: dict[str, Finding] = field(default_factory=dict)
    costs: list[Cost] = field(default_factory=list)
    told: bool = False
    spoilt: str = ""


class Taking:
    """What workers tell, one word after the other."""

    def __init__(self, door: Door, ledger: Ledger) -> None:
        self._door, self._ledger = door, ledger
        self._runs: dict[tuple[str, str], _Run] = {}
        self._intakes: dict[str, Source] = {}
        self._down: dict[str, Fault | None] = {}
        self._looked: dict[str, Instant] = {}
        self._moved: set[tuple[str, str]] = set()
        self._lock = asyncio.Lock()
        self._size = 100
        self.taken = 0

    async def tell(self, word: Word) -> None:
        """Take a word in; what can't be makes its part fail, and nothing else."""
        async with self._lock:
            self._ledger.heard[word.source] = self._door.clock.now()
            try:
                await self._take(word)
            except Exception as error:
                log.exception("what %s told could not be taken in", word.source)
                await self._spoilt(word, f"it could not be taken in: {type(error).__name__}")

    async def _spoilt(self, word: Word, why: str) -> None:
        """A part of which something could not be taken in counts as not told."""
        part = getattr(word, "part", "")
        if (run := self._runs.get((word.source, part))) is not None:
            run.spoilt = why
        if isinstance(word, Ended):
            self._runs.pop((word.source, part), None)
            await self._ledger.failed(Failed(word.source, part, why, BROKEN))

    async def _take(self, word: Word) -> None:
        match word:
            case Parts():
                for state in await self._ledger.parts(word):
                    await self._give_up(state.source, state.name, "it is not there any more")
                    await self._ledger.drop(state)
                if self._down.get(word.source) is not None:
                    await self.judge(word.source)
            case Begun(source=source, part=part, live=live):
                state = self._ledger.begun(source, part, live=live)
                self._runs[source, part] = _Run(first=state.ok_at is None)
            case Page():
                await self._page(word)
            case Noted():
                await self._ledger.write_now_and_then(self._ledger.noted(word))
            case Ended():
                await self._ended(word)
            case Failed():
                self._runs.pop((word.source, word.part), None)
                await self._ledger.failed(word)
                await self.judge(word.source)

    async def lost(self, source: str, why: str) -> None:
        """Nobody tells of a source for now."""
        async with self._lock:
            for key in [key for key in self._runs if key[0] == source]:
                del self._runs[key]
            await self._ledger.lost(source, why)

    # pages

    async def _page(self, page: Page) -> None:
        source, part = page.source, page.part
        run = self._runs.setdefault((source, part), _Run(first=False, told=True))
        if run.told and (page.resources or page.gone):
            self._moved.add((source, part))
        for some in self._fitting(page.resources.values()):
            await self._resources(source, part, some, run)
        for keys in _cut([*page.gone], EVENTS):
            await self._write(taking.dropped, source, keys)
        if page.happenings:
            intake = await self.intake(source)
            for items in _cut(page.happenings, EVENTS):
                await self._write(happening.happened, source, items, intake)
        if not run.told:
            run.faults |= page.faults.keys()
        run.findings |= page.findings
        run.costs += page.costs
        over = [*page.over]
        for found in _cut([*page.faults.values()], EVENTS):
            await self._faults(source, part, found, ())
        if over:
            await self._faults(source, part, (), over)
        for samples in _cut(page.samples, SAMPLES):
            said = await self._write(measuring.measured, source, samples)
            if said.faults or said.over:
                await self._faults(source, faults.METRICS, said.faults, said.over)
        if run.told:
            await self._money(source, part, run, whole=False)
        await self._ledger.write_now_and_then(self._ledger.get(source, part))

    async def _resources(self, source: str, part: str, some: Sequence[Resource], run: _Run) -> None:
        def write(ctx: Ctx) -> tuple[set[bytes], float]:
            began = time.perf_counter()
            taking.took(ctx, source, part, some, first=run.first)
            kept = set() if run.told else {name_hash(ctx.tx, one.key) for one in some}
            return kept, time.perf_counter() - began

        kept, took = await self._write(write)
        run.kept |= kept
        self.taken += len(some)
        await asyncio.sleep(took * RESTS)
        if len(some) == self._size or took > SHORT:
            fits = int(len(some) * SHORT / max(took, 0.001))
            self._size = max(FEWEST, min(MOST, (self._size + fits) // 2))

    def _fitting(self, found: Iterable[Resource]) -> Iterable[Sequence[Resource]]:
        """As many at once as fit into a short transaction, as far as is known."""
        items = [*found]
        first = 0
        while first < len(items):
            size = self._size
            yield items[first : first + size]
            first += size

    # faults

    async def _faults(
        self, source: str, part: str, found: Sequence[Fault], over: Sequence[str],
        *, complete: bool = False, kept: Iterable[str] = (),
    ) -> None:  # fmt: skip
        names = [*{*kept, *(one.key for one in found)}]
        say = await self._write(faults.told, source, part, found, over, complete, kept)
        await self._say(source, say)
        while complete and say:
            say = await self._write(faults.told, source, part, (), (), complete, names)
            await self._say(source, say)

    async def _say(self, source: str, say: Sequence[AlertReading]) -> None:
        """Alerts come in like anybody's, and then it is written down that they did."""
        if not say:
            return
        intake = await self.intake(source)
        for some in _cut(say, ALERTS):
            await _patiently(partial(self._door.intake, intake, tuple(some)))
            await self._write(faults.said, source, some)

    async def due(self, source: str) -> None:
        """What is to be said by now of faults that were told before. Who was away for a while, as
        when a machine sleeps, holds the silence against nobody."""
        now = self._door.clock.now()
        if now - self._looked.get(source, now) > MINUTE:
            self._ledger.began = now
        self._looked[source] = now
        async with self._lock:
            live = self._ledger.live(source) | {""}
            stale = self._ledger.stale(source) - {""}
            await self._recount(source)
            say = await self._write(faults.due, source, live, stale)
            await self._say(source, say)
            await self.judge(source)

    async def _recount(self, source: str) -> None:
        """How many there are of what is told as it changes."""
        for part in [part for name, part in self._moved if name == source]:
            self._moved.discard((source, part))
            state = self._ledger.get(source, part)
            many = await self._count(source, part)
            if state.live and many != state.resources:
                state.resources = many
                await self._ledger.write(state)

    async def judge(self, source: str) -> None:
        """A source that does not answer is a fault of its own; one that does again, none."""
        rules = self._door.rules.inventory.sources.get(source)
        fault = self._ledger.out_of_reach(source, rules)
        if source in self._down and self._down[source] == fault:
            return
        found = (fault,) if fault is not None else ()
        await self._faults(source, "", found, (), complete=True)
        self._down[source] = fault

    # the end of a part

    async def _ended(self, word: Ended) -> None:
        source, part = word.source, word.part
        run = self._runs.get((source, part)) or _Run(first=False, told=True)
        if run.spoilt:
            self._runs.pop((source, part), None)
            await self._ledger.failed(Failed(source, part, run.spoilt, BROKEN))
            await self.judge(source)
            return
        if word.whole and not run.told:
            await self._sweep(source, part, run.kept)
            await self._faults(source, part, (), (), complete=True, kept=run.faults)
        await self._money(source, part, run, whole=word.whole)
        many = await self._count(source, part)
        await self._ledger.ended(word, many)
        if word.live:
            self._runs[source, part] = _Run(first=False, told=True)
        else:
            self._runs.pop((source, part), None)
        await self.judge(source)

    async def _count(self, source: str, part: str) -> int:
        return await self._door.reader.read(lambda tx: part_rows.count(tx, source, part))

    async def _sweep(self, source: str, part: str, kept: set[bytes]) -> None:
        after: int | None = 0
        while after is not None:
            last = after
            look = partial(_untold, source, part, kept, last)
            numbers, after = await self._door.reader.read(look)
            for some in _cut(numbers, EVENTS):
                await self._write(taking.ended, some)

    async def _money(self, source: str, part: str, run: _Run, *, whole: bool) -> None:
        """Cost by day, and findings: the whole of them, once a part is told."""
        by_day = sorted(run.costs, key=lambda line: line.day)
        for _, lines in groupby(by_day, key=lambda line: line.day):
            await self._write(costing.spent, source, part, [*lines])
        state = self._ledger.get(source, part)
        if run.findings or (state.finds and whole):
            found = [*run.findings.values()]
            await self._write(finding.found, source, part, found, whole)
            state.finds = bool(found) or (state.finds and not whole)
        run.costs, run.findings = [], {}

    # what is not looked at any more

    async def remove(self, source: str) -> None:
        """A source is not in the settings any more: nothing of it is there, nothing wrong."""
        async with self._lock:
            await self._end_faults(source, None, f"{source} is not looked at any more.")
            while await self._write(taking.let_go, source):
                pass
            for state in self._ledger.of(source):
                await self._ledger.drop(state)

    async def _give_up(self, source: str, part: str, why: str) -> None:
        await self._end_faults(source, part, f"What it is about is not looked at any more: {why}.")
        await self._sweep(source, part, set())

    async def _end_faults(self, source: str, part: str | None, why: str) -> None:
        while say := await self._write(faults.ended, source, part, why):
            await self._say(source, say)

    # ways to the database

    async def intake(self, source: str) -> Source:
        """The intake source of the alerts; of the same name, unless somebody else has that."""
        if source not in self._intakes:
            rules = self._door.rules.inventory.sources.get(source)
            kind = rules.kind if rules is not None else self._ledger.get(source, "").of or "webhook"
            self._intakes[source] = await self._write(_intake, source, kind)
        return self._intakes[source]

    async def _write(
        self, fn: Callable[Concatenate[Ctx, P], T], *args: P.args, **more: P.kwargs
    ) -> T:
        def write(ctx: Ctx) -> T:
            return fn(ctx, *args, **more)

        return await _patiently(partial(self._door.system, write, lane=Lane.BULK))


def _untold(
    source: str, part: str, kept: set[bytes], after: int, tx: Tx
) -> tuple[list[int], int | None]:
    return sweeping.untold(tx, source, part, kept, after)


def _intake(ctx: Ctx, name: str, kind: str) -> Source:
    known = {one.name: one for one in access.sources(ctx.tx)}
    own, found = known.get(f"{name}-inventory"), known.get(name)
    if own is not None or (found is not None and found.integration == kind):
        return own or found  # type: ignore[return-value]
    free = name if found is None else f"{name}-inventory"
    return access.source(ctx.tx, ctx.now, free, kind)


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Once more, and again, while the writer has enough to do."""
    while True:
        try:
            return await ask()
        except Busy as error:
            if "taken over" in str(error):
                raise
            await asyncio.sleep(BREATH)


def _cut(items: Sequence[Item], size: int) -> Iterable[Sequence[Item]]:
    return (items[i : i + size] for i in range(0, len(items), size))
