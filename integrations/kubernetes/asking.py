"""What people look up of a resource: the last lines of the worst container, its events, its
details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from integrations.base import Permanent
from integrations.kubernetes.api import Refused
from integrations.kubernetes.events import listed
from integrations.kubernetes.objects import Container, Pod, Ref, items, part, text
from integrations.kubernetes.objects import pod as read_pod
from integrations.kubernetes.of_workloads import template_of
from integrations.kubernetes.quantities import size, span
from store.model.resource import Resource

if TYPE_CHECKING:
    from integrations.kubernetes.connector import Kubernetes

LINES, BYTES = 30, 64 * 1024
_NONE_BEFORE = "previous terminated container"
PATHS = {
    "deployment": "/apis/apps/v1/namespaces/{ns}/deployments/{name}",
    "statefulset": "/apis/apps/v1/namespaces/{ns}/statefulsets/{name}",
    "daemonset": "/apis/apps/v1/namespaces/{ns}/daemonsets/{name}",
    "job": "/apis/batch/v1/namespaces/{ns}/jobs/{name}",
    "cronjob": "/apis/batch/v1/namespaces/{ns}/cronjobs/{name}",
    "pod": "/api/v1/namespaces/{ns}/pods/{name}",
    "node": "/api/v1/nodes/{name}",
    "namespace": "/api/v1/namespaces/{name}",
    "autoscaler": "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/{name}",
    "volume": "/api/v1/namespaces/{ns}/persistentvolumeclaims/{name}",
    "quota": "/api/v1/namespaces/{ns}/resourcequotas/{name}",
    "service": "/api/v1/namespaces/{ns}/services/{name}",
}
_EVENT_KINDS = {
    "deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet",
    "job": "Job", "cronjob": "CronJob", "pod": "Pod", "node": "Node",
    "autoscaler": "HorizontalPodAutoscaler", "volume": "PersistentVolumeClaim",
}  # fmt: skip


def ref_of(connector: Kubernetes, resource: Resource) -> Ref:
    """What a resource of ours is in the cluster. Permanent where it is not one of ours."""
    prefix = f"k8s:{connector.source.name}:"
    kind, _, path = resource.key.removeprefix(prefix).partition(":")
    if not resource.key.startswith(prefix) or not path:
        raise Permanent("this is no resource of this cluster")
    if kind == "other":
        kind, _, path = path.partition(":")
    namespace, _, name = path.rpartition("/")
    return kind, namespace, name


def path_of(ref: Ref) -> str:
    """Where an object is. Permanent where that kind can't be asked for."""
    if ref[0] not in PATHS:
        raise Permanent(f"a {ref[0]} can't be looked at")
    return PATHS[ref[0]].format(ns=ref[1], name=ref[2])


def ask(
    connector: Kubernetes, what: str, resource: Resource, params: Mapping[str, Any]
) -> str | dict[str, str] | list[dict[str, str]]:
    """``logs`` is text, ``events`` a list, newest first, ``detail`` words by name."""
    ref = ref_of(connector, resource)
    match what:
        case "logs":
            return logs(connector, ref, params)
        case "events":
            return events(connector, ref, params)
        case "detail":
            return detail(connector, ref)
    raise Permanent(f"a cluster does not know {what}")


def _pods(connector: Kubernetes, ref: Ref) -> list[Pod]:
    if ref[0] == "pod":
        found = connector.state.pods.get(f"{ref[1]}/{ref[2]}")
        return [found or read_pod(connector.api.get(path_of(ref)))]
    with connector.state.lock:
        known = connector.state.pods_of(ref)
    return known or _selected(connector, ref)


def _selected(connector: Kubernetes, ref: Ref) -> list[Pod]:
    """The pods of a workload by its selector, where it is not watched."""
    if ref[0] not in ("deployment", "statefulset", "daemonset", "job"):
        return []
    thing = connector.api.get(path_of(ref))
    labels = part(thing, "spec", "selector", "matchLabels")
    query = [("labelSelector", ",".join(f"{k}={v}" for k, v in sorted(labels.items())))]
    path = f"/api/v1/namespaces/{ref[1]}/pods"
    return [read_pod(each) for each in connector.api.everything(path, query)] if labels else []


