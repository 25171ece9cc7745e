"""``k8s``: a cluster at a glance: nodes, pods by namespace, workloads that lack replicas,
autoscalers at their limits, the reasons that come most today, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from commands.context import View
from commands.inventory import search
from commands.inventory.index import Entry, Wanted
from commands.inventory.overview import (
    Meter,
    Overview,
    Section,
    Sum,
    by_health,
    chosen,
    grouped,
    latest,
    overview,
    well,
    worst_first,
    wrong,
)
from commands.inventory.rows import rows
from commands.inventory.search import READ
from commands.inventory.sources import SourceState
from commands.registry import arg, query
from commands.rules import inventory_words as words
from commands.words import count
from store.db import Tx
from store.inventory import happenings, resources
from store.model import DAY, HOUR

PROVIDERS = ("kubernetes",)
WORKLOADS = ("deployment", "statefulset", "daemonset", "job", "cronjob")
_NAMESPACES, _BAD, _REASONS = 15, 20, 10


@dataclass(frozen=True, slots=True)
class Cluster:
    """Arguments of ``k8s``."""

    cluster: str = arg("text", "The cluster; without it the one that needs somebody.", default="")


@query("k8s", group="infra", permission=READ, args=Cluster, example="k8s prod-1")
async def k8s(view: View, args: Cluster) -> Overview:
    """A cluster at a glance: nodes, pods, replicas, autoscalers, reasons, what is wrong."""
    state, others = await chosen(view, args.cluster, PROVIDERS, "cluster")
    every = await search.entries(view, Wanted(sources=frozenset({state.name})))
    return await view.read(lambda tx: _read(tx, state, every, others, view.now))


def _read(
    tx: Tx, state: SourceState, every: list[Entry], others: list[SourceState], now: int
) -> Overview:
    kinds = grouped(every, lambda one: one.kind)
    nodes, pods = kinds.get("node", []), kinds.get("pod", [])
    loads = [one for kind in WORKLOADS for one in kinds.get(kind, ())]
    scalers = kinds.get("autoscaler", [])
    of = f"source={state.name}"
    sums = [
        well(nodes, "nodes ready", f"{of} kind=node"),
        well(pods, "pods well", f"{of} kind=pod"),
        well(loads, "workloads whole", of),
        well(scalers, "autoscalers well", f"{of} kind=autoscaler"),
        Sum("namespaces", str(len(kinds.get("namespace", ()))), query=f"{of} kind=namespace"),
    ]
    by_source = {state.name: state}

    def bad(title: str, some: list[Entry], empty: str = "") -> Section:
        numbers = worst_first(some, _BAD)
        known = resources.many(tx, numbers)
        found = rows((known[n] for n in numbers if n in known), by_source)
        return Section(title, rows=found, empty=empty)

    sections = [
        wrong(tx, state.name),
        bad("Nodes that are not ready", nodes),
        bad("Workloads that lack replicas", loads, "Every workload has its replicas."),
        bad("Autoscalers at their limits", scalers),
        Section("Pods by namespace", lines=tuple(_namespaces(pods))),
        Section("Nodes, CPU and memory in use", meters=tuple(_nodes(tx, nodes, now))),
        Section("Reasons that come most today", lines=tuple(_reasons(tx, state.name, now)),
                empty="No warning today."),
        bad("Volumes, quotas and certificates", [
            one for kind in ("volume", "quota", "certificate") for one in kinds.get(kind, ())
        ]),
    ]  # fmt: skip
    return overview(state, sums, sections, others, now)


def _namespaces(pods: list[Entry]) -> list[str]:
    """``⚠️ shop: 17 pods, 3 degraded``; those first where something is wrong."""
    by = grouped(pods, lambda one: one.group or "none")
    order = sorted(
        by, key=lambda n: (words.WORST[words.worst(o.health for o in by[n])], -len(by[n]))
    )
    found = []
    for name in order[:_NAMESPACES]:
        counts = by_health(by[name])
        bad = words.counted({h: n for h, n in counts.items() if h != "ok"})
        sign = words.GLYPH[words.worst(counts)]
        found.append(f"{sign} {name}: {count(len(by[name]), 'pod')}{f', {bad}' if bad else ''}")
    return found


def _nodes(tx: Tx, nodes: list[Entry], now: int) -> list[Meter]:
    """How busy each node is, the busiest first."""
    ids = [one.id for one in nodes[:500]]
    cpu, memory = (latest(tx, ids, metric, now) for metric in ("cpu", "memory"))
    found = [
        Meter(
            one.name, max(cpu.get(one.id, 0.0), memory.get(one.id, 0.0)), 100.0,
            ", ".join(
                f"{name} {of[one.id]:.0f} %" for name, of in (("CPU", cpu), ("memory", memory))
                if one.id in of
            ), id=one.id,
        )
        for one in nodes if one.id in cpu or one.id in memory
    ]  # fmt: skip
    return sorted(found, key=lambda m: -m.share)[:_BAD]


def _reasons(tx: Tx, source: str, now: int) -> list[str]:
    """``shop · BackOff 96 times``."""
    wanted = happenings.Wanted(now - DAY, now + HOUR, source=source, warnings=True)
    by: dict[tuple[str, str], int] = {}
    for (_, namespace, reason), many in happenings.top(tx, wanted).items():
        by[namespace, reason] = by.get((namespace, reason), 0) + many
    most = sorted(by.items(), key=lambda pair: (-pair[1], pair[0]))[:_REASONS]
    return [f"{n or 'cluster'} · {reason} {count(many, 'time')}" for (n, reason), many in most]
