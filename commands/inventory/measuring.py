"""Measures are kept, and each is held against the rules about it: what they come to are faults that
begin and end like those that connectors tell of.

What a rule made of the points so far is remembered here, and known only once the commit is on disk;
after a start, or a hole, it is made again from what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commands import words
from commands.context import Ctx
from commands.rules.metric_rules import (
    FIRES,
    RESOLVES,
    STALE,
    MetricRule,
    MetricRules,
    named,
    said,
    said_ahead,
    titled,
    values_of,
    whole_of,
)
from commands.rules.metric_state import (
    PATIENCE,
    State,
    is_hole,
    lookback,
    reached_in,
    replayed,
)
from commands.rules.metric_words import Forecast, Limit
from store.db import Tx
from store.inventory import faults, resources, series
from store.model import HOUR, MINUTE, Instant
from store.model.known import Known
from store.model.resource import METRICS, Fault, Sample
from store.writer import Lane

if TYPE_CHECKING:
    from commands.door import Door

PART = faults.METRICS
"""The part whose faults these are, of every source."""
_KEY = "metric"
_LOOK = 5 * MINUTE
_AHEAD = HOUR // 2
"""How often it is looked whether what fires is there at all, and what comes."""
_SUBJECTS = 50_000
_ROUNDS = 40
_HYSTERESIS = 1.5
_WORTH = 50.0
"""Percent below which nothing is said of when something is full."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the measures came to: what is wrong now of what was measured, and what is over (keys
    of faults)."""

    faults: tuple[Fault, ...] = ()
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A resource and the rules about it, by measure."""

    mark: int
    known: Known
    rules: Mapping[str, tuple[MetricRule, ...]]


@dataclass(slots=True)
class Memory:
    """What one writer remembers of rules and resources."""

    states: dict[tuple[int, str], State] = field(default_factory=dict)
    ahead: dict[tuple[int, str], tuple[Instant, bool]] = field(default_factory=dict)
    subjects: dict[str, Subject | None] = field(default_factory=dict)
    looked: dict[str, Instant] = field(default_factory=dict)
    tx: Tx | None = None
    staged: dict[tuple[int, str], State] = field(default_factory=dict)
    coming: dict[tuple[int, str], tuple[Instant, bool]] = field(default_factory=dict)

    def on(self, tx: Tx) -> Memory:
        """The same, for one transaction: what another left undone is not known."""
        if self.tx is not tx:
            self.tx, self.staged, self.coming = tx, {}, {}
            tx.after.append(self.keep)
        return self

    def keep(self) -> None:
        """The transaction is on disk."""
        self.states.update(self.staged)
        self.ahead.update(self.coming)
        self.staged, self.coming, self.tx = {}, {}, None

    def state(self, key: tuple[int, str]) -> State | None:
        """What a rule made of a resource so far."""
        return self.staged.get(key) or self.states.get(key)

    def forecast(self, key: tuple[int, str]) -> tuple[Instant, bool] | None:
        """When it was last said what comes, and whether it fired."""
        return self.coming.get(key) or self.ahead.get(key)


def fault_key(rule: MetricRule, resource: str) -> str:
    """The key of the fault that a rule makes of a resource."""
    return f"{_KEY}:{rule.name}:{resource}"


def measured(ctx: Ctx, source: str, samples: Sequence[Sample]) -> Verdict:
    """Keep measures and say what they come to. Those of resources that are not known are left
    out."""
    return _Look(ctx, source).take(samples)


