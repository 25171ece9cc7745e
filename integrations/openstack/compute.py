"""Nova's control plane and what servers run on: services, hypervisors, aggregates, zones; what each
has and how much of it is given away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from integrations._inventory import Item
from integrations.openstack.beats import Beat, all_down, service, together
from integrations.openstack.cloud import Fields
from integrations.openstack.here import Here, Items, ago, number, part, text, words
from store.model.resource import Fault, Health, Resource, Sample

_MB, _GB = 2**20, 2**30
_MEASURES = (("vcpus", "vcpus", 1), ("vcpus_used", "vcpus_used", 1),
             ("memory_mb", "memory_size", _MB), ("memory_mb_used", "memory_used", _MB),
             ("local_gb", "disk_size", _GB), ("local_gb_used", "disk_used", _GB))  # fmt: skip
_BAD = {"nova-compute": "critical", "nova-conductor": "critical", "nova-scheduler": "critical"}


async def compute(here: Here) -> Items:
    """Everything of Nova but the servers."""
    await here.cloud.endpoint(here.region, "compute")
    beats = [service(each) for each in
             await here.listed("compute", "os-services", "services") or ()]  # fmt: skip
    hypervisors = await here.listed(
        "compute", "os-hypervisors/detail", "hypervisors", limit=1000
    ) or []  # fmt: skip
    aggregates = await here.listed("compute", "os-aggregates", "aggregates") or []
    zones = await _zones(here)
    quiet = await silent(here, beats)
    zone_of = {each.host: each.zone for each in beats if each.binary == "nova-compute"}
    zone_of |= {
        str(host): text(each, "availability_zone")
        for each in aggregates if text(each, "availability_zone")
        for host in each.get("hosts") or ()
    }  # fmt: skip
    yield list(_zones_and_aggregates(here, zones, aggregates, unsure=bool(quiet)))
    yield list(_agents(here, beats, quiet))
    by_host = {each.host: each for each in beats if each.binary == "nova-compute"}
    groups = _groups(here, aggregates)
    for start in range(0, len(hypervisors), 200):
        yield [
            made
            for each in hypervisors[start : start + 200]
            for made in _hypervisor(here, each, by_host, zone_of, groups, quiet)
        ]
    yield list(_sums(here, hypervisors, zone_of, groups))
    faults = list(_faults(here, beats, hypervisors, quiet))
    if not beats and not hypervisors:  # all that who may read nothing else is told
        faults = [_zone_fault(here, each) for each in zones if _closed(each)]
    yield faults
    down = {each.host for each in beats if each.binary == "nova-compute" and not each.up}
    here.memory.down[here.region] = down - quiet


async def silent(here: Here, beats: list[Beat]) -> frozenset[str]:
    """Hosts whose nova-compute only seems down: the conductor or the message bus it reports by
    does not answer."""
    told = here.memory.down.get(here.region, set())
    computes = [each for each in beats if each.binary == "nova-compute"]
    if all_down(beats, "nova-conductor", computes, here.now):
        return frozenset(each.host for each in computes if not each.up and not each.forced) - told
    found = together(computes, told, here.now)
    return found if found and await here.bus() is not True else frozenset()


async def _zones(here: Here) -> list[Fields]:
    found = await here.listed("compute", "os-availability-zone/detail", "availabilityZoneInfo")
    if found is None:
        found = await here.listed("compute", "os-availability-zone", "availabilityZoneInfo")
    return found or []


def _zones_and_aggregates(
    here: Here, zones: list[Fields], aggregates: list[Fields], *, unsure: bool
) -> Iterator[Item]:
    region = here.key("region", here.region)
    closed = Health.UNKNOWN if unsure else Health.DOWN
    for each in zones:
        name = text(each, "zoneName")
        up = part(each, "zoneState").get("available") is not False
        if name and name != "internal":
            yield Resource(
                here.local("zone", name), "zone", name, state="available" if up else "unavailable",
                health=Health.OK if up else closed, region=here.region, zone=name,
                account=here.source.name, parents=(region,),
            )  # fmt: skip
    for each in aggregates:
        name, zone = text(each, "name"), text(each, "availability_zone")
        hosts = each.get("hosts") or ()
        yield Resource(
            here.local("aggregate", text(each, "id")), "aggregate", name, state="defined",
            region=here.region, zone=zone, account=here.source.name,
            size={"hosts": float(len(hosts))}, tags=words(each.get("metadata")),
            ids=tuple(filter(None, (text(each, "uuid"),))),
            parents=(here.local("zone", zone),) if zone else (region,),
        )  # fmt: skip


def _groups(here: Here, aggregates: list[Fields]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for each in aggregates:
        for host in each.get("hosts") or ():
            found[str(host)].append(here.local("aggregate", text(each, "id")))
    return {host: tuple(keys) for host, keys in found.items()}


def _agents(here: Here, beats: list[Beat], quiet: frozenset[str]) -> Iterator[Item]:
    """Every service as a resource, beneath the control plane that it is a part of."""
    for each in beats:
        unsure = each.binary == "nova-compute" and each.host in quiet
        yield agent(here, each, "compute", unsure=unsure)


def agent(here: Here, beat: Beat, plane: str, *, unsure: bool = False) -> Resource:
    """One that reports, as a resource."""
    health, why = Health.OK, ""
    if not beat.up:
        health, why = Health.DOWN, "it does not report any more"
        if unsure:
            health, why = Health.UNKNOWN, "nobody can report: the control plane does not answer"
    elif not beat.enabled:
        health, why = Health.DEGRADED, f"disabled: {beat.reason or 'no reason given'}"
    return Resource(
        here.local("agent", beat.binary, beat.host), "agent", beat.name,
        state=beat.state + (", forced down" if beat.forced else ""), health=health, why=why,
        type=beat.type or beat.binary, region=here.region, zone=beat.zone,
        account=here.source.name, ids=tuple(filter(None, (beat.id if "-" in beat.id else "",))),
        parents=(here.local("service", plane),),
    )  # fmt: skip


def _hypervisor(
    here: Here, each: Fields, beats: dict[str, Beat], zone_of: dict[str, str],
    groups: dict[str, tuple[str, ...]], quiet: frozenset[str],
) -> Iterator[Item]:  # fmt: skip
    host, name = text(part(each, "service"), "host"), text(each, "hypervisor_hostname")
    host = host or name
    beat = beats.get(host)
    up = text(each, "state").lower() != "down" and (beat is None or beat.up)
    enabled = text(each, "status").lower() != "disabled"
    health, why = Health.OK, ""
    if host in quiet:
        health, why = Health.UNKNOWN, "nobody can report: the control plane does not answer"
    elif not up:
        health = Health.DOWN
        why = "nova-compute was forced down" if beat and beat.forced else (
            "nova-compute does not report any more")  # fmt: skip
    elif not enabled:
        reason = text(part(each, "service"), "disabled_reason") or (beat.reason if beat else "")
        health, why = Health.DEGRADED, f"disabled: {reason or 'no reason given'}"
    zone = zone_of.get(host, "")
    key, own = here.local("hypervisor", name), text(each, "id")
    size = {
        name: value
        for name, field in (("vcpus", "vcpus"), ("memory_mb", "memory_mb"), ("disk_gb", "local_gb"))
        if (value := number(each, field)) is not None
    }  # fmt: skip
    parents = [*groups.get(host, ()), *([here.local("zone", zone)] if zone else ())]
    yield Resource(
        key, "hypervisor", name,
        state=f"{'enabled' if enabled else 'disabled'}, {'up' if up else 'down'}",
        health=health, why=why, type=text(each, "hypervisor_type"), region=here.region, zone=zone,
        account=here.source.name, size=size, ids=tuple(filter(None, (own if "-" in own else "",))),
        addresses=tuple(filter(None, (text(each, "host_ip"),))),
        parents=tuple(parents) or (here.key("region", here.region),),
        facts={"host": host, "servers": text(each, "running_vms") or "0"},
    )  # fmt: skip
    for field, metric, unit in _MEASURES:
        if (value := number(each, field)) is not None:
            yield Sample(key, metric, here.now, value * unit)


def _sums(
    here: Here, hypervisors: list[Fields], zone_of: dict[str, str],
    groups: dict[str, tuple[str, ...]],
) -> Iterator[Item]:  # fmt: skip
    """The same measures of each aggregate and zone: what its hosts have together."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for each in hypervisors:
        host = text(part(each, "service"), "host") or text(each, "hypervisor_hostname")
        zone = zone_of.get(host, "")
        of = [*groups.get(host, ()), *([here.local("zone", zone)] if zone else ())]
        for field, metric, unit in _MEASURES:
            value = number(each, field)
            for key in of if value is not None else ():
                sums[key, metric] += (value or 0) * unit
    for (key, metric), total in sums.items():
        yield Sample(key, metric, here.now, total)


