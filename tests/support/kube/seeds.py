"""Objects of a cluster as the API server has them, whole and in each way they break."""

from __future__ import annotations

from typing import Any

from store.clock import iso

Thing = dict[str, Any]
NOW = 1_795_700_000_000
MINUTE = 60_000


def at(minutes: float, now: int = NOW) -> str:
    """So many minutes before now."""
    return iso(int(now - minutes * MINUTE))[:19] + "Z"


def cond(type: str, status: str, reason: str = "", message: str = "", since: float = 30) -> Thing:
    """A condition."""
    return {"type": type, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": at(since)}  # fmt: skip


def owner(kind: str, name: str) -> Thing:
    """What controls an object."""
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": f"uid-{name}",
            "controller": True}  # fmt: skip


def thing(kind: str, name: str, namespace: str = "", **more: Any) -> Thing:
    """An object."""
    meta = {"name": name, **({"namespace": namespace} if namespace else {}),
            "managedFields": [{"manager": "kubelet"}], **more.pop("meta", {})}  # fmt: skip
    return {"kind": kind, "metadata": meta, **more}


def node(name: str, *, ready: str = "True", provider: str = "", pressure: str = "",
         cordoned: float | None = None, zone: str = "eu-1a", **more: Any) -> Thing:  # fmt: skip
    """A node; ``cordoned`` for so many minutes."""
    spec: Thing = {"providerID": provider} if provider else {}
    if cordoned is not None:
        taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule",
                 "timeAdded": at(cordoned)}  # fmt: skip
        spec |= {"unschedulable": True, "taints": [taint]}
    reason = "KubeletReady" if ready == "True" else "NodeStatusUnknown"
    message = "kubelet is posting ready status" if ready == "True" else (
        "Kubelet stopped posting node status.")  # fmt: skip
    conditions = [cond("Ready", ready, reason, message, 5),
                  cond("MemoryPressure", "False"), cond("DiskPressure", "False")]  # fmt: skip
    if pressure:
        conditions.append(cond(pressure, "True", f"KubeletHas{pressure}", "kubelet has it"))
    return thing("Node", name, spec=spec, meta={"labels": {
        "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "eu-1",
        "node.kubernetes.io/instance-type": "m5.large"}}, status={
        "conditions": conditions, "capacity": {"cpu": "4", "memory": "16Gi", "pods": "110"},
        "allocatable": {"cpu": "4", "memory": "15Gi"},
        "addresses": [{"type": "InternalIP", "address": "10.0.0.7"}],
        "nodeInfo": {"kubeletVersion": "v1.36.2"}, **more})  # fmt: skip


def pod(name: str, namespace: str = "shop", *, of: Thing | None = None, phase: str = "Running",
        ready: bool = True, on: str = "n1", containers: list[Thing] | None = None,
        statuses: list[Thing] | None = None, labels: Thing | None = None, since: float = 30,
        **status: Any) -> Thing:  # fmt: skip
    """A pod; by default one that runs well."""
    specs = containers or [
        {
            "name": "app",
            "image": "shop/cart:1",
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"memory": "256Mi"},
            },
        }
    ]
    states = statuses if statuses is not None else [running("app", ready=ready)]
    conditions = [cond("PodScheduled", "True" if on else "False"),
                  cond("Ready", str(ready), "" if ready else "ContainersNotReady", "" if ready
                       else "containers with unready status: [app]", since)]  # fmt: skip
    found = thing(
        "Pod",
        name,
        namespace,
        spec={"nodeName": on, "containers": specs} if on else {"containers": specs},
        status={
            "phase": phase,
            "conditions": conditions,
            "podIP": "10.1.0.9",
            "containerStatuses": states,
            **status,
        },
        meta={"labels": labels or {"app": "cart"}, "creationTimestamp": at(since)},
    )
    if of is not None:
        found["metadata"]["ownerReferences"] = [of]
    return found


def running(name: str, /, *, ready: bool = True, restarts: int = 0, **last: Any) -> Thing:
    """A container that runs; ``last`` is how it ended before."""
    return {"name": name, "ready": ready, "restartCount": restarts, "started": True,
            "state": {"running": {"startedAt": at(30)}},
            "lastState": {"terminated": last} if last else {}}  # fmt: skip


def waiting(
    name: str, reason: str, message: str = "", restarts: int = 0, /, **last: Any
) -> Thing:  # fmt: skip
    """A container that waits; ``last`` is how it ended before."""
    return {"name": name, "ready": False, "restartCount": restarts,
            "state": {"waiting": {"reason": reason, "message": message}},
            "lastState": {"terminated": last} if last else {}}  # fmt: skip


def crashing(name: str = "app", restarts: int = 7, reason: str = "Error", exit: int = 1) -> Thing:
    """A container in a crash loop."""
    return waiting(name, "CrashLoopBackOff", "back-off 5m0s restarting failed container", restarts,
                   exitCode=exit, reason=reason, finishedAt=at(1), startedAt=at(2))  # fmt: skip


def replicaset(
    name: str,
    deployment: str,
    namespace: str = "shop",
    *,
    revision: int = 1,
    hash: str = "7f3c",
    image: str = "shop/cart:1",
    since: float = 22,
) -> Thing:
    """A ReplicaSet of a Deployment."""
    labels = {"app": "cart", "pod-template-hash": hash}
    return thing("ReplicaSet", name, namespace, meta={
        "ownerReferences": [owner("Deployment", deployment)], "labels": labels,
        "annotations": {"deployment.kubernetes.io/revision": str(revision)},
        "creationTimestamp": at(since)}, spec={"replicas": 3, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [
            {"name": "app", "image": image}]}}}, status={"replicas": 3})  # fmt: skip


