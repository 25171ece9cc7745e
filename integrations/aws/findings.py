"""Looking for savings in all regions of an account: our rules by what is there and its metrics,
then AWS's own recommenders; of two that say the same one is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace

from integrations.aws import advice, prices, savings
from integrations.aws.metrics import BATCH, Measure, Query, values
from integrations.aws.place import Place, Thing
from integrations.aws.reading import at, number, part, parts, text
from integrations.base import Item, Progress
from store.model import DAY
from store.model.resource import Finding

CPU_PEAK = Measure("CPUUtilization", "Maximum", "peak")
CPU_USUAL = Measure("CPUUtilization", "Average", "usual")
HOURLY = 3600
DAILY = DAY // 1000
CONNECTIONS = Measure("DatabaseConnections", "Maximum", "connections")
SENT = Measure("BytesOutToDestination", "Sum", "sent")
REQUESTS = {
    "application": ("AWS/ApplicationELB", "LoadBalancer", Measure("RequestCount", "Sum", "n")),
    "network": ("AWS/NetworkELB", "LoadBalancer", Measure("NewFlowCount", "Sum", "n")),
    "classic": ("AWS/ELB", "LoadBalancerName", Measure("RequestCount", "Sum", "n")),
}
_NAT_STATES = [{"Name": "state", "Values": ["available"]}]

Points = savings.Points


@dataclass(slots=True)
class Found:
    """What was found in an account so far; and what its resources are called by elsewhere."""

    by_key: dict[str, Finding] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, more: Iterable[Finding]) -> None:
        """More of them. A recommender's saving goes before ours: it knows the discounts."""
        for each in more:
            have = self.by_key.get(each.key)
            if have is None:
                self.by_key[each.key] = each
            elif each.origin not in have.why and each.origin != "rule":
                saving = each.saving or have.saving
                why = f"{have.why}; {each.origin} says so too"
                self.by_key[each.key] = replace(have, saving=saving, why=why)

    def all(self) -> list[Finding]:
        """All of them; what is idle is not oversized too, nor of an old type."""
        idle = {each.resource for each in self.by_key.values() if each.rule.startswith("idle-")}
        less = ("oversized-server", "old-type", "disk-type")
        return [
            each for each in self.by_key.values()
            if not (each.rule in less and each.resource in idle)
        ]  # fmt: skip


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """Everything that could be saved in the account now."""
    found, regions = Found(), place.account.regions
    for index, region in enumerate(regions):
        yield [Progress(index, len(regions) + 1)]
        await _region(place.at(region), found)
    yield [Progress(len(regions), len(regions) + 1)]
    await advice.read(place, found.add, found.names)
    yield list(found.all())


async def _region(place: Place, found: Found) -> None:
    disks = await _volumes(place, found)
    answer = await place.ask("ec2", "DescribeAddresses")
    for raw in parts(answer, "Addresses"):
        ident = text(raw.get("AllocationId")) or text(raw.get("PublicIp"))
        found.names[text(raw.get("PublicIp"))] = place.arn("ec2", f"elastic-ip/{ident}")
        found.add(savings.address(place, raw))
    async for raw in place.items(
        "ec2", "DescribeSnapshots", "Snapshots", OwnerIds=["self"], MaxResults=1000
    ):
        found.add(savings.snapshot(place, raw, set(disks)))
    await _servers(place, found, disks)
    await _databases(place, found)
    await _balancers(place, found)
    await _gateways(place, found)
    async for raw in place.items("logs", "DescribeLogGroups", "logGroups", limit=50):
        found.add(savings.logs(place, raw))
    await advice.regional(place, found.add)


async def _volumes(place: Place, found: Found) -> dict[str, float]:
    """What each volume costs a month."""
    disks: dict[str, float] = {}
    async for raw in place.items("ec2", "DescribeVolumes", "Volumes", MaxResults=500):
        ident = text(raw.get("VolumeId"))
        disks[ident] = prices.disk(
            text(raw.get("VolumeType")), number(raw.get("Size")) or 0.0,
            number(raw.get("Iops")) or 0.0, place.region,
        )  # fmt: skip
        found.add(savings.volume(place, raw))
    return disks


