"""Auto Scaling groups: too few instances, and launches that fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from integrations.aws.place import Place, Thing
from integrations.aws.reading import (
    at,
    console,
    facts,
    fault,
    number,
    parts,
    size,
    tags,
    text,
)  # fmt: skip
from integrations.base import Item
from store.model import HOUR, MINUTE, Severity
from store.model.resource import Fault, Health, Resource

_FAILED = ("Failed", "Cancelled")
_OPEN = ("PreInService", "InProgress", "WaitingForInstanceId", "WaitingForSpotInstanceId",
         "PendingSpotBidPlacement", "MidLifecycleAction", "WaitingForELBConnectionDraining",
         "WaitingForInstanceWarmup")  # fmt: skip


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """All groups, and what their last activities came to."""
    latest, things = await _latest(place), dict[str, Thing]()
    async for page in place.pages("autoscaling", "DescribeAutoScalingGroups", MaxRecords=100):
        items: list[Item] = []
        for raw in parts(page, "AutoScalingGroups"):
            one, wrong = group(place, raw, latest.get(text(raw.get("AutoScalingGroupName")), {}))
            items += [one, *wrong]
            things[one.key] = Thing(one.key, one.kind, one.name)
        yield items
    place.things("groups").clear()
    place.things("groups").update(things)


async def _latest(place: Place) -> dict[str, dict[str, Any]]:
    """The last activity of each group that came to an end, as far as the last hundred tell."""
    answer = await place.ask("autoscaling", "DescribeScalingActivities", MaxRecords=100)
    found: dict[str, dict[str, Any]] = {}
    for each in parts(answer, "Activities"):  # the newest first
        if text(each.get("StatusCode")) not in _OPEN:
            found.setdefault(text(each.get("AutoScalingGroupName")), each)
    return found


def group(
    place: Place, raw: Mapping[str, Any], activity: Mapping[str, Any]
) -> tuple[Resource, list[Fault]]:
    """One group, and its faults."""
    name = text(raw.get("AutoScalingGroupName"))
    arn = text(raw.get("AutoScalingGroupARN")) or place.arn("autoscaling", name)
    wanted = int(number(raw.get("DesiredCapacity")) or 0)
    instances = parts(raw, "Instances")
    good = [
        each for each in instances
        if text(each.get("LifecycleState")) == "InService"
        and text(each.get("HealthStatus")).lower() != "unhealthy"
    ]  # fmt: skip
    short = wanted - len(good)
    bare = Resource(
        key=arn, kind="autoscaler", name=name, region=place.region, account=place.account.id
    )
    faults = [*_short(bare, short, wanted), *_failed(place, bare, activity)]
    health = Health.DOWN if faults and wanted and not good else Health.DEGRADED
    resource = Resource(
        key=arn, kind="autoscaler", name=name, state=text(raw.get("Status")) or "active",
        health=health if faults else Health.OK, why=faults[0].title if faults else "",
        type="auto scaling group", region=place.region,
        zone=", ".join(str(each) for each in raw.get("AvailabilityZones") or ()),
        account=place.account.id, tags=tags(raw.get("Tags")),
        size=size(
            replicas=wanted, running=len(good), minimum=number(raw.get("MinSize")),
            maximum=number(raw.get("MaxSize")),
        ),
        parents=(place.zone(""),), created_at=at(raw.get("CreatedTime")), url=console(arn),
        facts=facts(
            template=(raw.get("LaunchTemplate") or {}).get("LaunchTemplateName")
            or raw.get("LaunchConfigurationName"),
            suspended=", ".join(
                text(each.get("ProcessName")) for each in parts(raw, "SuspendedProcesses")
            ),
        ),
    )  # fmt: skip
    return resource, faults


def _short(of: Resource, short: int, wanted: int) -> list[Fault]:
    if short <= 0:
        return []
    said = f"{of.name}: {short} of {wanted} instances missing"
    severity = Severity.CRITICAL if short >= wanted else Severity.WARNING
    return [fault(of, "InstancesMissing", severity, said, after=10 * MINUTE, calm=2 * MINUTE)]


def _failed(place: Place, of: Resource, activity: Mapping[str, Any]) -> list[Fault]:
    begun = at(activity.get("StartTime"))
    recent = begun is not None and begun > place.now - 6 * HOUR
    if text(activity.get("StatusCode")) not in _FAILED or not recent:
        return []
    return [
        fault(
            of, "ScalingFailed", Severity.ERROR, f"{of.name}: instances can't be launched",
            description=text(activity.get("StatusMessage")) or text(activity.get("Cause")),
            since=begun,
        )
    ]  # fmt: skip
