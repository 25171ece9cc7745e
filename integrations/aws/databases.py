"""Databases and caches: RDS and Aurora, DynamoDB, ElastiCache."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from integrations.aws import tagging
from integrations.aws.place import Place, Thing
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

_WELL = frozenset(
    [
        "available",
        "backing-up",
        "modifying",
        "configuring-enhanced-monitoring",
        "maintenance",
        "renaming",
        "upgrading",
        "storage-optimization",
        "storage-initialization",
        "configuring-iam-database-auth",
        "creating",
        "deleting",
        "starting",
        "stopping",
        "stopped",
        "rebooting",
        "resetting-master-credentials",
        "converting-to-vpc",
        "configuring-log-exports",
        "moving-to-vpc",
        "delete-precheck",
        "promoting",
        "update-iam-db-auth",
        "active",
        "snapshotting",
        "create-failed-over",
    ]
)
_FULL = "storage-full"
_AWAY = frozenset(["rebooting", "starting", "stopping", "upgrading", "maintenance", "creating"])


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """All RDS clusters and instances."""
    pending = await _pending(place)
    found: dict[str, Thing] = {}
    async for page in place.pages("rds", "DescribeDBClusters", MaxRecords=100):
        items: list[Item] = []
        for raw in parts(page, "DBClusters"):
            one, wrong = cluster(place, raw, pending)
            items += [one, *wrong]
        yield items
    async for page in place.pages("rds", "DescribeDBInstances", MaxRecords=100):
        items = []
        for raw in parts(page, "DBInstances"):
            one, wrong = instance(place, raw, pending)
            items += [one, *wrong]
            found[one.name] = Thing(one.key, "database", one.name, one.type)
        yield items
    place.things("databases").clear()
    place.things("databases").update(found)


async def _pending(place: Place) -> dict[str, str]:
    """What maintenance waits for which ARN."""
    found: dict[str, str] = {}
    async for each in place.items(
        "rds", "DescribePendingMaintenanceActions", "PendingMaintenanceActions", MaxRecords=100
    ):
        waiting = parts(each, "PendingMaintenanceActionDetails")
        said = ", ".join(text(one.get("Action")) for one in waiting)
        found[text(each.get("ResourceIdentifier"))] = said
    return found


def cluster(
    place: Place, raw: Mapping[str, Any], pending: Mapping[str, str]
) -> tuple[Resource, list[Fault]]:
    """One Aurora or Multi-AZ cluster."""
    name = text(raw.get("DBClusterIdentifier"))
    arn = text(raw.get("DBClusterArn")) or place.arn("rds", f"cluster:{name}")
    members = parts(raw, "DBClusterMembers")
    writers = [each.get("DBInstanceIdentifier") for each in members if each.get("IsClusterWriter")]
    bare = Resource(
        key=arn, kind="database", name=name, state=text(raw.get("Status")), type="cluster",
        region=place.region, zone=", ".join(str(z) for z in raw.get("AvailabilityZones") or ()),
        account=place.account.id, tags=tags(raw.get("TagList")),
        ids=unique((raw.get("DbClusterResourceId"),)),
        addresses=unique((raw.get("Endpoint"), raw.get("ReaderEndpoint"))),
        parents=(place.zone(""),), created_at=at(raw.get("ClusterCreateTime")), url=console(arn),
        size=size(replicas=len(members), disk_gb=number(raw.get("AllocatedStorage"))),
        facts=facts(
            engine=f"{text(raw.get('Engine'))} {text(raw.get('EngineVersion'))}",
            writer=", ".join(str(each) for each in writers), maintenance=pending.get(arn),
        ),
    )  # fmt: skip
    return judged(bare)


def instance(
    place: Place, raw: Mapping[str, Any], pending: Mapping[str, str]
) -> tuple[Resource, list[Fault]]:
    """One database instance; a member of a cluster stands on it."""
    name, zone = text(raw.get("DBInstanceIdentifier")), text(raw.get("AvailabilityZone"))
    arn = text(raw.get("DBInstanceArn")) or place.arn("rds", f"db:{name}")
    of = text(raw.get("DBClusterIdentifier"))
    parents = (place.arn("rds", f"cluster:{of}") if of else "", place.zone(zone))
    bare = Resource(
        key=arn, kind="database", name=name, state=text(raw.get("DBInstanceStatus")),
        type=text(raw.get("DBInstanceClass")), region=place.region, zone=zone,
        account=place.account.id, tags=tags(raw.get("TagList")),
        ids=unique((raw.get("DbiResourceId"),)),
        addresses=unique((part(raw, "Endpoint").get("Address"),)), parents=unique(parents),
        created_at=at(raw.get("InstanceCreateTime")), url=console(arn),
        size=size(disk_gb=number(raw.get("AllocatedStorage"))),
        facts=facts(
            engine=f"{text(raw.get('Engine'))} {text(raw.get('EngineVersion'))}",
            multi_az="yes" if raw.get("MultiAZ") else "", storage=raw.get("StorageType"),
            cluster=of, maintenance=pending.get(arn),
            replica_of=raw.get("ReadReplicaSourceDBInstanceIdentifier"),
        ),
    )  # fmt: skip
    return judged(bare)


def judged(one: Resource) -> tuple[Resource, list[Fault]]:
    """A database as its state says, with a fault where that is no good one."""
    if not one.state or one.state in _WELL:
        health = Health.DEGRADED if one.state in _AWAY else Health.OK
        return (replace(one, health=health, why=one.state) if one.state in _AWAY else one), []
    said = "its storage is full" if one.state == _FULL else f"is {one.state.replace('-', ' ')}"
    said = f"{one.name}: {said}" if one.state == _FULL else f"{one.name} {said}"
    kind = "StorageFull" if one.state == _FULL else "DatabaseNotAvailable"
    found = fault(
        one, kind, Severity.CRITICAL, said, labels={"state": one.state}, after=MINUTE,
        calm=2 * MINUTE,
    )  # fmt: skip
    return replace(one, health=Health.DOWN, why=said), [found]


async def tables(place: Place) -> AsyncIterator[list[Item]]:
    """All DynamoDB tables."""
    named = await tagging.of(place, "dynamodb:table")
    found: dict[str, Thing] = {}
    async for page in place.pages("dynamodb", "ListTables", Limit=100):
        items: list[Item] = []
        for name in page.get("TableNames") or ():
            raw = part(await place.maybe("dynamodb", "DescribeTable", TableName=name), "Table")
            if not raw:
                continue
            one, wrong = table(place, raw, named)
            items += [one, *wrong]
            found[one.name] = Thing(one.key, "table", one.name)
        yield items
    place.things("tables").clear()
    place.things("tables").update(found)


_TABLES = {"INACCESSIBLE_ENCRYPTION_CREDENTIALS": "can't read its encryption key",
           "ARCHIVED": "is archived: its key was out of reach for too long"}  # fmt: skip


def table(
    place: Place, raw: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]
) -> tuple[Resource, list[Fault]]:
    """One table."""
    name, state = text(raw.get("TableName")), text(raw.get("TableStatus"))
    arn = text(raw.get("TableArn")) or place.arn("dynamodb", f"table/{name}")
    wrong = _TABLES.get(state, "")
    bytes_ = number(raw.get("TableSizeBytes"))
    one = Resource(
        key=arn, kind="database", name=name, state=state.lower(),
        health=Health.DOWN if wrong else Health.OK, why=wrong, type="dynamodb",
        region=place.region, account=place.account.id, tags=dict(named.get(arn, {})),
        size=size(items=number(raw.get("ItemCount")), disk_gb=bytes_ / 1e9 if bytes_ else None),
        parents=(place.zone(""),), created_at=at(raw.get("CreationDateTime")), url=console(arn),
        facts=facts(billing=part(raw, "BillingModeSummary").get("BillingMode")),
    )  # fmt: skip
    if not wrong:
        return one, []
    return one, [fault(one, "DatabaseNotAvailable", Severity.CRITICAL, f"{name} {wrong}")]


async def caches(place: Place) -> AsyncIterator[list[Item]]:
    """All ElastiCache clusters; those of a replication group hang on it."""
    named = await tagging.of(place, "elasticache:cluster", "elasticache:replicationgroup")
    async for page in place.pages("elasticache", "DescribeReplicationGroups", MaxRecords=100):
        yield [
            each for raw in parts(page, "ReplicationGroups") for each in _group(place, raw, named)
        ]
    async for page in place.pages(
        "elasticache", "DescribeCacheClusters", MaxRecords=100, ShowCacheNodeInfo=True
    ):
        yield [each for raw in parts(page, "CacheClusters") for each in cache(place, raw, named)]


def _group(
    place: Place, raw: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]
) -> list[Item]:
    name = text(raw.get("ReplicationGroupId"))
    arn = text(raw.get("ARN")) or place.arn("elasticache", f"replicationgroup:{name}")
    ends = [part(each, "PrimaryEndpoint").get("Address") for each in parts(raw, "NodeGroups")]
    one, wrong = judged(Resource(
        key=arn, kind="cache", name=name, state=text(raw.get("Status")),
        type=text(raw.get("CacheNodeType")), region=place.region, account=place.account.id,
        tags=dict(named.get(arn, {})), parents=(place.zone(""),), url=console(arn),
        addresses=unique((part(raw, "ConfigurationEndpoint").get("Address"), *ends)),
        size=size(replicas=len(raw.get("MemberClusters") or ())),
        facts=facts(description=raw.get("Description")),
    ))  # fmt: skip
    return [one, *wrong]


def cache(
    place: Place, raw: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]
) -> list[Item]:
    """One cache cluster, and its faults."""
    name, zone = text(raw.get("CacheClusterId")), text(raw.get("PreferredAvailabilityZone"))
    arn = text(raw.get("ARN")) or place.arn("elasticache", f"cluster:{name}")
    of = text(raw.get("ReplicationGroupId"))
    above = place.arn("elasticache", f"replicationgroup:{of}") if of else ""
    ends = [part(each, "Endpoint").get("Address") for each in parts(raw, "CacheNodes")]
    one, wrong = judged(Resource(
        key=arn, kind="cache", name=name, state=text(raw.get("CacheClusterStatus")),
        type=text(raw.get("CacheNodeType")), region=place.region,
        zone="" if zone == "Multiple" else zone, account=place.account.id,
        tags=dict(named.get(arn, {})), created_at=at(raw.get("CacheClusterCreateTime")),
        parents=unique((above, place.zone("" if zone == "Multiple" else zone))),
        addresses=unique((part(raw, "ConfigurationEndpoint").get("Address"), *ends)),
        size=size(replicas=number(raw.get("NumCacheNodes"))), url=console(arn),
        facts=facts(engine=f"{text(raw.get('Engine'))} {text(raw.get('EngineVersion'))}"),
    ))  # fmt: skip
    return [one, *wrong]
