"""Asks Azure Monitor for measures of everything in a subscription that is worth measuring."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import entries, say
from integrations._cloud.rest import Refused
from integrations.azure import metrics
from integrations.azure.arm import Arm
from integrations.azure.settings import Settings
from integrations.base import Item, Progress, Transient
from store.clock import Clock
from store.model import HOUR, MINUTE, Severity
from store.model.resource import Fault, Sample

_AT_ONCE = 16


class Measuring:
    """By batches, or one by one where no regional host is there or it refuses us."""

    def __init__(self, arm: Arm, settings: Settings, clock: Clock) -> None:
        self._arm = arm
        self._settings = settings
        self._clock = clock
        self._no_batches_until = 0

    async def regions(self, sub: str) -> set[str]:
        """The regions in which something is measured."""
        found: set[str] = set()
        async for rows, _ in self._arm.graph(metrics.query(), [sub]):
            found |= {region for region, _ in metrics.groups(rows)}
        return found

    async def samples(self, sub: str) -> AsyncIterator[Item | Sequence[Item]]:
        """The latest measures, and what they say of backends."""
        groups: dict[tuple[str, str], list[str]] = {}
        async for rows, _ in self._arm.graph(metrics.query(), [sub]):
            for where, ids in metrics.groups(rows).items():
                groups.setdefault(where, []).extend(ids)
        total, done, noted = sum(map(len, groups.values())), 0, set[str]()
        for (region, type_), ids in groups.items():
            async for found in self._of_group(sub, region, type_, ids, noted):
                yield found
                yield [fault for each in found for fault in backends(each)]
            done += len(ids)
            yield Progress(done, total, " ".join(sorted(noted)))

    async def _of_group(
        self, sub: str, region: str, type_: str, ids: list[str], noted: set[str]
    ) -> AsyncIterator[list[Sample]]:
        one_by_one = ids
        if self._settings.metrics_url and self._clock.now() >= self._no_batches_until:
            try:
                for batch in fields.chunks(ids, metrics.BATCH):
                    yield await self._batch(sub, region, type_, batch)
            except (Refused, Transient) as no:
                if getattr(no, "status", 0) == 400:
                    noted.add(f"Measures of {type_} in {region} are left out. {no}")
                    return
                noted.add(f"Measures are asked for one by one. {no}")
                self._no_batches_until = self._clock.now() + HOUR
            else:
                return
        if len(one_by_one) > metrics.ONE_BY_ONE:
            noted.add(f"{type_} in {region}: {metrics.ONE_BY_ONE} of {len(ids)} are measured.")
        for chunk in fields.chunks(one_by_one[: metrics.ONE_BY_ONE], _AT_ONCE):
            found = await asyncio.gather(*(self._one(type_, id_, noted) for id_ in chunk))
            yield [sample for each in found for sample in each]

    async def _batch(self, sub: str, region: str, type_: str, ids: list[str]) -> list[Sample]:
        start, end = metrics.window(self._clock.now())
        params = {
            "api-version": metrics.VERSION, "metricnamespace": type_, "starttime": start,
            "endtime": end, "interval": "PT5M", "metricnames": metrics.names(type_),
            "aggregation": metrics.aggregations(type_),
        }  # fmt: skip
        path = f"/subscriptions/{sub}/metrics:getBatch"
        page: Any = await self._arm.metrics(region, path, {"resourceids": ids}, **params)
        return [
            sample
            for each in entries(page.get("values"))
            for sample in metrics.samples(say(each, "resourceid"), type_, each.get("value"))
            if sample.resource
        ]

    async def _one(self, type_: str, id_: str, noted: set[str]) -> list[Sample]:
        start, end = metrics.window(self._clock.now())
        try:
            page = await self._arm.get(
                f"{id_}/providers/Microsoft.Insights/metrics", metrics.VERSION,
                metricnames=metrics.names(type_), timespan=f"{start}/{end}", interval="PT5M",
                aggregation=metrics.aggregations(type_),
            )  # fmt: skip
        except Refused as no:
            if no.status != 404:
                noted.add(f"Measures of some {type_} are left out. {no}")
            return []
        return list(metrics.samples(id_, type_, page.get("value")))


def backends(sample: Sample) -> list[Fault]:
    """Who does not answer behind a balancer is a fault of the balancer."""
    name = sample.resource.rpartition("/")[2]
    if sample.metric == "unhealthy_hosts" and sample.value >= 1:
        title, bad = f"{name}: {sample.value:.0f} backends are unhealthy", False
    elif sample.metric == "backends_healthy" and sample.value < 99.5:
        title, bad = f"{name}: {sample.value:.0f} % of probes succeed", sample.value < 50
    else:
        return []
    steps = sample.resource.strip("/").split("/")
    return [Fault(
        key=f"{sample.resource}#backends", kind="BackendUnhealthy",
        severity=Severity.ERROR if bad else Severity.WARNING, title=title,
        resource=sample.resource, after=5 * MINUTE,
        labels={"provider": "azure", "subscription": steps[1], "resource_group": steps[3]}
        if len(steps) > 3 else {"provider": "azure"},
    )]  # fmt: skip
