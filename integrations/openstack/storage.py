"""Cinder and Glance: services, volumes, snapshots, pools, images; what is in error, what is stuck,
what is nearly full.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations._inventory import Item
from integrations.openstack.beats import service
from integrations.openstack.cloud import Fields, Missing
from integrations.openstack.compute import agent, beat_fault
from integrations.openstack.here import (
    Here,
    Items,
    ago,
    number,
    part,
    parts,
    text,
    when,
    words,
)
from integrations.openstack.reach import Unanswered
from store.model import HOUR
from store.model.resource import Health, Resource, Sample

_GB = 2**30
_BAD = {"cinder-volume": "critical", "cinder-scheduler": "critical", "cinder-backup": "warning"}
_PASSING = frozenset((
    "creating", "deleting", "attaching", "detaching", "reserved", "downloading", "uploading",
    "retyping", "extending", "backing-up", "restoring-backup", "restoring", "managing",
    "unmanaging", "updating",
))  # fmt: skip
_IMAGE_PASSING = frozenset(("queued", "saving", "importing", "uploading", "pending_delete"))
_EVERYONE = {"all_tenants": "1"}


async def storage(here: Here) -> Items:
    """Cinder's services, volumes and snapshots; nothing where a cloud has no Cinder."""
    try:
        await here.cloud.endpoint(here.region, "volume")
    except Missing:
        return
    await here.project_names()
    beats = [service(each) for each in await here.listed("volume", "os-services", "services") or ()]
    yield [agent(here, each, "volume") for each in beats]
    yield [
        one for each in beats
        for one in beat_fault(here, each, "Cinder", _BAD.get(each.binary, "warning"))
    ]  # fmt: skip
    gone = {each.host for each in beats if each.binary == "cinder-volume" and not each.up}
    async for page in here.pages("volume", "volumes/detail", "volumes", _EVERYONE):
        yield [one for each in page for one in _volume(here, each, gone)]
    if here.source.snapshots:
        async for page in here.pages("volume", "snapshots/detail", "snapshots", _EVERYONE):
            yield [one for each in page for one in _snapshot(here, each)]


def _volume(here: Here, each: Fields, gone: set[str]) -> Iterator[Item]:
    uid, status = text(each, "id"), text(each, "status").lower()
    tenant, host = text(each, "os-vol-tenant-attr:tenant_id"), text(each, "os-vol-host-attr:host")
    name, zone = text(each, "name") or uid, text(each, "availability_zone")
    to = [text(one, "server_id") for one in parts(each, "attachments")]
    since = when(each, "updated_at", "created_at")
    health, why = _health(here, status, since)
    if health is Health.OK and host.split("#")[0] in gone:
        health, why = Health.UNKNOWN, f"the cinder-volume of its storage {host} is down"
    key = here.key("volume", uid)
    size = number(each, "size")
    parents = [here.key("server", one) for one in to if one]
    parents += [here.local("pool", host)] if host else []
    parents += [here.key("project", tenant)] if tenant else []
    yield Resource(
        key, "volume", name, state=status, health=health, why=why, type=text(each, "volume_type"),
        region=here.region, zone=zone, account=here.source.name, group=here.project(tenant),
        size={"disk_gb": size} if size is not None else {}, tags=words(each.get("metadata")),
        ids=(uid,), parents=tuple(parents), created_at=when(each, "created_at"),
        facts={name: value for name, value in (
            ("attached as", ", ".join(text(one, "device") for one in parts(each, "attachments"))),
            ("storage", host), ("bootable", text(each, "bootable")),
            ("encrypted", "yes" if each.get("encrypted") is True else "")) if value},
    )  # fmt: skip
    labels = {"project": here.project(tenant), "volume": name, "service": "cinder", "host": host,
              "zone": zone}  # fmt: skip
    if status.startswith("error"):
        used = f", attached to {len(to)} server{'s' * (len(to) != 1)}" if to else ""
        yield here.fault(
            "VolumeError", uid, "error" if to or status != "error" else "warning",
            f"Volume {name} is in {status}{used}", key, labels=labels, since=since,
        )  # fmt: skip
    elif status in _PASSING and here.stuck(since):
        yield here.fault(
            "VolumeStuck", uid, "warning",
            f"Volume {name} is stuck: {status} for {ago(here.now - (since or here.now))}",
            key, labels=labels, since=since,
        )  # fmt: skip


def _health(here: Here, status: str, since: int | None) -> tuple[Health, str]:
    if status.startswith("error"):
        return Health.DOWN, f"in {status}"
    if status in _PASSING and here.stuck(since):
        return Health.DEGRADED, f"{status} for {ago(here.now - (since or here.now))}"
    return Health.OK, ""


