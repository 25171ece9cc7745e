"""Nodes as resources, and what is wrong with them: not ready, under pressure, cordoned too long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations.kubernetes.api import Thing
from integrations.kubernetes.drafts import ERROR, WARNING, Draft, Judged
from integrations.kubernetes.objects import condition, items, part, text
from integrations.kubernetes.quantities import instant, quantity
from integrations.kubernetes.state import State
from store.model import HOUR, Instant, Severity
from store.model.resource import Health, Resource

_PRESSURE = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
_GOOD = ("Ready", "EtcdIsVoter")
_CORDON = "node.kubernetes.io/unschedulable"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def judge(state: State, name: str, now: Instant) -> Judged:
    """A node, its zone, and what is wrong with it."""
    node = state.node(name)
    if node is None:
        return Judged()
    drafts = [*_not_ready(state, name, node), *_pressure(state, name, node)]
    drafts += _cordoned(state, name, node)
    return Judged((_node(state, name, node, drafts), *_zone(state, node)), tuple(drafts))


def _draft(
    state: State, name: str, kind: str, said: tuple[str, ...], severity: Severity = WARNING, *,
    title: str = "", reason: str = "", since: Instant | None = None, after: Instant = 0,
    calm: Instant = 0,
) -> Draft:  # fmt: skip
    cluster = state.source.cluster
    labels = {"cluster": cluster, "kind": "node", "node": name, "name": name,
              "reason": reason or kind, "zone": zone_of(state.node(name) or {})}  # fmt: skip
    return Draft(
        key=f"{kind} node {name}", kind=kind, severity=severity,
        title=f"{title or kind} {name} ({cluster})", resource=state.source.key("node", name),
        said=said, labels=labels, since=since, after=after, calm=calm,
    )  # fmt: skip


def _not_ready(state: State, name: str, node: Thing) -> Iterator[Draft]:
    found = condition(node, "Ready")
    if not found or found.get("status") == "True":
        return
    pods = [p for p in state.pods.values() if p.node == name and not p.over]
    hit = f"{len(pods)} pods on it" if len(pods) != 1 else "1 pod on it"
    yield _draft(
        state, name, "NodeNotReady", (text(found, "message"), hit), ERROR, title="Node not ready",
        reason=text(found, "reason"), since=instant(found.get("lastTransitionTime")),
        after=state.source.limits.node_after, calm=state.source.limits.node_after,
    )  # fmt: skip


def _pressure(state: State, name: str, node: Thing) -> Iterator[Draft]:
    """The kubelet's pressures, and whatever a problem detector says more."""
    unknown = condition(node, "Ready").get("status") == "Unknown"
    for each in items(node, "status", "conditions"):
        kind = text(each, "type")
        if each.get("status") != "True" or kind in _GOOD or unknown:
            continue
        known = kind in _PRESSURE
        if not known and not re.search(r"(?i)pressure|problem|deadlock|readonly|corrupt|unhealthy|"
                                       r"frequent|unavailable|fail", kind):  # fmt: skip
            continue
        yield _draft(
            state, name, kind, (text(each, "message"),), reason=text(each, "reason") or kind,
            since=instant(each.get("lastTransitionTime")),
            after=state.source.limits.pressure_after, calm=state.source.limits.pressure_after,
        )  # fmt: skip


def _cordoned(state: State, name: str, node: Thing) -> Iterator[Draft]:
    if not part(node, "spec").get("unschedulable"):
        return
    taint = next((t for t in items(node, "spec", "taints") if t.get("key") == _CORDON), {})
    hours = state.source.limits.cordon / HOUR
    yield _draft(
        state, name, "NodeCordoned", (f"takes no new pods for more than {hours:g} h",),
        title="Node cordoned too long", since=instant(taint.get("timeAdded")),
        after=state.source.limits.cordon,
    )  # fmt: skip


def zone_of(node: Thing) -> str:
    """The zone a node says it is in."""
    labels = part(node, "metadata", "labels")
    return text(labels, "topology.kubernetes.io/zone") or text(
        labels, "failure-domain.beta.kubernetes.io/zone"
    )


