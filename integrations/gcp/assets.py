"""A result of the asset inventory as a resource; whatever it lacks is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, part, say
from integrations.gcp import api, kinds
from integrations.gcp.compute import size_of
from store.model.resource import Health, Resource

_DOWN = frozenset(("FAILED", "ERROR", "SUSPENDED", "DISABLED", "UNAVAILABLE", "BROKEN"))
_DEGRADED = frozenset(("DEGRADED", "REPAIRING", "MAINTENANCE", "RUNNING_WITH_ERROR"))
_IPS = ("internalIPs", "externalIPs", "ipAddresses", "address", "ipAddress", "endpoint", "host",
        "hostname")  # fmt: skip
_PARENTS = ("users", "sourceDisk", "instance", "cluster", "topic", "backendService", "network")


def resource(row: Mapping[str, Any], project: str) -> Resource | None:
    """The resource of a result; None for what is none that people look for."""
    key, type_ = say(row, "name"), say(row, "assetType")
    if not key.startswith("//") or kinds.left_out(type_):
        return None
    region, zone = api.place_of(key, say(row, "location"))
    more = part(row, "additionalAttributes")
    state = say(row, "state")
    health, why = _health(state, bool(more or state))
    return Resource(
        key=key,
        kind=kinds.kind_of(type_),
        name=say(row, "displayName") or api.last(key),
        state=state,
        health=health,
        why=why,
        type=say(more, "machineType") or say(more, "tier") or say(more, "type"),
        region=region or say(row, "location"),
        zone=zone,
        account=project,
        size=_size(more),
        tags={**_tags(row), **fields.tags(row.get("labels"))},
        ids=_ids(key, type_, row),
        addresses=_addresses(more),
        parents=_parents(key, row, more, api.above(project, region, zone)),
        created_at=fields.instant(row.get("createTime")),
        facts=_facts(type_, row, more),
    )


def _health(state: str, known: bool) -> tuple[Health, str]:
    word = state.upper()
    if word in _DOWN:
        return Health.DOWN, f"It is {state}."
    if word in _DEGRADED:
        return Health.DEGRADED, f"It is {state}."
    return (Health.OK if known else Health.UNKNOWN), ""


def _size(more: Mapping[str, Any]) -> dict[str, float]:
    if machine := api.last(say(more, "machineType")):
        return size_of(machine)
    return fields.sizes(
        disk_gb=more.get("sizeGb") or more.get("dataDiskSizeGb"),
        replicas=more.get("currentNodeCount") or more.get("nodeCount"),
    )


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    """Google's tags beside the labels: ``123/env/prod`` and so on."""
    found: dict[str, str] = {}
    for each in fields.entries(row.get("tags")) + fields.entries(row.get("effectiveTags")):
        steps = say(each, "tagValue").split("/")
        if len(steps) >= 3:
            found[steps[-2]] = steps[-1]
    return found


def _ids(key: str, type_: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    if type_ == "compute.googleapis.com/Instance":
        project, (_, zone) = api.project_of(key), api.place_of(key)
        found.append(f"gce://{project}/{zone}/{api.last(key)}")
    if type_.startswith("compute.googleapis.com/"):
        found.append(f"https://www.googleapis.com/compute/v1/{key.partition('.com/')[2]}")
    if type_ == "cloudresourcemanager.googleapis.com/Project":
        found += [f"projects/{api.last(key)}", say(row, "project")]
    return tuple(dict.fromkeys(each for each in found if each))


def _addresses(more: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for name in _IPS:
        value = more.get(name)
        found += fields.words(value if isinstance(value, list) else [value])
    return tuple(dict.fromkeys(found))[:50]


def _parents(
    key: str, row: Mapping[str, Any], more: Mapping[str, Any], place: str
) -> tuple[str, ...]:
    found: list[str] = []
    for name in _PARENTS:
        value = more.get(name)
        said = fields.words(value if isinstance(value, list) else [value])
        found += [api.full_name(each) for each in said]
    above = say(row, "parentFullResourceName")
    if above and "/projects/" in above and "cloudresourcemanager" not in above:
        found.append(above)
    named = [each for each in dict.fromkeys(found) if each and each != key]
    return (*named[:200], place)


def _facts(type_: str, row: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, str]:
    kind = kinds.kind_of(type_)
    return fields.facts(
        type=type_ if kind == "other" else "",
        description=say(row, "description"),
        version=say(more, "databaseVersion") or say(more, "currentMasterVersion")
        or say(more, "version"),
        expires=say(more, "expireTime"),
        network_tags=", ".join(fields.words(dig(row, "networkTags") or [])),
    )  # fmt: skip


def project(row: Mapping[str, Any]) -> Resource | None:
    """A project, in the shape of the asset inventory or of the resource manager."""
    asset = say(row, "assetType")
    if asset and asset != "cloudresourcemanager.googleapis.com/Project":
        return None
    named = say(row, "projectId") or say(row, "additionalAttributes.projectId")
    id_ = named or (api.last(say(row, "name")) if asset else "")
    state = say(row, "state").upper()
    if not id_ or id_.startswith("sys-") or state in {"DELETE_REQUESTED", "DELETED"}:
        return None
    number = say(row, "project") or ("" if asset else say(row, "name"))
    return Resource(
        key=api.project_key(id_), kind="project", name=say(row, "displayName") or id_,
        state=state, account=id_, tags=fields.tags(row.get("labels")),
        ids=tuple(dict.fromkeys(filter(None, (f"projects/{id_}", number)))),
        health=Health.OK if state in {"", "ACTIVE"} else Health.UNKNOWN,
        created_at=fields.instant(row.get("createTime")),
        url=f"https://console.cloud.google.com/home/dashboard?project={id_}",
    )  # fmt: skip
