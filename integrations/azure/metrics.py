"""Measures from Azure Monitor: many resources of one type and region at once where its regional
host can be asked, else one resource after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, entries, say
from store.clock import iso
from store.model import MINUTE, Instant
from store.model.resource import Sample

VERSION = "2023-10-01"
BATCH = 50
"""Resources that Azure Monitor takes at once."""
ONE_BY_ONE = 300
"""At most so many are asked one after the other."""
STEP = 300
"""Seconds that a point stands for."""
BACK = 20 * MINUTE


@dataclass(frozen=True, slots=True)
class Measure:
    """One of Azure's metrics: ours is the ``aggregation`` times ``factor``, plus ``offset``."""

    azure: str
    metric: str
    aggregation: str = "average"
    factor: float = 1.0
    offset: float = 0.0


def _per_second(azure: str, metric: str) -> Measure:
    return Measure(azure, metric, "total", 1 / STEP)


_FLEXIBLE = (
    Measure("cpu_percent", "cpu"), Measure("memory_percent", "memory"),
    Measure("storage_percent", "disk"), Measure("active_connections", "connections"),
)  # fmt: skip
_QUEUES = (
    Measure("ActiveMessages", "queue_depth"), _per_second("ThrottledRequests", "throttled"),
    _per_second("IncomingRequests", "requests"), _per_second("ServerErrors", "errors"),
)  # fmt: skip
MEASURES: Mapping[str, tuple[Measure, ...]] = {
    "microsoft.compute/virtualmachines": (
        Measure("Percentage CPU", "cpu"),
        Measure("Available Memory Percentage", "memory", factor=-1, offset=100),
        _per_second("Network In Total", "network_in"),
        _per_second("Network Out Total", "network_out"),
        _per_second("Disk Read Bytes", "disk_read"), _per_second("Disk Write Bytes", "disk_write"),
        Measure("OS Disk Queue Depth", "disk_queue"), Measure("CPU Credits Remaining", "credits"),
    ),
    "microsoft.compute/virtualmachinescalesets": (
        Measure("Percentage CPU", "cpu"),
        _per_second("Network In Total", "network_in"),
        _per_second("Network Out Total", "network_out"),
    ),
    "microsoft.sql/servers/databases": (
        Measure("cpu_percent", "cpu"), Measure("storage_percent", "disk", "maximum"),
        Measure("sessions_count", "connections"), Measure("storage", "disk_used", "maximum"),
    ),
    "microsoft.sql/managedinstances": (Measure("avg_cpu_percent", "cpu"),),
    "microsoft.dbforpostgresql/flexibleservers": _FLEXIBLE,
    "microsoft.dbformysql/flexibleservers": _FLEXIBLE,
    "microsoft.documentdb/databaseaccounts": (
        Measure("NormalizedRUConsumption", "request_units", "maximum"),
        Measure("ServerSideLatency", "latency"),
    ),
    "microsoft.cache/redis": (
        Measure("serverLoad", "cpu", "maximum"),
        Measure("usedmemorypercentage", "memory", "maximum"),
        Measure("connectedclients", "connections", "maximum"),
    ),
    "microsoft.servicebus/namespaces": _QUEUES,
    "microsoft.eventhub/namespaces": (
        _per_second("ThrottledRequests", "throttled"), _per_second("IncomingRequests", "requests"),
        _per_second("ServerErrors", "errors"),
    ),
    "microsoft.web/sites": (
        _per_second("Requests", "requests"), _per_second("Http5xx", "errors"),
        Measure("HttpResponseTime", "latency", factor=1000),
    ),
    "microsoft.web/serverfarms": (
        Measure("CpuPercentage", "cpu"), Measure("MemoryPercentage", "memory"),
    ),
    "microsoft.containerservice/managedclusters": (
        Measure("node_cpu_usage_percentage", "cpu"),
        Measure("node_memory_working_set_percentage", "memory"),
        Measure("node_disk_usage_percentage", "disk"),
    ),
    "microsoft.network/applicationgateways": (
        Measure("UnhealthyHostCount", "unhealthy_hosts"),
        Measure("ApplicationGatewayTotalTime", "latency"),
        _per_second("FailedRequests", "errors"), _per_second("TotalRequests", "requests"),
    ),
    "microsoft.network/loadbalancers": (
        Measure("DipAvailability", "backends_healthy"), Measure("VipAvailability", "availability"),
    ),
}  # fmt: skip


def names(type_: str) -> str:
    """The metrics of a type, as they are asked for."""
    return ",".join(each.azure for each in MEASURES[type_])


def aggregations(type_: str) -> str:
    """The ways they are summed up."""
    return ",".join(sorted({each.aggregation for each in MEASURES[type_]}))


def window(now: Instant) -> tuple[str, str]:
    """From when to when is asked for."""
    return iso(now - BACK), iso(now)


def groups(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """The ids of those that are measured, by region and type."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        type_, region = say(row, "type").lower(), say(row, "location").lower().replace(" ", "")
        if type_ in MEASURES and region and say(row, "id") and _worth(type_, row):
            found[region, type_].append(say(row, "id"))
    return found


def _worth(type_: str, row: Mapping[str, Any]) -> bool:
    return type_ != "microsoft.sql/servers/databases" or say(row, "name").lower() != "master"


def query() -> str:
    """Resource Graph's rows of all that is measured."""
    types = ", ".join(f"'{each}'" for each in MEASURES)
    return (
        f"resources | where type in~ ({types}) | project id, name, type, location | order by id asc"
    )


def samples(resource: str, type_: str, found: Any) -> Iterator[Sample]:
    """The latest point of each metric in an answer about one resource."""
    known = {each.azure.lower(): each for each in MEASURES[type_]}
    for metric in entries(found):
        measure = known.get(say(metric, "name.value").lower())
        if measure is None:
            continue
        latest = _latest(metric, measure.aggregation)
        if latest is not None:
            at, value = latest
            told = value * measure.factor + measure.offset
            yield Sample(resource.lower(), measure.metric, at, told)


def _latest(metric: Mapping[str, Any], aggregation: str) -> tuple[Instant, float] | None:
    points = [
        (at, value)
        for series in entries(metric.get("timeseries"))
        for point in entries(series.get("data"))
        if (at := fields.instant(dig(point, "timeStamp"))) is not None
        and (value := fields.number(point.get(aggregation))) is not None
    ]
    return max(points, default=None)
