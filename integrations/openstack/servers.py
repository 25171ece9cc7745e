"""Servers of all projects: as they are, what is wrong with them, which pass too slowly, and who did
what to them. Everything now and then, what changed in between.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations import _time
from integrations._inventory import Changes, Gone, Item, Over
from integrations.openstack.activity import activity
from integrations.openstack.beats import service
from integrations.openstack.cloud import Fields
from integrations.openstack.compute import silent
from integrations.openstack.here import (
    Here,
    Items,
    ago,
    number,
    part,
    text,
    when,
    words,
)
from store.clock import iso
from store.model import MINUTE
from store.model.resource import Fault, Health, Resource

WHOLE = 15 * MINUTE
"""How often all servers are read, not only those that changed."""
_OVERLAP = MINUTE
_EVERYONE = {"all_tenants": "1"}
_PASSING = frozenset((
    "BUILD", "REBUILD", "RESIZE", "MIGRATING", "REBOOT", "HARD_REBOOT", "REVERT_RESIZE", "PASSWORD",
    "REBUILDING", "SHELVING", "UNSHELVING",
))  # fmt: skip
_OK = frozenset(("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED",
                 "SOFT_DELETED", "VERIFY_RESIZE"))  # fmt: skip
_GONE = frozenset(("DELETED", "SOFT_DELETED"))


async def servers(here: Here) -> Items:
    """All servers, or, where all were read not long ago, those that changed."""
    await here.cloud.endpoint(here.region, "compute")
    await here.project_names()
    watch = here.memory.watch(here.region)
    hosts = await _hosts(here)
    whole = not watch.whole or here.now - watch.whole >= WHOLE
    begun, changed = here.now, list[Fields]()
    if not whole:
        yield Changes()
    else:
        watch.whole = 0
        watch.moving.clear()
        watch.active.clear()
    ask = _asks(here, whole, hosts)
    for params in ask:
        async for page in here.pages("compute", "servers/detail", "servers", _EVERYONE, params):
            items: list[Item] = []
            for each in page:
                items += _told(here, each, hosts, whole=whole)
                if len(changed) < 200 and here.now - (when(each, "updated") or 0) < WHOLE:
                    changed.append(each)
            yield items
    yield [fault for each in watch.moving.values() for fault in _stuck(here, each, hosts)]
    async for happenings in activity(here, changed):
        yield happenings
    watch.hosts, watch.since = hosts, begun
    watch.whole = begun if whole else watch.whole


def _asks(here: Here, whole: bool, hosts: dict[str, str]) -> Iterator[dict[str, str]]:
    """The queries of one look: all; or what changed, and what is on hosts that changed."""
    watch = here.memory.watch(here.region)
    if whole:
        yield {}
        return
    yield {"changes-since": iso(max(0, watch.since - _OVERLAP))[:19] + "Z"}
    for host in sorted({*hosts, *watch.hosts}):
        if hosts.get(host) != watch.hosts.get(host):
            yield {"host": host}


async def _hosts(here: Here) -> dict[str, str]:
    """Host → why its servers are in trouble, "" for a good one; nothing where we may not ask."""
    found = await here.listed("compute", "os-services", "services", {"binary": "nova-compute"})
    beats = [service(each) for each in found or ()]
    if any(not each.up for each in beats):
        everything = await here.listed("compute", "os-services", "services") or []
        beats = [service(each) for each in everything]
    quiet = await silent(here, beats)
    return {
        each.host: _trouble(each.up, each.forced, each.host in quiet)
        for each in beats if each.binary == "nova-compute"
    }  # fmt: skip


def _trouble(up: bool, forced: bool, quiet: bool) -> str:
    if up:
        return ""
    if quiet:
        return "?"
    return "forced down" if forced else "down"


# ---- one server ----------------------------------------------------------------------------------


def _told(here: Here, each: Fields, hosts: dict[str, str], *, whole: bool) -> Iterator[Item]:
    """A server with what is wrong with it; what is over, where only changes are told."""
    watch, uid = here.memory.watch(here.region), text(each, "id")
    if not uid:
        return
    status = text(each, "status").upper()
    watch.moving.pop(uid, None)
    watch.active.discard(uid)
    if status in _GONE or each.get("deleted") is True:
        if not whole:
            yield Gone(here.key("server", uid))
            yield Over(f"ServerError:{here.region}:{uid}")
            yield Over(f"ServerStuck:{here.region}:{uid}")
        return
    if status == "ACTIVE":
        watch.active.add(uid)
    if _passes(each):
        watch.moving[uid] = each
    yield _server(here, each, hosts)
    wrong = [_error(here, each)] if status == "ERROR" else []
    yield from wrong
    if not whole:
        if not wrong:
            yield Over(f"ServerError:{here.region}:{uid}")
        if uid not in watch.moving:
            yield Over(f"ServerStuck:{here.region}:{uid}")


def _server(here: Here, each: Fields, hosts: dict[str, str]) -> Resource:
    uid, host = text(each, "id"), text(each, "OS-EXT-SRV-ATTR:host")
    on = text(each, "OS-EXT-SRV-ATTR:hypervisor_hostname")
    tenant, zone = text(each, "tenant_id", "project_id"), text(each, "OS-EXT-AZ:availability_zone")
    health, why = _health(here, each, hosts.get(host, ""))
    flavor, image = part(each, "flavor"), part(each, "image")
    size = {
        name: value
        for name, field in (("vcpus", "vcpus"), ("memory_mb", "ram"), ("disk_gb", "disk"))
        if (value := number(flavor, field)) is not None
    }  # fmt: skip
    task = text(each, "OS-EXT-STS:task_state")
    region = here.key("region", here.region)
    place = here.local("zone", zone) if zone else region
    parents = [here.local("hypervisor", on) if on else place]
    facts = {
        "task": task, "host": host, "image": text(image, "id"), "user": text(each, "user_id"),
        "key": text(each, "key_name"), "locked": "yes" if each.get("locked") is True else "",
        "libvirt name": text(each, "OS-EXT-SRV-ATTR:instance_name"),
    }  # fmt: skip
    return Resource(
        here.key("server", uid), "server", text(each, "name") or uid,
        state=text(each, "status").lower() + (f", {task}" if task else ""), health=health, why=why,
        type=text(flavor, "original_name", "id"), region=here.region, zone=zone,
        account=here.source.name, group=here.project(tenant), size=size,
        tags={**words(each.get("metadata")), **_tags(each)}, ids=(uid,),
        addresses=tuple(_addresses(each)),
        parents=(*parents, *((here.key("project", tenant),) if tenant else ())),
        created_at=when(each, "created"),
        facts={name: value for name, value in facts.items() if value},
    )  # fmt: skip


def _tags(each: Fields) -> dict[str, str]:
    """Tags are words here; one like ``team=shop`` is read as name and value."""
    found = {}
    for tag in each.get("tags") or ():
        name, _, value = str(tag).partition("=")
        found[name[:100]] = value[:500]
    return found


def _addresses(each: Fields) -> Iterator[str]:
    for network in (each.get("addresses") or {}).values():
        for address in network if isinstance(network, list) else ():
            if isinstance(address, dict) and address.get("addr"):
                yield str(address["addr"])


def _health(here: Here, each: Fields, trouble: str) -> tuple[Health, str]:
    """How a server is. One on a dead host goes on being ACTIVE in Nova."""
    status, host = text(each, "status").upper(), text(each, "OS-EXT-SRV-ATTR:host")
    if status == "ERROR":
        return Health.DOWN, text(part(each, "fault"), "message")[:300] or "in ERROR"
    if trouble == "?":
        return Health.UNKNOWN, f"nobody reports about its host {host}"
    state = text(each, "host_status").upper()
    if trouble or state == "DOWN":
        return Health.UNKNOWN, f"its host {host} is {trouble or 'down'}; Nova still says {status}"
    if state == "UNKNOWN" and status == "ACTIVE":
        return Health.UNKNOWN, f"Nova does not know how its host {host} is"
    if status == "ACTIVE" and number(each, "OS-EXT-STS:power_state") in (4, 6):
        return Health.DEGRADED, "ACTIVE in Nova, but it is switched off or has crashed"
    if _passes(each):
        since = when(each, "updated")
        if here.stuck(since):
            return Health.DEGRADED, f"{_doing(each)} for {ago(here.now - (since or here.now))}"
        return Health.OK, ""
    if status in _OK:
        return Health.OK, ""
    return Health.UNKNOWN, f"Nova says {status or 'nothing'}"


def _passes(each: Fields) -> bool:
    return text(each, "status").upper() in _PASSING or bool(text(each, "OS-EXT-STS:task_state"))


def _doing(each: Fields) -> str:
    status, task = text(each, "status").upper(), text(each, "OS-EXT-STS:task_state")
    return f"{status} ({task})" if task else status


# ---- what is wrong -------------------------------------------------------------------------------


def _labels(here: Here, each: Fields) -> dict[str, str]:
    tenant = text(each, "tenant_id", "project_id")
    return {
        "project": here.project(tenant), "instance": text(each, "name"),
        "host": text(each, "OS-EXT-SRV-ATTR:host"), "service": "nova",
        "zone": text(each, "OS-EXT-AZ:availability_zone"),
    }  # fmt: skip


def _error(here: Here, each: Fields) -> Fault:
    """A server in ERROR, with Nova's own words. What the tenant's quota or a full cloud refused
    interrupts nobody who is served: a warning."""
    uid, name, fault = text(each, "id"), text(each, "name"), part(each, "fault")
    message, code = text(fault, "message"), text(fault, "code")
    born = not text(each, "OS-SRV-USG:launched_at")
    quota = "quota" in message.lower()
    title = f"Server {name or id} is in ERROR" + (f": {message}" if message else "")
    return here.fault(
        "ServerError", uid, "warning" if quota and born else "error", title,
        here.key("server", uid), labels={**_labels(here, each), "code": code},
        description=text(fault, "details")[-2000:] or ("It never ran." if born else ""),
        since=_time.instant(fault.get("created")) or when(each, "updated"),
    )  # fmt: skip


def _stuck(here: Here, each: Fields, hosts: dict[str, str]) -> Iterator[Item]:
    """A server that has passed from one state to another for too long; told as it is by now."""
    uid, since = text(each, "id"), when(each, "updated")
    if not here.stuck(since) or text(each, "status").upper() == "ERROR":
        return
    yield _server(here, each, hosts)
    yield here.fault(
        "ServerStuck", uid, "warning",
        f"Server {text(each, 'name') or id} is stuck: {_doing(each)} "
        f"for {ago(here.now - (since or here.now))}",
        here.key("server", uid), labels=_labels(here, each), since=since,
    )  # fmt: skip
