"""Rules on what is measured of resources: those shipped, those of the settings over them, and which
of them are about a resource. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from commands.rules import filters
from commands.rules.metric_state import State, default_clear
from commands.rules.metric_words import (
    WHOLES,
    Condition,
    Forecast,
    Limit,
    lasting,
    limit_words,
    read,
    read_clear,
    shown,
)
from store.model import Instant, Severity
from store.model.known import Known
from store.model.resource import METRICS

STALE, FIRES, RESOLVES = "stale", "fires", "resolves"
MISSING = (STALE, FIRES, RESOLVES)
"""What it means that nothing is measured any more: nothing (the state stays), or that it fires, or
is over."""
_NAMES = {"cpu": "CPU", "vcpus_used": "vCPUs", "network_in": "Network in"}
_FIELD = re.compile(r"\{(\w+)\}")
FIELDS = (
    "name", "kind", "metric", "value", "limit", "for", "region", "account", "group", "source",
    "team", "owner", "environment", "service", "type", "rule",
)  # fmt: skip
"""What a title may name."""


@dataclass(frozen=True)
class MetricRule:
    """``kinds`` and ``match`` (a filter) say what it is about; none: everything that is measured
    so."""

    name: str
    condition: Condition
    kinds: tuple[str, ...] = ()
    match: str = ""
    clear: Limit | None = None
    severity: Severity = Severity.WARNING
    title: str = ""
    missing: str = STALE
    shipped: bool = False

    @cached_property
    def until(self) -> Limit:
        """What clears it."""
        assert isinstance(self.condition, Limit)
        return self.clear or default_clear(self.condition)

    @cached_property
    def filter(self) -> filters.Filter:
        """Which resources it is about."""
        return filters.read(self.match)


def named(metric: str) -> str:
    """A measure as people call it."""
    return _NAMES.get(metric) or metric.replace("_", " ").capitalize()


def _shipped(
    name: str, kinds: str, condition: str, clear: str = "", severity: str = "warning",
    missing: str = STALE,
) -> MetricRule:  # fmt: skip
    of = read(condition)
    cleared = read_clear(clear, of) if clear else None
    return MetricRule(
        name, of, tuple(kinds.split()), clear=cleared, severity=Severity(severity),
        missing=missing, shipped=True,
    )  # fmt: skip


_MACHINES = "server node hypervisor"
_DISKS = "server node hypervisor volume pool database cache"
SHIPPED: tuple[MetricRule, ...] = (
    _shipped("cpu-high", f"{_MACHINES} database cache", "cpu > 90% for 15m", "< 80% for 5m"),
    _shipped("memory-high", f"{_MACHINES} cache", "memory > 92% for 15m", "< 87% for 5m"),
    _shipped("pod-memory-high", "pod deployment statefulset daemonset",
             "memory > 95% for 10m", "< 90% for 5m"),
    _shipped("disk-high", _DISKS, "disk > 85% for 15m", "< 80%"),
    _shipped("disk-full", _DISKS, "disk > 95% for 5m", "< 92%", "critical"),
    _shipped("pool-full", "pool", "disk_used > 90% for 15m", "< 85%", "error"),
    _shipped("disk-filling", _DISKS, "disk full in 1d"),
    _shipped("storage-low", "database cache", "free_storage < 10% for 10m", "> 15%", "error"),
    _shipped("storage-filling", "database cache", "free_storage empty in 3d"),
    _shipped("disk-queue", "server node volume database", "disk_queue > 20 for 15m", "< 10 for 5m"),
    _shipped("queue-deep", "queue", "queue_depth > 10k for 15m", "< 5k for 5m"),
    _shipped("queue-old", "queue", "queue_age > 1h for 10m", "< 30m"),
    _shipped("throttled", "database queue function cache bucket gateway server volume",
             "throttled > 1/s for 10m", "< 0.1/s for 10m"),
    _shipped("credits-low", "server database", "credits < 20 for 15m", "> 40"),
    _shipped("replicas-missing", "service stack autoscaler other",
             "replicas < 100% for 10m", ">= 100%"),
    _shipped("latency-high", "load_balancer gateway endpoint",
             "latency > 3s for 10m", "< 2s for 5m"),
    _shipped("errors-high", "load_balancer gateway endpoint function",
             "errors > 5/s for 10m", "< 2/s for 5m"),
    _shipped("quota-filling", "quota", "quota full in 7d"),
)  # fmt: skip
"""What holds unless the settings change it, or turn it off, by its name. Clusters tell themselves
of replicas that are missing, and clouds and clusters of quotas that are nearly used up, so no rule
does; the memory of databases is full
because they use it well."""


@dataclass(frozen=True)
class MetricRules:
    """The rules in force. ``keep_days`` is how long every point is kept."""

    rules: tuple[MetricRule, ...] = SHIPPED
    keep_days: int = 14
    off: tuple[str, ...] = ()
    _index: dict[tuple[str, str], tuple[MetricRule, ...]] = field(default_factory=dict)

    def about(self, kind: str, metric: str) -> tuple[MetricRule, ...]:
        """Those about a measure of a kind of resource, whatever else they ask for."""
        found = self._index.get((kind, metric))
        if found is None:
            found = self._index[kind, metric] = tuple(
                r for r in self.rules
                if r.condition.metric == metric and (not r.kinds or kind in r.kinds)
            )  # fmt: skip
        return found

    def named(self, name: str) -> MetricRule | None:
        """The rule of a name."""
        return next((r for r in self.rules if r.name == name), None)


def over(own: Sequence[MetricRule], off: Iterable[str]) -> tuple[MetricRule, ...]:
    """The rules of the settings in the place of the shipped ones they name, and after the rest."""
    gone, mine = set(off), {r.name: r for r in own}
    kept = [mine.pop(r.name, r) for r in SHIPPED if r.name not in gone]
    return (*kept, *(r for r in mine.values() if r.name not in gone))


# what a rule is about


def values_of(known: Known) -> filters.Values:
    """A resource as filters see it."""
    r, b = known.resource, known.belongs
    own = {
        "name": r.name, "kind": r.kind, "source": known.source, "region": r.region,
        "zone": r.zone, "account": r.account, "group": r.group, "state": r.state, "type": r.type,
        "team": b.team, "owner": b.owner, "environment": b.environment, "env": b.environment,
        "service": b.service, "resource": r.name, "host": r.name, "title": r.name,
    }  # fmt: skip

    def values(name: str) -> Iterable[str]:
        if name == "":
            return (r.key, *own.values(), *r.tags.values())
        if name == "tag":
            return (*r.tags, *(f"{k}={v}" for k, v in r.tags.items()))
        if own.get(name):
            return (own[name],)
        folded = name.casefold().removeprefix("label.").removeprefix("tag.")
        return [v for k, v in r.tags.items() if k.casefold() == folded]

    return values


def whole_of(
    metric: str, size: Mapping[str, float], others: Mapping[str, float] | None = None
) -> float:
    """What a measure is a part of: 100 for a percentage, else a size of the resource or another
    measure of it; 0 where that is not known."""
    if METRICS.get(metric) == "%":
        return 100.0
    of, times, other = WHOLES.get(metric, ("", 1.0, ""))
    if size.get(of):
        return size[of] * times
    return (others or {}).get(other, 0.0)


# what is said


@dataclass(frozen=True, slots=True)
class Said:
    """What an alert of a rule says."""

    title: str
    value: str


def said(rule: MetricRule, known: Known, state: State, whole: float, now: Instant) -> Said:
    """``CPU above 90 % on db-3``, and ``cpu 94 % for 12 min, above 90 %``."""
    condition = rule.condition
    assert isinstance(condition, Limit)
    worth = shown(state.value, condition.metric)
    if condition.of_whole and whole:
        worth = f"{round(state.value * 100 / whole)} % ({worth})"
    side, limit = "above" if condition.above else "below", limit_words(condition)
    if condition.equal:
        side = "at or " + side
    since = lasting(max(state.last_at - state.began, 0))
    lasted = f" for {since}" if state.last_at > state.began else ""
    value = f"{condition.metric.replace('_', ' ')} {worth}{lasted}, {side} {limit}"
    title = rule.title or f"{named(condition.metric)} {side} {limit} on {{name}}"
    told = {"value": worth, "limit": limit, "for": since, "rule": rule.name}
    return Said(titled(title, known, condition.metric, told), value)


def said_ahead(
    rule: MetricRule, known: Known, value: float, whole: float, left: Instant, at: str
) -> Said:
    """``Disk of db-3 full in about 41 min``; ``at`` is when, as words."""
    forecast = rule.condition
    assert isinstance(forecast, Forecast)
    way = "full" if forecast.full else "empty"
    worth = shown(value, forecast.metric)
    if whole and METRICS.get(forecast.metric) != "%":
        worth += f" of {shown(whole, forecast.metric)}"
    about = lasting(left)
    title = rule.title or f"{named(forecast.metric)} of {{name}} will be {way}"
    told = {"value": worth, "limit": "100 %", "for": about, "rule": rule.name}
    line = f"{forecast.metric.replace('_', ' ')} {worth}, {way} in about {about} ({at})"
    return Said(titled(title, known, forecast.metric, told), line)


def titled(title: str, known: Known, metric: str, told: Mapping[str, str]) -> str:
    """A title with what it names filled in."""
    r, b = known.resource, known.belongs
    values = {
        "name": r.name or r.key, "kind": r.kind.replace("_", " "), "metric": named(metric),
        "region": r.region, "account": r.account, "group": r.group, "source": known.source,
        "team": b.team, "owner": b.owner, "environment": b.environment, "service": b.service,
        "type": r.type, **told,
    }  # fmt: skip
    return " ".join(_FIELD.sub(lambda m: values.get(m[1], m[0]), title).split())


def wrong_in_title(title: str) -> str:
    """What a title names that is not there; empty where all is well."""
    unknown = [name for name in _FIELD.findall(title) if name not in FIELDS]
    return f"{{{unknown[0]}}} is not known here: {', '.join(FIELDS)}" if unknown else ""
