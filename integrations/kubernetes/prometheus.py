"""What a Prometheus that scrapes the cluster knows more: disk I/O, network, throttling, how full
volumes are."""

from __future__ import annotations

from collections import defaultdict
from math import isnan
from typing import TYPE_CHECKING, Any

import httpx

from integrations import _wire
from integrations.base import Item, Transient
from integrations.kubernetes.objects import Ref, items, part, text
from integrations.kubernetes.of_pods import kind_of
from integrations.kubernetes.quantities import quantity
from store.model.resource import Sample

if TYPE_CHECKING:
    from integrations.kubernetes.connector import Kubernetes

_BY_POD = {
    "disk_read": 'sum by (namespace, pod) (rate(container_fs_reads_bytes_total{%s}[5m]))',
    "disk_write": 'sum by (namespace, pod) (rate(container_fs_writes_bytes_total{%s}[5m]))',
    "network_in": 'sum by (namespace, pod) (rate(container_network_receive_bytes_total{%s}[5m]))',
    "network_out": 'sum by (namespace, pod) (rate(container_network_transmit_bytes_total{%s}[5m]))',
    "throttled": (
        'sum by (namespace, pod) (rate(container_cpu_cfs_throttled_periods_total{%s}[5m]))'
    ),
}  # fmt: skip
"""Added up over the pods of a workload."""
_SHARE = (
    "100 * sum by (namespace, pod) (rate(container_cpu_cfs_throttled_periods_total{%s}[5m])) / "
    "sum by (namespace, pod) (rate(container_cpu_cfs_periods_total{%s}[5m]))"
)
"""Percent of the periods in which a pod was throttled; that of the worst pod is told."""
_VOLUMES = (
    "100 * max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes{%s}) / "
    "max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes{%s})"
)


async def look(connector: Kubernetes) -> list[Item]:
    """Samples of workloads and volumes. Transient where Prometheus does not answer."""
    source, now = connector.source, connector.clock.now()
    headers = {}
    if source.prometheus_token:
        headers["Authorization"] = f"Bearer {source.prometheus_token}"
    found: list[Item] = []
    async with _wire.client(
        ca_file=source.prometheus_ca_file, timeout=source.read_timeout, headers=headers
    ) as client:
        for metric, query in _BY_POD.items():
            sums: dict[Ref, float] = defaultdict(float)
            for ref, value in await _pods(connector, client, query):
                sums[ref] += value
            found += [Sample(_key(connector, r), metric, now, round(v, 3)) for r, v in sums.items()]
        worst: dict[Ref, float] = {}
        for ref, value in await _pods(connector, client, _SHARE):
            worst[ref] = max(value, worst.get(ref, 0.0))
        found += [
            Sample(_key(connector, r), "throttled_share", now, round(v, 2))
            for r, v in worst.items()
        ]
        for labels, value in await _ask(connector, client, _VOLUMES):
            claim, namespace = labels.get("persistentvolumeclaim", ""), labels.get("namespace", "")
            if claim and source.looks_at(namespace):
                key = source.key("volume", claim, namespace)
                found.append(Sample(key, "disk", now, round(value, 2)))
    return found


def _key(connector: Kubernetes, ref: Ref) -> str:
    return connector.source.key(kind_of(ref), ref[2], ref[1])


async def _pods(
    connector: Kubernetes, client: httpx.AsyncClient, query: str
) -> list[tuple[Ref, float]]:
    answers = await _ask(connector, client, query)
    with connector.state.lock:
        pods = connector.state.pods
        return [
            (connector.state.workload(pods[path].owner), value)
            for labels, value in answers
            if (path := f"{labels.get('namespace', '')}/{labels.get('pod', '')}") in pods
        ]


async def _ask(
    connector: Kubernetes, client: httpx.AsyncClient, query: str
) -> list[tuple[dict[str, Any], float]]:
    source = connector.source
    written = query.replace("%s", source.prometheus_selector)
    url = f"{source.prometheus_url.rstrip('/')}/api/v1/query"
    try:
        answer = await client.post(url, data={"query": written})
        body = answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError) as error:
        raise Transient(f"Prometheus does not answer: {type(error).__name__}") from None
    if not isinstance(body, dict) or body.get("status") != "success":
        raise Transient(f"Prometheus answers {answer.status_code}")
    found = []
    for each in items(body, "data", "result"):
        value = each.get("value")
        number = quantity(value[1]) if isinstance(value, list) and len(value) == 2 else None
        if number is not None and not isnan(number):
            found.append(({k: text(part(each, "metric"), k) for k in part(each, "metric")}, number))
    return found
