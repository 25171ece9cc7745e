"""What is kept of the objects of a cluster: of a pod what is shown and judged, of everything else
the object without what nobody reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.kubernetes.api import Thing
from integrations.kubernetes.quantities import instant, quantity
from store.model import Instant

Ref = tuple[str, str, str]
"""Kind, namespace and name of what owns: ``("deployment", "shop", "cart")``."""

_KEPT_ANNOTATIONS = ("deployment.kubernetes.io/revision", "kubernetes.io/change-cause",
                     "kubectl.kubernetes.io/restartedAt", "kubernetes.io/config.mirror",
                     "volume.kubernetes.io/storage-provisioner")  # fmt: skip
_HASH = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5}")
"""The random end of a pod's name; the alphabet has no vowels, so that no words come out."""


def part(thing: Any, *path: str) -> dict[str, Any]:
    """A mapping inside a mapping; empty where it is none."""
    for each in path:
        thing = thing.get(each) if isinstance(thing, Mapping) else None
    return thing if isinstance(thing, dict) else {}


def items(thing: Any, *path: str) -> list[dict[str, Any]]:
    """The mappings of a list inside a mapping."""
    *way, last = path
    found = part(thing, *way).get(last)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(thing: Mapping[str, Any], name: str) -> str:
    """A text of a mapping; "" where it is none."""
    value = thing.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def count(thing: Mapping[str, Any], name: str, default: int = 0) -> int:
    """A whole number of a mapping."""
    value = thing.get(name)
    return int(value) if isinstance(value, (int, float)) else default


def name_of(thing: Thing) -> tuple[str, str]:
    """Namespace and name."""
    meta = part(thing, "metadata")
    return text(meta, "namespace"), text(meta, "name")


def condition(thing: Thing, kind: str) -> dict[str, Any]:
    """The condition of this type, or an empty one."""
    return next((c for c in items(thing, "status", "conditions") if c.get("type") == kind), {})


def owner_of(thing: Thing) -> Ref | None:
    """What controls it, as far as it says."""
    owners = items(thing, "metadata", "ownerReferences")
    owner = next((o for o in owners if o.get("controller")), owners[0] if owners else None)
    if owner is None:
        return None
    return text(owner, "kind").lower(), name_of(thing)[0], text(owner, "name")


def trimmed(thing: Thing) -> Thing:
    """The object without what is long and not read."""
    meta = dict(part(thing, "metadata"))
    meta.pop("managedFields", None)
    notes = part(meta, "annotations")
    meta["annotations"] = {k: notes[k] for k in _KEPT_ANNOTATIONS if k in notes}
    return {**thing, "metadata": meta}