class _Look:
    """One delivery of measures."""

    def __init__(self, ctx: Ctx, source: str) -> None:
        self._ctx, self._source = ctx, source
        self._rules: MetricRules = ctx.rules.inventory.metrics
        memory: Memory = ctx.tx.hot.setdefault("metric rules", Memory())
        self._memory = memory.on(ctx.tx)
        self._faults: list[Fault] = []
        self._over: list[str] = []
        self._standing: dict[str, Instant] | None = None

    def take(self, samples: Sequence[Sample]) -> Verdict:
        marks = series.marks(self._ctx.tx, {s.resource for s in samples})
        mine = [s for s in samples if s.resource in marks]
        series.add(self._ctx.tx, ((marks[s.resource][0], s.metric, s.at, s.value) for s in mine))
        self._know(marks)
        points: dict[tuple[str, str], list[tuple[Instant, float]]] = {}
        for s in mine:
            points.setdefault((s.resource, s.metric), []).append((s.at // MINUTE * MINUTE, s.value))
        self._judge(points)
        self._left_over()
        return Verdict(tuple(self._faults), tuple(self._over))

    # what is measured

    def _know(self, marks: Mapping[str, tuple[int, int]]) -> None:
        """Who the resources are, where that is not known or was another."""
        there = self._memory.subjects
        if len(there) > _SUBJECTS:
            there.clear()
        new = {
            number: key for key, (number, mark) in marks.items()
            if (s := there.get(key)) is None or s.mark != mark
        }  # fmt: skip
        for number, known in resources.many(self._ctx.tx, new).items():
            key = new[number]
            there[key] = Subject(marks[key][1], known, self._about(known))

    def _about(self, known: Known) -> Mapping[str, tuple[MetricRule, ...]]:
        values, found = values_of(known), dict[str, list[MetricRule]]()
        for rule in self._rules.rules:
            if rule.kinds and known.resource.kind not in rule.kinds:
                continue
            if rule.filter.fits(values):
                found.setdefault(rule.condition.metric, []).append(rule)
        return {metric: tuple(some) for metric, some in found.items()}

    def _judge(self, points: Mapping[tuple[str, str], list[tuple[Instant, float]]]) -> None:
        ahead: list[tuple[Subject, MetricRule, float, float]] = []
        for (key, metric), some in points.items():
            subject = self._memory.subjects.get(key)
            if subject is None or metric not in subject.rules:
                continue
            some.sort()
            others = {m: pts[-1][1] for m in ("disk_size", "memory_size", "vcpus", "limit")
                      if (pts := points.get((key, m)))}  # fmt: skip
            whole = whole_of(metric, subject.known.resource.size, others)
            for rule in subject.rules[metric]:
                if isinstance(rule.condition, Limit):
                    self._step(subject, rule, some, whole)
                elif self._is_worth(subject, rule, some[-1][1], whole):
                    ahead.append((subject, rule, some[-1][1], whole))
        self._look_ahead(ahead)

    def _step(
        self, subject: Subject, rule: MetricRule, points: Sequence[tuple[Instant, float]],
        whole: float,
    ) -> None:  # fmt: skip
        assert isinstance(rule.condition, Limit)
        limit, number = rule.condition, subject.known.id
        before = self._memory.state((number, rule.name))
        key = fault_key(rule, subject.known.resource.key)
        if before is None or is_hole(before, points[0][0], limit.lasts):
            before, points = self._begun(subject, rule, points, key)
        state = replayed(limit, rule.until, points, whole, before)
        self._memory.staged[number, rule.name] = state
        if state.firing:
            told = said(rule, subject.known, state, whole, self._ctx.now)
            self._tell(rule, subject.known, told.title, told.value, state.began)
        elif before.firing:
            self._over.append(key)

    def _begun(
        self, subject: Subject, rule: MetricRule, points: Sequence[tuple[Instant, float]], key: str
    ) -> tuple[State, Sequence[tuple[Instant, float]]]:
        """Where a rule begins: with what stands of it, and with what is kept of the measure."""
        assert isinstance(rule.condition, Limit)
        lasts = max(rule.condition.lasts, rule.until.lasts)
        first = points[0][0] - max(3 * lasts, 2 * HOUR)
        kept = series.read(
            self._ctx.tx, subject.known.id, rule.condition.metric, first, points[-1][0]
        )
        since = self.standing().get(key)
        return State(firing=since is not None, began=since or 0), kept or points

    def standing(self) -> dict[str, Instant]:
        """The faults of this source that stand by these rules, and since when."""
        if self._standing is None:
            self._standing = faults.standing(self._ctx.tx, self._source, PART)
        return self._standing

    def _tell(self, rule: MetricRule, known: Known, title: str, value: str, since: Instant) -> None:
        labels = {"alertname": rule.name, "metric": rule.condition.metric}
        self._faults.append(Fault(
            fault_key(rule, known.resource.key), rule.name, rule.severity, title,
            known.resource.key, value, labels, since=since or None,
        ))  # fmt: skip

    # what comes

    def _is_worth(self, subject: Subject, rule: MetricRule, value: float, whole: float) -> bool:
        """Whether a forecast is due; few are where there is much left."""
        key = (subject.known.id, rule.name)
        before = self._memory.forecast(key)
        if before is not None and self._ctx.now - before[0] < _AHEAD:
            return False
        assert isinstance(rule.condition, Forecast)
        stood = fault_key(rule, subject.known.resource.key) in self.standing()
        firing = before[1] if before is not None else stood
        part = value * 100 / whole if whole else 100.0
        near = part >= _WORTH if rule.condition.full else part <= _WORTH or not whole
        if near or firing:
            return True
        self._memory.coming[key] = (self._ctx.now, False)
        return False

    def _look_ahead(self, due: Sequence[tuple[Subject, MetricRule, float, float]]) -> None:
        by_rule: dict[str, list[tuple[Subject, MetricRule, float, float]]] = {}
        for one in due:
            by_rule.setdefault(one[1].name, []).append(one)
        now = self._ctx.now
        for some in by_rule.values():
            forecast = some[0][1].condition
            assert isinstance(forecast, Forecast)
            kept = series.many(
                self._ctx.tx, [one[0].known.id for one in some], forecast.metric,
                now - lookback(forecast), now,
            )  # fmt: skip
            for subject, rule, value, whole in some:
                left = reached_in(forecast, kept.get(subject.known.id, []), whole, now)
                self._comes(subject, rule, value, whole, left)

    def _comes(
        self, subject: Subject, rule: MetricRule, value: float, whole: float, left: Instant | None
    ) -> None:
        assert isinstance(rule.condition, Forecast)
        key = fault_key(rule, subject.known.resource.key)
        before = self._memory.forecast((subject.known.id, rule.name))
        stood = before[1] if before else key in self.standing()
        within = rule.condition.within * (_HYSTERESIS if stood else 1.0)
        firing = left is not None and left <= within
        self._memory.coming[subject.known.id, rule.name] = (self._ctx.now, firing)
        if left is not None and firing:
            at = words.date(self._ctx.now + left, "UTC")
            told = said_ahead(rule, subject.known, value, whole, left, at)
            self._tell(rule, subject.known, told.title, told.value, 0)
        elif stood:
            self._over.append(key)

    # what nothing more is measured of

    def _left_over(self) -> None:
        """Now and then: what stands of rules that are gone, or of resources that are."""
        now, looked = self._ctx.now, self._memory.looked
        if now - looked.get(self._source, 0) < _LOOK:
            return
        looked[self._source] = now
        stands = {key: name.partition(":") for key in self.standing()
                  if (name := key.removeprefix(f"{_KEY}:")) != key}  # fmt: skip
        marks = series.marks(self._ctx.tx, {resource for _, _, resource in stands.values()})
        self._know(marks)
        for key, (rule, _, resource) in stands.items():
            subject = self._memory.subjects.get(resource) if resource in marks else None
            about = [r.name for some in subject.rules.values() for r in some] if subject else []
            if rule not in about:
                self._over.append(key)
        if any(rule.missing != STALE for rule in self._rules.rules):
            self._missing()

    def _missing(self) -> None:
        """Rules to which it means something that nothing comes."""
        for subject in list(self._memory.subjects.values()):
            if subject is None or subject.known.source != self._source:
                continue
            for rules in subject.rules.values():
                for rule in rules:
                    if rule.missing != STALE:
                        self._silent(subject, rule)

    def _silent(self, subject: Subject, rule: MetricRule) -> None:
        key = (subject.known.id, rule.name)
        state = self._memory.state(key)
        if state is None or not isinstance(rule.condition, Limit):
            return
        usual = max(3 * state.step, 3 * rule.condition.lasts, PATIENCE)
        if self._ctx.now - state.last_at <= usual:
            return
        if rule.missing == RESOLVES and state.firing:
            self._memory.staged[key] = State(last_at=state.last_at, step=state.step)
            self._over.append(fault_key(rule, subject.known.resource.key))
        elif rule.missing == FIRES:
            metric = rule.condition.metric
            silent = words.duration(self._ctx.now - state.last_at)
            title = titled(f"No {{metric}} of {{name}} for {silent}", subject.known, metric, {})
            unit = METRICS.get(metric, "")
            value = f"last {state.value:g} {unit}".strip()
            self._tell(rule, subject.known, title, f"{named(metric)}: {value}, {silent} ago",
                       state.last_at)  # fmt: skip


async def thin(door: Door) -> int:
    """Thin what is older than it is kept in full, a little at a time; how many days of series."""
    full, done = door.rules.inventory.metrics.keep_days, 0
    for _ in range(_ROUNDS):
        some = await door.system(lambda ctx: series.thin(ctx.tx, ctx.now, full), lane=Lane.BULK)
        done += some
        if not some:
            break
    return done
