"""Measures from Cloud Monitoring: one list of time series for each of its metrics, a project at a
time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import entries, say
from integrations.gcp import api
from integrations.gcp.faults import database_key
from store.clock import iso
from store.model import MINUTE, SECOND, Instant
from store.model.resource import Sample

STEP = 300
"""Seconds that a point stands for."""
BACK = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Measure:
    """One of Google's metrics: ours is its aligned value times ``factor``. ``reducer`` makes one
    series of several of a resource (its disks); ``more`` is added to the filter."""

    google: str
    metric: str
    aligner: str = "ALIGN_MEAN"
    factor: float = 1.0
    reducer: str = ""
    more: str = ""


_VM = "compute.googleapis.com/instance"
_SQL = "cloudsql.googleapis.com/database"
_AGENT = "agent.googleapis.com"
_BALANCER = "loadbalancing.googleapis.com/https"


def _rate(google: str, metric: str, more: str = "") -> Measure:
    return Measure(google, metric, "ALIGN_RATE", reducer="REDUCE_SUM", more=more)


MEASURES = (
    Measure(f"{_VM}/cpu/utilization", "cpu", factor=100),
    _rate(f"{_VM}/network/received_bytes_count", "network_in"),
    _rate(f"{_VM}/network/sent_bytes_count", "network_out"),
    _rate(f"{_VM}/disk/read_bytes_count", "disk_read"),
    _rate(f"{_VM}/disk/write_bytes_count", "disk_write"),
    _rate(f"{_VM}/disk/throttled_read_ops_count", "throttled"),
    Measure(f"{_AGENT}/memory/percent_used", "memory", more=' AND metric.labels.state = "used"'),
    Measure(f"{_AGENT}/disk/percent_used", "disk", reducer="REDUCE_MAX",
            more=' AND metric.labels.state = "used"'),
    Measure(f"{_SQL}/cpu/utilization", "cpu", factor=100),
    Measure(f"{_SQL}/memory/utilization", "memory", factor=100),
    Measure(f"{_SQL}/disk/utilization", "disk", factor=100),
    Measure(f"{_SQL}/disk/quota", "disk_size"), Measure(f"{_SQL}/disk/bytes_used", "disk_used"),
    Measure(f"{_SQL}/postgresql/num_backends", "connections", reducer="REDUCE_SUM"),
    Measure(f"{_SQL}/network/connections", "connections"),
    Measure("spanner.googleapis.com/instance/cpu/utilization", "cpu", factor=100,
            reducer="REDUCE_MAX"),
    Measure("spanner.googleapis.com/instance/storage/used_bytes", "disk_used",
            reducer="REDUCE_SUM"),
    Measure("redis.googleapis.com/stats/memory/usage_ratio", "memory", factor=100,
            reducer="REDUCE_MAX"),
    Measure("redis.googleapis.com/clients/connected", "connections", reducer="REDUCE_SUM"),
    Measure("pubsub.googleapis.com/subscription/num_undelivered_messages", "queue_depth"),
    Measure("pubsub.googleapis.com/subscription/oldest_unacked_message_age", "queue_age",
            "ALIGN_MAX"),
    _rate("run.googleapis.com/request_count", "requests"),
    _rate("run.googleapis.com/request_count", "errors",
          ' AND metric.labels.response_code_class = "5xx"'),
    _rate("cloudfunctions.googleapis.com/function/execution_count", "requests"),
    _rate("cloudfunctions.googleapis.com/function/execution_count", "errors",
          ' AND metric.labels.status != "ok"'),
    _rate(f"{_BALANCER}/request_count", "requests"),
    _rate(f"{_BALANCER}/request_count", "errors",
          " AND metric.labels.response_code_class = 500"),
)  # fmt: skip
_BY: Mapping[str, tuple[str, ...]] = {
    _VM: ("resource.labels.instance_id", "resource.labels.zone", "metric.labels.instance_name"),
    _AGENT: ("resource.labels.instance_id", "resource.labels.zone"),
    _SQL: ("resource.labels.database_id",),
    "spanner.googleapis.com": ("resource.labels.instance_id",),
    "redis.googleapis.com": ("resource.labels.instance_id", "resource.labels.region"),
    "run.googleapis.com": ("resource.labels.service_name", "resource.labels.location"),
    "cloudfunctions.googleapis.com": ("resource.labels.function_name", "resource.labels.region"),
    _BALANCER: ("resource.labels.forwarding_rule_name",),
}
"""The labels that several series are made one by, where a metric has several of a resource."""


def asked(measure: Measure, now: Instant) -> dict[str, Any]:
    """The parameters of its list."""
    params: dict[str, Any] = {
        "filter": f'metric.type = "{measure.google}"{measure.more}',
        "interval.startTime": iso(now - BACK), "interval.endTime": iso(now),
        "aggregation.alignmentPeriod": f"{STEP}s",
        "aggregation.perSeriesAligner": measure.aligner, "pageSize": 1000,
    }  # fmt: skip
    if measure.reducer:
        params["aggregation.crossSeriesReducer"] = measure.reducer
        by = next(by for start, by in _BY.items() if measure.google.startswith(start))
        params["aggregation.groupByFields"] = list(by)
    return params


def sample(
    series: Mapping[str, Any], measure: Measure, project: str, machines: Mapping[str, str]
) -> Iterator[Sample]:
    """The latest point of a series; ``machines`` are full names by numeric id."""
    resource = _resource(series, project, machines)
    points = [
        (at, value)
        for point in entries(series.get("points"))
        if (at := fields.instant(fields.dig(point, "interval.endTime"))) is not None
        and (value := api.value_of(point)) is not None
    ]
    if resource and points:
        at, value = max(points)
        yield Sample(resource, measure.metric, at - at % SECOND, value * measure.factor)


def _resource(
    series: Mapping[str, Any], project: str, machines: Mapping[str, str]
) -> str:  # fmt: skip
    """The full name of what a series is of, by the type of monitored resource."""
    labels = fields.part(series, "resource.labels")
    place = say(labels, "location") or say(labels, "region")
    match say(series, "resource.type"):
        case "gce_instance":
            if known := machines.get(say(labels, "instance_id")):
                return known
            name = say(series, "metric.labels.instance_name")
            zone = say(labels, "zone")
            path = f"//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{name}"
            return path if name and zone else ""
        case "cloudsql_database":
            owner, _, name = say(labels, "database_id").rpartition(":")
            return database_key(owner or project, name) if name else ""
        case "spanner_instance":
            name = say(labels, "instance_id")
            return f"//spanner.googleapis.com/projects/{project}/instances/{name}" if name else ""
        case "redis_instance":
            name = say(labels, "instance_id")
            path = name if name.startswith("projects/") else (
                f"projects/{project}/locations/{place}/instances/{name}"
            )  # fmt: skip
            return f"//redis.googleapis.com/{path}" if name else ""
        case "pubsub_subscription":
            name = say(labels, "subscription_id")
            return f"//pubsub.googleapis.com/projects/{project}/subscriptions/{name}"
        case "cloud_run_revision":
            name = say(labels, "service_name")
            return f"//run.googleapis.com/projects/{project}/locations/{place}/services/{name}"
        case "cloud_function":
            name = say(labels, "function_name")
            path = f"projects/{project}/locations/{place}/functions/{name}"
            return f"//cloudfunctions.googleapis.com/{path}"
        case "https_lb_rule":
            name = say(labels, "forwarding_rule_name")
            path = f"projects/{project}/global/forwardingRules/{name}"
            return f"//compute.googleapis.com/{path}" if name else ""
        case _:
            return ""
