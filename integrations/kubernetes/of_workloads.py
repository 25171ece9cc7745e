"""Deployments, StatefulSets, DaemonSets and whatever else owns pods: what they are, and whether
they have what they should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from integrations.kubernetes.api import Thing
from integrations.kubernetes.drafts import ERROR, WARNING, Draft, Judged, about, path_of, titled
from integrations.kubernetes.objects import Pod, Ref, condition, count, items, part, text
from integrations.kubernetes.of_pods import Pods, kind_of
from integrations.kubernetes.quantities import instant, quantity
from integrations.kubernetes.state import State
from store.model import MINUTE, Instant, Severity
from store.model.resource import Health, Resource

_EXPLAINED = ("CrashLoopBackOff", "Pending", "ContainerCreating", "NotReady", "Evicted")
"""What of the pods explains that replicas are missing."""
_TYPES = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}


def judge(state: State, ref: Ref, now: Instant) -> Judged:
    """A workload, with everything that is wrong with its pods."""
    thing = state.things[ref[0]].get("/".join(ref[1:])) if ref[0] != "pod" else None
    above = state.workload(ref)
    if above != ref and ref[0] != "job":
        return Judged()
    pods = state.pods_of(ref)
    if thing is None and not pods:
        return Judged()
    drafts: list[Draft] = []
    if above == ref:
        found = Pods(state, ref, pods, now)
        drafts = found.drafts()
    if ref[0] in ("job", "cronjob"):
        from integrations.kubernetes import of_jobs

        return of_jobs.judge(state, ref, thing, drafts, now)
    if thing is not None:
        lost = sum(state.on_lost_node(each) for each in pods)
        drafts += _of_its_own(state, ref, thing, drafts, lost)
    if ref[0] == "pod":
        return Judged((), tuple(drafts), again=bool(drafts) or _restless(pods))
    resource = _resource(state, ref, thing, pods, drafts)
    return Judged((resource,), tuple(drafts), again=bool(drafts) or _restless(pods))


def _restless(pods: Sequence[Pod]) -> bool:
    return any(not p.ready and not p.over for p in pods) or any(p.restarts for p in pods)


def wanted(ref: Ref, thing: Thing) -> int:
    """How many pods it should have."""
    if ref[0] == "daemonset":
        return count(part(thing, "status"), "desiredNumberScheduled")
    return count(part(thing, "spec"), "replicas", 1)


def there(ref: Ref, thing: Thing) -> int:
    """How many of them serve."""
    status = part(thing, "status")
    if ref[0] == "daemonset":
        return count(status, "numberAvailable", count(status, "numberReady"))
    if ref[0] == "statefulset":
        return count(status, "readyReplicas")
    return count(status, "availableReplicas")


def _of_its_own(
    state: State, ref: Ref, thing: Thing, pods: Sequence[Draft], lost: int
) -> Iterator[Draft]:
    """What the workload itself says; ``lost`` of its pods are the fault of their nodes."""
    progressing, failing = condition(thing, "Progressing"), condition(thing, "ReplicaFailure")
    if progressing.get("status") == "False":
        yield _draft(
            state, ref, text(progressing, "reason") or "ProgressDeadlineExceeded",
            (text(progressing, "message"), _counts(ref, thing)),
            ERROR if not there(ref, thing) and wanted(ref, thing) else WARNING,
            since=instant(progressing.get("lastTransitionTime")), calm=MINUTE,
        )  # fmt: skip
    if failing.get("status") == "True":
        yield _draft(
            state, ref, "ReplicaFailure", (text(failing, "message"),), WARNING,
            reason=text(failing, "reason"), after=MINUTE, calm=MINUTE,
            since=instant(failing.get("lastTransitionTime")),
        )  # fmt: skip
    missing = wanted(ref, thing) - there(ref, thing)
    explained = any(d.kind in _EXPLAINED or d.key.startswith(("ImagePull", "Create"))
                    for d in pods) or progressing.get("status") == "False"  # fmt: skip
    if missing > lost and not explained:
        available = condition(thing, "Available")
        yield _draft(
            state, ref, "ReplicasMissing", (_counts(ref, thing), text(failing, "message")),
            ERROR if not there(ref, thing) else WARNING, after=state.source.limits.replicas_after,
            calm=MINUTE, since=instant(available.get("lastTransitionTime"))
            if available.get("status") == "False" else None,
        )  # fmt: skip


def _draft(
    state: State, ref: Ref, kind: str, said: tuple[str, ...], severity: Severity, *,
    reason: str = "",    since: Instant | None = None, after: Instant = 0, calm: Instant = 0,
) -> Draft:  # fmt: skip
    newest = state.rollout(ref)
    ago = ((f"since rollout {newest.hash[:10]}", newest.at),) if newest and newest.at else ()
    return Draft(
        key=f"{kind} {ref[0]} {path_of(ref)}",
        kind=kind,
        severity=severity,
        title=titled(state.source, kind, ref),
        resource=state.source.key(kind_of(ref), ref[2], ref[1]),
        said=said,
        ago=ago,
        labels=about(state.source, reason or kind, ref, service=_service(state, ref)),
        since=since,
        after=after,
        calm=calm,
    )


def _service(state: State, ref: Ref) -> str:
    labels = part(state.things[ref[0]].get("/".join(ref[1:])), "metadata", "labels")
    names = ("app.kubernetes.io/part-of", "app.kubernetes.io/name", "app", "k8s-app")
    return next((text(labels, n) for n in names if labels.get(n)), "")


def _counts(ref: Ref, thing: Thing) -> str:
    return f"{there(ref, thing)} of {wanted(ref, thing)} replicas are there"


def template_of(thing: Thing) -> Thing:
    """The pod template of a workload."""
    spec = part(thing, "spec")
    return part(spec, "jobTemplate", "spec", "template") or part(spec, "template")


def requests_of(template: Thing) -> dict[str, float]:
    """What one pod of a template asks for: vcpus and memory_mb."""
    cpu = memory = 0.0
    for each in items(template, "spec", "containers"):
        asked = part(each, "resources", "requests")
        cpu += quantity(asked.get("cpu")) or 0.0
        memory += quantity(asked.get("memory")) or 0.0
    found = {"vcpus": cpu, "memory_mb": memory / 2**20}
    return {name: round(value, 3) for name, value in found.items() if value}


def parents_of(state: State, namespace: str) -> tuple[str, ...]:
    """What everything in a namespace hangs on."""
    return (state.source.key("namespace", namespace),)


def _resource(
    state: State, ref: Ref, thing: Thing | None, pods: Sequence[Pod], drafts: Sequence[Draft]
) -> Resource:
    health, why = health_of(drafts)
    source = state.source
    if thing is None:
        alive = [p for p in pods if not p.over]
        return Resource(
            source.key(kind_of(ref), ref[2], ref[1]), "other", ref[2], health=health, why=why,
            state=f"{sum(p.ready for p in alive)}/{len(alive)}", type=ref[0],
            account=source.cluster, group=ref[1], tags=_common(pods),
            parents=parents_of(state, ref[1]), size={"replicas": len(alive)},
        )  # fmt: skip
    want, have = wanted(ref, thing), there(ref, thing)
    if health is Health.OK and have < want:
        health, why = Health.DEGRADED if have else Health.DOWN, _counts(ref, thing)
    meta, template = part(thing, "metadata"), template_of(thing)
    rollout = state.rollout(ref)
    images = [text(each, "image") for each in items(template, "spec", "containers")]
    facts = {
        "image": ", ".join(filter(None, images))[:300],
        "revision": text(part(meta, "annotations"), "deployment.kubernetes.io/revision"),
        "rollout": rollout.hash if rollout else "",
        "paused": "yes" if part(thing, "spec").get("paused") else "",
        "strategy": text(part(thing, "spec", "strategy"), "type")
        or text(part(thing, "spec", "updateStrategy"), "type"),
    }
    return Resource(
        key=source.key(kind_of(ref), ref[2], ref[1]),
        kind=ref[0] if ref[0] in ("deployment", "statefulset", "daemonset") else "other",
        name=ref[2],
        state=f"{have}/{want}",
        health=health,
        why=why,
        type=_TYPES.get(ref[0], ref[0]),
        account=source.cluster,
        group=ref[1],
        size={"replicas": want, **requests_of(template)},
        tags=tags_of(thing, template),
        ids=tuple(filter(None, (text(meta, "uid"),))),
        parents=parents_of(state, ref[1]),
        created_at=instant(meta.get("creationTimestamp")),
        facts={name: value for name, value in facts.items() if value},
    )


def tags_of(thing: Thing, template: Thing | None = None) -> dict[str, str]:
    """Its labels, over those of its pods."""
    below = part(template or {}, "metadata", "labels")
    own = part(thing, "metadata", "labels")
    both = {**below, **own}
    return {k: v for k, v in both.items() if isinstance(v, str) and k != "pod-template-hash"}


def _common(pods: Sequence[Pod]) -> dict[str, str]:
    shared = set(pods[0].labels) if pods else set()
    for each in pods:
        shared &= set(each.labels)
    return dict(sorted(shared))


def health_of(drafts: Sequence[Draft]) -> tuple[Health, str]:
    """How something is for what is wrong with it, and why."""
    real = [d for d in drafts if d.severity.rank <= WARNING.rank]
    if not real:
        return Health.OK, ""
    worst = min(real, key=lambda d: d.severity.rank)
    why = " · ".join((worst.kind, *worst.said[:1]))
    return (Health.DOWN if worst.severity.rank <= ERROR.rank else Health.DEGRADED), why[:200]
