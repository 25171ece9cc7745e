"""``openstack``: a cloud at a glance: services, hypervisors and how full they are, projects against
their quotas, who uses most, volumes, how fast the APIs answer, who did what."""

from __future__ import annotations

from dataclasses import dataclass

from commands.context import View
from commands.inventory import search
from commands.inventory.events import whos
from commands.inventory.index import Entry, Wanted
from commands.inventory.overview import (
    Meter,
    Overview,
    Section,
    by_health,
    chosen,
    grouped,
    latest,
    overview,
    well,
    worst_first,
    wrong,
)
from commands.inventory.rows import rows
from commands.inventory.search import READ
from commands.inventory.sources import SourceState
from commands.oncall import zone_of
from commands.registry import arg, query
from commands.rules import inventory_words as words
from commands.words import count, local
from store.db import Tx
from store.inventory import happenings, resources
from store.model import DAY, HOUR
from store.model.known import Known

PROVIDERS = ("openstack",)
_BAD, _METERS, _SEEN, _WHO = 20, 24, 300, 8


@dataclass(frozen=True, slots=True)
class Cloud:
    """Arguments of ``openstack``."""

    cloud: str = arg("text", "The cloud; without it the one that needs somebody.", default="")


@query("openstack", group="infra", permission=READ, args=Cloud, example="openstack prod")
async def openstack(view: View, args: Cloud) -> Overview:
    """A cloud at a glance: services, hypervisors, quotas, volumes, APIs, who did what."""
    state, others = await chosen(view, args.cloud, PROVIDERS, "OpenStack cloud")
    every = await search.entries(view, Wanted(sources=frozenset({state.name})))
    zone, now = zone_of(view), view.now
    return await view.read(lambda tx: _read(tx, state, every, others, now, zone))


def _read(
    tx: Tx, state: SourceState, every: list[Entry], others: list[SourceState], now: int, zone: str
) -> Overview:
    kinds = grouped(every, lambda one: one.kind)
    of = f"source={state.name}"
    hosts, agents = kinds.get("hypervisor", []), kinds.get("agent", [])
    servers, volumes = kinds.get("server", []), kinds.get("volume", [])
    apis, quotas = kinds.get("endpoint", []), kinds.get("quota", [])
    sums = [
        well(hosts, "hypervisors up", f"{of} kind=hypervisor"),
        well(agents, "services up", f"{of} kind=agent"),
        well(servers, "servers well", f"{of} kind=server"),
        well(volumes, "volumes well", f"{of} kind=volume"),
        well(apis, "APIs answer", f"{of} kind=endpoint"),
        well(quotas, "quotas with room", f"{of} kind=quota"),
    ]
    known = resources.many(tx, [
        one.id for one in (*hosts, *apis, *quotas)
    ][:2_000])  # fmt: skip
    by_source = {state.name: state}

    def bad(title: str, some: list[Entry], empty: str = "") -> Section:
        numbers = worst_first(some, _BAD)
        named = resources.many(tx, numbers)
        return Section(title, rows=rows((named[n] for n in numbers if n in named), by_source),
                       empty=empty)  # fmt: skip

    sections = [
        wrong(tx, state.name),
        bad("Services that are down or disabled", agents, "Every service reports."),
        Section("Hypervisors, vCPU allocated", meters=tuple(
            _allocated(tx, hosts, known, now, "vcpus_used", "vcpus", "vcpus", 1.0, "vCPU"))),
        Section("Hypervisors, memory allocated", meters=tuple(
            _allocated(tx, hosts, known, now, "memory_used", "memory_size", "memory_mb", 2**20,
                       "GB"))),
        Section("Projects against their quotas", meters=tuple(_quotas(tx, quotas, known, now)),
                empty="No quota is near its limit."),
        Section("Who uses most", lines=tuple(_consumers(servers))),
        bad("Servers that are not well", servers),
        bad("Volumes that are not well", volumes, "Every volume is well."),
        Section("How fast the APIs answer", meters=tuple(_latency(tx, apis, now))),
        Section("Who did what in 24 h", lines=tuple(_activity(tx, state.name, now, zone)),
                empty="Nobody made, deleted or lost anything, as far as it is told."),
    ]  # fmt: skip
    return overview(state, sums, sections, others, now)


