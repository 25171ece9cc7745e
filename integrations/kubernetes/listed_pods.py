"""Pods as resources: where each runs, what it belongs to, how it is. What is wrong with one is told
of its workload; what has ended is told for a while and then no more."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.kubernetes.drafts import Judged
from integrations.kubernetes.objects import Pod
from integrations.kubernetes.of_nodes import region_of, zone_of
from integrations.kubernetes.of_pods import kind_of
from integrations.kubernetes.state import State
from store.model import HOUR, MINUTE, Instant
from store.model.resource import Health, Resource

SUCCEEDED, FAILED = 10 * MINUTE, HOUR
"""For so long a pod that has ended is told of."""
_ENDED = ("Succeeded", "Failed")
_STARTING = ("", "ContainerCreating", "PodInitializing")
_STEPS = (100, 50, 20, 10, 5)


def judge(state: State, path: str, now: Instant) -> Judged:
    """A pod, unless pods are not wanted or it ended long ago."""
    found = state.pods.get(path)
    if found is None or not state.source.pods:
        return Judged()
    ended = found.phase in _ENDED
    if ended and now - _ended_at(found, now) >= _told_for(state, found):
        return Judged()
    return Judged((_resource(state, found),), again=ended)


def _told_for(state: State, found: Pod) -> Instant:
    """One that nothing makes anew is told of as long as that it failed."""
    if found.phase == "Succeeded":
        return SUCCEEDED
    return max(FAILED, state.source.limits.job) if found.owner[0] == "pod" else FAILED


def _ended_at(found: Pod, now: Instant) -> Instant:
    ends = [c.at for c in found.containers if c.state == "terminated" and c.at]
    return max(ends, default=found.ready_since or found.created or now)


def _resource(state: State, found: Pod) -> Resource:
    source, node = state.source, state.node(found.node) or {}
    word, health, why = _how(found)
    if health is Health.OK and found.phase not in _ENDED and state.on_lost_node(found):
        health, why = Health.UNKNOWN, f"node {found.node} is not ready"
    asked = {
        "vcpus": sum(c.cpu_request or 0 for c in found.containers if not c.init),
        "memory_mb": sum(c.memory_request or 0 for c in found.containers if not c.init) / 2**20,
    }
    images = ", ".join(c.image for c in found.containers if not c.init and c.image)[:300]
    facts = {"node": found.node, "image": images, "restarts": restarts(found.restarts)}
    return Resource(
        key=source.key("pod", found.name, found.namespace), kind="pod", name=found.name,
        state=word, health=health, why=why[:200], account=source.cluster,
        group=found.namespace, region=region_of(node), zone=zone_of(node),
        size={k: round(v, 3) for k, v in asked.items() if v},
        tags=dict(found.labels), ids=tuple(filter(None, (found.uid,))),
        addresses=found.addresses, parents=tuple(_above(state, found)), created_at=found.created,
        facts={name: said for name, said in facts.items() if said},
    )  # fmt: skip


def _above(state: State, found: Pod) -> Iterator[str]:
    """What it hangs on: its namespace by its workload, where it has one. What has ended is not lost
    with its node."""
    source, owner = state.source, state.workload(found.owner)
    if found.node and found.phase not in _ENDED:
        yield source.key("node", found.node)
    if owner[0] != "pod":
        if found.owner[0] == "job":
            yield source.key("job", found.owner[2], found.owner[1])
        yield source.key(kind_of(owner), owner[2], owner[1])
    for claim in found.claims:
        yield source.key("volume", claim, found.namespace)
    if owner[0] == "pod":
        yield source.key("namespace", found.namespace)


def restarts(number: int) -> str:
    """In steps, so that it is not told at each of them: ``2``, ``10 or more``."""
    step = next((each for each in _STEPS if number >= each), 0)
    return f"{step} or more" if step else str(number) if number else ""


def _how(found: Pod) -> tuple[str, Health, str]:
    """As ``kubectl get pods`` says it, and what that means."""
    if found.deleting:
        return "Terminating", Health.OK, ""
    if found.phase == "Succeeded":
        return "Completed", Health.OK, ""
    if found.phase == "Failed":
        return found.reason or "Failed", Health.DOWN, found.message
    for each in found.containers:
        if each.state == "waiting" and each.reason not in _STARTING:
            return each.reason, Health.DOWN, each.message
        if each.state == "terminated" and each.exit and not each.init:
            return each.reason or "Error", Health.DOWN, each.message
    if found.phase == "Unknown":
        return "Unknown", Health.UNKNOWN, found.message
    if found.phase == "Pending":
        return "Pending", Health.DEGRADED, found.unscheduled
    return "Running", Health.OK if found.ready else Health.DEGRADED, \
        "" if found.ready else found.ready_why or "not ready"  # fmt: skip
