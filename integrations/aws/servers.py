"""EC2 instances with their status checks and scheduled events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from integrations.aws.place import Place, Thing
from integrations.aws.reading import (
    at,
    console,
    facts,
    fault,
    number,
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

_GONE = ("terminated",)
_CHECKS = (
    ("SystemStatus", "StatusCheckFailedSystem", Severity.CRITICAL, "the host's status check fails"),
    ("InstanceStatus", "StatusCheckFailedInstance", Severity.ERROR,
     "the instance's status check fails"),
    ("AttachedEbsStatus", "StatusCheckFailedAttachedEbs", Severity.ERROR,
     "its disks can't be reached"),
)  # fmt: skip
_OVER = ("[completed]", "[canceled]")
_STATES = {
    "pending": Health.UNKNOWN, "running": Health.OK, "stopping": Health.OK, "stopped": Health.OK,
    "shutting-down": Health.OK,
}  # fmt: skip


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """All instances, with what is wrong with them."""
    checks = {
        str(each.get("InstanceId")): each
        async for each in place.items(
            "ec2", "DescribeInstanceStatus", "InstanceStatuses", IncludeAllInstances=False,
            MaxResults=1000,
        )
    }  # fmt: skip
    things = place.things("servers")
    found: dict[str, Thing] = {}
    async for page in place.pages("ec2", "DescribeInstances", MaxResults=500):
        raws = [raw for group in parts(page, "Reservations") for raw in parts(group, "Instances")]
        raws = [raw for raw in raws if part(raw, "State").get("Name") not in _GONE]
        await learn_types(place, {text(raw.get("InstanceType")) for raw in raws})
        items: list[Item] = []
        for raw in raws:
            status = checks.get(text(raw.get("InstanceId")), {})
            one, wrong = server(place, raw, status)
            items += [one, *wrong]
            if one.state == "running":
                found[one.ids[0]] = Thing(one.key, "server", one.ids[0], one.type)
        yield items
    things.clear()
    things.update(found)


async def learn_types(place: Place, types: set[str]) -> None:
    """How large the instance types are that were not seen yet."""
    missing = sorted(types - set(place.memory.types) - {""})
    for start in range(0, len(missing), 100):
        asked = missing[start : start + 100]
        place.memory.types |= dict.fromkeys(asked, (0, 0))
        answer = await place.maybe("ec2", "DescribeInstanceTypes", InstanceTypes=asked)
        for each in parts(answer, "InstanceTypes"):
            vcpus = number(part(each, "VCpuInfo").get("DefaultVCpus")) or 0
            memory = number(part(each, "MemoryInfo").get("SizeInMiB")) or 0
            place.memory.types[text(each.get("InstanceType"))] = (int(vcpus), int(memory))


def server(
    place: Place, raw: Mapping[str, Any], status: Mapping[str, Any]
) -> tuple[Resource, list[Fault]]:
    """One instance, and its faults."""
    ident, type_ = text(raw.get("InstanceId")), text(raw.get("InstanceType"))
    zone = text(part(raw, "Placement").get("AvailabilityZone"))
    named = tags(raw.get("Tags"))
    own = {each["Key"]: each.get("Value", "") for each in parts(raw, "Tags") if each.get("Key")}
    state = text(part(raw, "State").get("Name"))
    arn = place.arn("ec2", f"instance/{ident}")
    bare = Resource(
        key=arn, kind="server", name=named.get("Name") or ident, account=place.account.id,
        region=place.region,
    )  # fmt: skip
    faults = [*_failed_checks(bare, status), *_scheduled(bare, status)]
    checked = [each for each in faults if each.kind.startswith("StatusCheck")]
    health = _STATES.get(state, Health.UNKNOWN)
    if checked:
        down = any(each.severity is Severity.CRITICAL for each in checked)
        health = Health.DOWN if down else Health.DEGRADED
    resource = Resource(
        key=arn,
        kind="server",
        name=bare.name,
        state=state,
        health=health,
        why=checked[0].title if checked else text(part(raw, "StateReason").get("Message")),
        type=type_,
        region=place.region,
        zone=zone,
        account=place.account.id,
        group=text(own.get("aws:cloudformation:stack-name")),
        size=_size(place, raw, type_),
        tags=named,
        ids=(ident, f"aws:///{zone}/{ident}"),
        addresses=unique(_addresses(raw)),
        parents=unique((raw.get("SubnetId"), place.zone(zone))),
        created_at=at(raw.get("LaunchTime")),
        url=console(arn),
        facts=facts(
            image=raw.get("ImageId"), vpc=raw.get("VpcId"), platform=raw.get("PlatformDetails"),
            lifecycle=raw.get("InstanceLifecycle"), scaling_group=own.get(
                "aws:autoscaling:groupName"),
            cluster=own.get("aws:eks:cluster-name") or own.get("eks:cluster-name"),
            stopped=raw.get("StateTransitionReason"),
        ),
    )  # fmt: skip
    return resource, faults


def _size(place: Place, raw: Mapping[str, Any], type_: str) -> dict[str, float]:
    vcpus, memory = place.memory.types.get(type_, (0, 0))
    cpu = part(raw, "CpuOptions")
    cores, threads = number(cpu.get("CoreCount")), number(cpu.get("ThreadsPerCore"))
    counted = cores * threads if cores and threads else None
    return size(vcpus=vcpus or counted, memory_mb=memory or None)


def _addresses(raw: Mapping[str, Any]) -> Iterator[Any]:
    yield from (raw.get("PrivateIpAddress"), raw.get("PublicIpAddress"))
    yield from (raw.get("PrivateDnsName"), raw.get("PublicDnsName"))
    for card in parts(raw, "NetworkInterfaces"):
        for each in parts(card, "PrivateIpAddresses"):
            yield each.get("PrivateIpAddress")
            yield part(each, "Association").get("PublicIp")
        yield from (each.get("Ipv6Address") for each in parts(card, "Ipv6Addresses"))


def _failed_checks(of: Resource, status: Mapping[str, Any]) -> Iterator[Fault]:
    for name, kind, severity, said in _CHECKS:
        check = part(status, name)
        if text(check.get("Status")) != "impaired":
            continue
        since = [at(each.get("ImpairedSince")) for each in parts(check, "Details")]
        yield fault(
            of, kind, severity, f"{of.name}: {said}",
            description="; ".join(
                f"{text(each.get('Name'))} {text(each.get('Status'))}"
                for each in parts(check, "Details")
            ),
            since=min((each for each in since if each), default=None), calm=2 * MINUTE,
        )  # fmt: skip


def _scheduled(of: Resource, status: Mapping[str, Any]) -> Iterator[Fault]:
    for event in parts(status, "Events"):
        said, code = text(event.get("Description")), text(event.get("Code"))
        if said.lower().startswith(_OVER) or not code:
            continue
        when = event.get("NotBefore")
        day = f" from {when:%Y-%m-%d %H:%M} UTC" if hasattr(when, "strftime") else ""
        yield fault(
            of, "ScheduledEvent", Severity.WARNING,
            f"{of.name}: AWS plans {code.replace('-', ' ')}{day}", description=said,
            about=text(event.get("InstanceEventId")) or code,
        )  # fmt: skip
