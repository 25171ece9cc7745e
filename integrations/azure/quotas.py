"""What is used of what a subscription may have in a region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import say
from integrations.azure import kinds
from store.model import HOUR, MINUTE, Instant, Severity
from store.model.resource import Fault, Health, Resource, Sample

ASKED = (("Microsoft.Compute", "2024-07-01"), ("Microsoft.Network", "2024-05-01"))
"""Who tells of usages in a region, with the version to ask."""
_SEEN_FROM = 0.5
"""Of a quota that is hardly used nobody wants to hear: from half of it on it is told."""


def told(
    usage: Mapping[str, Any], sub: str, region: str, now: Instant, warning: float
) -> Iterator[Resource | Sample | Fault]:
    """A quota, how much of it is used, and whether that is a fault."""
    limit, used = fields.number(usage.get("limit")), fields.number(usage.get("currentValue"))
    word = say(usage, "name.value")
    if not word or limit is None or used is None or limit <= 0 or used < limit * _SEEN_FROM:
        return
    name = say(usage, "name.localizedValue") or word
    key = f"azure:{sub}:quota:{region}:{word}".lower()
    percent = 100 * used / limit
    full = percent >= 100
    yield Resource(
        key=key, kind="quota", name=f"{name}, {region}", state=f"{used:.0f} of {limit:.0f}",
        size={"used": used, "limit": limit},
        health=Health.DEGRADED if percent >= warning else Health.OK,
        why=f"{percent:.0f} % is used." if percent >= warning else "",
        region=region, account=sub, parents=(kinds.subscription_key(sub),),
    )  # fmt: skip
    for metric, value in (("used", used), ("limit", limit)):
        yield Sample(key, metric, now, value)
    if percent >= warning:
        yield Fault(
            key=f"{key}#full", kind="QuotaFull" if full else "QuotaNearLimit",
            severity=Severity.ERROR if full else Severity.WARNING,
            title=f"{name} in {region}: {used:.0f} of {limit:.0f} used", resource=key,
            labels={"provider": "azure", "subscription": sub, "region": region},
            after=0 if full else 10 * MINUTE, calm=HOUR if not full else 0,
        )  # fmt: skip
