"""How each part of each source stands, held in memory and written down; and whether a source is to
be said to be out of reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bot.inventory.words import Ended, Failed, Noted, Parts
from commands.door import Door
from commands.rules.inventory import SourceRules
from commands.words import local
from integrations.base import Part
from store.inventory import parts as rows
from store.inventory.parts import LIVE, OK, RUNNING, STALE, PartState
from store.model import HOUR, MINUTE, SECOND, Instant, Severity
from store.model.resource import Fault
from store.writer import Lane

THRICE, SILENT = 3, 5 * MINUTE
"""A part that failed so often, or for so long, or that was not told for so long beyond its time,
makes its source's fault."""
FORGOTTEN = HOUR
"""A part that its source names no more is given up after so long."""
NAMES = {
    "kubernetes": "Kubernetes", "openstack": "OpenStack", "aws": "AWS", "azure": "Azure",
    "gcp": "Google Cloud",
}  # fmt: skip
_WRITTEN = 2 * SECOND


class Ledger:
    """``began`` is since when this process looks: what was not told before is not held against
    anybody."""

    def __init__(self, door: Door, scales: Mapping[str, float] | None = None) -> None:
        self._door, self._scales = door, scales or {}
        self._parts: dict[tuple[str, str], PartState] = {}
        self._written: dict[tuple[str, str], Instant] = {}
        self.began = door.clock.now()
        self.heard: dict[str, Instant] = {}
        self.failures = Counter[str]()

    async def load(self) -> None:
        """What is known from before."""
        found = await self._door.reader.read(rows.every)
        for one in found:
            if one.state in (RUNNING, LIVE):
                one.state = STALE
        self._parts = {(one.source, one.name): one for one in found}

    def of(self, source: str) -> list[PartState]:
        """The parts of a source."""
        return [one for (name, _), one in self._parts.items() if name == source]

    @property
    def all(self) -> list[PartState]:
        """The parts of all sources."""
        return [*self._parts.values()]

    @property
    def sources(self) -> set[str]:
        """The sources of which anything is known."""
        return {name for name, _ in self._parts}

    def get(self, source: str, part: str) -> PartState:
        """How a part stands; one that was never heard of waits."""
        return self._parts.setdefault((source, part), PartState(source, part))

    async def write(self, state: PartState) -> None:
        """Keep how a part stands."""
        self._written[state.source, state.name] = self._door.clock.now()
        await self._door.system(lambda ctx: rows.put(ctx.tx, state, ctx.now), lane=Lane.BULK)

    async def write_now_and_then(self, state: PartState) -> None:
        """The same of what changes all the time."""
        last = self._written.get((state.source, state.name), 0)
        if self._door.clock.now() - last >= _WRITTEN:
            await self.write(state)

    async def drop(self, state: PartState) -> None:
        """Know nothing of a part any more."""
        self._parts.pop((state.source, state.name), None)
        source, name = state.source, state.name
        await self._door.system(lambda ctx: rows.drop(ctx.tx, source, name), lane=Lane.BULK)

    # what is told

    async def parts(self, word: Parts) -> list[PartState]:
        """A source says what it consists of; the parts that it has not named for long."""
        now, told = self._door.clock.now(), {part.name: part for part in word.parts}
        own = self.get(word.source, "")
        rules = self._door.rules.inventory.sources.get(word.source)
        own.of = rules.kind if rules is not None else own.of
        own.live, own.every = word.live, 300.0
        _well(own, now)
        await self.write(own)
        for part in told.values():
            await self._named(word.source, part)
        unnamed = [s for s in self.of(word.source) if s.name and s.name not in told and not s.live]
        for state in unnamed:
            state.missing_at = state.missing_at or now
        return [s for s in unnamed if now - (s.missing_at or now) >= FORGOTTEN]

    async def _named(self, source: str, part: Part) -> None:
        new = (source, part.name) not in self._parts
        state = self.get(source, part.name)
        before = (state.title, state.every, state.timeout, state.live, state.missing_at)
        state.title, state.every, state.timeout = part.title, part.every, part.timeout
        state.live, state.missing_at = False, None
        if new or before != (state.title, state.every, state.timeout, False, None):
            await self.write(state)

    def begun(self, source: str, part: str, *, live: bool) -> PartState:
        """A part is being told."""
        state = self.get(source, part)
        state.state, state.begun_at, state.live = RUNNING, self._door.clock.now(), live
        state.done = state.total = 0
        return state

    def noted(self, word: Noted) -> PartState:
        """How far it is, and what is to be said of it."""
        state = self.get(word.source, word.part)
        state.done, state.total = word.done, word.total
        state.note = word.note or state.note
        return state

    async def ended(self, word: Ended, resources: int) -> None:
        """It was told to its end."""
        state = self.get(word.source, word.part)
        _well(state, self._door.clock.now())
        state.resources, state.took, state.live = resources, word.took, word.live
        if word.live:
            state.state = LIVE
        if word.cursor is not None:
            state.cursor = word.cursor
        await self.write(state)

    async def failed(self, word: Failed) -> None:
        """It could not be told: what is known of it is old."""
        now, state = self._door.clock.now(), self.get(word.source, word.part)
        state.state, state.ended_at = STALE, now
        state.error, state.kind = word.why, word.kind
        state.failures += 1
        self.failures[word.source] += 1
        state.failing_at = state.failing_at or now
        await self.write(state)

    async def lost(self, source: str, why: str) -> None:
        """Nobody looks any more: what was being told was not, and nothing is live."""
        for state in self.of(source):
            if state.state in (RUNNING, LIVE):
                await self.failed(Failed(source, state.name, why))

    # whether it is out of reach

    def stale(self, source: str) -> set[str]:
        """The parts of which nothing may be said to be over now."""
        return {one.name for one in self.of(source) if one.state not in (OK, LIVE)}

    def live(self, source: str) -> set[str]:
        """The parts that are told as they change."""
        return {one.name for one in self.of(source) if one.state == LIVE}

    def out_of_reach(self, source: str, rules: SourceRules | None) -> Fault | None:
        """The fault of a source that does not answer, or only in part."""
        now, parts = self._door.clock.now(), self.of(source)
        bad = {one.name: since for one in parts if (since := self._bad(one, now)) is not None}
        if not parts and (since := self._silent(PartState(source, ""), now)) is not None:
            bad[""] = since
        if not bad:
            return None
        since = min(bad.values())
        named = [one for one in parts if one.name]
        everything = "" in bad or len(bad) >= len(named)
        title = f"{titled(source, rules)} does not answer"
        if not everything:
            title = f"{len(bad)} of {len(named)} parts of {titled(source, rules)} can't be read"
        title += f" since {local(since, 'UTC', now)}"
        return Fault(
            "inventory", "SourceUnreachable", Severity.ERROR if everything else Severity.WARNING,
            title, description=" \n".join(_why(parts, bad)),
            labels={"alertname": "SourceUnreachable"}, since=since,
        )  # fmt: skip

    def _bad(self, one: PartState, now: Instant) -> Instant | None:
        """Since when a part is out of reach, None where it is not."""
        if one.failing_at is not None:
            if one.failures >= THRICE or now - one.failing_at >= SILENT:
                return one.failing_at
            return None
        return self._silent(one, now)

    def _silent(self, one: PartState, now: Instant) -> Instant | None:
        last = max(one.ok_at or 0, self.began, self.heard.get(one.source, 0) if one.live else 0)
        if one.missing_at is not None:
            return None
        usual = (
            0
            if one.live
            else int((one.every * self._scales.get(one.source, 1.0) + one.timeout) * SECOND)
        )
        return last if now - last > usual + SILENT else None


def _well(state: PartState, now: Instant) -> None:
    state.state, state.ended_at, state.ok_at = OK, now, now
    state.error = state.kind = ""
    state.failures, state.failing_at = 0, None
    state.done = state.total = 0


def _why(parts: list[PartState], bad: Mapping[str, Instant]) -> Iterator[str]:
    """What is wrong with the first few; several with the same words are one line."""
    by: dict[str, list[str]] = {}
    for one in parts:
        if one.name in bad:
            by.setdefault(one.error or "nothing was heard of it", []).append(one.words)
    for error, names in list(by.items())[:5]:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield f"{', '.join(names[:3])}{more}: {error}"
    if not parts:
        yield "Nothing was heard of it."


def titled(source: str, rules: SourceRules | None) -> str:
    """What people call a source: ``AWS prod``."""
    if rules is not None and rules.title:
        return rules.title
    kind = rules.kind if rules else ""
    provider = NAMES.get(kind, kind)
    return source if provider.casefold() in source.casefold() else f"{provider} {source}"
