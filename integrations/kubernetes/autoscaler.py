"""What the cluster autoscaler says of itself in its status, in either of its two forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from integrations.base import Item
from integrations.kubernetes.api import Refused
from integrations.kubernetes.drafts import WARNING, Draft
from integrations.kubernetes.objects import items, part, text
from store.model import MINUTE
from store.model.resource import Health, Resource

if TYPE_CHECKING:
    from integrations.kubernetes.connector import Kubernetes

_PATH = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"
_FAULTS = {
    "Unhealthy": "AutoscalerUnhealthy",
    "Backoff": "AutoscalerBackoff",
}


def autoscaler(connector: Kubernetes, notes: list[str]) -> Iterator[Item]:
    """The autoscaler and what is wrong with it; nothing where a cluster has none."""
    try:
        found = connector.api.get(_PATH)
    except Refused as error:
        if error.status not in (403, 404):
            raise
        if error.status == 403:
            notes.append("the cluster autoscaler's status")
        return
    groups = list(status(text(part(found, "data"), "status")))
    bad = [(name, word, why) for name, word, why in groups if word in _FAULTS]
    source = connector.source
    key = source.key("autoscaler", "cluster-autoscaler", "kube-system")
    yield Resource(
        key, "autoscaler", "cluster-autoscaler", state="degraded" if bad else "healthy",
        health=Health.DEGRADED if bad else Health.OK,
        why=", ".join(f"{name} {word}" for name, word, _ in bad)[:200],
        type="ClusterAutoscaler", account=source.cluster, group="kube-system",
        parents=(source.key("cluster"),),
    )  # fmt: skip
    for name, word, why in bad:
        kind = _FAULTS[word]
        yield Draft(
            f"{kind} autoscaler {name}", kind, WARNING,
            f"Cluster autoscaler {word.lower()} {name} ({source.cluster})", key, said=(why,),
            labels={"cluster": source.cluster, "kind": "autoscaler", "name": "cluster-autoscaler",
                    "node_group": name, "reason": word}, after=2 * MINUTE, calm=2 * MINUTE,
        ).fault(connector.clock.now())  # fmt: skip


def status(written: str) -> Iterator[tuple[str, str, str]]:
    """``(group, word, why)`` for the cluster and each node group: Healthy, Unhealthy, Backoff …"""
    try:
        found: Any = yaml.safe_load(written)
    except yaml.YAMLError:
        found = None
    if isinstance(found, dict) and "clusterWide" in found:
        yield from _structured(found)
        return
    name = "the cluster"
    for line in written.splitlines():
        if match := re.match(r"\s*Name:\s+(\S+)", line):
            name = match[1].rpartition("/")[2]
        elif match := re.match(r"\s*(Health|ScaleUp):\s+(\w+)\s*(\(.*\))?", line):
            yield name, match[2], (match[3] or "").strip("()")


def _structured(found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    groups = [{"name": "the cluster", **part(found, "clusterWide")}, *items(found, "nodeGroups")]
    for each in groups:
        name = text(each, "name").rpartition("/")[2]
        for what in ("health", "scaleUp"):
            said = part(each, what)
            info = part(said, "backoffInfo")
            why = text(info, "errorMessage") or text(info, "errorCode")
            yield name, text(said, "status"), why
