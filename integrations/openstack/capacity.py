"""What can still be given away: Placement's inventories with their allocation ratios, against what
is allocated, of each host, aggregate and zone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator

from integrations._inventory import Item
from integrations.openstack.cloud import Fields, Missing
from integrations.openstack.here import Here, Items, number, part, text
from store.model.resource import Fault

MOST = 2_000
"""Resource providers looked at."""
AT_ONCE = 6
FEW = 10
"""Full hosts that are told each by itself."""
_WHAT = {"VCPU": "vCPUs", "MEMORY_MB": "memory", "DISK_GB": "disk"}

Room = dict[str, tuple[float, float]]
"""Class → what there is to give and what is given."""


async def capacity(here: Here) -> Items:
    """Faults where a host, an aggregate or a zone has nearly nothing left to give."""
    try:
        await here.cloud.endpoint(here.region, "placement")
    except Missing:
        return
    providers = await here.listed("placement", "resource_providers", "resource_providers") or []
    listed = await here.listed("compute", "os-aggregates", "aggregates") or []
    rooms: dict[str, Room] = {}
    for start in range(0, min(len(providers), MOST), AT_ONCE):
        some = providers[start : start + AT_ONCE]
        found = await asyncio.gather(*(_room(here, text(each, "uuid")) for each in some))
        for each, room in zip(some, found, strict=True):
            if room:
                rooms[text(each, "name")] = room
    faults = list[Item](_hosts(here, rooms))
    for each in listed:
        name, hosts = text(each, "name"), [str(one) for one in each.get("hosts") or ()]
        own = [room for host, room in rooms.items() if _is(host, hosts)]
        faults += _faults(here, "AggregateFull", text(each, "id"), f"Aggregate {name}",
                          here.local("aggregate", text(each, "id")), _sum(own))  # fmt: skip
    if len(rooms) > 1:
        faults += _faults(here, "RegionFull", "all", f"Region {here.region}",
                          here.key("region", here.region), _sum(list(rooms.values())))  # fmt: skip
    yield faults


def _hosts(here: Here, rooms: dict[str, Room]) -> list[Fault]:
    """A full host is everyday where there are others: each by itself for who looks, many as one."""
    found = [
        fault for host, room in rooms.items()
        for fault in _faults(here, "HostFull", host, f"Hypervisor {host}",
                             here.local("hypervisor", host), room, alone=True)
    ]  # fmt: skip
    full = {fault.resource for fault in found}
    if len(full) <= FEW:
        return found
    names = ", ".join(sorted(each.rpartition("/")[2] for each in full)[:50])
    return [here.fault(
        "HostsFull", "all", "info", f"{len(full)} of {len(rooms)} hypervisors of {here.region} "
        "have nearly nothing left to give", here.key("region", here.region), description=names,
        labels={"service": "placement"},
    )]  # fmt: skip


def _is(provider: str, hosts: list[str]) -> bool:
    """Placement calls a host by its full name, aggregates often by the short one."""
    return provider in hosts or provider.partition(".")[0] in hosts


async def _room(here: Here, provider: str) -> Room:
    told = await here.maybe("placement", f"resource_providers/{provider}/inventories")
    has = part(told or {}, "inventories")
    if not any(name in has for name in _WHAT):
        return {}
    given = await here.maybe("placement", f"resource_providers/{provider}/usages")
    if given is None:
        return {}
    return dict(_classes(has, part(given, "usages")))


def _classes(has: Fields, usages: Fields) -> Iterator[tuple[str, tuple[float, float]]]:
    for name in _WHAT:
        each = has.get(name)
        if isinstance(each, dict) and (total := number(each, "total")):
            ratio = number(each, "allocation_ratio") or 1.0
            free = (total - (number(each, "reserved") or 0)) * ratio
            yield name, (free, number(usages, name) or 0.0)


def _sum(rooms: list[Room]) -> Room:
    found: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for room in rooms:
        for name, (free, used) in room.items():
            found[name] = (found[name][0] + free, found[name][1] + used)
    return dict(found)


def _faults(
    here: Here, kind: str, about: str, title: str, resource: str, room: Room, *,
    alone: bool = False,
) -> Iterator[Fault]:  # fmt: skip
    for name, (free, used) in room.items():
        if free <= 0 or used / free * 100 < here.source.warning:
            continue
        percent = used / free * 100
        severity = "info" if alone else "error" if percent >= 98 else "warning"
        yield here.fault(
            kind, f"{about}/{name}", severity,
            f"{title}: {percent:.0f} % of its {_WHAT[name]} are given away "
            f"({used:g} of {free:g}, by its allocation ratio)", resource,
            labels={"service": "placement", "class": name},
        )  # fmt: skip