def region_of(node: Thing) -> str:
    """The region a node says it is in."""
    labels = part(node, "metadata", "labels")
    return text(labels, "topology.kubernetes.io/region") or text(
        labels, "failure-domain.beta.kubernetes.io/region"
    )


def machine(node: Thing) -> tuple[str, ...]:
    """By which names the clouds know the machine below a node: its provider's id as it stands, its
    last part, and the full names that Google and Azure have for it; the machine's own UUID."""
    given = text(part(node, "spec"), "providerID")
    provider, _, path = given.partition("://")
    path = path.strip("/")
    names = [given]
    if provider == "gce" and path.count("/") == 2:
        project, zone, name = path.split("/")
        names.append(f"//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{name}")
    elif provider == "azure":
        names.append(f"/{path.lower()}")
    elif path:
        last = path.rpartition("/")[2]
        names.append(last if len(last) > 6 else "")
    uuid = text(part(node, "status", "nodeInfo"), "systemUUID").lower()
    if _UUID.fullmatch(uuid):
        names.append(uuid)
    return tuple(dict.fromkeys(filter(None, names)))


def _zone(state: State, node: Thing) -> Iterator[Resource]:
    zone = zone_of(node)
    if zone:
        yield Resource(
            state.source.key("zone", zone), "zone", zone, region=region_of(node), zone=zone,
            account=state.source.cluster, parents=(state.source.key("cluster"),),
        )  # fmt: skip


def _node(state: State, name: str, node: Thing, drafts: list[Draft]) -> Resource:
    meta, status = part(node, "metadata"), part(node, "status")
    info, room = part(status, "nodeInfo"), part(status, "capacity")
    labels = part(meta, "labels")
    found = condition(node, "Ready")
    word = {"True": "Ready", "False": "NotReady"}.get(text(found, "status"), "Unknown")
    health = Health.OK if word == "Ready" else Health.DOWN if found else Health.UNKNOWN
    why = text(found, "message") if health is Health.DOWN else ""
    troubles = [d for d in drafts if d.kind not in ("NodeNotReady", "NodeCordoned")]
    if health is Health.OK and troubles:
        health, why = Health.DEGRADED, ", ".join(d.kind for d in troubles)
    cordoned = bool(part(node, "spec").get("unschedulable"))
    zone = zone_of(node)
    prefix = "node-role.kubernetes.io/"
    facts = {
        "roles": ", ".join(sorted(k.removeprefix(prefix) for k in labels if k.startswith(prefix))),
        "kubelet": text(info, "kubeletVersion"),
        "os": text(info, "osImage"),
        "kernel": text(info, "kernelVersion"),
        "runtime": text(info, "containerRuntimeVersion"),
        "provider id": text(part(node, "spec"), "providerID"),
        "cordoned": "yes" if cordoned else "",
    }
    size = {
        "vcpus": quantity(room.get("cpu")),
        "memory_mb": (quantity(room.get("memory")) or 0) / 2**20,
        "disk_gb": (quantity(room.get("ephemeral-storage")) or 0) / 2**30,
        "pods": quantity(room.get("pods")),
    }
    return Resource(
        key=state.source.key("node", name),
        kind="node",
        name=name,
        state=f"{word}, cordoned" if cordoned else word,
        health=health,
        why=why[:200],
        type=text(labels, "node.kubernetes.io/instance-type")
        or text(labels, "beta.kubernetes.io/instance-type"),
        region=region_of(node),
        zone=zone,
        account=state.source.cluster,
        size={k: round(v, 2) for k, v in size.items() if v},
        tags={k: v for k, v in labels.items() if isinstance(v, str)},
        ids=tuple(filter(None, (text(meta, "uid"),))),
        addresses=tuple(dict.fromkeys(
            text(each, "address") for each in items(status, "addresses") if each.get("address")
        )),
        parents=(
            *machine(node),
            *((state.source.key("zone", zone),) if zone else ()),
            state.source.key("cluster"),
        ),
        created_at=instant(meta.get("creationTimestamp")),
        facts={name: value for name, value in facts.items() if value},
    )  # fmt: skip
