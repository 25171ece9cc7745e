"""How busy servers are: from Gnocchi where the cloud has it, else from Nova's diagnostics of some
servers at a time, in turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

from integrations._inventory import Item
from integrations.base import Permanent
from integrations.openstack.cloud import Fields
from integrations.openstack.here import Here, Items, number, part, parts, text
from integrations.openstack.reach import Unanswered
from store.clock import iso
from store.model import HOUR
from store.model.resource import Sample

AT_ONCE = 4
_GNOCCHI = (
    ("instance_network_interface", "network.incoming.bytes", "network_in", "instance_id"),
    ("instance_network_interface", "network.outgoing.bytes", "network_out", "instance_id"),
    ("instance_disk", "disk.device.read.bytes", "disk_read", "instance_id"),
    ("instance_disk", "disk.device.write.bytes", "disk_write", "instance_id"),
)  # fmt: skip


async def throughput(here: Here) -> Items:
    """Network and disk throughput of servers."""
    if "metric" in here.cloud.endpoints(here.region):
        async for samples in _gnocchi(here):
            yield samples
        return
    if here.source.diagnostics:
        async for samples in _diagnostics(here):
            yield samples


async def _gnocchi(here: Here) -> Items:
    for held_by, measure, metric, group in _GNOCCHI:
        body = {"operations": f"(aggregate sum (metric {measure} rate:mean))", "search": {},
                "resource_type": held_by}  # fmt: skip
        path = f"aggregates?groupby={group}&start={iso(here.now - HOUR)[:19]}"
        try:
            groups = await here.cloud.ask_array(here.region, "metric", path, body)
        except Permanent:
            here.refused.append(f"metric {measure}")
            continue
        yield [one for each in groups for one in _measured(here, each, metric, group)]


def _measured(here: Here, each: Fields, metric: str, group: str) -> Iterator[Item]:
    """The last point: bytes within its granularity."""
    server = text(part(each, "group"), group)
    points = part(part(each, "measures"), "measures").get("aggregated")
    if not server or not isinstance(points, list) or not points:
        return
    with contextlib.suppress(TypeError, ValueError, IndexError):
        span, value = float(points[-1][1]), float(points[-1][2])
        if span > 0 and value >= 0:
            yield Sample(here.key("server", server), metric, here.now, value / span)


async def _diagnostics(here: Here) -> Items:
    """Of so many servers that run on a host that reports, going round; it ends at the first that
    does not answer, for each asks a host over the message bus."""
    watch = here.memory.watch(here.region)
    running = sorted(watch.active)
    if not running or any(watch.hosts.values()):
        return
    turn = here.memory.turn.get(here.region, 0) % len(running)
    chosen = (running + running)[turn : turn + min(here.source.diagnostics, len(running))]
    here.memory.turn[here.region] = turn + len(chosen)
    for start in range(0, len(chosen), AT_ONCE):
        some = chosen[start : start + AT_ONCE]
        try:
            found = await asyncio.gather(*(_asked(here, each) for each in some))
        except Unanswered:
            return
        if all(each is None for each in found):
            return
        yield [one for uid, each in zip(some, found, strict=True) if each
               for one in _rates(here, uid, each)]  # fmt: skip
    gone = [uid for uid in here.memory.counters if uid not in watch.active]
    for uid in gone if len(here.memory.counters) > 50_000 else ():
        here.memory.counters.pop(uid)


async def _asked(here: Here, server: str) -> Fields | None:
    try:
        return await here.maybe("compute", f"servers/{server}/diagnostics")
    except Permanent:
        return {}


def _rates(here: Here, server: str, told: Fields) -> Iterator[Item]:
    """The counters since the last time they were read. Before 2.48 every driver had words of its
    own; those of libvirt are read too."""
    now = time.monotonic()
    counters = dict(_counters(told))
    at, before = here.memory.counters.get(server, (now, {}))
    here.memory.counters[server] = (now, counters)
    key, span = here.key("server", server), now - at
    for metric, value in counters.items():
        if span > 0 and metric in before and value >= before[metric]:
            yield Sample(key, metric, here.now, (value - before[metric]) / span)
    memory = part(told, "memory_details")
    most, used = number(memory, "maximum"), number(memory, "used")
    if most and used is not None and 0 < used <= most:
        yield Sample(key, "memory", here.now, used / most * 100)


def _counters(told: Fields) -> Iterator[tuple[str, float]]:
    for metric, where, field, ending in (
        ("network_in", "nic_details", "rx_octets", "_rx"),
        ("network_out", "nic_details", "tx_octets", "_tx"),
        ("disk_read", "disk_details", "read_bytes", "_read"),
        ("disk_write", "disk_details", "write_bytes", "_write"),
    ):
        values = [number(each, field) for each in parts(told, where)]
        values += [number(told, name) for name in told if name.endswith(ending)]
        known = [each for each in values if each is not None]
        if known:
            yield metric, sum(known)
