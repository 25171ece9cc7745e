"""Load balancers, new and classic, with the health of their targets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from integrations.aws.place import Place, Thing
from integrations.aws.reading import (
    at,
    console,
    facts,
    fault,
    part,
    parts,
    size,
    tags,
    text,
    unique,
)  # fmt: skip
from integrations.base import Item
from store.model import MINUTE, Severity
from store.model.resource import Fault, Health, Resource

_STATES = {"active": Health.OK, "provisioning": Health.UNKNOWN, "failed": Health.DOWN,
           "active_impaired": Health.DEGRADED}  # fmt: skip
_SICK = ("unhealthy", "unhealthy.draining", "unavailable")
_GOOD = ("healthy", "InService")


@dataclass(frozen=True, slots=True)
class Target:
    """Something a balancer sends requests to, and how it is."""

    ident: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A target group: its name, and its targets."""

    arn: str
    name: str
    targets: tuple[Target, ...]

    def count(self, states: Sequence[str]) -> int:
        """How many targets are in one of these states."""
        return sum(each.state in states for each in self.targets)


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """All load balancers of the second generation, then the classic ones."""
    found: dict[str, Thing] = {}
    groups = await _groups(place)
    async for page in place.pages("elbv2", "DescribeLoadBalancers", PageSize=100):
        raws = parts(page, "LoadBalancers")
        named = await _tags(place, [text(raw.get("LoadBalancerArn")) for raw in raws])
        items: list[Item] = []
        for raw in raws:
            arn = text(raw.get("LoadBalancerArn"))
            one, wrong = balancer(place, raw, groups.get(arn, ()), named.get(arn, {}))
            items += [one, *wrong]
            found[arn.partition(":loadbalancer/")[2]] = Thing(
                one.key, "load_balancer", arn.partition(":loadbalancer/")[2], one.type
            )
        yield items
    async for items in _classic(place, found):
        yield items
    place.things("balancers").clear()
    place.things("balancers").update(found)


async def _groups(place: Place) -> dict[str, list[Group]]:
    """The target groups of each load balancer, with the state of every target."""
    found: dict[str, list[Group]] = {}
    async for raw in place.items("elbv2", "DescribeTargetGroups", "TargetGroups", PageSize=100):
        balancers = [str(each) for each in raw.get("LoadBalancerArns") or ()]
        if not balancers:
            continue
        arn = text(raw.get("TargetGroupArn"))
        answer = await place.maybe("elbv2", "DescribeTargetHealth", TargetGroupArn=arn)
        targets = tuple(_target(each) for each in parts(answer, "TargetHealthDescriptions"))
        group = Group(arn, text(raw.get("TargetGroupName")), targets)
        for each in balancers:
            found.setdefault(each, []).append(group)
    return found


def _target(raw: Mapping[str, Any]) -> Target:
    health = part(raw, "TargetHealth")
    why = text(health.get("Description")) or text(health.get("Reason"))
    return Target(text(part(raw, "Target").get("Id")), text(health.get("State")), why)


async def _tags(place: Place, arns: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(arns), 20):
        answer = await place.maybe(
            "elbv2", "DescribeTags", ResourceArns=list(arns[start : start + 20])
        )
        for each in parts(answer, "TagDescriptions"):
            found[text(each.get("ResourceArn"))] = tags(each.get("Tags"))
    return found


def balancer(
    place: Place, raw: Mapping[str, Any], groups: Sequence[Group], named: Mapping[str, str]
) -> tuple[Resource, list[Fault]]:
    """One load balancer; it stands on the targets it sends requests to."""
    arn, name = text(raw.get("LoadBalancerArn")), text(raw.get("LoadBalancerName"))
    state = text(part(raw, "State").get("Code"))
    zones = unique(each.get("ZoneName") for each in parts(raw, "AvailabilityZones"))
    one = Resource(
        key=arn, kind="load_balancer", name=name, state=state,
        health=_STATES.get(state, Health.UNKNOWN), why=text(part(raw, "State").get("Reason")),
        type=text(raw.get("Type")), region=place.region, zone=", ".join(zones),
        account=place.account.id, tags=named, ids=unique((_suffix(arn),)),
        addresses=unique((raw.get("DNSName"),)),
        parents=unique((
            *(each.ident for group in groups for each in group.targets), raw.get("VpcId"),
            place.zone(""),
        )),
        size=size(targets=sum(len(group.targets) for group in groups)),
        created_at=at(raw.get("CreatedTime")), url=console(arn),
        facts=facts(scheme=raw.get("Scheme"), groups=", ".join(each.name for each in groups)),
    )  # fmt: skip
    return with_targets(one, groups)


