"""Claims and volumes, namespaces and quotas: what they are and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.kubernetes.api import Thing
from integrations.kubernetes.drafts import ERROR, WARNING, Draft, Judged, about, titled
from integrations.kubernetes.objects import Ref, condition, part, text
from integrations.kubernetes.of_workloads import health_of, tags_of
from integrations.kubernetes.quantities import instant, number, quantity, size
from integrations.kubernetes.state import State
from store.model import MINUTE
from store.model.resource import Resource

_BYTES = ("memory", "storage", "ephemeral-storage")


def claim(state: State, path: str) -> Judged:
    """A PersistentVolumeClaim, the volume that pods use."""
    thing = state.things["claim"].get(path)
    if thing is None:
        return Judged()
    namespace, _, name = path.partition("/")
    ref: Ref = ("volume", namespace, name)
    drafts = [*_claim_faults(state, path, ref, thing)]
    spec, status = part(thing, "spec"), part(thing, "status")
    health, why = health_of(drafts)
    room = quantity(part(status, "capacity").get("storage")) or quantity(
        part(spec, "resources", "requests").get("storage")
    )
    bound = text(spec, "volumeName")
    volume = state.things["volume"].get(bound) if bound else None
    if volume and not _is_its(volume, namespace, name):  # whoever makes a claim writes that
        volume, bound = None, ""
    return Judged((
        Resource(
            key=state.source.key("volume", name, namespace), kind="volume", name=name,
            state=text(status, "phase"), health=health, why=why,
            type=text(spec, "storageClassName"), account=state.source.cluster, group=namespace,
            size={"disk_gb": round(room / 2**30, 2)} if room else {}, tags=tags_of(thing),
            ids=tuple(filter(None, (text(part(thing, "metadata"), "uid"), bound))),
            parents=(*handles(volume), state.source.key("namespace", namespace)),
            created_at=instant(part(thing, "metadata").get("creationTimestamp")),
            facts={"volume": bound} if bound else {},
        ),
    ), tuple(drafts))  # fmt: skip


def _is_its(volume: Thing, namespace: str, name: str) -> bool:
    """Whether a volume was given to this claim, and not to another, or none."""
    its = part(volume, "spec", "claimRef")
    return (text(its, "namespace"), text(its, "name")) == (namespace, name)


def handles(volume: Thing | None) -> tuple[str, ...]:
    """By which names a cloud knows the disk below a volume."""
    spec = part(volume, "spec") if volume else {}
    names = [
        text(part(spec, "csi"), "volumeHandle"),
        text(part(spec, "awsElasticBlockStore"), "volumeID"),
        text(part(spec, "cinder"), "volumeID"),
        text(part(spec, "gcePersistentDisk"), "pdName"),
        text(part(spec, "azureDisk"), "diskURI"),
    ]
    found: list[str] = []
    for each in filter(None, names):
        found.append(each.lower() if each.lower().startswith("/subscriptions/") else each)
        if each.startswith("projects/"):
            found.append(f"//compute.googleapis.com/{each}")
        elif each.startswith("aws://"):
            found.append(each.rpartition("/")[2])
    return tuple(dict.fromkeys(found))


def _claim_faults(state: State, path: str, ref: Ref, thing: Thing) -> Iterator[Draft]:
    phase = text(part(thing, "status"), "phase")
    words = state.words.get(("claim", path), "")
    since = instant(part(thing, "metadata").get("creationTimestamp"))
    labels = about(state.source, "Pending", ref, claim=ref[2])
    key = state.source.key("volume", ref[2], ref[1])
    if phase == "Lost":
        yield Draft(
            f"ClaimLost volume {path}", "PersistentVolumeClaimLost", ERROR,
            titled(state.source, "Volume lost", ref), key,
            said=(f"its volume {text(part(thing, 'spec'), 'volumeName')} is gone", words),
            labels={**labels, "reason": "Lost"},
        )  # fmt: skip
    if phase == "Pending" and not _waits(state, path, ref, thing):
        storage = text(part(thing, "spec"), "storageClassName")
        yield Draft(
            f"ClaimPending volume {path}", "PersistentVolumeClaimPending", WARNING,
            titled(state.source, "Volume claim pending", ref), key,
            said=(words or "no volume is bound to it",
                  f"storage class {storage}" if storage else "no storage class"),
            labels=labels, since=since, after=state.source.limits.volume_after,
        )  # fmt: skip


def _waits(state: State, path: str, ref: Ref, thing: Thing) -> bool:
    """Whether it waits for its first pod, as its storage class has it."""
    binding = state.binding.get(text(part(thing, "spec"), "storageClassName"), "")
    if binding != "WaitForFirstConsumer":
        return False
    return not any(p.namespace == ref[1] and ref[2] in p.claims for p in state.pods.values())


def volume(state: State, name: str) -> Judged:
    """A PersistentVolume that could not be reclaimed."""
    thing = state.things["volume"].get(name)
    if thing is None or text(part(thing, "status"), "phase") != "Failed":
        return Judged()
    said = part(thing, "spec", "claimRef")
    ref: Ref = ("volume", text(said, "namespace"), name)
    return Judged((), (
        Draft(
            f"VolumeFailed volume {name}", "PersistentVolumeFailed", WARNING,
            f"Volume failed {name} ({state.source.cluster})",
            state.source.key("volume", text(said, "name"), text(said, "namespace")),
            said=(text(part(thing, "status"), "message"),),
            labels=about(state.source, "Failed", ref), calm=MINUTE,
        ),
    ))  # fmt: skip


def namespace(state: State, name: str) -> Judged:
    """A namespace; one that will not end is a fault."""
    thing = state.things["namespace"].get(name)
    if thing is None:
        return Judged()
    meta = part(thing, "metadata")
    phase = text(part(thing, "status"), "phase") or "Active"
    drafts: list[Draft] = []
    if phase == "Terminating":
        kinds = ("NamespaceContentRemaining", "NamespaceFinalizersRemaining",
                 "NamespaceDeletionContentFailure",
                 "NamespaceDeletionDiscoveryFailure")  # fmt: skip
        why = [
            text(c, "message") for k in kinds if (c := condition(thing, k)).get("status") == "True"
        ]
        drafts.append(Draft(
            f"NamespaceTerminating namespace {name}", "NamespaceTerminating", WARNING,
            f"Namespace does not end {name} ({state.source.cluster})",
            state.source.key("namespace", name), said=tuple(why[:2]),
            labels={"cluster": state.source.cluster, "namespace": name, "kind": "namespace",
                    "name": name, "reason": "Terminating"},
            since=instant(meta.get("deletionTimestamp")), after=15 * MINUTE,
        ))  # fmt: skip
    resource = Resource(
        state.source.key("namespace", name), "namespace", name, state=phase,
        account=state.source.cluster, tags=tags_of(thing),
        ids=tuple(filter(None, (text(meta, "uid"),))), parents=(state.source.key("cluster"),),
        created_at=instant(meta.get("creationTimestamp")),
    )  # fmt: skip
    return Judged((resource,), tuple(drafts))


def shares(thing: Thing) -> Iterator[tuple[str, float, float]]:
    """What a quota limits: name, used, hard; what is limited to nothing is left out."""
    hard, used = part(thing, "status", "hard"), part(thing, "status", "used")
    for name, most in sorted(hard.items()):
        limit, now = quantity(most), quantity(used.get(name)) or 0.0
        if limit:
            yield name, now, limit


def quota(state: State, path: str) -> Judged:
    """A resource quota, and what of it is nearly or wholly used."""
    thing = state.things["quota"].get(path)
    if thing is None:
        return Judged()
    space, _, name = path.partition("/")
    ref: Ref = ("quota", space, name)
    drafts = []
    for what, now, most in shares(thing):
        percent = 100.0 * now / most
        if percent < state.source.limits.quota:
            continue
        kind = "QuotaExceeded" if percent >= 100 else "QuotaNearLimit"
        drafts.append(Draft(
            f"Quota quota {path} {what}", kind, WARNING,
            f"Quota {what} {'used up' if percent >= 100 else f'{percent:.0f} % used'} "
            f"{space}/{name} ({state.source.cluster})",
            state.source.key("quota", name, space),
            said=(f"{shown(what, now)} of {shown(what, most)}",),
            labels=about(state.source, kind, ref, quota=what), after=MINUTE, calm=2 * MINUTE,
        ))  # fmt: skip
    health, why = health_of(drafts)
    resource = Resource(
        state.source.key("quota", name, space), "quota", name, health=health, why=why,
        account=state.source.cluster, group=space, tags=tags_of(thing),
        ids=tuple(filter(None, (text(part(thing, "metadata"), "uid"),))),
        parents=(state.source.key("namespace", space),),
        facts={what: shown(what, most) for what, _, most in shares(thing)},
    )  # fmt: skip
    return Judged((resource,), tuple(drafts))


def shown(what: str, value: float) -> str:
    """An amount of what a quota limits."""
    is_bytes = what.rpartition(".")[2] in _BYTES or what.endswith("storage")
    return size(value) if is_bytes else number(value)
