"""Money or order that could be had: by our own rules, and by what Recommender says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, entries, say
from integrations._cloud.prices import Prices
from integrations.gcp import api
from store.model import DAY, Instant
from store.model.resource import Finding, Resource

SAID = "List prices of 2025-01-01, us-central1."
LIST: Mapping[str, float] = MappingProxyType({
    "disk pd-standard": 0.04, "disk pd-balanced": 0.1, "disk pd-ssd": 0.17,
    "disk pd-extreme": 0.125, "disk hyperdisk-balanced": 0.08, "snapshot": 0.05, "ip": 7.3,
    "load balancer": 18.25,
})  # fmt: skip
"""Of a month; disks and snapshots by GB."""
RECOMMENDERS: Mapping[str, str] = MappingProxyType({
    "google.compute.instance.IdleResourceRecommender": "idle-server",
    "google.compute.instance.MachineTypeRecommender": "oversized-server",
    "google.compute.instanceGroupManager.MachineTypeRecommender": "oversized-server",
    "google.compute.disk.IdleResourceRecommender": "unattached-disk",
    "google.compute.address.IdleResourceRecommender": "unused-address",
    "google.compute.image.IdleResourceRecommender": "idle-image",
    "google.compute.commitment.UsageCommitmentRecommender": "commitment",
    "google.cloudsql.instance.IdleRecommender": "idle-database",
    "google.cloudsql.instance.OverprovisionedRecommender": "oversized-database",
    "google.run.service.CostRecommender": "oversized-service",
})  # fmt: skip
_ZONES, _REGIONS, _GLOBAL = "zones", "regions", "global"
_WHERE: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "google.compute.instance": (_ZONES,), "google.compute.instanceGroupManager": (_ZONES,),
    "google.compute.disk": (_ZONES, _REGIONS), "google.compute.address": (_REGIONS, _GLOBAL),
    "google.compute.image": (_GLOBAL,), "google.compute.commitment": (_REGIONS,),
    "google.cloudsql.instance": (_REGIONS,), "google.run.service": (_REGIONS,),
})  # fmt: skip
_MONTH = 30 * DAY / 1000


class Rules:
    """Our own rules, each on one entry of a list."""

    def __init__(self, prices: Prices, old_days: float) -> None:
        self._prices = prices
        self._old = old_days

    def found(
        self, what: str, item: Mapping[str, Any], resource: Resource, now: Instant
    ) -> Iterator[Finding]:
        """What the rules say of an entry of Compute Engine's list of ``what``."""
        match what:
            case "disks" if not item.get("users"):
                size = resource.size.get("disk_gb", 0.0)
                since = fields.instant(item.get("lastDetachTimestamp")) or resource.created_at
                yield self._told(
                    "unattached-disk", resource,
                    f"Disk {resource.name} of {size:.0f} GB is attached to nothing",
                    self._prices.of(f"disk {resource.type or 'pd-standard'}", size),
                    f"Unattached {resource.type or 'disk'} of {size:.0f} GB.", since,
                )  # fmt: skip
            case "addresses" if _idle_address(item):
                yield self._told(
                    "unused-address", resource, f"Address {resource.name} is used by nothing",
                    self._prices.of("ip"), "A reserved external address that nothing has.",
                    resource.created_at,
                )  # fmt: skip
            case "snapshots":
                yield from self._old_snapshot(resource, now)
            case "backendServices" if not item.get("backends"):
                yield self._told(
                    "idle-load-balancer", resource, f"{resource.name} has no backends",
                    self._prices.of("load balancer"), "A backend service without any backend.",
                )  # fmt: skip

    def _old_snapshot(self, snapshot: Resource, now: Instant) -> Iterator[Finding]:
        made = snapshot.created_at
        if made is None or now - made < self._old * DAY:
            return
        size = snapshot.size.get("disk_gb", 0.0)
        yield self._told(
            "old-snapshot", snapshot, f"Snapshot {snapshot.name} is {(now - made) // DAY} days old",
            self._prices.of("snapshot", size),
            f"Older than {self._old:.0f} days, {size:.0f} GB stored.", made,
        )  # fmt: skip

    def _told(
        self, rule: str, resource: Resource, title: str, price: float | None, why: str,
        since: Instant | None = None,
    ) -> Finding:  # fmt: skip
        return Finding(
            key=f"{rule}:{resource.key}", rule=rule, resource=resource.key, title=title,
            saving=round(price or 0.0, 2), currency=self._prices.currency,
            why=f"{why} {self._prices.said}" if price is not None else why, since=since,
        )  # fmt: skip


def _idle_address(item: Mapping[str, Any]) -> bool:
    external = say(item, "addressType").upper() in {"", "EXTERNAL"}
    return external and say(item, "status").upper() == "RESERVED" and not item.get("users")


# Recommender


def asked(zones: Sequence[str], regions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each recommender with each location that it has something to say of."""
    places = {_ZONES: zones, _REGIONS: regions, _GLOBAL: (_GLOBAL,)}
    for name in RECOMMENDERS:
        for kind in _WHERE[name.rpartition(".")[0]]:
            for place in places[kind]:
                yield name, place


def recommended(row: Mapping[str, Any], recommender: str, project: str) -> Iterator[Finding]:
    """A recommendation that is in force. A cost below zero is what would be saved."""
    state = say(row, "stateInfo.state").upper()
    name = say(row, "name")
    if not name or state not in {"", "ACTIVE"}:
        return
    impacts = [fields.part(row, "primaryImpact"), *entries(row.get("additionalImpact"))]
    priced = [found for each in impacts if (found := _saving(each)) is not None]
    saving, currency = priced[0] if priced else (0.0, "USD")
    if saving < 0:
        return
    target = _target(row)
    yield Finding(
        key=f"recommender:{name}", rule=RECOMMENDERS.get(recommender, "recommender"),
        resource=target or api.project_key(project),
        title=fields.one_line(api.last(target), say(row, "description")),
        saving=round(saving, 2), currency=currency,
        why=fields.one_line(say(row, "recommenderSubtype"), api.last(recommender),
                            say(row, "lastRefreshTime")[:10]),
        origin="Google Recommender",
    )  # fmt: skip


def _saving(impact: Mapping[str, Any]) -> tuple[float, str] | None:
    """What a month would cost less, and in which currency: whole units are text, nanos beside."""
    projection = fields.part(impact, "costProjection")
    cost = fields.part(projection, "cost")
    units, nanos = fields.number(cost.get("units")), fields.number(cost.get("nanos"))
    if units is None and nanos is None:
        return None
    amount = (units or 0.0) + (nanos or 0.0) / 1e9
    seconds = fields.number(say(projection, "duration").removesuffix("s")) or _MONTH
    monthly = -amount * _MONTH / seconds if seconds > 0 else -amount
    return monthly, say(cost, "currencyCode") or "USD"


def _target(row: Mapping[str, Any]) -> str:
    """What it is about: named, or the first that its operations change."""
    for each in fields.words(row.get("targetResources") or []):
        return api.full_name(each)
    for group in entries(dig(row, "content.operationGroups")):
        for operation in entries(group.get("operations")):
            if found := api.full_name(say(operation, "resource")):
                return found
    return api.full_name(say(row, "content.overview.resourceName")) or api.full_name(
        say(row, "content.overview.resource")
    )
