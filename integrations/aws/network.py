"""Networks: VPCs, subnets, NAT gateways and elastic addresses; regions, zones and the account."""

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
    unique,
)  # fmt: skip
from integrations.base import Item
from store.model import MINUTE, Severity
from store.model.resource import Fault, Health, Resource

_AVAILABLE = {"available": Health.OK, "pending": Health.UNKNOWN, "failed": Health.DOWN}
_ZONES = {"available": Health.OK, "information": Health.OK, "impaired": Health.DEGRADED,
          "unavailable": Health.DOWN, "constrained": Health.OK}  # fmt: skip


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """Everything of EC2's networks that is worth knowing."""
    async for page in place.pages("ec2", "DescribeVpcs", MaxResults=1000):
        yield [vpc(place, raw) for raw in parts(page, "Vpcs")]
    async for page in place.pages("ec2", "DescribeSubnets", MaxResults=1000):
        yield [subnet(place, raw) for raw in parts(page, "Subnets")]
    found: dict[str, Thing] = {}
    async for page in place.pages("ec2", "DescribeNatGateways", MaxResults=1000):
        items: list[Item] = []
        for raw in parts(page, "NatGateways"):
            if text(raw.get("State")) == "deleted":
                continue
            one, wrong = gateway(place, raw)
            items += [one, *wrong]
            found[one.ids[0]] = Thing(one.key, "gateway", one.ids[0])
        yield items
    answer = await place.ask("ec2", "DescribeAddresses")
    yield [address(place, raw) for raw in parts(answer, "Addresses")]
    place.things("gateways").clear()
    place.things("gateways").update(found)


def vpc(place: Place, raw: Mapping[str, Any]) -> Resource:
    """One virtual network."""
    ident, named = text(raw.get("VpcId")), tags(raw.get("Tags"))
    arn, state = place.arn("ec2", f"vpc/{ident}"), text(raw.get("State"))
    return Resource(
        key=arn, kind="network", name=named.get("Name") or ident, state=state,
        health=_AVAILABLE.get(state, Health.UNKNOWN), region=place.region,
        account=place.account.id, tags=named, ids=(ident,), parents=(place.zone(""),),
        url=console(arn),
        facts=facts(cidr=raw.get("CidrBlock"), default="yes" if raw.get("IsDefault") else ""),
    )  # fmt: skip


def subnet(place: Place, raw: Mapping[str, Any]) -> Resource:
    """One subnet; it lies in a zone and a network."""
    ident, named = text(raw.get("SubnetId")), tags(raw.get("Tags"))
    zone, state = text(raw.get("AvailabilityZone")), text(raw.get("State"))
    arn = place.arn("ec2", f"subnet/{ident}")
    return Resource(
        key=arn, kind="subnet", name=named.get("Name") or ident, state=state,
        health=_AVAILABLE.get(state, Health.UNKNOWN), region=place.region, zone=zone,
        account=place.account.id, tags=named, ids=(ident,),
        size=size(free_addresses=number(raw.get("AvailableIpAddressCount"))),
        parents=unique((raw.get("VpcId"), place.zone(zone))), url=console(arn),
        facts=facts(cidr=raw.get("CidrBlock")),
    )  # fmt: skip


def gateway(place: Place, raw: Mapping[str, Any]) -> tuple[Resource, list[Fault]]:
    """One NAT gateway."""
    ident, named = text(raw.get("NatGatewayId")), tags(raw.get("Tags"))
    arn, state = place.arn("ec2", f"natgateway/{ident}"), text(raw.get("State"))
    known = parts(raw, "NatGatewayAddresses")
    one = Resource(
        key=arn, kind="gateway", name=named.get("Name") or ident, state=state,
        health=_AVAILABLE.get(state, Health.OK), why=text(raw.get("FailureMessage")), type="nat",
        region=place.region, account=place.account.id, tags=named, ids=(ident,),
        addresses=unique(each.get(n) for each in known for n in ("PublicIp", "PrivateIp")),
        parents=unique((raw.get("SubnetId"), raw.get("VpcId"))),
        created_at=at(raw.get("CreateTime")), url=console(arn),
    )  # fmt: skip
    if state != "failed":
        return one, []
    said = f"{one.name}: the NAT gateway has failed"
    return one, [fault(one, "NatGatewayFailed", Severity.ERROR, said, description=one.why)]


def address(place: Place, raw: Mapping[str, Any]) -> Resource:
    """One elastic address; it hangs on the server that has it."""
    ip, named = text(raw.get("PublicIp")), tags(raw.get("Tags"))
    ident = text(raw.get("AllocationId")) or ip
    arn = place.arn("ec2", f"elastic-ip/{ident}")
    used = bool(raw.get("AssociationId") or raw.get("InstanceId"))
    return Resource(
        key=arn, kind="address", name=named.get("Name") or ip, state="in-use" if used else "free",
        region=place.region, account=place.account.id, tags=named, ids=unique((ident,)),
        addresses=unique((ip,)), parents=unique((raw.get("InstanceId"), place.zone(""))),
        url=console(arn),
        facts=facts(interface=raw.get("NetworkInterfaceId"), private=raw.get("PrivateIpAddress")),
    )  # fmt: skip


async def zones(place: Place) -> AsyncIterator[list[Item]]:
    """The region with its availability zones."""
    region = Resource(
        key=place.zone(""), kind="region", name=place.region, region=place.region,
        account=place.account.id, parents=(place.key(),),
    )  # fmt: skip
    yield [region]
    answer = await place.ask("ec2", "DescribeAvailabilityZones")
    for raw in parts(answer, "AvailabilityZones"):
        name, state = text(raw.get("ZoneName")), text(raw.get("State"))
        if text(raw.get("OptInStatus")) == "not-opted-in" or not name:
            continue
        said = "; ".join(text(each.get("Message")) for each in parts(raw, "Messages"))
        one = Resource(
            key=place.zone(name), kind="zone", name=name, state=state,
            health=_ZONES.get(state, Health.UNKNOWN), why=said, region=place.region, zone=name,
            account=place.account.id, parents=(region.key,),
            facts=facts(zone_id=raw.get("ZoneId")),
        )  # fmt: skip
        yield [one, *_zone_faults(one)]


def _zone_faults(one: Resource) -> list[Fault]:
    if one.health not in (Health.DEGRADED, Health.DOWN):
        return []
    severity = Severity.CRITICAL if one.health is Health.DOWN else Severity.ERROR
    said = f"Availability zone {one.name} is {one.state}"
    return [fault(one, "ZoneImpaired", severity, said, description=one.why, calm=5 * MINUTE)]


async def account(place: Place) -> AsyncIterator[list[Item]]:
    """The account itself."""
    known = place.account
    yield [
        Resource(
            key=place.key(), kind="account", name=known.name or known.id, state="active",
            account=known.id, facts=facts(regions=len(known.regions), partition=known.partition),
        )
    ]  # fmt: skip
