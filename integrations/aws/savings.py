"""The rules by which money or order is found: pure, each with its figures in the finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from integrations.aws import prices
from integrations.aws.place import Place
from integrations.aws.reading import at, number, parts, tags, text
from store.model import DAY, Instant
from store.model.resource import Finding

CURRENCY = "USD"
MOSTLY = 0.95
WORTH = 0.5
"""So much a month makes it worth changing what works."""

Points = list[tuple[Instant, float]]
"""A metric's figures, each with its instant."""


def finding(
    rule: str, resource: str, title: str, saving: float | None, why: str, *, priced: str = "",
    origin: str = "rule", since: int | None = None,
) -> Finding:  # fmt: skip
    """A finding; two of the same rule and resource have the same key."""
    said = priced or f"list price of {prices.DAY}"
    why = f"{why} ({said})" if saving and origin == "rule" else why
    return Finding(f"{rule}:{resource}", rule, resource, title, round(saving or 0.0, 2), CURRENCY,
                   why, origin, since)  # fmt: skip


def name_of(raw: Mapping[str, Any], ident: str) -> str:
    """The name tag, or the id."""
    return tags(raw.get("Tags")).get("Name") or ident


def volume(place: Place, raw: Mapping[str, Any]) -> list[Finding]:
    """One that nothing uses, or whose type is dearer than it need be."""
    ident, kind = text(raw.get("VolumeId")), text(raw.get("VolumeType"))
    key, gb = place.arn("ec2", f"volume/{ident}"), number(raw.get("Size")) or 0.0
    cost = prices.disk(kind, gb, number(raw.get("Iops")) or 0.0, place.region)
    name = name_of(raw, ident)
    if text(raw.get("State")) == "available":
        return [
            finding("unattached-disk", key, f"Disk {name} is attached to nothing", cost,
                    f"{gb:g} GB of {kind}, attached to nothing", since=at(raw.get("CreateTime")))
        ]  # fmt: skip
    if kind != "gp2":
        return []
    less = gb * (prices.DISKS["gp2"] - prices.DISKS["gp3"]) * prices.factor(place.region)
    if less < WORTH:
        return []
    return [
        finding("disk-type", key, f"Disk {name} is cheaper as gp3", less,
                f"{gb:g} GB of gp2; gp3 is as fast and costs 20 % less")
    ]  # fmt: skip


def address(place: Place, raw: Mapping[str, Any]) -> list[Finding]:
    """One that belongs to nothing."""
    if raw.get("AssociationId") or raw.get("InstanceId") or raw.get("NetworkInterfaceId"):
        return []
    ip = text(raw.get("PublicIp"))
    ident = text(raw.get("AllocationId")) or ip
    return [
        finding("unused-address", place.arn("ec2", f"elastic-ip/{ident}"),
                f"Address {ip} belongs to nothing", prices.ADDRESS,
                f"$0.005 an hour, {prices.HOURS} hours")
    ]  # fmt: skip


def snapshot(place: Place, raw: Mapping[str, Any], volumes: set[str]) -> list[Finding]:
    """An old one whose volume is gone; not those of images, which need them."""
    days = place.source.number("snapshot_days")
    begun = at(raw.get("StartTime"))
    image = text(raw.get("Description")).startswith(("Created by CreateImage", "Copied for Dest"))
    foreign = text(raw.get("OwnerId")) not in ("", place.account.id)
    if begun is None or image or foreign or text(raw.get("VolumeId")) in volumes:
        return []
    age = (place.now - begun) // DAY
    if age < days:
        return []
    ident, gb = text(raw.get("SnapshotId")), number(raw.get("VolumeSize")) or 0.0
    archived = text(raw.get("StorageTier")) == "archive"
    price = prices.SNAPSHOT_ARCHIVE if archived else prices.SNAPSHOT
    return [
        finding("old-snapshot", place.arn("ec2", f"snapshot/{ident}"),
                f"Snapshot {name_of(raw, ident)} is {age} d old, its volume is gone",
                gb * price * prices.factor(place.region),
                f"older than {days:g} d, at most {gb:g} GB", since=begun)
    ]  # fmt: skip


def stopped(place: Place, raw: Mapping[str, Any], disks: Mapping[str, float]) -> list[Finding]:
    """A stopped server whose disks go on costing; ``disks`` has each volume's month."""
    if text((raw.get("State") or {}).get("Name")) != "stopped":
        return []
    ident = text(raw.get("InstanceId"))
    attached = [text((each.get("Ebs") or {}).get("VolumeId")) for each in
                parts(raw, "BlockDeviceMappings")]  # fmt: skip
    cost = sum(disks.get(each, 0.0) for each in attached)
    if not cost:
        return []
    return [
        finding("stopped-server", place.arn("ec2", f"instance/{ident}"),
                f"Server {name_of(raw, ident)} is stopped, its disks cost on", cost,
                f"{len(attached)} {'disk' if len(attached) == 1 else 'disks'} of a stopped server")
    ]  # fmt: skip