# ---- what is wrong -------------------------------------------------------------------------------


def _faults(
    here: Here, beats: list[Beat], hypervisors: list[Fields], quiet: frozenset[str]
) -> Iterator[Fault]:
    on: dict[str, list[Fields]] = defaultdict(list)
    for each in hypervisors:
        host = text(part(each, "service"), "host") or text(each, "hypervisor_hostname")
        on[host].append(each)
    for beat in beats:
        if beat.binary == "nova-compute":
            if beat.host not in quiet:
                yield from _compute_fault(here, beat, on.get(beat.host, []))
        else:
            yield from beat_fault(here, beat, "Nova", _BAD.get(beat.binary, "warning"))
    if not beats:  # only hypervisors may be read
        for host, found in on.items():
            down = text(found[0], "state").lower() == "down"
            disabled = text(found[0], "status").lower() == "disabled"
            yield from _compute_fault(
                here, Beat("nova-compute", host, "", "", not down, not disabled, False,
                           text(part(found[0], "service"), "disabled_reason"), None), found
            )  # fmt: skip


def _closed(zone: Fields) -> bool:
    return part(zone, "zoneState").get("available") is False and (
        text(zone, "zoneName") != "internal")  # fmt: skip


def _zone_fault(here: Here, zone: Fields) -> Fault:
    name = text(zone, "zoneName")
    return here.fault(
        "ZoneUnavailable", name, "critical", f"Zone {name} of {here.region} is not available",
        here.local("zone", name), labels={"service": "nova", "zone": name},
        description="None of its compute services reports.",
    )  # fmt: skip


