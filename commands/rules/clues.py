"""What an alert says of the thing it is about: names in its labels, the surest first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from store.model import AlertReading

OURS = "resource_key"
"""The label by which a fault of the inventory names its resource; people don't see it."""

_EXACT = (
    OURS, "resource_id", "resourceid", "resource_arn", "arn", "cloud_resource_id", "provider_id",
    "providerid", "instance_id", "instanceid", "aws_instance_id", "ec2_instance_id", "host_id",
    "server_id", "server_uuid", "instance_uuid", "vm_id", "vm_uuid", "uuid", "volume_id",
    "volumeid", "port_id", "router_id", "dbinstanceidentifier", "dbclusteridentifier",
    "db_instance_identifier", "db_instance_id", "db_cluster_identifier", "loadbalancer",
    "load_balancer", "targetgroup", "functionname", "function_name", "queuename", "queue_name",
    "bucketname", "bucket_name", "tablename", "cacheclusterid", "replicationgroupid",
    "filesystemid", "volume", "volume_name", "database_id", "disk_name", "hypervisor",
)  # fmt: skip
_HOSTS = (
    "host", "hostname", "host_name", "node", "nodename", "node_name", "kubernetes_node",
    "k8s_node_name", "server", "server_name", "vm", "vm_name", "compute_host",
    "hypervisor_hostname", "instance", "instance_name", "fqdn", "device_name", "target", "url",
    "ip", "ip_address", "address", "private_ip", "host_ip",
)  # fmt: skip
_WORKLOADS = {
    "deployment": "deployment", "statefulset": "statefulset", "daemonset": "daemonset",
    "job_name": "job", "cronjob": "cronjob", "horizontalpodautoscaler": "autoscaler",
    "hpa": "autoscaler", "persistentvolumeclaim": "volume", "pvc": "volume",
    "resourcequota": "quota",
}  # fmt: skip
_NAMESPACES = ("namespace", "kube_namespace", "kubernetes_namespace", "exported_namespace")
_PODS = ("pod", "pod_name", "kube_pod", "kubernetes_pod_name", "exported_pod")
_CLUSTERS = ("cluster", "cluster_name", "kubernetes_cluster", "k8s_cluster", "eks_cluster")
_SPEAKS_FOR_OTHERS = re.compile(r"exporter|kube-state-metrics|metrics-server|cadvisor|blackbox")
_POD_OF = (
    (re.compile(r"-[a-f0-9]{6,10}-[a-z0-9]{5}$"), "deployment"),
    (re.compile(r"-\d{1,4}$"), "statefulset"),
    (re.compile(r"-[a-z0-9]{5}$"), "daemonset"),
)
_PLAIN = re.compile(r"[.\-/: ]")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LONGEST, _MOST = 300, 24


@dataclass(frozen=True, slots=True)
class Clue:
    """A name and where it was said. ``kinds`` are those it can mean, all where empty; ``group`` is
    the namespace it lies in. An ``exact`` one is an identifier: what has it is meant."""

    name: str
    said: str
    kinds: frozenset[str] = frozenset()
    group: str = ""
    exact: bool = False


def clues(reading: AlertReading) -> list[Clue]:
    """The names by which a reading may be found, the surest first."""
    labels = {_PLAIN.sub("_", n).casefold(): str(v).strip() for n, v in reading.labels.items()}
    found: dict[tuple[str, str], Clue] = {}
    for clue in (*_exact(labels), *_in_cluster(labels), *_hosts(labels), *_resource(reading)):
        if clue.name and len(clue.name) <= _LONGEST and len(found) < _MOST:
            found.setdefault((clue.name, clue.group), clue)
    return list(found.values())


def first(labels: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The first of these labels that is there."""
    return next((labels[name] for name in names if labels.get(name)), "")


def cluster_of(labels: Mapping[str, str]) -> str:
    """The cluster that labels name."""
    return first(labels, _CLUSTERS)


def namespace_of(labels: Mapping[str, str]) -> str:
    """The namespace that labels name."""
    return first(labels, _NAMESPACES)


def hosts(text: str) -> Iterator[str]:
    """The host in ``https://ana@db-3.example.eu:9100/x``, whole and without its domain."""
    bare = _SCHEME.sub("", text.strip()).partition("/")[0].rpartition("@")[2].strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    bare = bare.rstrip(".")
    if not bare or " " in bare:
        return
    yield bare
    if ":" not in bare and not bare.replace(".", "").isdigit() and "." in bare:
        yield bare.partition(".")[0]


def _exact(labels: Mapping[str, str]) -> Iterator[Clue]:
    for name in _EXACT:
        if value := labels.get(name):
            yield Clue(value, name, exact=name not in ("volume", "hypervisor"))


def _in_cluster(labels: Mapping[str, str]) -> Iterator[Clue]:
    namespace = namespace_of(labels)
    if not namespace:
        return
    for name, kind in _WORKLOADS.items():
        if value := labels.get(name):
            yield Clue(value, name, frozenset((kind,)), namespace)
    pod, job = first(labels, _PODS), labels.get("job", "")
    if pod and not _SPEAKS_FOR_OTHERS.search(pod):
        yield Clue(pod, "pod", frozenset(("pod",)), namespace)
        for shape, kind in _POD_OF:
            if shape.search(pod):
                yield Clue(shape.sub("", pod), "pod", frozenset((kind, "job")), namespace)
    only = not any(labels.get(n) for n in (*_WORKLOADS, *_PODS, *_HOSTS))
    if only or _SPEAKS_FOR_OTHERS.search(job):
        yield Clue(namespace, "namespace", frozenset(("namespace",)))


def _hosts(labels: Mapping[str, str]) -> Iterator[Clue]:
    others = bool(_SPEAKS_FOR_OTHERS.search(labels.get("job", "")))
    others = others and not labels.get("job", "").startswith(("node", "windows"))
    for name in _HOSTS:
        value = labels.get(name, "")
        if value and not (others and name == "instance"):
            for host in hosts(value):
                yield Clue(host, name)


def _resource(reading: AlertReading) -> Iterator[Clue]:
    value = (reading.resource or "").strip()
    if not value:
        return
    yield Clue(value, "resource")
    for host in hosts(value):
        yield Clue(host, "resource")
    last = value.rstrip("/").rpartition("/")[2]
    if last != value:
        yield Clue(last, "resource")