def server(
    place: Place, raw: Mapping[str, Any], peaks: Points, hours: Points, month: float | None,
    priced: str,
) -> list[Finding]:  # fmt: skip
    """One that does nothing, or much less than it could: ``peaks`` are the maxima of CPU by day,
    ``hours`` the means by hour; ``month`` is what it costs."""
    ident, type_ = text(raw.get("InstanceId")), text(raw.get("InstanceType"))
    key, name = place.arn("ec2", f"instance/{ident}"), name_of(raw, ident)
    days, idle = int(place.source.number("idle_days")), place.source.number("idle_cpu")
    large = place.source.number("oversized_cpu")
    top = max((value for _, value in peaks), default=0.0)
    if enough(place, peaks) and top < idle:
        return [
            finding("idle-server", key, f"Server {name} does nothing", month,
                    f"{type_}: CPU never above {top:.1f} % in {days_of(peaks)} d; the rule: below "
                    f"{idle:g} % for {days} d", priced=priced)
        ]  # fmt: skip
    usual = percentile([value for _, value in hours], MOSTLY)
    small = type_.endswith((".nano", ".micro"))
    if enough(place, hours) and usual < large and not small:
        return [
            finding("oversized-server", key, f"Server {name} is larger than it need be",
                    month / 2 if month else None,
                    f"{type_}: below {usual:.1f} % CPU in 95 % of the hours of {days_of(hours)} d; "
                    f"the rule: below {large:g} % for {days} d; half the size costs half",
                    priced=priced)
        ]  # fmt: skip
    return old(key, name, type_, place.region)


def days_of(points: Points) -> int:
    """On how many days there are figures."""
    return len({when // DAY for when, _ in points})


def enough(place: Place, points: Points) -> bool:
    """Whether the figures are of at least half the days that the rules look back."""
    return days_of(points) >= max(1, int(place.source.number("idle_days")) // 2)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest figure that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


def old(key: str, name: str, type_: str, region: str) -> list[Finding]:
    """One of a type that is dearer than today's."""
    today = prices.newer(type_)
    was, would = prices.monthly(type_, region), prices.monthly(today, region)
    if not today or not was or not would or would >= was:
        return []
    return [
        finding("old-type", key, f"Server {name} is of an old type", was - would,
                f"{type_} costs more than {today}")
    ]  # fmt: skip


def database(
    place: Place, raw: Mapping[str, Any], connections: Points
) -> list[Finding]:  # fmt: skip
    """One that nobody connects to; ``connections`` are each day's most."""
    name, type_ = text(raw.get("DBInstanceIdentifier")), text(raw.get("DBInstanceClass"))
    if not enough(place, connections) or any(value > 0 for _, value in connections):
        return []
    month = (prices.monthly(type_, place.region) or 0.0) * (2 if raw.get("MultiAZ") else 1)
    disk_gb = number(raw.get("AllocatedStorage")) or 0.0
    month += disk_gb * prices.DATABASE_DISK * prices.factor(place.region)
    return [
        finding("idle-database", text(raw.get("DBInstanceArn")) or place.arn("rds", f"db:{name}"),
                f"Nobody connects to database {name}", month,
                f"{type_}, {disk_gb:g} GB: no connection in {days_of(connections)} d")
    ]  # fmt: skip


def balancer(
    place: Place, key: str, name: str, kind: str, targets: int, requests: float | None,
    created: int | None,
) -> list[Finding]:  # fmt: skip
    """One without targets, or that nobody asks; ``requests`` of the whole span, None where they
    are not known."""
    cost = prices.BALANCERS.get(kind, prices.BALANCERS["application"])
    days = int(place.source.number("idle_days"))
    why = ""
    if targets == 0:
        why = "no targets are registered"
    elif requests == 0 and created is not None and created < place.now - days * DAY:
        why = f"no requests in {days} d"
    if not why:
        return []
    return [
        finding("idle-load-balancer", key, f"Load balancer {name} has nothing to do",
                cost * prices.factor(place.region), f"{kind}: {why}")
    ]  # fmt: skip


def gateway(place: Place, raw: Mapping[str, Any], sent: Points) -> list[Finding]:
    """A NAT gateway that nothing goes through; ``sent`` is each day's bytes."""
    used = any(value > 0 for _, value in sent)
    if text(raw.get("State")) != "available" or used or not enough(place, sent):
        return []
    ident = text(raw.get("NatGatewayId"))
    return [
        finding("idle-gateway", place.arn("ec2", f"natgateway/{ident}"),
                f"Nothing goes through NAT gateway {name_of(raw, ident)}",
                prices.NAT * prices.factor(place.region), f"no bytes sent in {days_of(sent)} d")
    ]  # fmt: skip


def logs(place: Place, raw: Mapping[str, Any]) -> list[Finding]:
    """A log group that keeps everything for ever, and is large enough to matter."""
    stored = (number(raw.get("storedBytes")) or 0.0) / 1e9
    if raw.get("retentionInDays") or stored < 1:
        return []
    name = text(raw.get("logGroupName"))
    arn = text(raw.get("arn")).removesuffix(":*") or place.arn("logs", f"log-group:{name}")
    return [
        finding("logs-without-retention", arn, f"Log group {name} is kept for ever",
                stored * prices.LOGS * prices.factor(place.region),
                f"{stored:.0f} GB, no retention is set")
    ]  # fmt: skip