def worst(pods: list[Pod], container: str = "") -> tuple[Pod, Container] | None:
    """The container that has most to say: broken before restarted before fine."""
    found = [(p, c) for p in pods for c in p.containers if not container or c.name == container]

    def bad(each: tuple[Pod, Container]) -> tuple[bool, bool, int, int]:
        pod, one = each
        fails = (one.state == "waiting" and one.restarts > 0) or bool(one.exit)
        return fails, one.restarts > 0, one.restarts, -(pod.created or 0)

    return max(found, key=bad, default=None)


def logs(connector: Kubernetes, ref: Ref, params: Mapping[str, Any]) -> str:
    """The last lines of the worst container; those of its last life where it runs no more."""
    pods = _pods(connector, ref)
    wanted = str(params.get("pod") or "")
    chosen = worst([p for p in pods if not wanted or p.name == wanted],
                   str(params.get("container") or ""))  # fmt: skip
    if chosen is None:
        raise Permanent("it has no pods that could say anything")
    pod, container = chosen
    lines = min(max(int(params.get("lines") or LINES), 1), 500)
    before = params.get("previous")
    if before is None:
        before = bool(container.restarts) and container.state != "running"
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log"
    query = [("container", container.name), ("tailLines", str(lines)), ("limitBytes", str(BYTES))]
    if before:
        try:
            return connector.api.text(path, [*query, ("previous", "true")], most=BYTES)
        except Refused as error:
            if error.status != 400 and _NONE_BEFORE not in error.text:
                raise  # else it had no life before this one
    try:
        return connector.api.text(path, query, most=BYTES)
    except Refused as error:
        if _NONE_BEFORE in error.text:
            said = f"container {container.name} of pod {pod.name} has said nothing yet"
            raise Permanent(said) from None
        if error.status == 400:
            raise Permanent(error.text[:300]) from None
        raise


def events(connector: Kubernetes, ref: Ref, params: Mapping[str, Any]) -> list[dict[str, str]]:
    """The last events of a resource and its pods."""
    most = min(max(int(params.get("most") or 20), 1), 200)
    kind = _EVENT_KINDS.get(ref[0])
    names = [(kind, ref[1], ref[2])] if kind else []
    if ref[0] in ("deployment", "statefulset", "daemonset", "job", "cronjob"):
        names += [("Pod", p.namespace, p.name) for p in _pods(connector, ref)[:10]]
    found: list[dict[str, str]] = []
    for what, namespace, name in names:
        within = f"/namespaces/{namespace}" if namespace else ""
        fields = f"involvedObject.kind={what},involvedObject.name={name}"
        listing = connector.api.everything(f"/api/v1{within}/events", [("fieldSelector", fields)])
        found += filter(None, map(listed, listing))
    return sorted(found, key=lambda each: -int(each["at"]))[:most]


def detail(connector: Kubernetes, ref: Ref) -> dict[str, str]:
    """Worth reading of a resource as it is now."""
    thing = connector.api.get(path_of(ref))
    meta, status = part(thing, "metadata"), part(thing, "status")
    found = {"created": text(meta, "creationTimestamp")}
    for each in items(status, "conditions"):
        said = " ".join(filter(None, (text(each, "status"), text(each, "reason"))))
        found[text(each, "type")] = " · ".join(filter(None, (said, text(each, "message"))))[:300]
    for each in items(template_of(thing), "spec", "containers"):
        found[f"image of {text(each, 'name')}"] = text(each, "image")
    for name in ("phase", "replicas", "readyReplicas", "availableReplicas", "lastScheduleTime",
                 "lastSuccessfulTime", "desiredReplicas", "currentReplicas", "hostIP"):  # fmt: skip
        if status.get(name) is not None:
            found[name] = text(status, name)
    if ref[0] == "pod":
        found |= _containers(connector, read_pod(thing))
    return {name: value for name, value in found.items() if value}


def _containers(connector: Kubernetes, pod: Pod) -> dict[str, str]:
    found = {"node": pod.node}
    now = connector.clock.now()
    for each in pod.containers:
        words = [each.state, each.reason, f"{each.restarts} restarts"]
        if each.at:
            words.append(f"for {span(now - each.at)}")
        if each.memory_limit:
            words.append(f"limit {size(each.memory_limit)}")
        found[f"container {each.name}"] = " · ".join(filter(None, words))
    return found