def _suffix(arn: str) -> str:
    return arn.partition(":loadbalancer/")[2]


def with_targets(one: Resource, groups: Sequence[Group]) -> tuple[Resource, list[Fault]]:
    """The balancer as its targets let it be, and a fault for each group that has sick ones."""
    faults = [found for group in groups if (found := _sick(one, group)) is not None]
    if one.health is Health.DOWN:
        said = f"{one.name}: the load balancer has failed"
        faults.append(fault(one, "LoadBalancerFailed", Severity.CRITICAL, said))
    elif faults:
        dark = all(_dark(group) for group in groups if group.targets)
        health = Health.DOWN if dark else Health.DEGRADED
        one = replace(one, health=health, why=faults[0].title)
    return one, faults


def _dark(group: Group) -> bool:
    return bool(group.count(_SICK)) and not group.count(_GOOD)


def _sick(one: Resource, group: Group) -> Fault | None:
    sick = [each for each in group.targets if each.state in _SICK]
    if not sick:
        return None
    dark, total = _dark(group), len(group.targets)
    kind = "NoHealthyTargets" if dark else "UnhealthyTargets"
    said = f"no healthy target of {total}" if dark else f"{len(sick)} of {total} targets unhealthy"
    told = "\n".join(f"{each.ident}: {each.why or each.state}" for each in sick[:20])
    return fault(
        one, "UnhealthyTargets", Severity.CRITICAL if dark else Severity.WARNING,
        f"{one.name}: {said} in {group.name}", about=group.name, description=told,
        labels={"target_group": group.name, "condition": kind}, after=MINUTE, calm=2 * MINUTE,
    )  # fmt: skip


async def _classic(place: Place, found: dict[str, Thing]) -> AsyncIterator[list[Item]]:
    async for page in place.pages("elb", "DescribeLoadBalancers", PageSize=400):
        raws = parts(page, "LoadBalancerDescriptions")
        names = [text(raw.get("LoadBalancerName")) for raw in raws]
        named: dict[str, dict[str, str]] = {}
        for start in range(0, len(names), 20):
            answer = await place.maybe(
                "elb", "DescribeTags", LoadBalancerNames=names[start : start + 20]
            )
            named |= {
                text(each.get("LoadBalancerName")): tags(each.get("Tags"))
                for each in parts(answer, "TagDescriptions")
            }
        items: list[Item] = []
        for raw, name in zip(raws, names, strict=True):
            answer = await place.maybe("elb", "DescribeInstanceHealth", LoadBalancerName=name)
            one, wrong = classic(place, raw, parts(answer, "InstanceStates"), named.get(name, {}))
            items += [one, *wrong]
            found[name] = Thing(one.key, "load_balancer", name, "classic")
        yield items


def classic(
    place: Place, raw: Mapping[str, Any], states: Sequence[Mapping[str, Any]],
    named: Mapping[str, str],
) -> tuple[Resource, list[Fault]]:  # fmt: skip
    """One load balancer of the first generation."""
    name = text(raw.get("LoadBalancerName"))
    arn = place.arn("elasticloadbalancing", f"loadbalancer/{name}")
    told = {text(each.get("InstanceId")): each for each in states}
    idents = [text(each.get("InstanceId")) for each in parts(raw, "Instances")]
    targets = tuple(_instance(each, told.get(each, {})) for each in idents)
    zones = ", ".join(str(each) for each in raw.get("AvailabilityZones") or ())
    one = Resource(
        key=arn, kind="load_balancer", name=name, state="active", type="classic",
        region=place.region, zone=zones, account=place.account.id, tags=named,
        addresses=unique((raw.get("DNSName"),)),
        parents=unique((*idents, raw.get("VPCId"), place.zone(""))),
        size=size(targets=len(idents)), created_at=at(raw.get("CreatedTime")), url=console(arn),
        facts=facts(scheme=raw.get("Scheme")),
    )  # fmt: skip
    return with_targets(one, [Group(arn, name, targets)])


def _instance(ident: str, told: Mapping[str, Any]) -> Target:
    state, why = text(told.get("State")), text(told.get("Description"))
    sick = state == "OutOfService" and text(told.get("ReasonCode")) != "ELB"
    return Target(ident, "unhealthy" if sick else state or "unknown", "" if why == "N/A" else why)
