"""What can be done in a cluster: restart, scale, roll back, cordon, uncordon, delete a pod. A dry
run is the API server's own; nothing is sent twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from integrations.base import Acted, Permanent
from integrations.kubernetes import asking
from integrations.kubernetes.actions import ACTIONS
from integrations.kubernetes.api import Query, Thing
from integrations.kubernetes.objects import Ref, count, items, name_of, owner_of, part, text
from store.clock import iso
from store.model.resource import Resource

if TYPE_CHECKING:
    from integrations.kubernetes.connector import Kubernetes

_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
_JSON = "application/json-patch+json"


def act(
    connector: Kubernetes, action: str, resource: Resource, params: Mapping[str, Any],
    dry_run: bool,
) -> Acted:  # fmt: skip
    """Do it, or say what would be done."""
    ref = asking.ref_of(connector, resource)
    found = next((each for each in ACTIONS if each.name == action), None)
    if found is None:
        raise Permanent(f"a cluster knows no action {action}")
    if ref[0] not in found.kinds:
        raise Permanent(f"{found.title} is for {' and '.join(found.kinds)}, not for a {ref[0]}")
    query: Query = [("fieldManager", "pixelview"), *([("dryRun", "All")] if dry_run else [])]
    match action:
        case "kubernetes.restart":
            return _restart(connector, ref, query, dry_run)
        case "kubernetes.scale":
            return _scale(connector, ref, params, query, dry_run)
        case "kubernetes.rollback":
            return _rollback(connector, ref, params, query, dry_run)
        case "kubernetes.delete_pod":
            return _delete(connector, ref, dry_run)
    return _cordon(connector, ref, query, dry_run, cordon=action == "kubernetes.cordon")


def _said(dry_run: bool, would: str, did: str, **facts: Any) -> Acted:
    return Acted(would if dry_run else did, done=not dry_run, facts=facts)


def _restart(connector: Kubernetes, ref: Ref, query: Query, dry_run: bool) -> Acted:
    path = asking.path_of(ref)
    thing = connector.api.get(path)
    if part(thing, "spec").get("paused"):
        raise Permanent(f"{_name(ref)} is paused: a restart would wait until it is resumed")
    if text(part(thing, "spec", "updateStrategy"), "type") == "OnDelete":
        raise Permanent(f"{_name(ref)} replaces pods only when they are deleted (OnDelete)")
    at = iso(connector.clock.now())
    note = {"kubectl.kubernetes.io/restartedAt": at}
    body = {"spec": {"template": {"metadata": {"annotations": note}}}}
    connector.api.change("PATCH", path, body, _STRATEGIC, query)
    pods = count(part(thing, "spec"), "replicas", 1)
    if ref[0] == "daemonset":
        pods = count(part(thing, "status"), "desiredNumberScheduled")
    what = f"the {_pods(pods)} of {_name(ref)}, one after the other"
    return _said(dry_run, f"Would replace {what}.", f"Replacing {what}.", pods=pods)


def _scale(
    connector: Kubernetes, ref: Ref, params: Mapping[str, Any], query: Query, dry_run: bool
) -> Acted:
    path = f"{asking.path_of(ref)}/scale"
    if params.get("by") is None:
        if params.get("replicas") is None:
            raise Permanent("say replicas, how many there are to be, or by, how many more")
        wanted = _whole(params.get("replicas"), "replicas")
        before = count(part(connector.api.get(path), "spec"), "replicas")
    else:
        before = count(part(connector.api.get(path), "spec"), "replicas")
        wanted = _more(params, before)
    if before == wanted:
        return Acted(f"{_name(ref)} has {_replicas(wanted)} already.", done=False)
    body = {"spec": {"replicas": wanted}}
    connector.api.change("PATCH", path, body, _MERGE, query)
    more = _scaler(connector, ref, wanted)
    words = f"{_name(ref)} from {before} to {_replicas(wanted)}"
    return _said(
        dry_run,
        f"Would scale {words}.{more}",
        f"Scaled {words}.{more}",
        before=before,
        after=wanted,
    )


def _more(params: Mapping[str, Any], before: int) -> int:
    """So many more than there are, or less."""
    if params.get("replicas") is not None:
        raise Permanent("say replicas, or by how many more, not both")
    by, most = params["by"], params.get("most")
    if not isinstance(by, int) or isinstance(by, bool) or not by:
        raise Permanent("by is how many more replicas, such as 1 or -1")
    wanted = max(0, before + by)
    if most is not None and wanted > _whole(most, "most"):
        raise Permanent(f"there are {before}, and never more than {most} are wanted")
    return wanted


def _scaler(connector: Kubernetes, ref: Ref, wanted: int) -> str:
    """An autoscaler would take it back: say so."""
    from integrations.kubernetes.of_scaling import target

    with connector.state.lock:
        for thing in connector.state.things["hpa"].values():
            if target(thing) == ref:
                spec = part(thing, "spec")
                low, high = count(spec, "minReplicas", 1), count(spec, "maxReplicas")
                if wanted == 0:
                    return f" Its autoscaler {name_of(thing)[1]} rests as long as there are none."
                return (
                    f" Its autoscaler {name_of(thing)[1]} ({low} to {high}) may change that again."
                )
    return ""


def _rollback(
    connector: Kubernetes, ref: Ref, params: Mapping[str, Any], query: Query, dry_run: bool
) -> Acted:
    wanted = params.get("revision")
    revision = _whole(wanted, "revision") if wanted not in (None, "", 0) else 0
    path = asking.path_of(ref)
    thing = connector.api.get(path)
    if part(thing, "spec").get("paused"):
        raise Permanent(f"{_name(ref)} is paused: resume it first")
    history = _history(connector, ref, thing)
    now = max(history, default=0)
    to = revision or max((each for each in history if each < now), default=0)
    if to not in history:
        there = ", ".join(map(str, sorted(history))) or "none"
        raise Permanent(
            f"{_name(ref)} has no revision {to or 'before this one'}; there are: {there}"
        )
    if to == now:
        return Acted(f"{_name(ref)} is at revision {to} already.", done=False)
    body, kind = history[to]
    images = ", ".join(sorted(_images(body)))
    if kind == _JSON:
        generation = part(thing, "metadata").get("generation")
        guard = [{"op": "test", "path": "/metadata/generation", "value": generation}]
        patch: Any = [
            *(guard if generation is not None else []),
            {"op": "replace", "path": "/spec/template", "value": body["spec"]["template"]},
        ]
    else:
        patch = body
    connector.api.change("PATCH", path, patch, kind, query)
    words = f"{_name(ref)} from revision {now} to {to} ({images})"
    return _said(
        dry_run, f"Would roll back {words}.", f"Rolling back {words}.", revision=to, images=images
    )


def _history(connector: Kubernetes, ref: Ref, thing: Thing) -> dict[int, tuple[Thing, str]]:
    """What can be gone back to, by revision: the patch and its type."""
    labels = part(thing, "spec", "selector", "matchLabels")
    query = [("labelSelector", ",".join(f"{k}={v}" for k, v in sorted(labels.items())))]
    if ref[0] == "deployment":
        path, kind = f"/apis/apps/v1/namespaces/{ref[1]}/replicasets", _JSON
    else:
        path, kind = f"/apis/apps/v1/namespaces/{ref[1]}/controllerrevisions", _STRATEGIC
    found: dict[int, tuple[Thing, str]] = {}
    for each in connector.api.everything(path, query if labels else []):
        if owner_of(each) != ref:
            continue
        if kind == _JSON:
            notes = part(each, "metadata", "annotations")
            said = text(notes, "deployment.kubernetes.io/revision")
            number = int(said) if said.isdigit() else 0
            body = {"spec": {"template": _template(each)}}
        else:
            number, body = count(each, "revision"), part(each, "data")
        if number and body:
            found[number] = (body, kind)
    return found


def _template(replicaset: Thing) -> Thing:
    template = dict(part(replicaset, "spec", "template"))
    meta = dict(part(template, "metadata"))
    labels = {k: v for k, v in part(meta, "labels").items() if k != "pod-template-hash"}
    return {**template, "metadata": {**meta, "labels": labels}}


def _images(body: Thing) -> set[str]:
    listed = items(body, "spec", "template", "spec", "containers")
    return {text(each, "image") for each in listed if each.get("image")}


def _cordon(connector: Kubernetes, ref: Ref, query: Query, dry_run: bool, *, cordon: bool) -> Acted:
    path = asking.path_of(ref)
    already = bool(part(connector.api.get(path), "spec").get("unschedulable"))
    if already == cordon:
        state = "is cordoned already" if cordon else "takes new pods already"
        return Acted(f"Node {ref[2]} {state}.", done=False)
    body = {"spec": {"unschedulable": True if cordon else None}}
    connector.api.change("PATCH", path, body, _STRATEGIC, query)
    with connector.state.lock:
        pods = sum(p.node == ref[2] and not p.over for p in connector.state.pods.values())
    if cordon:
        stay = f" Its {_pods(pods)} stay." if pods else ""
        return _said(
            dry_run, f"Would cordon node {ref[2]}: it takes no new pods.{stay}",
            f"Cordoned node {ref[2]}: it takes no new pods.{stay}",
        )  # fmt: skip
    return _said(
        dry_run, f"Would uncordon node {ref[2]}: it takes new pods again.",
        f"Uncordoned node {ref[2]}: it takes new pods again.",
    )  # fmt: skip


def _delete(connector: Kubernetes, ref: Ref, dry_run: bool) -> Acted:
    path = asking.path_of(ref)
    thing = connector.api.get(path)
    uid = text(part(thing, "metadata"), "uid")
    body: Thing = {"apiVersion": "v1", "kind": "DeleteOptions"}
    if uid:
        body["preconditions"] = {"uid": uid}
    if dry_run:  # where there is a body, a server does not read the address's parameters
        body["dryRun"] = ["All"]
    query: Query = [("dryRun", "All")] if dry_run else []
    connector.api.change("DELETE", path, body, "application/json", query)
    owner = owner_of(thing)
    after = f"its {owner[0]} {owner[2]} makes a new one" if owner else "nothing makes a new one"
    return _said(
        dry_run, f"Would delete pod {_name(ref)}; {after}.", f"Deleted pod {_name(ref)}; {after}."
    )


def _name(ref: Ref) -> str:
    return f"{ref[1]}/{ref[2]}" if ref[1] else ref[2]


def _pods(number: int) -> str:
    return f"{number} pod{'s' if number != 1 else ''}"


def _replicas(number: int) -> str:
    return f"{number} replica{'s' if number != 1 else ''}"


def _whole(value: Any, name: str) -> int:
    try:
        number = int(str(value))
    except (TypeError, ValueError):
        raise Permanent(f"{name} must be a whole number, not {value}") from None
    if not 0 <= number <= 10_000:
        raise Permanent(f"{name} must be between 0 and 10000")
    return number
