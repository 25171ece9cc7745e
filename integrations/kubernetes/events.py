"""Events of a cluster as happenings: those that say the same of one workload are one, counted; of
both shapes, core v1 and events.k8s.io/v1."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from integrations.kubernetes.api import Thing
from integrations.kubernetes.objects import Ref, count, name_of, part, text
from integrations.kubernetes.of_pods import kind_of
from integrations.kubernetes.quantities import instant
from integrations.kubernetes.state import State
from store.model import DAY, Instant
from store.model.resource import Happening

MOST = 5_000
"""So many different happenings wait to be told; what comes beyond is counted under its reason."""
_REMEMBERED = 50_000
_VARIES = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha256:[0-9a-f]+|\b[0-9a-f]{10,}\b|"
    r"\d+(?:\.\d+)*(?:ms|s|m|h|Mi|Gi|Ki)?"
)
_CHANGES = frozenset(
    ("SuccessfulRescale", "ScalingReplicaSet", "TriggeredScaleUp", "ScaleDown", "ScaledUpGroup",
     "Rebooted", "ScaleDownEmpty")
)  # fmt: skip
_ENDS = re.compile(r"(-[a-f0-9]{6,10})?(-[bcdfghjklmnpqrstvwxz2456789]{5}|-\d+)$")


@dataclass(frozen=True, slots=True)
class Event:
    """One event object, whichever shape it came in."""

    kind: str
    namespace: str
    name: str
    reason: str
    text: str
    at: Instant
    first: Instant
    count: int
    warning: bool
    who: str
    container: str


def event(thing: Thing) -> Event | None:
    """Read an event of either API; None where it says nothing."""
    about = part(thing, "involvedObject") or part(thing, "regarding")
    meta, series = part(thing, "metadata"), part(thing, "series")
    reason = text(thing, "reason")
    last = (
        instant(series.get("lastObservedTime"))
        or instant(thing.get("lastTimestamp"))
        or instant(thing.get("deprecatedLastTimestamp"))
        or instant(thing.get("eventTime"))
        or instant(meta.get("creationTimestamp"))
    )
    if not reason or last is None:
        return None
    first = instant(thing.get("firstTimestamp")) or instant(thing.get("deprecatedFirstTimestamp"))
    times = max(count(series, "count"), count(thing, "count"), count(thing, "deprecatedCount"), 1)
    source = part(thing, "source") or part(thing, "deprecatedSource")
    field = re.search(r"\{(.+)\}", text(about, "fieldPath"))
    return Event(
        kind=text(about, "kind").lower(),
        namespace=text(about, "namespace") or text(meta, "namespace"),
        name=text(about, "name"),
        reason=reason,
        text=" ".join((text(thing, "message") or text(thing, "note")).split())[:500],
        at=last,
        first=first or instant(thing.get("eventTime")) or last,
        count=times,
        warning=text(thing, "type") != "Normal",
        who=text(source, "component")
        or text(thing, "reportingComponent")
        or text(thing, "reportingController"),
        container=field[1] if field else "",
    )


class Events:
    """Gathers happenings until they are told."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._waiting: dict[str, Happening] = {}

    def take(self, thing: Thing) -> None:
        """An event came, or came again."""
        said = event(thing)
        if said is None or not self._state.source.looks_at(said.namespace):
            return
        more = self._more(thing, said.count)
        if more > 0:
            with self._state.lock:
                about, ref = self._about(said)
            self._gather(said, about, ref, more)
            self._remember(said)

    def rollout(self, thing: Thing) -> None:
        """A ReplicaSet that is new: its workload was changed."""
        meta = part(thing, "metadata")
        at = instant(meta.get("creationTimestamp"))
        if at is None or at < self._state.clock.now() - DAY:
            return
        namespace, name = name_of(thing)
        with self._state.lock:
            ref = self._state.workload(("replicaset", namespace, name))
        notes = part(meta, "annotations")
        template = text(part(meta, "labels"), "pod-template-hash") or name
        cause = text(notes, "kubernetes.io/change-cause")
        number = text(notes, "deployment.kubernetes.io/revision")
        words = [f"revision {number}" if number else "", f"rollout {template}", cause]
        if ref[0] == "replicaset":
            return
        self._put(
            Happening(
                key=f"Rollout {text(meta, 'uid') or name}",
                at=at,
                reason="Rollout",
                text=", ".join(filter(None, words)),
                resource=self._state.source.key(kind_of(ref), ref[2], ref[1]),
                change=True,
                labels=self._labels(ref, "Rollout"),
            )
        )

    def collect(self) -> list[Happening]:
        """What has gathered; it is told once."""
        with self._lock:
            found, self._waiting = list(self._waiting.values()), {}
        return found

    def _more(self, thing: Thing, times: int) -> int:
        """How often it happened since this event was last seen."""
        meta = part(thing, "metadata")
        key = text(meta, "uid") or "/".join(name_of(thing))
        with self._lock:
            before = self._counts.pop(key, 0)
            self._counts[key] = times
            if len(self._counts) > _REMEMBERED:
                self._counts.popitem(last=False)
        return times - before

    def _gather(self, said: Event, about: str, ref: Ref, more: int) -> None:
        words = said.text.replace(said.name, "") if said.name else said.text
        kind = _VARIES.sub("#", words)[:120]
        labels = self._labels(ref, said.reason)
        if said.container:
            labels["container"] = said.container
        if said.kind == "node":
            labels["node"] = said.name
        self._put(
            Happening(
                key=f"{said.reason} {ref[0]} {ref[1]}/{ref[2]} {kind}",
                at=said.at,
                reason=said.reason,
                text=said.text,
                resource=about,
                who=said.who,
                count=more,
                warning=said.warning,
                change=said.reason in _CHANGES,
                labels=labels,
            )
        )

    def _put(self, one: Happening) -> None:
        with self._lock:
            if len(self._waiting) >= MOST and one.key not in self._waiting:
                place = one.labels.get("namespace", "")
                one = replace(one, key=f"{one.reason} {place}", resource="", text="many of these")
            before = self._waiting.get(one.key)
            if before is not None:
                late = max(before, one, key=lambda each: each.at)
                one = replace(late, count=before.count + one.count)
            self._waiting[one.key] = one

    def _labels(self, ref: Ref, reason: str) -> dict[str, str]:
        said = {"cluster": self._state.source.cluster, "namespace": ref[1], "kind": ref[0],
                "workload": ref[2], "reason": reason}  # fmt: skip
        return {name: value for name, value in said.items() if value}

    def _about(self, said: Event) -> tuple[str, Ref]:
        """The key of what it is about, and the workload that stands for it."""
        source, state = self._state.source, self._state
        ref: Ref = (said.kind, said.namespace, said.name)
        match said.kind:
            case "pod":
                found = state.pods.get(f"{said.namespace}/{said.name}")
                above = state.workload(found.owner) if found else self._named(said)
                pod = found.name if found and above[0] == "pod" else above[2]
                return source.key(kind_of(above), pod, above[1]), above
            case "replicaset" | "job" | "deployment" | "statefulset" | "daemonset" | "cronjob":
                above = state.workload(ref)
                return source.key(kind_of(above), above[2], above[1]), above
            case "node":
                return source.key("node", said.name), ("node", "", said.name)
            case "horizontalpodautoscaler":
                at = ("autoscaler", said.namespace, said.name)
                return source.key("autoscaler", said.name, said.namespace), at
            case "persistentvolumeclaim":
                at = ("volume", said.namespace, said.name)
                return source.key("volume", said.name, said.namespace), at
            case "namespace":
                return source.key("namespace", said.name), ("namespace", "", said.name)
        return "", ref

    def _named(self, said: Event) -> Ref:
        """The workload of a pod that is gone already, by what its name was made of."""
        name = said.name
        for _ in range(2):
            name = _ENDS.sub("", name) or name
            for kind in ("deployment", "statefulset", "daemonset", "cronjob", "job"):
                if f"{said.namespace}/{name}" in self._state.things[kind]:
                    return kind, said.namespace, name
        return "pod", said.namespace, name

    def _remember(self, said: Event) -> None:
        """What else judges by: why a claim is not bound, why a pod does not start."""
        kinds = {"persistentvolumeclaim": "claim", "pod": "pod", "cronjob": "cronjob"}
        if said.warning and (kind := kinds.get(said.kind)):
            self._state.say(kind, f"{said.namespace}/{said.name}", said.text)


def listed(thing: Any) -> dict[str, str]:
    """An event as a line for people."""
    said = event(thing) if isinstance(thing, dict) else None
    if said is None:
        return {}
    return {
        "at": str(said.at),
        "type": "Warning" if said.warning else "Normal",
        "reason": said.reason,
        "about": f"{said.kind} {said.name}",
        "text": said.text,
        "count": str(said.count),
    }
