"""Which parts an account has: areas by region and for the whole account, each with its own pace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from integrations.aws import (
    alarms,
    balancers,
    containers,
    cost,
    databases,
    disks,
    edges,
    findings,
    functions,
    health,
    metrics,
    network,
    others,
    scaling,
    servers,
    trail,
)  # fmt: skip
from integrations.aws.place import Account, Place
from integrations.aws.settings import Source
from integrations.base import Item, Part

Reader = Callable[[Place], AsyncIterator[list[Item]]]

QUIET = 5
"""Where an area found nothing it is looked at so much more seldom."""
BACKGROUND = frozenset({"metrics", "trail", "cost", "findings", "zones", "account", "health"})
"""Areas that say nothing of whether a region is used."""


@dataclass(frozen=True, slots=True)
class Area:
    """What is synchronised by itself. ``pace`` is how often, in looks at the servers; ``hours``
    names the setting that says it instead. ``service`` has to be in the region."""

    name: str
    title: str
    read: Reader
    service: str
    pace: float = 1.0
    timeout: float = 300.0
    setting: str = ""


REGIONAL = (
    Area("zones", "Zones", network.zones, "ec2", 10),
    Area("servers", "Servers", servers.read, "ec2"),
    Area("balancers", "Load balancers", balancers.read, "elbv2"),
    Area("alarms", "Alarms", alarms.read, "cloudwatch"),
    Area("databases", "Databases", databases.read, "rds"),
    Area("scaling", "Auto Scaling groups", scaling.read, "autoscaling", 2),
    Area("ecs", "ECS", containers.ecs, "ecs", 2),
    Area("eks", "EKS", containers.eks, "eks", 2),
    Area("queues", "Queues", functions.queues, "sqs", 2),
    Area("volumes", "Disks", disks.volumes, "ec2", 5),
    Area("network", "Networks", network.read, "ec2", 5),
    Area("functions", "Functions", functions.read, "lambda", 5, 900),
    Area("tables", "DynamoDB tables", databases.tables, "dynamodb", 5),
    Area("caches", "Caches", databases.caches, "elasticache", 5),
    Area("stacks", "Stacks", edges.stacks, "cloudformation", 5),
    Area("snapshots", "Snapshots", disks.snapshots, "ec2", 60, 900),
    Area("certificates", "Certificates", edges.certificates, "acm", 60),
    Area("registries", "Image repositories", containers.registries, "ecr", 60),
    Area("others", "Everything else", others.read, "resourcegroupstaggingapi", 30, 900),
    Area("metrics", "Metrics", metrics.read, "cloudwatch", setting="metrics_every"),
    Area("trail", "Changes (CloudTrail)", trail.read, "cloudtrail", 2),
)
GLOBAL = (
    Area("account", "Account", network.account, "sts", 10),
    Area("buckets", "Buckets", edges.buckets, "s3", 30, 900),
    Area("dns", "DNS zones", edges.names, "route53", 60),
    Area("distributions", "CloudFront", edges.distributions, "cloudfront", 60),
    Area("health", "AWS Health", health.read, "health", 5),
    Area("cost", "Cost", cost.read, "ce", setting="cost_every"),
    Area("findings", "Savings", findings.read, "ec2", timeout=3600, setting="findings_every"),
)
ALSO = frozenset({"compute-optimizer", "elb", "logs", "pricing", "resource-explorer-2"})
"""Services that parts ask beside, and that are not in every region."""
_BY_NAME = {each.name: each for each in (*REGIONAL, *GLOBAL)}
_SECONDS = {"metrics_every": 1.0, "cost_every": 3600.0, "findings_every": 3600.0}


def every(area: Area, source: Source) -> float:
    """Seconds between two looks; 0 where it is switched off."""
    if area.name in source.skip or (area.name == "trail" and not source.flags["trail"]):
        return 0.0
    if area.setting:
        return source.number(area.setting) * _SECONDS[area.setting]
    return source.number("every") * area.pace


def parts(
    account: Account, source: Source, there: Callable[[str, str], bool], empty: set[str]
) -> Iterator[Part]:
    """The parts of an account; ``there`` says whether a service is in a region, ``empty`` has the
    parts that found nothing."""
    who = account.name or account.id
    for area in GLOBAL:
        if pace := every(area, source):
            name = f"{account.id}/{area.name}"
            yield Part(name, pace, area.timeout, f"{who}: {area.title}")
    for region in account.regions:
        for area in REGIONAL:
            pace = every(area, source)
            if not pace or not there(area.service, region):
                continue
            name = f"{account.id}/{region}/{area.name}"
            if name in empty:
                pace = min(pace * QUIET, max(pace, 3600.0))
            yield Part(name, pace, area.timeout, f"{who} {region}: {area.title}")


def place_of(part: str) -> tuple[str, str, Area | None]:
    """The account, the region ("" for the whole account) and the area of a part's name."""
    pieces = part.split("/")
    area = _BY_NAME.get(pieces[-1])
    if len(pieces) == 3:
        return pieces[0], pieces[1], area if area in REGIONAL else None
    return pieces[0], "", area if len(pieces) == 2 and area in GLOBAL else None
