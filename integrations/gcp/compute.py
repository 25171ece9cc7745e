"""What Compute Engine's own lists say of machines, disks, addresses and balancers: more than the
asset inventory does, and sooner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, entries, say
from integrations.gcp import api
from integrations.gcp.api import full_name, last
from store.model.resource import Health, Resource

LISTS = ("instances", "disks", "addresses", "forwardingRules", "backendServices",
         "instanceGroupManagers", "sslCertificates")  # fmt: skip
"""The aggregated lists that are asked for; snapshots have a list of their own."""
_ILL = {
    "REPAIRING": (Health.DOWN, "Its host failed; Google repairs it."),
    "STOPPING": (Health.OK, ""), "SUSPENDING": (Health.OK, ""),
}  # fmt: skip
_BUSY = frozenset(("PROVISIONING", "STAGING", "CREATING", "RESTORING", "DELETING"))
_CUSTOM = re.compile(r"custom-(\d+)-(\d+)")
_STANDARD = re.compile(r"[a-z0-9]+-[a-z]+-(\d+)[a-z]*(?:-\w+)*")
_MEMORY = {"standard": 4, "highmem": 8, "highcpu": 1}
_CONSOLE = "https://console.cloud.google.com"


def resource(what: str, item: Mapping[str, Any], project: str) -> Resource | None:
    """One entry of a list as a resource; None where it has no name."""
    link, name = say(item, "selfLink"), say(item, "name")
    key = full_name(link)
    if not key or not name:
        return None
    region, zone = api.place_of(key, "")
    detail = _DETAILS[what](item)
    above = api.above(project, region, zone)
    base: dict[str, Any] = {
        "key": key, "name": name, "region": region, "zone": zone, "account": project,
        "state": say(item, "status"), "tags": fields.tags(item.get("labels")),
        "created_at": fields.instant(item.get("creationTimestamp")),
        "url": _console(what, key, project),
    }  # fmt: skip
    base |= detail
    given = [each for each in base.pop("hangs_on", ()) if each and each != key]
    ids = [*base.pop("more_ids", ()), _www(key)]
    base["ids"] = tuple(dict.fromkeys(each for each in ids if each))
    base["parents"] = tuple(dict.fromkeys([*given, above]))
    return Resource(**base)


def _www(key: str) -> str:
    """The address that other answers call it by."""
    return "https://www.googleapis.com/compute/v1/" + key.partition("googleapis.com/")[2]


def _console(what: str, key: str, project: str) -> str:
    _, zone = api.place_of(key)
    if what in {"instances", "disks"} and zone:
        return f"{_CONSOLE}/compute/{what}Detail/zones/{zone}/{what}/{last(key)}?project={project}"
    return f"{_CONSOLE}/compute/{what}?project={project}"


def _instance(item: Mapping[str, Any]) -> dict[str, Any]:
    state = say(item, "status").upper()
    health, why = _ILL.get(state, (Health.OK, ""))
    key = full_name(say(item, "selfLink"))
    project, zone = api.project_of(key), api.place_of(key)[1]
    type_ = last(say(item, "machineType"))
    made_by = {say(each, "key"): say(each, "value")
               for each in entries(dig(item, "metadata.items"))}  # fmt: skip
    group = made_by.get("created-by", "")
    cards = entries(item.get("networkInterfaces"))
    public = [say(a, "natIP") for card in cards for a in entries(card.get("accessConfigs"))]
    found = [say(item, "hostname"), *(say(card, "networkIP") for card in cards), *public]
    return {
        "kind": "server", "health": health, "why": why or say(item, "statusMessage"),
        "type": type_, "size": size_of(type_),
        "addresses": tuple(dict.fromkeys(each for each in found if each)),
        "more_ids": (f"gce://{project}/{zone}/{say(item, 'name')}", say(item, "id")),
        "hangs_on": (full_name(group),),
        "facts": fields.facts(
            image=last(say(next(iter(entries(item.get("disks"))), {}), "licenses")),
            platform=say(item, "cpuPlatform"),
            provisioning=say(item, "scheduling.provisioningModel")
            if say(item, "scheduling.provisioningModel") != "STANDARD" else "",
            network=last(say(cards[0], "network")) if cards else "",
            last_start=say(item, "lastStartTimestamp"), last_stop=say(item, "lastStopTimestamp"),
        ),
    }  # fmt: skip


def size_of(type_: str) -> dict[str, float]:
    """What the name of a machine type says: ``n2-standard-8``, ``e2-custom-4-8192``."""
    if found := _CUSTOM.search(type_):
        return fields.sizes(vcpus=found[1], memory_mb=found[2])
    if found := _STANDARD.fullmatch(type_):
        each = _MEMORY.get(type_.split("-")[1], 0)
        return fields.sizes(vcpus=found[1], memory_mb=each * 1024 * float(found[1]))
    return fields.sizes(vcpus=2 if type_ in {"e2-micro", "e2-small", "e2-medium"} else None)


def _disk(item: Mapping[str, Any]) -> dict[str, Any]:
    failed = say(item, "status").upper() == "FAILED"
    users = item.get("users")
    return {
        "kind": "volume", "type": last(say(item, "type")),
        "size": fields.sizes(disk_gb=item.get("sizeGb")),
        "health": Health.DOWN if failed else Health.OK,
        "why": "It could not be made." if failed else "",
        "hangs_on": [full_name(fields.text(each)) for each in users]
        if isinstance(users, list) else (),
        "more_ids": (say(item, "id"),),
        "facts": fields.facts(
            last_attach=say(item, "lastAttachTimestamp"),
            last_detach=say(item, "lastDetachTimestamp"), image=last(say(item, "sourceImage")),
        ),
    }  # fmt: skip


def _address(item: Mapping[str, Any]) -> dict[str, Any]:
    users = item.get("users")
    return {
        "kind": "address", "type": say(item, "addressType").lower(),
        "addresses": tuple(filter(None, [say(item, "address")])),
        "hangs_on": [full_name(fields.text(each)) for each in users]
        if isinstance(users, list) else (),
    }  # fmt: skip


def _snapshot(item: Mapping[str, Any]) -> dict[str, Any]:
    failed = say(item, "status").upper() == "FAILED"
    stored = fields.number(item.get("storageBytes")) or 0
    return {
        "kind": "snapshot", "size": fields.sizes(disk_gb=stored / 2**30 or item.get("diskSizeGb")),
        "health": Health.DEGRADED if failed else Health.OK,
        "why": "It could not be made." if failed else "",
        "hangs_on": (full_name(say(item, "sourceDisk")),),
        "facts": fields.facts(made_by=last(say(item, "sourceSnapshotSchedulePolicy"))),
    }  # fmt: skip


def _rule(item: Mapping[str, Any]) -> dict[str, Any]:
    behind = say(item, "backendService") or say(item, "target")
    return {
        "kind": "load_balancer", "type": say(item, "loadBalancingScheme").lower(),
        "addresses": tuple(filter(None, [say(item, "IPAddress")])),
        "hangs_on": (full_name(behind),),
        "facts": fields.facts(ports=say(item, "portRange"), protocol=say(item, "IPProtocol")),
    }  # fmt: skip


def _backend(item: Mapping[str, Any]) -> dict[str, Any]:
    groups = [full_name(say(each, "group")) for each in entries(item.get("backends"))]
    return {
        "kind": "service", "type": say(item, "loadBalancingScheme").lower(),
        "size": fields.sizes(replicas=len(groups)), "hangs_on": groups,
        "facts": fields.facts(protocol=say(item, "protocol")),
    }  # fmt: skip


def _group(item: Mapping[str, Any]) -> dict[str, Any]:
    words = {True: "STABLE", False: "CHANGING"}
    return {
        "kind": "autoscaler", "state": words.get(dig(item, "status.isStable") is True, "")
        if isinstance(dig(item, "status.isStable"), bool) else "",
        "size": fields.sizes(replicas=item.get("targetSize")),
        "more_ids": (full_name(say(item, "instanceGroup")),),
        "facts": fields.facts(template=last(say(item, "instanceTemplate"))),
    }  # fmt: skip


def _certificate(item: Mapping[str, Any]) -> dict[str, Any]:
    state = say(item, "managed.status")
    broken = "FAILED" in state.upper()
    return {
        "kind": "certificate", "state": state, "type": say(item, "type").lower(),
        "health": Health.DEGRADED if broken else Health.OK,
        "why": "Google can't renew it." if broken else "",
        "addresses": fields.words(item.get("subjectAlternativeNames") or []),
        "facts": fields.facts(expires=say(item, "expireTime")),
    }  # fmt: skip


_DETAILS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "instances": _instance, "disks": _disk, "addresses": _address, "snapshots": _snapshot,
    "forwardingRules": _rule, "backendServices": _backend, "instanceGroupManagers": _group,
    "sslCertificates": _certificate,
}  # fmt: skip


def stuck(state: str) -> bool:
    """Whether a machine is on its way to somewhere, where it should not stay long."""
    return state.upper() in _BUSY


def places(found: Mapping[tuple[str, str], int], project: str) -> Iterator[Resource]:
    """The regions and zones in use: what stands in them falls with them."""
    for region in sorted({region for region, _ in found if region}):
        yield Resource(
            key=api.region_key(project, region), kind="region", name=region, region=region,
            account=project, parents=(api.project_key(project),), health=Health.UNKNOWN,
        )  # fmt: skip
    for region, zone in sorted(place for place in found if place[1]):
        yield Resource(
            key=api.zone_key(project, zone), kind="zone", name=zone, region=region, zone=zone,
            account=project, parents=(api.region_key(project, region),), health=Health.UNKNOWN,
        )  # fmt: skip
