"""EBS volumes with their status, and the snapshots that are ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from integrations.aws.place import Place
from integrations.aws.reading import (
    at,
    console,
    facts,
    fault,
    number,
    part,
    parts,
    size,
    tags,
    text,
    unique,
)  # fmt: skip
from integrations.base import Item
from store.model import MINUTE, Severity
from store.model.resource import Fault, Health, Resource

_STATES = {"in-use": Health.OK, "available": Health.OK, "error": Health.DOWN}
_SNAPSHOTS = {"completed": Health.OK, "error": Health.DOWN, "recoverable": Health.OK}


async def volumes(place: Place) -> AsyncIterator[list[Item]]:
    """All volumes, and which are impaired."""
    impaired = {
        text(each.get("VolumeId")): each
        async for each in place.items(
            "ec2", "DescribeVolumeStatus", "VolumeStatuses", MaxResults=1000,
            Filters=[{"Name": "volume-status.status", "Values": ["impaired", "warning"]}],
        )
    }  # fmt: skip
    async for page in place.pages("ec2", "DescribeVolumes", MaxResults=500):
        items: list[Item] = []
        for raw in parts(page, "Volumes"):
            one, wrong = volume(place, raw, impaired.get(text(raw.get("VolumeId")), {}))
            items += [one, *wrong]
        yield items


def volume(
    place: Place, raw: Mapping[str, Any], status: Mapping[str, Any]
) -> tuple[Resource, list[Fault]]:
    """One volume, and its faults. It hangs on the server it is attached to."""
    ident, zone = text(raw.get("VolumeId")), text(raw.get("AvailabilityZone"))
    named, state = tags(raw.get("Tags")), text(raw.get("State"))
    servers = [each.get("InstanceId") for each in parts(raw, "Attachments")]
    arn, said = place.arn("ec2", f"volume/{ident}"), part(status, "VolumeStatus")
    checked = text(said.get("Status"))
    health = _STATES.get(state, Health.UNKNOWN)
    if checked in ("impaired", "warning"):
        health = Health.DOWN if checked == "impaired" else Health.DEGRADED
    one = Resource(
        key=arn, kind="volume", name=named.get("Name") or ident, state=state, health=health,
        type=text(raw.get("VolumeType")), region=place.region, zone=zone, account=place.account.id,
        size=size(disk_gb=number(raw.get("Size")), iops=number(raw.get("Iops"))),
        tags=named, ids=(ident,), parents=unique((*servers, place.zone(zone))),
        created_at=at(raw.get("CreateTime")), url=console(arn),
        facts=facts(
            device=", ".join(text(each.get("Device")) for each in parts(raw, "Attachments")),
            snapshot=raw.get("SnapshotId"), encrypted=raw.get("Encrypted"),
        ),
    )  # fmt: skip
    return one, _volume_faults(one, state, checked, status)


def _volume_faults(
    one: Resource, state: str, checked: str, status: Mapping[str, Any]
) -> list[Fault]:
    if state == "error":
        return [fault(one, "VolumeError", Severity.ERROR, f"{one.name}: the volume has failed")]
    if checked not in ("impaired", "warning"):
        return []
    events = parts(status, "Events")
    since = [at(each.get("NotBefore")) for each in events]
    severity = Severity.CRITICAL if checked == "impaired" else Severity.WARNING
    said = "can't be read or written" if checked == "impaired" else "is slower than it should be"
    return [
        fault(
            one, "VolumeImpaired", severity, f"{one.name}: the volume {said}",
            description="; ".join(text(each.get("Description")) for each in events),
            since=min((each for each in since if each), default=None), calm=2 * MINUTE,
        )
    ]  # fmt: skip


async def snapshots(place: Place) -> AsyncIterator[list[Item]]:
    """All snapshots of this account."""
    async for page in place.pages(
        "ec2", "DescribeSnapshots", OwnerIds=["self"], MaxResults=1000
    ):  # fmt: skip
        yield [snapshot(place, raw) for raw in parts(page, "Snapshots") if ours(place, raw)]


def ours(place: Place, raw: Mapping[str, Any]) -> bool:
    """Whether a snapshot is this account's own."""
    return text(raw.get("OwnerId")) in ("", place.account.id)


def snapshot(place: Place, raw: Mapping[str, Any]) -> Resource:
    """One snapshot."""
    ident, named = text(raw.get("SnapshotId")), tags(raw.get("Tags"))
    arn, state = place.arn("ec2", f"snapshot/{ident}"), text(raw.get("State"))
    return Resource(
        key=arn, kind="snapshot", name=named.get("Name") or ident, state=state,
        health=_SNAPSHOTS.get(state, Health.UNKNOWN), why=text(raw.get("StateMessage")),
        type=text(raw.get("StorageTier")), region=place.region, account=place.account.id,
        size=size(disk_gb=number(raw.get("VolumeSize"))), tags=named, ids=(ident,),
        parents=(place.zone(""),), created_at=at(raw.get("StartTime")), url=console(arn),
        facts=facts(volume=raw.get("VolumeId"), description=raw.get("Description")),
    )  # fmt: skip
