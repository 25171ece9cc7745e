"""What the stand-in keeps: objects, one counter of versions for all of them, and what happened
since the last compaction."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of object: its group and version, its names; ``fields`` may be selected."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    fields: tuple[str, ...] = ()

    @property
    def api(self) -> str:
        """Its apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version


_EVENT = ("reason", "type", "source", "reportingComponent", "involvedObject.kind",
          "involvedObject.name", "involvedObject.namespace", "involvedObject.uid")  # fmt: skip
COLLECTIONS = (
    Collection("", "v1", "nodes", "Node", False, ("spec.unschedulable",)),
    Collection("", "v1", "namespaces", "Namespace", False, ("status.phase",)),
    Collection("", "v1", "pods", "Pod", True, ("status.phase", "spec.nodeName", "status.podIP")),
    Collection("", "v1", "services", "Service"),
    Collection("", "v1", "secrets", "Secret", True, ("type",)),
    Collection("", "v1", "configmaps", "ConfigMap"),
    Collection("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    Collection("", "v1", "persistentvolumes", "PersistentVolume", False),
    Collection("", "v1", "resourcequotas", "ResourceQuota"),
    Collection("", "v1", "events", "Event", True, _EVENT),
    Collection("apps", "v1", "deployments", "Deployment"),
    Collection("apps", "v1", "replicasets", "ReplicaSet"),
    Collection("apps", "v1", "statefulsets", "StatefulSet"),
    Collection("apps", "v1", "daemonsets", "DaemonSet"),
    Collection("apps", "v1", "controllerrevisions", "ControllerRevision"),
    Collection("batch", "v1", "jobs", "Job", True, ("status.successful",)),
    Collection("batch", "v1", "cronjobs", "CronJob"),
    Collection("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    Collection("networking.k8s.io", "v1", "ingresses", "Ingress"),
    Collection("storage.k8s.io", "v1", "storageclasses", "StorageClass", False),
    Collection("cert-manager.io", "v1", "certificates", "Certificate"),
    Collection("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", False),
    Collection("metrics.k8s.io", "v1beta1", "pods", "PodMetrics"),
)  # fmt: skip


@dataclass(slots=True)
class Change:
    """Something that happened: the object as it was left, and as it was before."""

    version: int
    word: str
    after: Thing
    before: Thing | None


@dataclass(slots=True)
class Stored:
    """Everything. ``compacted`` is the last version of which nothing is known any more."""

    version: int = 100
    compacted: int = 0
    objects: dict[str, dict[Key, Thing]] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)

    def next(self) -> int:
        """Versions are not consecutive in an object's own collection, nor by one."""
        self.version += 3
        return self.version

    def put(self, collection: Collection, thing: Thing) -> Thing:
        """Create or replace an object; it gets a version, and an id where it has none."""
        made = copy.deepcopy(thing)
        meta = made.setdefault("metadata", {})
        key = (meta.get("namespace", ""), meta["name"])
        known = self.objects.setdefault(collection.api + collection.plural, {})
        before = known.get(key)
        meta.setdefault("uid", before["metadata"]["uid"] if before else str(uuid.uuid4()))
        meta.setdefault("creationTimestamp", "2026-11-26T10:00:00Z")
        if before is None or before.get("spec") != made.get("spec"):
            meta["generation"] = (before or {}).get("metadata", {}).get("generation", 0) + 1
        meta["resourceVersion"] = str(self.next())
        made.setdefault("apiVersion", collection.api)
        made.setdefault("kind", collection.kind)
        known[key] = made
        self._note(collection, "MODIFIED" if before else "ADDED", made, before)
        return made

    def drop(self, collection: Collection, key: Key) -> Thing:
        """Delete an object; watchers get it with a version of its own."""
        gone = copy.deepcopy(self.objects[collection.api + collection.plural].pop(key))
        before = copy.deepcopy(gone)
        gone["metadata"]["resourceVersion"] = str(self.next())
        self._note(collection, "DELETED", gone, before)
        return gone

    def of(self, collection: Collection) -> dict[Key, Thing]:
        """The objects of a collection."""
        return self.objects.setdefault(collection.api + collection.plural, {})

    def since(self, collection: Collection, version: int) -> Iterator[Change]:
        """What happened after a version."""
        listed = self.changes.get(collection.api + collection.plural, [])
        return (each for each in listed if each.version > version)

    def compact(self) -> None:
        """Forget what happened up to now."""
        self.compacted = self.version
        self.changes.clear()

    def _note(self, collection: Collection, word: str, after: Thing, before: Thing | None) -> None:
        listed = self.changes.setdefault(collection.api + collection.plural, [])
        listed.append(Change(int(after["metadata"]["resourceVersion"]), word, after, before))


class BadSelector(Exception):
    """A selector the API server does not take."""


def at(thing: Thing, path: str) -> str:
    """The text at a path of names."""
    value: Any = thing
    for each in path.split("."):
        value = value.get(each) if isinstance(value, dict) else None
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def matches(collection: Collection, thing: Thing, fields: str, labels: str) -> bool:
    """Whether an object is selected; BadSelector for a field that can't be selected."""
    for term in filter(None, fields.split(",")):
        name, sign, value = re.split(r"(!=|==|=)", term, maxsplit=1) if "=" in term else ("",) * 3
        if name not in ("metadata.name", "metadata.namespace", *collection.fields):
            raise BadSelector(f'field label not supported: "{name or term}"')
        path = "source.component" if name == "source" else name
        if (at(thing, path) == value) == (sign == "!="):
            return False
    there = thing.get("metadata", {}).get("labels") or {}
    for term in filter(None, labels.split(",")):
        name, sign, value = (
            re.split(r"(!=|==|=)", term, maxsplit=1) if "=" in term else (term, "", "")
        )
        if (sign == "" and name not in there) or (sign in ("=", "==") and there.get(name) != value):
            return False
        if sign == "!=" and there.get(name) == value:
            return False
    return True


def merged(thing: Any, patch: Any, *, strategic: bool) -> Any:
    """RFC 7386; strategic ones merge lists of named things by their name."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    found = dict(thing) if isinstance(thing, dict) else {}
    for name, value in patch.items():
        if name == "$patch":
            continue
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and value.get("$patch") == "replace":
            found[name] = {k: v for k, v in value.items() if k != "$patch"}
        elif strategic and isinstance(value, list) and _named(value) and name in found:
            known = {each["name"]: each for each in found[name]}
            for each in value:
                old = known.get(each["name"])
                known[each["name"]] = merged(old, each, strategic=True)
            found[name] = list(known.values())
        else:
            found[name] = merged(found.get(name), value, strategic=strategic)
    return found


def _named(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(each, dict) and "name" in each for each in value)


class Conflict(Exception):
    """A JSON patch whose test failed, or that names what is not there."""


def patched(thing: Thing, steps: list[Thing]) -> Thing:
    """RFC 6902: test, replace, add, remove of members."""
    found = copy.deepcopy(thing)
    for step in steps:
        *way, last = [p.replace("~1", "/").replace("~0", "~") for p in step["path"].split("/")[1:]]
        place: Any = found
        for each in way:
            if not isinstance(place, dict) or each not in place:
                raise Conflict(step["path"])
            place = place[each]
        if step["op"] == "test":
            if place.get(last) != step["value"]:
                raise Conflict(f"testing value {step['path']} failed")
        elif step["op"] in ("add", "replace"):
            if step["op"] == "replace" and last not in place:
                raise Conflict(step["path"])
            place[last] = copy.deepcopy(step["value"])
        elif step["op"] == "remove":
            del place[last]
    return found
