"""AWS's own recommenders, said under the names of our rules: Compute Optimizer, Trusted Advisor,
Cost Explorer. An account need not have any of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from integrations.aws.place import Place
from integrations.aws.pointing import by_id
from integrations.aws.reading import number, part, parts, text
from integrations.aws.savings import finding
from store.model.resource import Finding

Add = Callable[[Iterable[Finding]], None]

OPTIMIZER, ADVISOR, EXPLORER = "Compute Optimizer", "Trusted Advisor", "Cost Explorer"
_CHECKS = (
    ("low utilization amazon ec2", "idle-server", "Server {} does little"),
    ("idle load balancer", "idle-load-balancer", "Load balancer {} has nothing to do"),
    ("unassociated elastic ip", "unused-address", "Address {} belongs to nothing"),
    ("underutilized amazon ebs", "unattached-disk", "Disk {} is hardly used"),
    ("rds idle db", "idle-database", "Nobody connects to database {}"),
)
_NAMES = ("instance id", "volume id", "ip address", "load balancer name", "db instance name",
          "instance name")  # fmt: skip
_IDLE = {
    "EC2Instance": ("idle-server", "Server {} does nothing"),
    "EBSVolume": ("unattached-disk", "Disk {} is not used"),
    "RDSDBInstance": ("idle-database", "Nobody connects to database {}"),
    "NatGateway": ("idle-gateway", "Nothing goes through NAT gateway {}"),
}  # fmt: skip


async def read(place: Place, add: Add, names: Mapping[str, str]) -> None:
    """What Trusted Advisor and Cost Explorer say of the whole account; ``names`` has the keys of
    what they call by a name."""
    await _advisor(place, add, names)
    answer = await place.ask("ce", "GetRightsizingRecommendation", Service="AmazonEC2")
    for raw in parts(answer, "RightsizingRecommendations"):
        if text(raw.get("AccountId")) in ("", place.account.id):
            add(rightsizing(place, raw))


async def regional(place: Place, add: Add) -> None:
    """What Compute Optimizer says of a region."""
    async for page in place.pages("compute-optimizer", "GetEC2InstanceRecommendations"):
        for raw in parts(page, "instanceRecommendations"):
            add(instance(raw))
    async for page in place.pages("compute-optimizer", "GetEBSVolumeRecommendations"):
        for raw in parts(page, "volumeRecommendations"):
            add(volume(raw))
    async for page in place.pages("compute-optimizer", "GetIdleRecommendations"):
        for raw in parts(page, "idleRecommendations"):
            add(idle(raw))


def instance(raw: Mapping[str, Any]) -> list[Finding]:
    """An instance that Compute Optimizer finds too large."""
    said = re.sub(r"[_ ]", "", text(raw.get("finding"))).lower()
    if said != "overprovisioned":
        return []
    best = (parts(raw, "recommendationOptions") or [{}])[0]
    key = text(raw.get("instanceArn"))
    name = text(raw.get("instanceName")) or key.rpartition("/")[2]
    types = f"{text(raw.get('currentInstanceType'))} → {text(best.get('instanceType'))}"
    return [
        finding("oversized-server", key, f"Server {name} is larger than it need be", _saving(best),
                types, origin=OPTIMIZER)
    ]  # fmt: skip


def volume(raw: Mapping[str, Any]) -> list[Finding]:
    """A disk whose type or size Compute Optimizer would change."""
    if re.sub(r"[_ ]", "", text(raw.get("finding"))).lower() != "notoptimized":
        return []
    best = (parts(raw, "volumeRecommendationOptions") or [{}])[0]
    key, wanted = text(raw.get("volumeArn")), part(best, "configuration")
    now, then = part(raw, "currentConfiguration"), wanted
    said = " → ".join(
        f"{text(each.get('volumeType'))} {text(each.get('volumeSize'))} GB" for each in (now, then)
    )
    return [
        finding("disk-type", key, f"Disk {key.rpartition('/')[2]} could be cheaper", _saving(best),
                said, origin=OPTIMIZER)
    ]  # fmt: skip


def idle(raw: Mapping[str, Any]) -> list[Finding]:
    """Something that Compute Optimizer finds idle or unattached."""
    key, kind = text(raw.get("resourceArn")), text(raw.get("resourceType"))
    if kind not in _IDLE or not key:
        return []
    rule, title = _IDLE[kind]
    name = key.rpartition("/")[2].rpartition(":")[2]
    why = text(raw.get("findingDescription")) or text(raw.get("finding"))
    return [finding(rule, key, title.format(name), _saving(raw), why, origin=OPTIMIZER)]


def _saving(option: Mapping[str, Any]) -> float | None:
    for name in ("savingsOpportunityAfterDiscounts", "savingsOpportunity"):
        month = part(option, name, "estimatedMonthlySavings")
        if (found := number(month.get("value"))) is not None:
            return found
    return None


def rightsizing(place: Place, raw: Mapping[str, Any]) -> list[Finding]:
    """An instance that Cost Explorer would end or make smaller."""
    current = part(raw, "CurrentInstance")
    ident = text(current.get("ResourceId"))
    region = text(part(current, "ResourceDetails", "EC2ResourceDetails").get("Region"))
    key = by_id(place.at(_region(region) or place.region), ident)
    name = text(current.get("InstanceName")) or ident
    if not key:
        return []
    end = part(raw, "TerminateRecommendationDetail")
    if text(raw.get("RightsizingType")).lower() == "terminate":
        return [
            finding("idle-server", key, f"Server {name} does nothing",
                    number(end.get("EstimatedMonthlySavings")), "to be ended", origin=EXPLORER)
        ]  # fmt: skip
    best = (parts(part(raw, "ModifyRecommendationDetail"), "TargetInstances") or [{}])[0]
    wanted = part(best, "ResourceDetails", "EC2ResourceDetails").get("InstanceType")
    return [
        finding("oversized-server", key, f"Server {name} is larger than it need be",
                number(best.get("EstimatedMonthlySavings")), f"→ {text(wanted)}", origin=EXPLORER)
    ]  # fmt: skip


_CITIES = {
    "US East (N. Virginia)": "us-east-1", "US East (Ohio)": "us-east-2",
    "US West (N. California)": "us-west-1", "US West (Oregon)": "us-west-2",
    "Canada (Central)": "ca-central-1", "EU (Ireland)": "eu-west-1", "EU (London)": "eu-west-2",
    "EU (Paris)": "eu-west-3", "EU (Frankfurt)": "eu-central-1", "EU (Stockholm)": "eu-north-1",
    "EU (Milan)": "eu-south-1", "Asia Pacific (Singapore)": "ap-southeast-1",
    "Asia Pacific (Sydney)": "ap-southeast-2", "Asia Pacific (Tokyo)": "ap-northeast-1",
    "Asia Pacific (Seoul)": "ap-northeast-2", "Asia Pacific (Mumbai)": "ap-south-1",
    "South America (Sao Paulo)": "sa-east-1",
}  # fmt: skip


def _region(said: str) -> str:
    return _CITIES.get(said, said if re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-\d", said) else "")


async def _advisor(place: Place, add: Add, names: Mapping[str, str]) -> None:
    answer = await place.ask("support", "DescribeTrustedAdvisorChecks", language="en")
    for check in parts(answer, "checks"):
        if text(check.get("category")) != "cost_optimizing":
            continue
        for words, rule, title in _CHECKS:
            if words in text(check.get("name")).lower():
                told = await place.maybe(
                    "support", "DescribeTrustedAdvisorCheckResult", checkId=check.get("id"),
                    language="en",
                )  # fmt: skip
                columns = [str(each) for each in check.get("metadata") or ()]
                for raw in parts(part(told, "result"), "flaggedResources"):
                    add(flagged(place, raw, columns, rule, title, names))


def flagged(
    place: Place, raw: Mapping[str, Any], columns: list[str], rule: str, title: str,
    names: Mapping[str, str],
) -> list[Finding]:  # fmt: skip
    """A resource that a check of Trusted Advisor flags."""
    if raw.get("isSuppressed") or text(raw.get("status")) in ("ok", "not_available"):
        return []
    values = [str(each or "") for each in raw.get("metadata") or ()]
    row = dict(zip((each.lower() for each in columns), values, strict=False))
    name = next((row[each] for each in _NAMES if row.get(each)), "")
    region = re.match(r"[a-z]{2}(?:-[a-z]+)+-\d", text(raw.get("region")) or "")
    there = place.at(region[0]) if region else place
    key = names.get(name) or by_id(there, name)
    if not key:
        return []
    saved = row.get("estimated monthly savings", "").replace("$", "").replace(",", "")
    why = "; ".join(f"{column}: {value}" for column, value in list(row.items())[2:6] if value)
    return [finding(rule, key, title.format(name), number(saved or None), why, origin=ADVISOR)]
