"""Turns what changed in a cluster into what is told of it: each part as a whole once everything of
it is known, then changes alone, and only where what people see has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from integrations.base import Begin, Broken, End, Gone, Of, Over, Told
from integrations.kubernetes import listed_pods, of_nodes, of_scaling, of_storage, of_workloads
from integrations.kubernetes.drafts import Draft, Judged
from integrations.kubernetes.kinds import PARTS
from integrations.kubernetes.state import State, Unit
from store.model import Instant
from store.model.resource import Resource

_PART = {
    "node": "nodes", "namespace": "namespaces", "quota": "namespaces", "pod": "workloads",
    "workload": "workloads", "hpa": "autoscalers", "claim": "storage", "volume": "storage",
}  # fmt: skip

Judge = Callable[[State, Unit, Instant], Judged]


def judge(state: State, unit: Unit, now: Instant) -> Judged:
    """What a unit comes to now."""
    kind, *rest = unit
    match kind:
        case "pod":
            return listed_pods.judge(state, rest[0], now)
        case "workload":
            return of_workloads.judge(state, (rest[0], rest[1], rest[2]), now)
        case "node":
            return of_nodes.judge(state, rest[0], now)
        case "hpa":
            return of_scaling.judge(state, rest[0], now)
        case "claim":
            return of_storage.claim(state, rest[0])
        case "volume":
            return of_storage.volume(state, rest[0])
        case "quota":
            return of_storage.quota(state, rest[0])
        case "namespace":
            return of_storage.namespace(state, rest[0])
    return Judged()


class Ledger:
    """What was told of one part, by the unit that said it. A key that two units say (a zone) is
    gone once none says it."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.units: dict[Unit, Judged] = {}
        self._resources: dict[str, int] = {}
        self._drafts: dict[str, int] = {}

    def settle(self, unit: Unit, now: Judged, at: Instant) -> Iterator[Told]:
        """What is to be told because a unit comes to this now."""
        before = self.units.pop(unit, _NOTHING)
        if now.resources or now.drafts or now.again:
            self.units[unit] = now
        old = {r.key: r for r in before.resources}
        new = {r.key: r for r in now.resources}
        worse = {d.key: d for d in before.drafts}
        bad = {d.key: d for d in now.drafts}
        for key, one in new.items():
            self._resources[key] = self._resources.get(key, 0) + (key not in old)
            if old.get(key) != one:
                yield Of(self.part, one)
        for key, draft in bad.items():
            self._drafts[key] = self._drafts.get(key, 0) + (key not in worse)
            if worse.get(key) != draft:
                yield Of(self.part, draft.fault(at))
        for key in worse.keys() - bad.keys():
            if self._fewer(self._drafts, key):
                yield Of(self.part, Over(key))
        for key in old.keys() - new.keys():
            if self._fewer(self._resources, key):
                yield Of(self.part, Gone(key))

    @staticmethod
    def _fewer(counts: dict[str, int], key: str) -> bool:
        counts[key] = counts.get(key, 1) - 1
        if counts[key] > 0:
            return False
        del counts[key]
        return True

    def everything(self, at: Instant) -> Iterator[Told]:
        """All of it once more, from beginning to end."""
        yield Begin(self.part)
        resources: dict[str, Resource] = {}
        drafts: dict[str, Draft] = {}
        for each in self.units.values():
            resources.update((r.key, r) for r in each.resources)
            drafts.update((d.key, d) for d in each.drafts)
        yield from (Of(self.part, each) for each in resources.values())
        yield from (Of(self.part, each.fault(at)) for each in drafts.values())
        yield End(self.part)


_NOTHING = Judged()


class Telling:
    """The stream of one cluster, step by step. ``step`` is called about once a second."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._ledgers = {name: Ledger(name) for name in PARTS if name != "events"}
        self._whole: set[str] = set()
        self._broken: dict[str, str] = {}
        self._restless: Instant = 0

    def step(
        self, now: Instant, known: dict[str, str | None], every: Instant, most: int = 20_000
    ) -> list[Told]:
        """What is to be told now. ``known`` says of each part None where it is known, "" where it
        is not yet, or why it is known no more; ``every`` is how often what may change by the
        passing of time is looked at again."""
        told: list[Told] = []
        with self._state.lock:
            units = self._due(now, every, most)
            for unit in units:
                part = _PART.get(unit[0])
                if part is None:
                    continue
                said = self._ledgers[part].settle(unit, judge(self._state, unit, now), now)
                if part in self._whole and part not in self._broken:
                    told += said
                else:
                    for _ in said:
                        pass
        for part, why in known.items():
            told += self._turn(part, why, now)
        return told

    def _due(self, now: Instant, every: Instant, most: int) -> list[Unit]:
        dirty = self._state.dirty
        if now - self._restless >= every:
            self._restless = now
            for ledger in self._ledgers.values():
                dirty.update(unit for unit, said in ledger.units.items() if said.again)
        if len(dirty) <= most:
            units, self._state.dirty = sorted(dirty), set()
            return units
        units = sorted(dirty)[:most]
        dirty.difference_update(units)
        return units

    def _turn(self, part: str, why: str | None, now: Instant) -> Iterator[Told]:
        """A part becomes known, or is known no more."""
        if why is None and not self._pending(part):
            if part not in self._whole or part in self._broken:
                self._whole.add(part)
                self._broken.pop(part, None)
                yield from self._all(part, now)
        elif why and self._broken.get(part) != why:
            first = part not in self._broken
            self._broken[part] = why
            if first:
                yield Broken(part, why)

    def _pending(self, part: str) -> bool:
        """Whether some of a part has not been judged yet."""
        return any(_PART.get(unit[0]) == part for unit in self._state.dirty)

    def _all(self, part: str, now: Instant) -> Iterator[Told]:
        ledger: Any = self._ledgers.get(part)
        yield from ledger.everything(now) if ledger is not None else (Begin(part), End(part))