async def _servers(place: Place, found: Found, disks: dict[str, float]) -> None:
    async for page in place.pages("ec2", "DescribeInstances", MaxResults=500):
        raws = [raw for group in parts(page, "Reservations") for raw in parts(group, "Instances")]
        running = [raw for raw in raws if part(raw, "State").get("Name") == "running"]
        ids = [text(raw.get("InstanceId")) for raw in running]
        peaks = await points(place, "AWS/EC2", "InstanceId", ids, CPU_PEAK)
        usual = await points(place, "AWS/EC2", "InstanceId", ids, CPU_USUAL, HOURLY)
        for raw in running:
            ident = text(raw.get("InstanceId"))
            month, priced = await prices.server(place, text(raw.get("InstanceType")))
            found.add(savings.server(place, raw, peaks[ident], usual[ident], month, priced))
        for raw in raws:
            if part(raw, "State").get("Name") == "terminated":
                continue
            ident = text(raw.get("InstanceId"))
            found.add(savings.stopped(place, raw, disks))


async def _databases(place: Place, found: Found) -> None:
    async for page in place.pages("rds", "DescribeDBInstances", MaxRecords=100):
        raws = parts(page, "DBInstances")
        names = [text(raw.get("DBInstanceIdentifier")) for raw in raws]
        used = await points(place, "AWS/RDS", "DBInstanceIdentifier", names, CONNECTIONS)
        for raw, name in zip(raws, names, strict=True):
            found.names[name] = text(raw.get("DBInstanceArn"))
            found.add(savings.database(place, raw, used[name]))


async def _balancers(place: Place, found: Found) -> None:
    targets: dict[str, int] = defaultdict(int)
    async for raw in place.items("elbv2", "DescribeTargetGroups", "TargetGroups", PageSize=100):
        balancers = [str(each) for each in raw.get("LoadBalancerArns") or ()]
        if not balancers:
            continue
        asked = {"TargetGroupArn": text(raw.get("TargetGroupArn"))}
        answer = await place.maybe("elbv2", "DescribeTargetHealth", **asked)
        for each in balancers:
            targets[each] += len(parts(answer, "TargetHealthDescriptions")) if answer else 1
    async for raw in place.items("elbv2", "DescribeLoadBalancers", "LoadBalancers", PageSize=100):
        arn, kind = text(raw.get("LoadBalancerArn")), text(raw.get("Type"))
        found.names[name := text(raw.get("LoadBalancerName"))] = arn
        asked_for = await _requests(place, kind, arn.partition(":loadbalancer/")[2])
        made = at(raw.get("CreatedTime"))
        found.add(savings.balancer(place, arn, name, kind, targets[arn], asked_for, made))
    async for raw in place.items(
        "elb", "DescribeLoadBalancers", "LoadBalancerDescriptions", PageSize=400
    ):
        name = text(raw.get("LoadBalancerName"))
        found.names[name] = arn = place.arn("elasticloadbalancing", f"loadbalancer/{name}")
        behind, made = len(parts(raw, "Instances")), at(raw.get("CreatedTime"))
        asked_for = await _requests(place, "classic", name)
        found.add(savings.balancer(place, arn, name, "classic", behind, asked_for, made))


async def _requests(place: Place, kind: str, name: str) -> float | None:
    """How many there were in the whole span; what has no requests has no points either."""
    if kind not in REQUESTS:
        return None
    namespace, dimension, measure = REQUESTS[kind]
    counted = await points(place, namespace, dimension, [name], measure)
    if place.refuses("cloudwatch", "GetMetricData"):
        return None
    return sum(value for _, value in counted[name])


async def _gateways(place: Place, found: Found) -> None:
    raws = [
        raw
        async for raw in place.items(
            "ec2", "DescribeNatGateways", "NatGateways", Filter=_NAT_STATES, MaxResults=1000
        )
    ]
    ids = [text(raw.get("NatGatewayId")) for raw in raws]
    sent = await points(place, "AWS/NATGateway", "NatGatewayId", ids, SENT)
    for raw, ident in zip(raws, ids, strict=True):
        found.add(savings.gateway(place, raw, sent[ident]))


async def points(
    place: Place, namespace: str, dimension: str, names: Sequence[str], measure: Measure,
    period: int = DAILY,
) -> defaultdict[str, Points]:  # fmt: skip
    """The figures of each for as many days as the rules look back; empty where metrics are
    switched off."""
    found: defaultdict[str, Points] = defaultdict(list)
    if not place.source.number("metrics_every"):
        return found
    end = place.now // DAY * DAY
    begin = end - int(place.source.number("idle_days")) * DAY
    asked = [Query(namespace, dimension, Thing("", "", name), measure) for name in names]
    for start in range(0, len(asked), BATCH):
        some = asked[start : start + BATCH]
        async for index, when, value in values(place, some, begin, end, period):
            found[some[index].thing.dimension].append((when, value))
    return found
