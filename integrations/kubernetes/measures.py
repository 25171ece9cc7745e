"""CPU and memory of nodes and workloads by metrics.k8s.io, against what they may have; replicas,
restarts and quotas besides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from integrations.base import Item, Progress
from integrations.kubernetes.api import Refused, Thing
from integrations.kubernetes.objects import Container, Ref, items, part, text
from integrations.kubernetes.of_pods import kind_of
from integrations.kubernetes.of_storage import shares
from integrations.kubernetes.of_workloads import there
from integrations.kubernetes.quantities import quantity
from integrations.kubernetes.state import State
from store.model import Instant
from store.model.resource import Sample

if TYPE_CHECKING:
    from integrations.kubernetes.connector import Kubernetes

_PATH = "/apis/metrics.k8s.io/v1beta1"


def metrics(connector: Kubernetes) -> list[Item]:
    """A sample of everything. A cluster without a metrics server has replicas and quotas alone."""
    now, state = connector.clock.now(), connector.state
    found: list[Item] = []
    nodes = _asked(lambda: connector.api.everything(f"{_PATH}/nodes"), "nodes", found)
    pods = _asked(lambda: _pods(connector), "pods", found)
    with state.lock:
        found += _nodes(state, nodes, now)
        found += _workloads(state, pods, now)
        found += _counts(state, now)
    return found


def _asked(ask: Callable[[], list[Thing]], what: str, found: list[Item]) -> list[Thing]:
    try:
        return ask()
    except Refused as error:
        if error.status not in (403, 404, 503):
            raise
        found.append(Progress(0, 0, f"no metrics of {what}: {error.text[:200]}"))
        return []


def _pods(connector: Kubernetes) -> list[Thing]:
    places = [f"/namespaces/{n}" for n in connector.source.named] or [""]
    return [e for place in places for e in connector.api.everything(f"{_PATH}{place}/pods")]


def _nodes(state: State, listed: list[Thing], now: Instant) -> Iterator[Item]:
    for each in listed:
        name = text(part(each, "metadata"), "name")
        node = state.node(name)
        if node is None:
            continue
        key, used = state.source.key("node", name), part(each, "usage")
        status = part(node, "status")
        room = part(status, "allocatable") or part(status, "capacity")
        for metric, what in (("cpu", "cpu"), ("memory", "memory")):
            amount, most = quantity(used.get(what)), quantity(room.get(what))
            if amount is not None and most:
                yield Sample(key, metric, now, round(100 * amount / most, 2))
        memory = quantity(used.get("memory"))
        if memory is not None:
            yield Sample(key, "memory_used", now, memory)


class _Sum:
    """What the containers of a workload use and may use."""

    def __init__(self) -> None:
        self.cpu = self.memory = 0.0
        self.cpu_asked = self.cpu_most = 0.0
        self.fullest = self.fullest_asked = 0.0
        self.bounded = self.asked = True

    def add(self, each: Container | None, cpu: float, memory: float) -> None:
        self.cpu += cpu
        self.memory += memory
        if each is None:
            self.bounded = self.asked = False
            return
        self.cpu_asked += each.cpu_request or 0.0
        self.cpu_most += each.cpu_limit or 0.0
        self.bounded &= bool(each.cpu_limit)
        self.asked &= bool(each.cpu_request)
        if each.memory_limit:
            self.fullest = max(self.fullest, 100 * memory / each.memory_limit)
        if each.memory_request:
            self.fullest_asked = max(self.fullest_asked, 100 * memory / each.memory_request)

    def samples(self, key: str, now: Instant) -> Iterator[Sample]:
        """``cpu`` of the limits, or else of the requests; ``memory`` of the fullest container;
        beside them of the requests alone."""
        of_limit = 100 * self.cpu / self.cpu_most if self.bounded and self.cpu_most else None
        of_request = 100 * self.cpu / self.cpu_asked if self.asked and self.cpu_asked else None
        values = {
            "cpu": of_limit if of_limit is not None else of_request,
            "cpu_of_request": of_request,
            "memory": self.fullest or self.fullest_asked or None,
            "memory_of_request": self.fullest_asked or None,
            "memory_used": self.memory,
            "cpu_cores": self.cpu,
        }
        for metric, value in values.items():
            if value is not None:
                yield Sample(key, metric, now, round(value, 3))


def _workloads(state: State, listed: list[Thing], now: Instant) -> Iterator[Item]:
    sums: dict[Ref, _Sum] = defaultdict(_Sum)
    fresh: dict[tuple[str, str], tuple[float, float]] = {}
    for each in listed:
        meta = part(each, "metadata")
        path = f"{text(meta, 'namespace')}/{text(meta, 'name')}"
        pod = state.pods.get(path)
        if pod is None:
            continue
        known = {c.name: c for c in pod.containers}
        for one in items(each, "containers"):
            used = part(one, "usage")
            cpu, memory = quantity(used.get("cpu")) or 0.0, quantity(used.get("memory")) or 0.0
            name = text(one, "name")
            sums[state.workload(pod.owner)].add(known.get(name), cpu, memory)
            fresh[path, name] = (cpu, memory)
    state.usage.update(fresh)
    for ref, one_sum in sums.items():
        yield from one_sum.samples(_key(state, ref), now)


def _key(state: State, ref: Ref) -> str:
    return state.source.key(kind_of(ref), ref[2], ref[1])


def _counts(state: State, now: Instant) -> Iterator[Item]:
    for kind in ("deployment", "statefulset", "daemonset"):
        for path, thing in state.things[kind].items():
            namespace, _, name = path.partition("/")
            ref = (kind, namespace, name)
            yield Sample(_key(state, ref), "replicas", now, float(there(ref, thing)))
            restarts, _ = state.restarts(ref, now)
            if restarts:
                yield Sample(_key(state, ref), "restarts", now, float(restarts))
    for path, thing in state.things["quota"].items():
        namespace, _, name = path.partition("/")
        key = state.source.key("quota", name, namespace)
        full = [(100 * used / most, used, most) for _, used, most in shares(thing)]
        if full:
            percent, used, most = max(full)
            yield Sample(key, "quota", now, round(percent, 2))
            yield Sample(key, "used", now, used)
            yield Sample(key, "limit", now, most)