def _snapshot(here: Here, each: Fields) -> Iterator[Item]:
    uid, status, volume = text(each, "id"), text(each, "status").lower(), text(each, "volume_id")
    tenant = text(each, "os-extended-snapshot-attributes:project_id", "project_id")
    name, size = text(each, "name") or uid, number(each, "size")
    since = when(each, "updated_at", "created_at")
    health, why = _health(here, status, since)
    key = here.key("snapshot", uid)
    yield Resource(
        key, "snapshot", name, state=status, health=health, why=why, region=here.region,
        account=here.source.name, group=here.project(tenant),
        size={"disk_gb": size} if size is not None else {}, tags=words(each.get("metadata")),
        ids=(uid,), parents=(here.key("volume", volume),) if volume else (),
        created_at=when(each, "created_at"),
    )  # fmt: skip
    if health is not Health.OK:
        yield here.fault(
            "SnapshotError" if health is Health.DOWN else "SnapshotStuck", uid, "warning",
            f"Snapshot {name} is {why}", key, since=since,
            labels={"project": here.project(tenant), "service": "cinder"},
        )  # fmt: skip


async def pools(here: Here) -> Items:
    """What volumes come from, as Cinder's scheduler knows it; asked over the message bus."""
    if here.bus_silent():
        raise Unanswered("Cinder's scheduler did not answer a moment ago", "hangs")
    try:
        found = await here.listed(
            "volume", "scheduler-stats/get_pools", "pools", {"detail": "true"}
        ) or []  # fmt: skip
    except Unanswered as error:
        if error.how == "hangs":
            here.unheard(error)
        raise
    for each in found:
        yield list(_pool(here, each))


def _pool(here: Here, each: Fields) -> Iterator[Item]:
    name, told = text(each, "name"), part(each, "capabilities")
    key, host = here.local("pool", name), name.partition("#")[0]
    total, free = number(told, "total_capacity_gb"), number(told, "free_capacity_gb")
    down = text(told, "backend_state").lower() == "down"
    full = (1 - free / total) * 100 if total and free is not None else None
    warn, health, why = here.source.warning, Health.OK, ""
    if down:
        health, why = Health.DOWN, "its driver says it is down"
    elif full is not None and full >= warn:
        health, why = Health.DEGRADED, f"{full:.0f} % full"
    yield Resource(
        key, "pool", name, state="down" if down else "up", health=health, why=why,
        type=text(told, "volume_backend_name"), region=here.region, account=here.source.name,
        size={"disk_gb": total} if total is not None else {},
        parents=(here.local("agent", "cinder-volume", host),),
        facts={word: value for word, value in (
            ("driver", f"{text(told, 'vendor_name')} {text(told, 'storage_protocol')}".strip()),
            ("provisioned", f"{text(told, 'provisioned_capacity_gb')} GB"),
            ("over-subscription", text(told, "max_over_subscription_ratio"))) if value},
    )  # fmt: skip
    if total and free is not None and full is not None:
        yield Sample(key, "disk_size", here.now, total * _GB)
        yield Sample(key, "disk_used", here.now, (total - free) * _GB)
        if full >= warn:
            yield here.fault(
                "PoolFull", name, "error" if full >= 98 else "warning",
                f"Storage pool {name} is {full:.0f} % full: {free:.0f} of {total:.0f} GB left", key,
                labels={"service": "cinder", "pool": name, "host": host},
            )  # fmt: skip
    if down:
        yield here.fault("PoolDown", name, "error", f"Storage pool {name} is down", key,
                         labels={"service": "cinder", "pool": name, "host": host})  # fmt: skip


async def images(here: Here) -> Items:
    """Glance's images; those that never finished, and those that were killed."""
    await here.project_names()
    async for page in here.pages("image", "images", "images", {}):
        yield [one for each in page for one in _image(here, each)]


def _image(here: Here, each: Fields) -> Iterator[Item]:
    uid, status = text(each, "id"), text(each, "status").lower()
    name, owner = text(each, "name") or uid, text(each, "owner")
    since = when(each, "updated_at", "created_at")
    late = since is not None and here.now - since >= max(HOUR, here.source.stuck)
    stuck = status in _IMAGE_PASSING and late
    health, why = Health.OK, ""
    if status == "killed":
        health, why = Health.DOWN, "its upload failed"
    elif stuck:
        health, why = Health.DEGRADED, f"{status} for {ago(here.now - (since or here.now))}"
    key, size = here.key("image", uid), number(each, "size")
    yield Resource(
        key, "image", name, state=status, health=health, why=why, type=text(each, "disk_format"),
        region=here.region, account=here.source.name, group=here.project(owner),
        size={"disk_gb": size / _GB} if size else {}, ids=(uid,),
        tags={str(tag)[:100]: "" for tag in each.get("tags") or ()},
        parents=(here.key("project", owner),) if owner else (),
        created_at=when(each, "created_at"),
        facts={"visibility": text(each, "visibility")},
    )  # fmt: skip
    if health is not Health.OK:
        yield here.fault(
            "ImageKilled" if status == "killed" else "ImageStuck", uid, "warning",
            f"Image {name}: {why}", key, since=since,
            labels={"project": here.project(owner), "service": "glance"},
        )  # fmt: skip
