"""What is watched: where it is listed, what it belongs to, whether a cluster may lack it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A collection of the API. ``part`` is what it is told in; ``instead`` is asked where the first
    path is not there; ``partial`` ones are asked for their metadata alone."""

    name: str
    path: str
    resource: str
    part: str
    namespaced: bool = True
    partial: bool = False
    instead: str = ""
    selector: str = ""

    def url(self, namespace: str = "", *, instead: bool = False) -> str:
        """Where it is listed, of one namespace or of all."""
        within = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{self.instead if instead else self.path}{within}/{self.resource}"


KINDS = (
    Kind("node", "/api/v1", "nodes", "nodes", namespaced=False),
    Kind("namespace", "/api/v1", "namespaces", "namespaces", namespaced=False),
    Kind("quota", "/api/v1", "resourcequotas", "namespaces"),
    Kind("pod", "/api/v1", "pods", "workloads"),
    Kind("deployment", "/apis/apps/v1", "deployments", "workloads"),
    Kind("replicaset", "/apis/apps/v1", "replicasets", "workloads", partial=True),
    Kind("statefulset", "/apis/apps/v1", "statefulsets", "workloads"),
    Kind("daemonset", "/apis/apps/v1", "daemonsets", "workloads"),
    Kind("job", "/apis/batch/v1", "jobs", "workloads"),
    Kind("cronjob", "/apis/batch/v1", "cronjobs", "workloads", instead="/apis/batch/v1beta1"),
    Kind("hpa", "/apis/autoscaling/v2", "horizontalpodautoscalers", "autoscalers",
         instead="/apis/autoscaling/v2beta2"),
    Kind("claim", "/api/v1", "persistentvolumeclaims", "storage"),
    Kind("volume", "/api/v1", "persistentvolumes", "storage", namespaced=False),
    Kind("event", "/api/v1", "events", "events", instead="/apis/events.k8s.io/v1",
         selector="type!=Normal"),
    Kind("scaling", "/api/v1", "events", "events", instead="/apis/events.k8s.io/v1",
         selector="reason=SuccessfulRescale"),
)  # fmt: skip
"""Everything that is watched; a thread each, idle as long as nothing happens."""

PARTS = {
    "nodes": "nodes",
    "namespaces": "namespaces and quotas",
    "workloads": "workloads and pods",
    "autoscalers": "autoscalers",
    "storage": "volumes",
    "events": "events",
}
"""What is told as a whole, with its words for people."""
