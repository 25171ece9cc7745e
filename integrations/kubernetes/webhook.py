"""Kubernetes events, in either of their two shapes, alone, in a list, or as watchers send them.

An event has no state: the same one comes again with a higher ``count``. Warnings fire; what is
normal is information.
"""

from __future__ import annotations

from typing import Any

from integrations import _form, _read
from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertType, Severity

_NORMAL = frozenset(
    ("Scheduled", "Pulling", "Pulled", "Created", "Started", "Killing", "SuccessfulCreate",
     "SuccessfulDelete", "ScalingReplicaSet", "SuccessfulRescale", "Completed", "SawCompletedJob",
     "NodeReady", "RegisteredNode", "NodeHasSufficientMemory", "NodeHasNoDiskPressure", "Sync",
     "NodeHasSufficientPID", "LeaderElection", "SuccessfulAttachVolume", "ProvisioningSucceeded",
     "Provisioning", "ExternalProvisioning", "WaitForFirstConsumer", "SuccessfulMountVolume",
     "EnsuredLoadBalancer", "EnsuringLoadBalancer", "Starting", "NodeAllocatableEnforced",
     "TaintManagerEviction", "created", "updated", "deleted")
)  # fmt: skip
_GRAVE = frozenset(
    ("NodeNotReady", "SystemOOM", "OOMKilling", "EvictionThresholdMet", "NodeHasDiskPressure",
     "KernelDeadlock", "FilesystemIsReadOnly", "DeadlineExceeded", "BackoffLimitExceeded",
     "CrashLoopBackOff", "Evicted")
)  # fmt: skip


def read(request: Request) -> Reading:
    """One alert for each event."""
    value = _form.value(request)
    if isinstance(value, dict):
        items = value.get("items")
        value = items if isinstance(items, list) else value.get("event") or value
    if isinstance(value, list):
        return Reading(tuple(map(_event, _read.objects(value, "items"))))
    return Reading((_event(_read.an_object(value)),))


def _event(event: dict[str, Any]) -> AlertReading:
    if inside := _read.part(event, "object"):  # what a watch returns: {type: ADDED, object}
        event = inside
    about = _read.part(event, "involvedObject") or _read.part(event, "regarding")
    about = about or _read.part(event, "eventmeta") or _read.part(event, "involved_object")
    reason = _read.first(event, "reason") or _read.first(about, "reason")
    message = _read.first(event, "message", "note", "text", "msg")
    kind, name = _read.first(about, "kind"), _read.first(about, "name")
    if not reason and not message:
        raise Malformed("there is no reason in it", "reason")
    if not name:
        name = _read.first(event, "name")
        kind = kind or _read.first(event, "kind")
    meta = _read.part(event, "metadata")
    space = _read.first(about, "namespace") or _read.first(meta, "namespace")
    word = _read.raw(event, "type")
    normal = word == "Normal" or (not word and reason in _NORMAL)
    place = f"{kind} {name}".strip()
    heading = f"{reason}: {place}" if place and reason else reason or place
    source = _read.part(event, "source")
    return _read.alert(
        _read.INFO if normal else _read.FIRING,
        " ".join((_read.first(about, "uid") or f"{kind}/{space}/{name}", reason)),
        f"{heading}: {message}" if message and heading else heading or message,
        type=AlertType.KUBERNETES,
        word=word,
        severity=_severity(word, reason, normal=normal),
        description=message,
        resource=name or _read.first(source, "host"),
        labels={
            **_read.tags(about.get("labels")),
            "cluster": _read.first(event, "clusterName", "cluster"),
            "namespace": space,
            "kind": kind,
            "name": name,
            "reason": reason,
            "container": _read.first(about, "fieldPath"),
            "component": _read.first(source, "component")
            or _read.first(event, "reportingComponent", "reportingController"),
            "node": _read.first(source, "host"),
            "count": _read.first(event, "count"),
        },
        starts=event.get("firstTimestamp"),
    )


def _severity(word: str, reason: str, *, normal: bool) -> Severity | None:
    if normal:
        return Severity.INFO
    if reason in _GRAVE:
        return Severity.ERROR
    return Severity.WARNING if word in ("Warning", "") else None