def _compute_fault(here: Here, beat: Beat, on: list[Fields]) -> Iterator[Fault]:
    resource = here.local("agent", "nova-compute", beat.host)
    name, count = beat.host, sum(int(number(each, "running_vms") or 0) for each in on)
    if len(on) == 1:
        name = text(on[0], "hypervisor_hostname")
        resource = here.local("hypervisor", name)
    labels = {"host": beat.host, "service": "nova", "binary": beat.binary, "zone": beat.zone}
    servers = f": {count} server{'s' * (count != 1)} on it" if count else ""
    if not beat.up:
        kind = "ComputeForcedDown" if beat.forced else "ComputeServiceDown"
        said = "was forced down" if beat.forced else "is down"
        empty = not beat.enabled and not count
        yield here.fault(
            "ComputeServiceDown", beat.host, "warning" if empty else "critical",
            f"Hypervisor {name} {said}{servers}", resource, labels=labels, called=kind,
            description=_silence(here, beat), since=beat.at,
        )  # fmt: skip
    elif not beat.enabled:
        yield here.fault(
            "ComputeServiceDisabled", beat.host, "warning",
            f"Hypervisor {name} is disabled: {beat.reason or 'no reason given'}", resource,
            labels=labels, after=here.source.disabled,
            description="No new servers are put on it; those that are there go on running.",
        )  # fmt: skip


def _silence(here: Here, beat: Beat) -> str:
    said = f"{beat.binary} on {beat.host} does not report"
    if beat.at:
        said += f"; last heard {ago(here.now - beat.at)} ago"
    if beat.reason:
        said += f". Disabled: {beat.reason}"
    return said + ". Nova goes on showing its servers as ACTIVE."


def beat_fault(here: Here, beat: Beat, plane: str, severity: str) -> Iterator[Fault]:
    """What is wrong with one that reports."""
    resource = here.local("agent", beat.binary, beat.host)
    labels = {"host": beat.host, "service": plane.lower(), "binary": beat.binary, "zone": beat.zone}
    if not beat.up:
        heard = f"Last heard {ago(here.now - beat.at)} ago." if beat.at else ""
        yield here.fault(
            "ServiceDown", f"{beat.binary}/{beat.host}", severity if beat.enabled else "warning",
            f"{plane}: {beat.type or beat.binary} on {beat.host} is down", resource, labels=labels,
            description=heard, since=beat.at,
        )  # fmt: skip
    elif not beat.enabled:
        yield here.fault(
            "ServiceDisabled", f"{beat.binary}/{beat.host}", "info",
            f"{plane}: {beat.type or beat.binary} on {beat.host} is disabled: "
            f"{beat.reason or 'no reason given'}", resource, labels=labels,
            after=here.source.disabled,
        )  # fmt: skip
