"""What is known of a cluster: its objects, which belongs to which, and what has to be looked at
again because it changed. Watches write it from their threads, who judges reads it, under a lock."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from integrations.kubernetes import objects
from integrations.kubernetes.api import Thing
from integrations.kubernetes.objects import Pod, Ref, part, text
from integrations.kubernetes.quantities import instant
from integrations.kubernetes.settings import Source
from store.clock import Clock, SystemClock
from store.model import MINUTE, Instant

Unit = tuple[str, ...]
"""What is judged at once: ``("pod", "shop/cart-1")`` or a workload's kind, namespace and name."""

WINDOW = 30 * MINUTE
"""How far back restarts and turns of autoscalers are counted."""
WORKLOADS = ("deployment", "statefulset", "daemonset", "job", "cronjob")
_PASSING = ("replicaset", "job")
"""What owns pods and is itself owned."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """The newest revision of a workload: the hash of its template, its number, when it came."""

    hash: str
    revision: str
    at: Instant | None


class State:
    """One cluster. ``dirty`` are the units that changed since somebody looked."""

    def __init__(self, source: Source, clock: Clock | None = None) -> None:
        self.source = source
        self.clock: Clock = clock or SystemClock()
        self.lock = threading.RLock()
        self.pods: dict[str, Pod] = {}
        self.things: dict[str, dict[str, Thing]] = defaultdict(dict)
        self.dirty: set[Unit] = set()
        self.usage: dict[tuple[str, str], tuple[float, float]] = {}
        self.binding: dict[str, str] = {}
        self.words: dict[tuple[str, str], str] = {}
        self._owned: dict[Ref, set[str]] = defaultdict(set)
        self._on: dict[str, set[str]] = defaultdict(set)
        self._under: dict[Ref, set[Ref]] = defaultdict(set)
        self._above: dict[Ref, Ref] = {}
        self._restarts: dict[Ref, deque[tuple[Instant, int]]] = {}
        self._turns: dict[str, deque[tuple[Instant, int]]] = {}

    # ---- what comes in ---------------------------------------------------------------------------

    def replace(self, kind: str, namespace: str, things: list[Thing]) -> None:
        """Everything there is of a kind, in one namespace or in all."""
        with self.lock:
            known: dict[str, Any] = self.pods if kind == "pod" else self.things[kind]
            there = {self._path(each) for each in things}
            for path in [*known]:
                if path not in there and (not namespace or path.startswith(f"{namespace}/")):
                    self._drop(kind, path)
            for each in things:
                self._put(kind, each)

    def put(self, kind: str, thing: Thing) -> None:
        """An object is so now."""
        with self.lock:
            self._put(kind, thing)

    def drop(self, kind: str, thing: Thing) -> None:
        """An object is there no more."""
        with self.lock:
            self._drop(kind, self._path(thing))

    @staticmethod
    def _path(thing: Thing) -> str:
        namespace, name = objects.name_of(thing)
        return f"{namespace}/{name}" if namespace else name

    def _put(self, kind: str, thing: Thing) -> None:
        namespace, name = objects.name_of(thing)
        place = name if kind == "namespace" else namespace
        if not name or not self.source.looks_at(place):
            return
        path = self._path(thing)
        if kind == "pod":
            self._put_pod(path, objects.pod(thing))
            return
        before = self.things[kind].get(path)
        now = self.things[kind][path] = objects.trimmed(thing)
        if kind in _PASSING:
            self._adopt((kind, namespace, name), objects.owner_of(now))
        if kind == "hpa":
            self._turn(path, now)
        if kind == "node" and (before is None or ready(before) != ready(now)):
            self._node_turned(path)
        self._mark(kind, path, now)

    def _put_pod(self, path: str, pod: Pod) -> None:
        before = self.pods.get(path)
        if before == pod:
            return
        self.pods[path] = pod
        if before is not None:
            self._unplace(before)
            if before.owner != pod.owner:
                self._owned[before.owner].discard(path)
        if pod.node:
            self._on[pod.node].add(path)
        self._owned[pod.owner].add(path)
        if (
            pod.owner[0] == "replicaset"
            and "/".join(pod.owner[1:]) not in self.things["replicaset"]
        ):
            self._adopt(pod.owner, self._guessed(pod))
        self._count(pod, before)
        self.dirty.add(("pod", path))
        self.dirty.add(("workload", *self.workload(pod.owner)))
        for claim in pod.claims if before is None else ():
            self.dirty.add(("claim", f"{pod.namespace}/{claim}"))

    @staticmethod
    def _guessed(pod: Pod) -> Ref | None:
        """The Deployment of a ReplicaSet that is not known: its name less the template's hash."""
        kind, namespace, name = pod.owner
        end = f"-{pod.template}"
        fits = kind == "replicaset" and pod.template and name.endswith(end)
        return ("deployment", namespace, name.removesuffix(end)) if fits else None

    def _drop(self, kind: str, path: str) -> None:
        if kind == "pod":
            self._drop_pod(path)
            return
        thing = self.things[kind].pop(path, None)
        if thing is None:
            return
        self._mark(kind, path, thing)
        if kind == "hpa":
            self._turns.pop(path, None)
        ref: Ref = (kind, *objects.name_of(thing))
        if kind in _PASSING and ref not in self._owned:
            self._adopt(ref, None)

    def _drop_pod(self, path: str) -> None:
        pod = self.pods.pop(path, None)
        if pod is None:
            return
        self.dirty.add(("pod", path))
        self.dirty.add(("workload", *self.workload(pod.owner)))
        self._unplace(pod)
        for each in pod.containers:
            self.usage.pop((path, each.name), None)
        kept = self._owned[pod.owner]
        kept.discard(path)
        if not kept:
            del self._owned[pod.owner]
            if pod.owner[0] != "pod":
                self._restarts.pop(pod.owner, None)
            if "/".join(pod.owner[1:]) not in self.things[pod.owner[0]]:
                self._adopt(pod.owner, None)

    def _unplace(self, pod: Pod) -> None:
        there = self._on.get(pod.node)
        if there is not None:
            there.discard(pod.path)
            if not there:
                del self._on[pod.node]

    def _mark(self, kind: str, path: str, thing: Thing) -> None:
        namespace, name = objects.name_of(thing)
        if kind in ("replicaset", *WORKLOADS):
            ref: Ref = (kind, namespace, name)
            self.dirty.add(("workload", *self.workload(ref)))
            if kind == "job":
                self.dirty.add(("workload", *ref))
            return
        self.dirty.add((kind, path))
        if kind == "volume":
            claimed = part(thing, "spec", "claimRef")
            self.dirty.add(("claim", f"{text(claimed, 'namespace')}/{text(claimed, 'name')}"))

    def _adopt(self, child: Ref, owner: Ref | None) -> None:
        before = self._above.get(child)
        if before == owner:
            return
        if before is not None:
            self._under[before].discard(child)
            self.dirty.add(("workload", *before))
        if owner is None:
            self._above.pop(child, None)
        else:
            self._above[child] = owner
            self._under[owner].add(child)
        self.dirty.update(("pod", path) for path in self._owned.get(child, ()))
        self.dirty.add(("workload", *child))

    def _node_turned(self, name: str) -> None:
        """A node that comes or goes changes what is said of its pods."""
        for path in self._on.get(name, ()):
            self.dirty.add(("pod", path))
            self.dirty.add(("workload", *self.workload(self.pods[path].owner)))

    # ---- what is remembered ----------------------------------------------------------------------

    def _count(self, pod: Pod, before: Pod | None) -> None:
        now = self.clock.now()
        if before is not None and before.uid == pod.uid:
            times = [(now, pod.restarts - before.restarts)]
        else:
            ended = (c.last_at for c in pod.containers if c.restarts and c.last_at)
            times = [(at, 1) for at in ended if at > now - WINDOW]
        for at, more in times:
            if more > 0:
                kept = self._restarts.setdefault(pod.owner, deque(maxlen=500))
                kept.append((at, more))

    def restarts(self, ref: Ref, now: Instant) -> tuple[int, Instant | None]:
        """How many restarts a workload had within the window, and when the first was."""
        recent = [each for each in self._restarted(ref) if each[0] > now - WINDOW]
        if not recent:
            return 0, None
        return sum(n for _, n in recent), min(at for at, _ in recent)

    def _restarted(self, ref: Ref) -> list[tuple[Instant, int]]:
        found = [*self._restarts.get(ref, ())]
        for child in self._under.get(ref, ()):
            found += self._restarted(child)
        return found

    def _turn(self, path: str, thing: Thing) -> None:
        status = part(thing, "status")
        wanted = objects.count(status, "desiredReplicas", -1)
        kept = self._turns.setdefault(path, deque(maxlen=100))
        if wanted == 0 and not kept:
            return  # one that was only just made says nothing yet
        if wanted >= 0 and (not kept or kept[-1][1] != wanted):
            kept.append((self.clock.now(), wanted))

    def turns(self, path: str, now: Instant) -> list[tuple[Instant, int]]:
        """How many replicas an autoscaler wanted, each time that changed, within the window; the
        last before it comes first."""
        kept = [*self._turns.get(path, ())]
        recent = [each for each in kept if each[0] > now - WINDOW]
        return [*kept[: len(kept) - len(recent)][-1:], *recent]

    # ---- who belongs to whom ---------------------------------------------------------------------

    def workload(self, ref: Ref) -> Ref:
        """What stands above a pod's owner: the Deployment of a ReplicaSet, the CronJob of a Job."""
        for _ in range(4):
            above = self._above.get(ref)
            if above is None:
                return ref
            ref = above
        return ref

    def pods_of(self, ref: Ref) -> list[Pod]:
        """The pods of a workload, through whatever stands between."""
        found = [self.pods[path] for path in sorted(self._owned.get(ref, ()))]
        for child in sorted(self._under.get(ref, ())):
            found += self.pods_of(child)
        return found

    def children(self, ref: Ref, kind: str) -> list[Thing]:
        """The objects of a kind that a workload controls."""
        known = self.things[kind]
        paths = ("/".join(r[1:]) for r in self._under.get(ref, ()) if r[0] == kind)
        return [known[path] for path in paths if path in known]

    def rollout(self, ref: Ref) -> Rollout | None:
        """The newest revision of a workload, as far as it is known."""
        sets = self.children(ref, "replicaset")
        if sets:
            newest = max(sets, key=_revision)
            meta = part(newest, "metadata")
            template = text(part(meta, "labels"), "pod-template-hash")
            at = instant(meta.get("creationTimestamp"))
            return Rollout(template or text(meta, "name"), str(_revision(newest)), at)
        thing = self.things[ref[0]].get("/".join(ref[1:]))
        name = text(part(thing, "status"), "updateRevision") if thing else ""
        return Rollout(name.rpartition("-")[2], "", None) if name else None

    def node(self, name: str) -> Thing | None:
        """A node, None where it is not known."""
        return self.things["node"].get(name)

    def on_lost_node(self, pod: Pod) -> bool:
        """Whether a pod's node is known and not ready."""
        node = self.node(pod.node) if pod.node else None
        return node is not None and not ready(node)

    def say(self, kind: str, path: str, words: str) -> None:
        """The last warning about an object, for whoever judges it."""
        with self.lock:
            if len(self.words) > 5000:
                self.words.clear()
            self.words[kind, path] = words
            if kind == "claim":
                self.dirty.add(("claim", path))


def ready(node: Thing) -> bool:
    """Whether a node is; one that says nothing yet counts as ready."""
    found = objects.condition(node, "Ready")
    return not found or found.get("status") == "True"


def _revision(thing: Thing) -> int:
    said = part(thing, "metadata", "annotations").get("deployment.kubernetes.io/revision", "")
    return int(said) if isinstance(said, str) and said.isdigit() else 0
