"""What is used of what a project may have, in its regions and on the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import say
from integrations.gcp import api
from store.model import HOUR, MINUTE, Instant, Severity
from store.model.resource import Fault, Health, Resource, Sample

_SEEN_FROM = 0.5
"""From half of a quota on it is told."""


def told(
    quota: Mapping[str, Any], project: str, region: str, now: Instant, warning: float
) -> Iterator[Resource | Sample | Fault]:
    """A quota, how much of it is used, and whether that is a fault."""
    limit, used, word = (
        fields.number(quota.get("limit")), fields.number(quota.get("usage")), say(quota, "metric"),
    )  # fmt: skip
    if not word or limit is None or used is None or limit <= 0 or used < limit * _SEEN_FROM:
        return
    name = word.replace("_", " ").capitalize()
    where = region or "global"
    key = f"gcp:{project}:quota:{where}:{word.lower()}"
    percent = 100 * used / limit
    high, full = percent >= warning, percent >= 100
    yield Resource(
        key=key, kind="quota", name=f"{name}, {where}", state=f"{used:.0f} of {limit:.0f}",
        size={"used": used, "limit": limit},
        health=Health.DEGRADED if high else Health.OK,
        why=f"{percent:.0f} % is used." if high else "", region=region, account=project,
        parents=(api.project_key(project),),
    )  # fmt: skip
    for metric, value in (("used", used), ("limit", limit)):
        yield Sample(key, metric, now, value)
    if high:
        yield Fault(
            key=f"{key}#full", kind="QuotaFull" if full else "QuotaNearLimit",
            severity=Severity.ERROR if full else Severity.WARNING,
            title=f"{name}{f' in {region}' if region else ''}: {used:.0f} of {limit:.0f} used",
            resource=key,
            labels={"provider": "gcp", "project": project, "region": where},
            after=0 if full else 10 * MINUTE, calm=0 if full else HOUR,
        )  # fmt: skip