def selected(labels: Mapping[str, str], selector: Mapping[str, Any]) -> bool:
    """Whether labels have everything of a plain selector that is not empty."""
    return bool(selector) and all(labels.get(name) == value for name, value in selector.items())


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod. ``state`` is running, waiting or terminated; ``last_`` is how it
    ended before. Requests and limits: cores and bytes, None where there are none."""

    name: str
    image: str
    init: bool
    ready: bool
    restarts: int
    state: str
    reason: str
    message: str
    exit: int | None
    at: Instant | None
    last_reason: str
    last_exit: int | None
    last_at: Instant | None
    cpu_request: float | None
    cpu_limit: float | None
    memory_request: float | None
    memory_limit: float | None


@dataclass(frozen=True, slots=True)
class Pod:
    """What of a pod is shown or judged; two that are equal look the same to everybody."""

    namespace: str
    name: str
    uid: str
    owner: Ref
    template: str
    phase: str
    reason: str
    message: str
    node: str
    addresses: tuple[str, ...]
    created: Instant | None
    deleting: bool
    ready: bool
    ready_since: Instant | None
    ready_why: str
    unscheduled: str
    unscheduled_since: Instant | None
    gated: bool
    claims: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    containers: tuple[Container, ...]

    @property
    def path(self) -> str:
        """``shop/cart-7f3c-x``."""
        return f"{self.namespace}/{self.name}"

    @property
    def over(self) -> bool:
        """Whether it has ended, or is being ended."""
        return self.deleting or self.phase in ("Succeeded", "Failed")

    @property
    def restarts(self) -> int:
        """Of all its containers."""
        return sum(each.restarts for each in self.containers)


def pod(thing: Thing) -> Pod:
    """What is kept of a pod."""
    meta, spec, status = (part(thing, each) for each in ("metadata", "spec", "status"))
    ready, scheduled = condition(thing, "Ready"), condition(thing, "PodScheduled")
    waits = scheduled.get("status") == "False"
    labels = {k: v for k, v in part(meta, "labels").items() if isinstance(v, str)}
    namespace, name = name_of(thing)
    said = tuple(text(each, "ip") for each in items(status, "podIPs"))
    return Pod(
        namespace=namespace,
        name=name,
        uid=text(meta, "uid"),
        owner=_controlled(thing, namespace, name),
        template=labels.get("pod-template-hash") or labels.get("controller-revision-hash") or "",
        phase=text(status, "phase") or "Pending",
        reason=text(status, "reason"),
        message=text(status, "message")[:400],
        node=text(spec, "nodeName"),
        addresses=said or tuple(filter(None, (text(status, "podIP"),))),
        created=instant(meta.get("creationTimestamp")),
        deleting=bool(meta.get("deletionTimestamp")),
        ready=ready.get("status") == "True",
        ready_since=instant(ready.get("lastTransitionTime")),
        ready_why=text(ready, "message")[:300],
        unscheduled=(text(scheduled, "message") or text(scheduled, "reason"))[:400]
        if waits
        else "",
        unscheduled_since=instant(scheduled.get("lastTransitionTime")) if waits else None,
        gated=waits and scheduled.get("reason") == "SchedulingGated",
        claims=tuple(
            text(part(each, "persistentVolumeClaim"), "claimName")
            for each in items(spec, "volumes")
            if each.get("persistentVolumeClaim")
        ),
        labels=tuple(sorted(labels.items())),
        containers=(*_containers(spec, status, init=True), *_containers(spec, status, init=False)),
    )


def _controlled(thing: Thing, namespace: str, name: str) -> Ref:
    """What owns a pod; a bare one belongs to what is left of its name without the random end."""
    owner = owner_of(thing)
    if owner is not None and owner[0] != "node":
        return owner
    prefix = text(part(thing, "metadata"), "generateName").rstrip("-")
    if prefix and owner is None:
        return "pod", namespace, prefix
    end = _HASH.search(name, max(0, len(name) - 6)) if owner is None else None
    if end and any(c.isdigit() for c in end[0]):
        return "pod", namespace, name[: end.start()]
    return "pod", namespace, name


def _containers(spec: Thing, status: Thing, *, init: bool) -> list[Container]:
    specs = {text(s, "name"): s for s in items(spec, "initContainers" if init else "containers")}
    name = "initContainerStatuses" if init else "containerStatuses"
    states = {text(s, "name"): s for s in items(status, name)}
    return [
        _container(each, specs.get(each, {}), states.get(each, {}), init=init)
        for each in dict.fromkeys((*specs, *states))
    ]


def _container(name: str, spec: Thing, status: Thing, *, init: bool) -> Container:
    state = next(iter(part(status, "state")), "")
    now = part(status, "state", state)
    before = part(status, "lastState", "terminated")
    asked, most = part(spec, "resources", "requests"), part(spec, "resources", "limits")
    return Container(
        name=name,
        image=text(spec, "image") or text(status, "image"),
        init=init,
        ready=bool(status.get("ready")),
        restarts=count(status, "restartCount"),
        state=state,
        reason=text(now, "reason"),
        message=text(now, "message")[:300],
        exit=_exit(now),
        at=instant(now.get("finishedAt") or now.get("startedAt")),
        last_reason=text(before, "reason"),
        last_exit=_exit(before),
        last_at=instant(before.get("finishedAt")),
        cpu_request=quantity(asked.get("cpu")),
        cpu_limit=quantity(most.get("cpu")),
        memory_request=quantity(asked.get("memory")),
        memory_limit=quantity(most.get("memory")),
    )


def _exit(state: Thing) -> int | None:
    value = state.get("exitCode")
    return int(value) if isinstance(value, (int, float)) else None