def _allocated(
    tx: Tx, hosts: list[Entry], known: dict[int, Known], now: int, used: str, whole: str,
    size: str, unit: float, said: str,
) -> list[Meter]:  # fmt: skip
    """How much of each hypervisor is given out, the fullest first."""
    ids = [one.id for one in hosts]
    taken, room = latest(tx, ids, used, now), latest(tx, ids, whole, now)
    found = []
    for one in hosts:
        sizes = known[one.id].resource.size if one.id in known else {}
        all_ = room.get(one.id) or sizes.get(size, 0.0) * unit
        if one.id not in taken or not all_:
            continue
        part = taken[one.id]
        scale = 2**30 if said == "GB" else 1.0
        numbers = f"{part / scale:.0f} of {all_ / scale:.0f} {said}, {100 * part / all_:.0f} %"
        more = words.SAID[one.health] if one.health != "ok" else ""
        found.append(Meter(one.name, part, all_, numbers, more, one.id))
    return sorted(found, key=lambda m: (-m.share, m.name))[:_METERS]


def _quotas(tx: Tx, quotas: list[Entry], known: dict[int, Known], now: int) -> list[Meter]:
    """The quotas that are used most, with when they are full if it goes on so."""
    ids = [one.id for one in quotas]
    used, limit = latest(tx, ids, "used", now), latest(tx, ids, "limit", now)
    found = []
    for one in quotas:
        r = known[one.id].resource if one.id in known else None
        size = r.size if r else {}
        part, all_ = used.get(one.id, size.get("used")), limit.get(one.id, size.get("limit"))
        if part is None or not all_:
            continue
        left = r.facts.get("full in", "") if r else ""
        numbers = f"{part:g} of {all_:g}" if part == int(part) else f"{part:.0f} of {all_:.0f}"
        numbers = (r.facts.get("used") if r else "") or numbers
        found.append(Meter(
            one.name, part, all_, f"{numbers}, {100 * part / all_:.0f} %",
            f"full in {left} if it goes on so" if left else "", one.id,
        ))  # fmt: skip
    return sorted(found, key=lambda m: (-m.share, m.name))[:_METERS]


def _consumers(servers: list[Entry]) -> list[str]:
    """``shop: 22 servers, 3 degraded``."""
    by = grouped(servers, lambda one: one.group or "no project")
    found = []
    for name in sorted(by, key=lambda n: (-len(by[n]), n))[:_WHO]:
        bad = words.counted({h: n for h, n in by_health(by[name]).items() if h != "ok"})
        found.append(f"{name}: {count(len(by[name]), 'server')}{f', {bad}' if bad else ''}")
    return found


def _latency(tx: Tx, apis: list[Entry], now: int) -> list[Meter]:
    """How long each API took last, the slowest first; two seconds are long."""
    took = latest(tx, [one.id for one in apis], "latency", now)
    found = [
        Meter(one.name, took[one.id], 2_000.0, words.measured(took[one.id], "ms"),
              words.SAID[one.health] if one.health != "ok" else "", one.id)
        for one in apis if one.id in took
    ]  # fmt: skip
    return sorted(found, key=lambda m: -m.used)


def _activity(tx: Tx, source: str, now: int, zone: str) -> list[str]:
    """Who was busiest, and what was done or failed last."""
    wanted = happenings.Wanted(now - DAY, now + HOUR, source=source)
    found = happenings.search(tx, wanted, _SEEN)
    people = ", ".join(f"{who} {many}" for who, many in whos(found)[:_WHO])
    latest_ = [
        f"{'⚠️ ' if one.warning else ''}{local(one.at, zone, now)} {one.text or one.reason}"
        f"{f' ({one.count} times)' if one.count > 1 else ''}"
        for one in found[:_WHO]
    ]
    return [*([f"Busiest: {people}"] if people else []), *latest_]
