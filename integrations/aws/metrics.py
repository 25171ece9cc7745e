"""CloudWatch's measures of what the inventory found: batches of 500, each metric paid for once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.aws.place import Place, Thing
from integrations.aws.reading import at, number, parts, text
from integrations.base import Item, Progress
from store import clock
from store.model import HOUR, SECOND, Instant
from store.model.resource import Sample

PERIOD = 300
BATCH = 500
_BURSTING = ("t1.", "t2.", "t3.", "t3a.", "t4g.", "db.t")


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric of CloudWatch and the measure it is here: ``factor`` of it, ``rate`` where it is
    counted over the period."""

    metric: str
    stat: str
    ours: str
    factor: float = 1.0
    rate: bool = False
    bursting: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A metric of a resource."""

    namespace: str
    dimension: str
    thing: Thing
    measure: Measure


_EC2 = (
    Measure("CPUUtilization", "Average", "cpu"),
    Measure("NetworkIn", "Sum", "network_in", rate=True),
    Measure("NetworkOut", "Sum", "network_out", rate=True),
    Measure("EBSReadBytes", "Sum", "disk_read", rate=True),
    Measure("EBSWriteBytes", "Sum", "disk_write", rate=True),
    Measure("CPUCreditBalance", "Minimum", "credits", bursting=True),
)
_GROUP = (Measure("CPUUtilization", "Average", "cpu"),)
_RDS = (
    Measure("CPUUtilization", "Average", "cpu"),
    Measure("FreeStorageSpace", "Minimum", "free_storage"),
    Measure("DatabaseConnections", "Maximum", "connections"),
    Measure("DiskQueueDepth", "Average", "disk_queue"),
    Measure("ReadLatency", "Average", "latency", 1000),
    Measure("CPUCreditBalance", "Minimum", "credits", bursting=True),
)
_APPLICATION = (
    Measure("RequestCount", "Sum", "requests", rate=True),
    Measure("TargetResponseTime", "Average", "latency", 1000),
    Measure("HTTPCode_Target_5XX_Count", "Sum", "errors", rate=True),
    Measure("HTTPCode_ELB_5XX_Count", "Sum", "errors", rate=True),
)
_CLASSIC = (
    Measure("RequestCount", "Sum", "requests", rate=True),
    Measure("Latency", "Average", "latency", 1000),
    Measure("HTTPCode_Backend_5XX", "Sum", "errors", rate=True),
    Measure("HTTPCode_ELB_5XX", "Sum", "errors", rate=True),
)
_NETWORK = (
    Measure("ActiveFlowCount", "Average", "connections"),
    Measure("ProcessedBytes", "Sum", "network_in", rate=True),
)
_FUNCTION = (
    Measure("Invocations", "Sum", "requests", rate=True),
    Measure("Errors", "Sum", "errors", rate=True),
    Measure("Throttles", "Sum", "throttled", rate=True),
    Measure("Duration", "Average", "latency"),
)
_QUEUE = (Measure("ApproximateAgeOfOldestMessage", "Maximum", "queue_age"),)
_TABLE = (
    Measure("ReadThrottleEvents", "Sum", "throttled", rate=True),
    Measure("WriteThrottleEvents", "Sum", "throttled", rate=True),
)
_GATEWAY = (
    Measure("ErrorPortAllocation", "Sum", "errors", rate=True),
    Measure("BytesOutToDestination", "Sum", "network_out", rate=True),
)
_AREAS = {
    "servers": ("AWS/EC2", "InstanceId", _EC2),
    "groups": ("AWS/EC2", "AutoScalingGroupName", _GROUP),
    "databases": ("AWS/RDS", "DBInstanceIdentifier", _RDS),
    "functions": ("AWS/Lambda", "FunctionName", _FUNCTION),
    "queues": ("AWS/SQS", "QueueName", _QUEUE),
    "tables": ("AWS/DynamoDB", "TableName", _TABLE),
    "gateways": ("AWS/NATGateway", "NatGatewayId", _GATEWAY),
}
_BALANCERS = {
    "application": ("AWS/ApplicationELB", "LoadBalancer", _APPLICATION),
    "network": ("AWS/NetworkELB", "LoadBalancer", _NETWORK),
    "classic": ("AWS/ELB", "LoadBalancerName", _CLASSIC),
}


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """The measures since the last look; no more than an hour's."""
    asked = queries(place)
    end = place.now // (PERIOD * SECOND) * PERIOD * SECOND
    begin = max(int(place.state.get("until") or 0), end - HOUR)
    begin = begin if begin > end - HOUR else end - 3 * PERIOD * SECOND
    if not asked or begin >= end:
        return
    for start in range(0, len(asked), BATCH):
        some = asked[start : start + BATCH]
        yield [Progress(start, len(asked))]
        yield list(await _batch(place, some, begin, end))
    place.state["until"] = end


def queries(place: Place) -> list[Query]:
    """What is asked of the things that the other parts found here."""
    found: list[Query] = []
    for area, (namespace, dimension, measures) in _AREAS.items():
        for thing in place.things(area).values():
            found += _asked(namespace, dimension, thing, measures)
    for thing in place.things("balancers").values():
        if spec := _BALANCERS.get(thing.type):
            found += _asked(spec[0], spec[1], thing, spec[2])
    return found


def _asked(
    namespace: str, dimension: str, thing: Thing, measures: Sequence[Measure]
) -> Iterator[Query]:
    bursts = thing.type.startswith(_BURSTING)
    for each in measures:
        if bursts or not each.bursting:
            yield Query(namespace, dimension, thing, each)


async def _batch(
    place: Place, asked: Sequence[Query], begin: Instant, end: Instant
) -> Iterator[Sample]:
    found: dict[tuple[str, str, Instant], float] = {}
    async for number_, when, value in values(place, asked, begin, end, PERIOD):
        query = asked[number_]
        measured = value * query.measure.factor / (PERIOD if query.measure.rate else 1)
        key = (query.thing.key, query.measure.ours, when)
        found[key] = found.get(key, 0.0) + measured
    return (Sample(key, name, when, value) for (key, name, when), value in found.items())


async def values(
    place: Place, asked: Sequence[Query], begin: Instant, end: Instant, period: int
) -> AsyncIterator[tuple[int, Instant, float]]:
    """The points of up to 500 queries: which, when, how much."""
    async for page in place.pages(
        "cloudwatch", "GetMetricData", StartTime=clock.to_datetime(begin),
        EndTime=clock.to_datetime(end), ScanBy="TimestampAscending",
        MetricDataQueries=[
            {"Id": f"q{index}", "MetricStat": _stat(each, period), "ReturnData": True}
            for index, each in enumerate(asked)
        ],
    ):  # fmt: skip
        for each in parts(page, "MetricDataResults"):
            ident = text(each.get("Id"))
            if not ident[1:].isdigit() or int(ident[1:]) >= len(asked):
                continue
            points = zip(each.get("Timestamps") or (), each.get("Values") or (), strict=False)
            for said, value in points:
                when, much = at(said), number(value)
                if when is not None and much is not None:
                    yield int(ident[1:]), when, much


def _stat(query: Query, period: int) -> dict[str, Any]:
    dimension = {"Name": query.dimension, "Value": query.thing.dimension}
    metric = {"Namespace": query.namespace, "MetricName": query.measure.metric,
              "Dimensions": [dimension]}  # fmt: skip
    return {"Metric": metric, "Period": period, "Stat": query.measure.stat}