def deployment(name: str = "cart", namespace: str = "shop", *, want: int = 3, have: int = 3,
               conditions: list[Thing] | None = None, image: str = "shop/cart:2",
               labels: Thing | None = None) -> Thing:  # fmt: skip
    """A Deployment."""
    mine = labels or {"app": "cart", "team": "web"}
    return thing("Deployment", name, namespace, meta={"labels": mine}, spec={
        "replicas": want, "selector": {"matchLabels": {"app": "cart"}}, "strategy": {
            "type": "RollingUpdate"}, "template": {"metadata": {"labels": {"app": "cart"}},
            "spec": {"containers": [{"name": "app", "image": image, "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"}}}]}}}, status={
        "replicas": want, "availableReplicas": have, "readyReplicas": have,
        "conditions": conditions or [cond("Available", str(have >= want)),
                                     cond("Progressing", "True")]})  # fmt: skip


def workload(kind: str, name: str, namespace: str = "shop", *, want: int = 2, have: int = 2,
             images: str = "db:1", **more: Any) -> Thing:  # fmt: skip
    """A StatefulSet or DaemonSet."""
    status = {"replicas": want, "readyReplicas": have} if kind == "StatefulSet" else {
        "desiredNumberScheduled": want, "numberAvailable": have, "numberReady": have}  # fmt: skip
    spec: Thing = {"selector": {"matchLabels": {"app": name}}, "template": {
        "metadata": {"labels": {"app": name}}, "spec": {"containers": [
            {"name": "db", "image": images}]}}}  # fmt: skip
    if kind == "StatefulSet":
        spec["replicas"] = want
    return thing(kind, name, namespace, spec=spec, status={**status, **more})


def job(name: str, namespace: str = "shop", *, failed: str = "", of: Thing | None = None,
        complete: bool = False, since: float = 5) -> Thing:  # fmt: skip
    """A Job; ``failed`` is the reason."""
    conditions = [cond("Complete", "True", "", "", since)] if complete else []
    if failed:
        conditions = [cond("Failed", "True", failed, "it has reached its limit", since)]
    meta = {"ownerReferences": [of]} if of else {}
    return thing(
        "Job",
        name,
        namespace,
        meta=meta,
        spec={"backoffLimit": 2},
        status={
            "conditions": conditions,
            "failed": 3 if failed else 0,
            "active": 0 if conditions else 1,
        },
    )


def cronjob(name: str, namespace: str = "shop", *, schedule: str = "*/5 * * * *",
            last: float | None = 2, suspend: bool = False) -> Thing:  # fmt: skip
    """A CronJob that last ran so many minutes ago."""
    status = {"lastScheduleTime": at(last)} if last is not None else {}
    return thing("CronJob", name, namespace, meta={"creationTimestamp": at(3000)}, spec={
        "schedule": schedule, "suspend": suspend, "jobTemplate": {"spec": {"template": {}}}},
        status=status)  # fmt: skip


def hpa(name: str = "cart", namespace: str = "shop", *, now: int = 3, wants: int = 3,
        most: int = 10, conditions: list[Thing] | None = None,
        scaled: float | None = None) -> Thing:  # fmt: skip
    """A HorizontalPodAutoscaler of a Deployment."""
    status: Thing = {"currentReplicas": now, "desiredReplicas": wants, "conditions": conditions or [
        cond("AbleToScale", "True"), cond("ScalingActive", "True"),
        cond("ScalingLimited", "False", "DesiredWithinRange")]}  # fmt: skip
    if scaled is not None:
        status["lastScaleTime"] = at(scaled)
    return thing(
        "HorizontalPodAutoscaler",
        name,
        namespace,
        spec={
            "minReplicas": 2,
            "maxReplicas": most,
            "scaleTargetRef": {"kind": "Deployment", "name": "cart", "apiVersion": "apps/v1"},
        },
        status=status,
    )


def claim(name: str, namespace: str = "shop", *, phase: str = "Bound", volume: str = "pv-1",
          storage: str = "fast") -> Thing:  # fmt: skip
    """A PersistentVolumeClaim."""
    meta = {"creationTimestamp": at(30)}
    return thing("PersistentVolumeClaim", name, namespace, meta=meta, spec={
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage, "resources": {"requests": {"storage": "10Gi"}},
        **({"volumeName": volume} if phase != "Pending" else {})}, status={
        "phase": phase, "capacity": {"storage": "10Gi"} if phase == "Bound" else {}})  # fmt: skip


def quota(name: str, namespace: str = "shop", **shares: tuple[str, str]) -> Thing:
    """A ResourceQuota: what, used of hard."""
    named = {k.replace("__", "."): v for k, v in shares.items()}
    return thing(
        "ResourceQuota",
        name,
        namespace,
        spec={},
        status={
            "used": {k: v[0] for k, v in named.items()},
            "hard": {k: v[1] for k, v in named.items()},
        },
    )


def event(
    about: Thing,
    reason: str,
    message: str,
    *,
    type: str = "Warning",
    count: int = 1,
    name: str = "e1",
    when: float = 1,
    modern: bool = False,
    **more: Any,
) -> Thing:
    """An event about an object, as the kubelet writes it or as newer components do."""
    meta = about["metadata"]
    ref = {"kind": about["kind"], "name": meta["name"], "namespace": meta.get("namespace", "")}
    shape: Thing = {"eventTime": at(when), "series": {
        "count": count, "lastObservedTime": at(when)}} if modern else {
        "firstTimestamp": at(30), "lastTimestamp": at(when), "count": count,
        "source": {"component": "kubelet"}}  # fmt: skip
    return thing("Event", name, meta.get("namespace", "default"), involvedObject=ref, reason=reason,
                 message=message, type=type, **shape, **more)  # fmt: skip
