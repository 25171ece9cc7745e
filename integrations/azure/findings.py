"""Money or order that could be had: by our own rules, and by what Advisor recommends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, part, say
from integrations._cloud.prices import Prices
from integrations.azure import kinds
from store.model import DAY, Instant
from store.model.resource import Finding, Resource

_RECOMMENDED = (
    ("unattached", "unattached-disk"), ("not attached", "unattached-disk"),
    ("disk", "oversized-disk"),
    ("public ip", "unused-address"), ("expressroute", "idle-gateway"), ("gateway", "idle-gateway"),
    ("reserved", "commitment"), ("reservation", "commitment"), ("savings plan", "commitment"),
    ("snapshot", "old-snapshot"), ("app service plan", "idle-plan"),
    ("load balancer", "idle-load-balancer"), ("sql", "oversized-database"),
    ("cosmos", "oversized-database"), ("database", "oversized-database"),
    ("virtual machine", "oversized-server"),
)  # fmt: skip
"""What words in a recommendation mean, the first that fits."""


class Rules:
    """Our own rules, each on one row."""

    def __init__(self, prices: Prices, old_snapshot_days: float) -> None:
        self._prices = prices
        self._old = old_snapshot_days

    def found(
        self, row: Mapping[str, Any], resource: Resource, now: Instant
    ) -> Iterator[Finding]:  # fmt: skip
        """What the rules say of a resource."""
        props = part(row, "properties")
        match resource.kind:
            case "volume":
                yield from self._unattached(row, props, resource)
            case "address":
                yield from self._unused(row, props, resource)
            case "snapshot":
                yield from self._old_snapshot(row, resource, now)
            case "server" if resource.state.lower() == "stopped":
                yield self._told(
                    "stopped-server", resource, f"{resource.name} is stopped but not deallocated",
                    None, "A stopped machine costs as much as a running one until deallocated.",
                )  # fmt: skip
            case "pool" if "/serverfarms/" in resource.key:
                yield from self._idle_plan(row, props, resource)
            case "load_balancer" if "/loadbalancers/" in resource.key:
                yield from self._idle_balancer(row, props, resource)

    def _unattached(
        self, row: Mapping[str, Any], props: Mapping[str, Any], disk: Resource
    ) -> Iterator[Finding]:
        attached = say(row, "managedBy") or row.get("managedByExtended") or props.get("shareInfo")
        if attached or disk.state.lower() != "unattached":
            return
        since = fields.instant(props.get("LastOwnershipUpdateTime")) or fields.instant(
            props.get("lastOwnershipUpdateTime")
        )
        size = disk.size.get("disk_gb", 0.0)
        price = self._prices.of(f"disk {disk.type or 'standard_lrs'}", size)
        yield self._told(
            "unattached-disk", disk, f"Disk {disk.name} of {size:.0f} GB is attached to nothing",
            price, f"Unattached {disk.type or 'disk'} of {size:.0f} GB.", since,
        )  # fmt: skip

    def _unused(
        self, row: Mapping[str, Any], props: Mapping[str, Any], address: Resource
    ) -> Iterator[Finding]:
        used = props.get("ipConfiguration") or props.get("natGateway")
        if used or say(props, "publicIPAllocationMethod").lower() == "dynamic":
            return
        price = self._prices.of(f"ip {say(row, 'sku.name') or 'basic'}")
        yield self._told(
            "unused-address", address, f"Address {address.name} is used by nothing",
            price, "A public address that no interface, gateway or balancer has.",
        )  # fmt: skip

    def _old_snapshot(
        self, row: Mapping[str, Any], snapshot: Resource, now: Instant
    ) -> Iterator[Finding]:
        made = snapshot.created_at
        if made is None or now - made < self._old * DAY:
            return
        age = (now - made) // DAY
        size = snapshot.size.get("disk_gb", 0.0)
        price = self._prices.of(
            f"snapshot {'premium' if 'premium' in say(row, 'sku.name').lower() else 'standard'}",
            size,
        )
        yield self._told(
            "old-snapshot", snapshot, f"Snapshot {snapshot.name} is {age} days old", price,
            f"Older than {self._old:.0f} days; at most what {size:.0f} GB cost.", made,
        )  # fmt: skip

    def _idle_plan(
        self, row: Mapping[str, Any], props: Mapping[str, Any], plan: Resource
    ) -> Iterator[Finding]:
        sites = fields.number(props.get("numberOfSites"))
        if sites != 0 or say(row, "sku.tier").lower() in {"free", "shared", "dynamic", ""}:
            return
        units = max(plan.size.get("replicas", 1.0), 1.0)
        price = self._prices.of(f"plan {plan.type}")
        yield self._told(
            "idle-plan", plan, f"Plan {plan.name} serves no app",
            price * units if price is not None else None, f"{units:.0f} × {plan.type}, no sites.",
        )  # fmt: skip

    def _idle_balancer(
        self, row: Mapping[str, Any], props: Mapping[str, Any], balancer: Resource
    ) -> Iterator[Finding]:
        pools = fields.entries(props.get("backendAddressPools"))
        behind = any(
            dig(pool, "properties.backendIPConfigurations")
            or dig(pool, "properties.loadBalancerBackendAddresses")
            for pool in pools
        )
        if behind or props.get("inboundNatRules") or say(row, "sku.name").lower() == "basic":
            return
        yield self._told(
            "idle-load-balancer", balancer, f"Load balancer {balancer.name} has nothing behind it",
            self._prices.of("load balancer"), "No backend in any of its pools.",
        )  # fmt: skip

    def _told(
        self, rule: str, resource: Resource, title: str, price: float | None, why: str,
        since: Instant | None = None,
    ) -> Finding:  # fmt: skip
        priced = price is not None
        return Finding(
            key=f"{rule}:{resource.key}", rule=rule, resource=resource.key, title=title,
            saving=round(price or 0.0, 2), currency=self._prices.currency,
            why=f"{why} {self._prices.said}" if priced else why, since=since,
        )  # fmt: skip


def recommended(row: Mapping[str, Any], sub: str) -> Iterator[Finding]:
    """What Advisor says could be saved; what somebody there put aside is none."""
    props = part(row, "properties")
    if say(props, "category").lower() != "cost" or props.get("suppressionIds"):
        return
    more = part(props, "extendedProperties")
    id_ = say(row, "id").lower()
    target = say(props, "resourceMetadata.resourceId").lower()
    target = target or id_.partition("/providers/microsoft.advisor/")[0]
    problem, solution = say(props, "shortDescription.problem"), say(
        props, "shortDescription.solution"
    )  # fmt: skip
    rule = _rule_of(f"{problem} {solution}".lower(), more)
    name = say(props, "impactedValue") or target.rpartition("/")[2]
    yield Finding(
        key=f"advisor:{id_.rpartition('/')[2]}:{target}", rule=rule,
        resource=target or kinds.subscription_key(sub),
        title=fields.one_line(name, solution or problem or "Advisor recommends a change"),
        saving=round(_monthly(more), 2),
        currency=say(more, "savingsCurrency") or "USD",
        why=fields.one_line(problem, _figures(more)), origin="Azure Advisor",
        since=None,
    )  # fmt: skip


def _rule_of(words: str, more: Mapping[str, Any]) -> str:
    kind = say(more, "recommendationType").lower()
    if "virtual machine" in words and kind == "shutdown":
        return "idle-server"
    if "virtual machine" in words and kind == "skuchange":
        return "oversized-server"
    return next((rule for word, rule in _RECOMMENDED if word in words), "advisor")


def _monthly(more: Mapping[str, Any]) -> float:
    """Advisor names what a year saves, and what a month does; where both stand they agree."""
    month = fields.number(more.get("savingsAmount"))
    year = fields.number(more.get("annualSavingsAmount"))
    found = year / 12 if year is not None else month
    return max(found or 0.0, 0.0)


def _figures(more: Mapping[str, Any]) -> str:
    """The figures it gives."""
    names = ("currentSku", "targetSku", "MaxCpuP95", "MaxMemoryP95", "MaxTotalNetworkP95",
             "lookbackPeriod", "term", "region")  # fmt: skip
    return ", ".join(f"{name} {value}" for name in names if (value := say(more, name)))
