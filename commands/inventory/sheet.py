"""One resource with everything that is known of it: what it stands on and what hangs on it, what
is wrong with it now and before, what changed, how it did lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from commands import rights
from commands.context import Rulebook, View
from commands.inventory.offered import fitting
from commands.inventory.rows import Row, as_facts, row, rows
from commands.inventory.sources import SourceState, of_one, states
from commands.rules import inventory_words as words
from commands.rules.cost import money
from commands.rules.findings import merged
from commands.told import Told
from store import incidents
from store.db import Tx
from store.inventory import costs, faults, findings, resources, series, ties
from store.inventory.faults import Standing
from store.inventory.pieces import pieces
from store.model import DAY, Incident, IncidentStatus, Instant
from store.model.known import Known, ResourceChange
from store.model.resource import METRICS, Finding
from store.tables import INCIDENT_RESOURCES, RESOURCES

WINDOW = DAY
"""So much of its measures is shown."""
CHANGED, INCIDENTS, BELOW = 50, 50, 5_000
BILLED = 5
"""So many of the last days say what a month costs."""
_TRENDS = 8
COST = "inventory.cost"
PLACES = ("cloud", "region", "zone", "account", "project", "cluster", "namespace", "aggregate")
LOGS: Mapping[str, tuple[str, ...]] = {
    "kubernetes": ("pod", "deployment", "statefulset", "daemonset", "job"),
    "openstack": ("server",),
    "aws": ("server",),
}
"""What has last lines to read: containers, and consoles of servers."""
_FIRST = ("cpu", "memory", "disk", "quota", "vcpus_used", "memory_used", "connections",
          "queue_depth", "latency", "errors", "throttled", "restarts", "replicas")  # fmt: skip

_NAMES = {"cpu": "CPU", "vcpus_used": "vCPUs used", "vcpus": "vCPUs"}
_WHOLE = {"vcpus": "vcpus_used", "memory_size": "memory_used", "disk_size": "disk_used",
          "limit": "used"}  # fmt: skip
"""The whole that a measure is part of says nothing by itself where that is shown."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure over the last day; ``points`` are (instant, value), in order."""

    metric: str
    unit: str
    points: tuple[tuple[Instant, float], ...]

    @property
    def last(self) -> float:
        """The latest value."""
        return self.points[-1][1]

    @property
    def said(self) -> str:
        """``34 %``."""
        return words.measured(self.last, self.unit)

    @property
    def name(self) -> str:
        """As people call it."""
        return _NAMES.get(self.metric, self.metric.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything of one resource, for one reader. ``below`` says how many hang on it, by health;
    ``incidents`` are those of it, open ones first, the newest first; ``cost`` is a month's, in
    words, None where it is not known or not theirs to see; ``actions`` are the names and
    titles of what can be done to it, ``logs`` says that its last lines can be read."""

    known: Known
    row: Row
    state: SourceState | None
    above: tuple[Row, ...] = ()
    below: Mapping[str, int] | None = None
    incidents: tuple[Incident, ...] = ()
    changes: tuple[ResourceChange, ...] = ()
    trends: tuple[Trend, ...] = ()
    cost: str | None = None
    faults: tuple[Standing, ...] = ()
    findings: tuple[Finding, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    logs: bool = False

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that are not over."""
        return tuple(i for i in self.incidents if i.status is not IncidentStatus.RESOLVED)

    @property
    def on(self) -> Row | None:
        """What it runs on or belongs to, nearer than a place."""
        return next((one for one in self.above if one.kind not in PLACES), None)

    @property
    def hanging(self) -> int:
        """How many hang on it."""
        return sum((self.below or {}).values())


@dataclass(frozen=True, slots=True)
class Shown(Told):
    """An answer that is one resource."""

    sheet: Sheet | None = None


async def sheet(view: View, known: Known) -> Sheet:
    """All of it, as whoever asks may see it."""
    clear = rights.may(view.definitions, view.actor, COST) is not None
    return await view.read(lambda tx: gather(tx, known, view.rules, view.now, cost=clear))


def gather(tx: Tx, known: Known, rules: Rulebook, now: Instant, *, cost: bool = False) -> Sheet:
    """The same of one snapshot; what it costs for those alone who may see that."""
    by_source = states(tx, rules.inventory, now)
    state = of_one(tx, known, by_source, now)
    one = row(known, {known.source: state})
    able = fitting(rules.offers, rules.inventory, known)
    return Sheet(
        known, one, state,
        rows(ties.ancestors(tx, known.id), by_source), below(tx, known.id),
        tuple(of(tx, [known.id])), tuple(resources.changes(tx, known.id, most=CHANGED)),
        tuple(trends(tx, known.id, now)),
        actions=tuple((each.name, each.title) for each in able),
        cost=_month(tx, known, now) if cost else None,
        faults=tuple(faults.about(tx, [known.resource.key], 20)),
        findings=_findings(tx, known, now) if cost else (),
        logs=one.kind in LOGS.get(one.provider, ()) and not one.gone,
    )  # fmt: skip


def _month(tx: Tx, known: Known, now: Instant) -> str | None:
    """What a month of it costs by its last whole days, where bills name it: ``212 €``."""
    if not costs.any_there(tx):
        return None
    spent: dict[str, dict[str, float]] = {}
    key = known.resource.key
    for one in costs.of(tx, now // DAY - BILLED, now // DAY, known.source, key):
        days = spent.setdefault(one.currency, {})
        days[one.day] = days.get(one.day, 0.0) + one.amount
    said = []
    for currency, days in spent.items():
        whole = [days[day] for day in sorted(days)][:-1] or list(days.values())
        said.append(money(30 * sum(whole) / len(whole), currency))
    return " + ".join(said) or None


def _findings(tx: Tx, known: Known, now: Instant) -> tuple[Finding, ...]:
    found = merged(one for one in findings.about(tx, [known.resource.key]) if one.is_open(now))
    return tuple(each.first.finding for each in found)


def below(tx: Tx, number: int) -> dict[str, int]:
    """How many hang on a resource, by health; of very many the nearest are counted."""
    found: dict[str, int] = {}
    for some in pieces(ties.descendants(tx, number, BELOW)):
        mine = select(RESOURCES.c.health, func.count()).where(RESOURCES.c.id.in_(some))
        for health, held in tx.conn.execute(mine.group_by(RESOURCES.c.health)):
            found[health] = found.get(health, 0) + held
    return found


def of(tx: Tx, numbers: Iterable[int], most: int = INCIDENTS) -> list[Incident]:
    """The incidents of some resources, as the snapshot's reader may see them: what is open first,
    then the newest."""
    mine = INCIDENT_RESOURCES.c
    chosen = select(mine.incident_id).where(mine.resource_id.in_(list(numbers)[:400])).distinct()
    newest = chosen.order_by(mine.incident_id.desc()).limit(most)
    found = incidents.many(tx, list(tx.conn.execute(newest).scalars())).values()
    return sorted(found, key=lambda i: (i.status is IncidentStatus.RESOLVED, -i.id))


def trends(tx: Tx, number: int, now: Instant, most: int = _TRENDS) -> list[Trend]:
    """Its measures of the last day, those first that people ask for."""
    every = series.metrics(tx, number, now - WINDOW)
    names = [name for name in every if _WHOLE.get(name) not in every]
    found = []
    for name in sorted(names, key=lambda n: _FIRST.index(n) if n in _FIRST else len(_FIRST)):
        points = series.read(tx, number, name, now - WINDOW, now)
        if points:
            unit = "iB" if name.startswith("memory_") else METRICS.get(name, "")
            found.append(Trend(name, unit, tuple(points)))
        if len(found) == most:
            break
    return found


def children(
    tx: Tx, number: int, by_source: Mapping[str, SourceState], deep: int = 3, most: int = 30
) -> tuple[Row, ...]:
    """What hangs on a resource, as a tree: the worst first, so many at most on each height."""
    return _tree(tx, number, by_source, deep, most, {number})


def _tree(
    tx: Tx, number: int, by_source: Mapping[str, SourceState], deep: int, most: int, seen: set[int]
) -> tuple[Row, ...]:
    """Nothing stands in it twice."""
    fresh = [one for one in ties.children(tx, number, 500) if one.id not in seen]
    seen.update(one.id for one in fresh)
    fresh.sort(key=lambda one: (words.WORST[one.resource.health], one.resource.name))
    found = []
    for one in fresh[:most]:
        under = _tree(tx, one.id, by_source, deep - 1, most, seen) if deep > 1 else ()
        found.append(_with(row(one, by_source), under))
    left = len(fresh) - most
    if left > 0 and found:
        found[-1] = _with(found[-1], found[-1].under, left)
    return tuple(found)


def _with(one: Row, under: Sequence[Row], more: int = 0) -> Row:
    return replace(one, under=tuple(under), more=more)


def facts(one: Sheet) -> dict[str, object]:
    """A sheet for programs."""
    r, belongs = one.known.resource, one.known.belongs
    return {
        **as_facts(one.row), "key": r.key, "type": r.type, "region": r.region, "zone": r.zone,
        "account": r.account, "group": r.group, "sizes": dict(r.size), "tags": dict(r.tags),
        "addresses": list(r.addresses), "ids": list(r.ids), "facts": dict(r.facts), "url": r.url,
        "owner": belongs.owner, "environment": belongs.environment,
        "created_at": r.created_at, "first_at": one.known.first_at,
        "changed_at": one.known.changed_at, "gone_at": one.known.gone_at,
        "parents": [as_facts(each) for each in one.above], "hanging": one.hanging,
        "hanging_by_health": dict(one.below or {}),
        "incidents": [
            {"id": str(i.id), "title": i.title, "status": str(i.status),
             "severity": str(i.severity)} for i in one.incidents
        ],
        "changes": [
            {"at": c.at, "what": c.what, "before": c.before, "after": c.after, "who": c.who}
            for c in one.changes
        ],
        "metrics": {
            t.metric: {"unit": METRICS.get(t.metric, ""), "value": t.last} for t in one.trends
        },
    }  # fmt: skip
