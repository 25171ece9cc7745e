"""Neutron and Octavia: agents, networks, routers, floating addresses, ports in trouble, load
balancers with what they lead to.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations._inventory import Item
from integrations.openstack.beats import Beat, together
from integrations.openstack.beats import agent as read_agent
from integrations.openstack.cloud import Fields, Missing
from integrations.openstack.compute import agent, beat_fault
from integrations.openstack.here import Here, Items, ago, parts, text, when
from store.model.resource import Health, Resource

MOST_PORTS = 5_000
_BAD = {"neutron-l3-agent": "error", "neutron-dhcp-agent": "error",
        "neutron-openvswitch-agent": "error", "neutron-linuxbridge-agent": "error",
        "ovn-controller": "error"}  # fmt: skip
_SEVERITY = {"ERROR": "error", "DEGRADED": "warning"}


async def network(here: Here) -> Items:
    """Everything of Neutron; nothing where a cloud has none."""
    try:
        await here.cloud.endpoint(here.region, "network")
    except Missing:
        return
    await here.project_names()
    beats = [read_agent(each) for each in await here.listed("network", "agents", "agents") or ()]
    yield [agent(here, each, "network") for each in beats]
    for fault in _agent_faults(here, beats):
        yield fault
    async for page in here.pages("network", "networks", "networks", {}):
        yield [one for each in page for one in _network(here, each)]
    async for page in here.pages("network", "subnets", "subnets", {}):
        yield [_subnet(here, each) for each in page]
    async for page in here.pages("network", "routers", "routers", {}):
        yield [one for each in page for one in _router(here, each)]
    async for page in here.pages("network", "floatingips", "floatingips", {}):
        yield [one for each in page for one in _floating(here, each)]
    seen = 0
    for status in ("DOWN", "ERROR"):
        async for page in here.pages("network", "ports", "ports", {}, {"status": status}):
            yield [one for each in page for one in _port(here, each)]
            seen += len(page)
            if seen >= MOST_PORTS:
                break


def _agent_faults(here: Here, beats: list[Beat]) -> Iterator[Item]:
    """Those that are down; where all fell silent together, what they report to is down."""
    name = f"{here.region}/network"
    told = here.memory.down.get(name, set())
    quiet = together(beats, told, here.now) if len({each.host for each in beats}) > 1 else ()
    here.memory.down[name] = {each.host for each in beats if not each.up} - set(quiet)
    if quiet:
        yield here.fault(
            "NeutronSilent", "agents", "critical",
            f"All {len(beats)} Neutron agents stopped reporting at once: the message bus or "
            "neutron-rpc-server does not answer", here.local("service", "network"),
            labels={"service": "neutron"},
        )  # fmt: skip
        return
    for each in beats:
        yield from beat_fault(here, each, "Neutron", _BAD.get(each.binary, "warning"))


def _made(
    here: Here, kind: str, each: Fields, health: Health, why: str, parents: tuple[str, ...] = (),
    addresses: tuple[str, ...] = (), **facts: str,
) -> Resource:  # fmt: skip
    uid, tenant = text(each, "id"), text(each, "project_id", "tenant_id")
    own = (here.key("project", tenant),) if tenant else ()
    return Resource(
        here.key(kind, uid), kind, text(each, "name", "floating_ip_address") or uid,
        state=text(each, "status").lower() or "there", health=health, why=why, region=here.region,
        account=here.source.name, group=here.project(tenant), ids=(uid,), addresses=addresses,
        tags={str(tag)[:100]: "" for tag in each.get("tags") or ()}, parents=(*parents, *own),
        created_at=when(each, "created_at"), facts={k: v for k, v in facts.items() if v},
    )  # fmt: skip


def _labels(here: Here, each: Fields) -> dict[str, str]:
    tenant = text(each, "project_id", "tenant_id")
    return {"project": here.project(tenant), "service": "neutron"}


def _bad(each: Fields) -> bool:
    return text(each, "status").upper() in ("DOWN", "ERROR") and (
        each.get("admin_state_up") is not False)  # fmt: skip


def _network(here: Here, each: Fields) -> Iterator[Item]:
    health = Health.DOWN if _bad(each) else Health.OK
    why = f"Neutron says {text(each, 'status')}" if health is Health.DOWN else ""
    made = _made(here, "network", each, health, why, (here.key("region", here.region),),
                 type=text(each, "provider:network_type"),
                 external="yes" if each.get("router:external") is True else "")  # fmt: skip
    yield made
    if health is Health.DOWN:
        yield here.fault("NetworkDown", text(each, "id"), "warning",
                         f"Network {made.name} is {text(each, 'status')}", made.key,
                         labels=_labels(here, each))  # fmt: skip


def _subnet(here: Here, each: Fields) -> Resource:
    parent = text(each, "network_id")
    return _made(here, "subnet", each, Health.OK, "",
                 (here.key("network", parent),) if parent else (),
                 cidr=text(each, "cidr"), gateway=text(each, "gateway_ip"))  # fmt: skip


def _router(here: Here, each: Fields) -> Iterator[Item]:
    status = text(each, "status").upper()
    bad = status not in ("ACTIVE", "ALLOCATING", "") and each.get("admin_state_up") is not False
    gateway = each.get("external_gateway_info") or {}
    outside = text(gateway, "network_id") if isinstance(gateway, dict) else ""
    fixed = [text(one, "ip_address") for one in parts(gateway, "external_fixed_ips")] if (
        isinstance(gateway, dict)) else []  # fmt: skip
    made = _made(here, "router", each, Health.DOWN if bad else Health.OK,
                 f"Neutron says {status}" if bad else "",
                 (here.key("network", outside),) if outside else (), tuple(filter(None, fixed)),
                 ha="yes" if each.get("ha") is True else "")  # fmt: skip
    yield made
    if bad:
        yield here.fault("RouterDown", text(each, "id"), "error",
                         f"Router {made.name} is {status}", made.key,
                         labels=_labels(here, each))  # fmt: skip


def _floating(here: Here, each: Fields) -> Iterator[Item]:
    status, port = text(each, "status").upper(), each.get("port_details") or {}
    to = text(port, "device_id") if isinstance(port, dict) else ""
    error = status == "ERROR"
    down = status == "DOWN" and bool(text(each, "port_id"))
    health = Health.DOWN if error else Health.DEGRADED if down else Health.OK
    address = text(each, "floating_ip_address")
    parents = [here.key("server", to)] if to else []
    parents += [here.key("router", text(each, "router_id"))] if text(each, "router_id") else []
    made = _made(here, "address", each, health, f"Neutron says {status}" if health != "ok" else "",
                 tuple(parents), (address,), leads_to=text(each, "fixed_ip_address"))  # fmt: skip
    yield made
    if error:
        yield here.fault("FloatingAddressError", text(each, "id"), "error",
                         f"Floating address {address} is in ERROR", made.key,
                         labels=_labels(here, each))  # fmt: skip


def _port(here: Here, each: Fields) -> Iterator[Item]:
    """A port that is down although its server runs, or in error."""
    status, owner = text(each, "status").upper(), text(each, "device_owner")
    device = text(each, "device_id")
    ours = owner.startswith("compute:") and device in here.memory.watch(here.region).active
    if not _bad(each) or not (ours or status == "ERROR"):
        return
    addresses = tuple(text(one, "ip_address") for one in parts(each, "fixed_ips"))
    parents = (here.key("server", device),) if ours else ()
    made = _made(here, "port", each, Health.DOWN, f"Neutron says {status}", parents, addresses,
                 mac=text(each, "mac_address"), host=text(each, "binding:host_id"))  # fmt: skip
    yield made
    if text(each, "binding:vif_type") == "binding_failed":
        why = ": its binding failed"
    else:
        why = ""
    yield here.fault(
        "PortDown", text(each, "id"), "error" if ours and why else "warning",
        f"Port {', '.join(addresses) or made.name} is {status}{why} although its server is active"
        if ours else f"Port {', '.join(addresses) or made.name} is {status}{why}", made.key,
        labels={**_labels(here, each), "host": text(each, "binding:host_id")},
        since=when(each, "updated_at"), after=2 * 60_000,
    )  # fmt: skip


# ---- Octavia -------------------------------------------------------------------------------------


async def balancers(here: Here) -> Items:
    """Load balancers, and the servers behind them."""
    await here.project_names()
    behind: dict[str, set[str]] = {}
    members: list[tuple[str, str]] = []
    async for page in here.pages("load-balancer", "lbaas/pools", "pools", {}):
        for pool in page:
            owners = [text(one, "id") for one in parts(pool, "loadbalancers")]
            listed = await here.listed(
                "load-balancer", f"lbaas/pools/{text(pool, 'id')}/members", "members"
            ) if pool.get("members") else []  # fmt: skip
            members += [(owner, text(one, "address")) for one in listed or () for owner in owners]
    servers = await _servers_at(here, sorted({address for _, address in members if address}))
    for owner, address in members:
        if address in servers:
            behind.setdefault(owner, set()).add(servers[address])
    async for page in here.pages("load-balancer", "lbaas/loadbalancers", "loadbalancers", {}):
        yield [one for each in page
               for one in _balancer(here, each, behind.get(text(each, "id"), set()))]  # fmt: skip


async def _servers_at(here: Here, addresses: list[str]) -> dict[str, str]:
    """Address → the server whose port has it."""
    found = {}
    for start in range(0, min(len(addresses), 1_000), 20):
        asked = [("fixed_ips", f"ip_address={each}") for each in addresses[start : start + 20]]
        for port in await here.listed("network", "ports", "ports", asked) or ():
            if text(port, "device_owner").startswith("compute:"):
                for one in parts(port, "fixed_ips"):
                    found[text(one, "ip_address")] = text(port, "device_id")
    return found


def _balancer(here: Here, each: Fields, behind: set[str]) -> Iterator[Item]:
    uid, works = text(each, "id"), text(each, "operating_status").upper()
    made = text(each, "provisioning_status").upper()
    since = when(each, "updated_at", "created_at")
    health, why = Health.OK, ""
    if "ERROR" in (made, works) or works == "OFFLINE":
        health, why = Health.DOWN, f"provisioning {made}, operating {works}"
    elif works == "DEGRADED":
        health, why = Health.DEGRADED, "some of its members do not answer"
    elif made.startswith("PENDING") and here.stuck(since):
        health, why = Health.DEGRADED, f"{made} for {ago(here.now - (since or here.now))}"
    if each.get("admin_state_up") is False:
        health, why = Health.OK, ""
    resource = _made(
        here, "load_balancer", {**each, "status": works or made}, health, why,
        tuple(sorted(here.key("server", one) for one in behind)),
        tuple(filter(None, (text(each, "vip_address"),))), provider=text(each, "provider"),
        provisioning=made.lower(),
    )  # fmt: skip
    yield resource
    if health is Health.OK or (works == "OFFLINE" and made == "ACTIVE"):
        return
    kind = "LoadBalancerStuck" if made.startswith("PENDING") else "LoadBalancer" + (
        "Error" if health is Health.DOWN else "Degraded")  # fmt: skip
    yield here.fault(
        "LoadBalancer", uid, "error" if health is Health.DOWN else "warning",
        f"Load balancer {resource.name}: {why}", resource.key, since=since,
        labels={**_labels(here, each), "service": "octavia"}, called=kind,
    )  # fmt: skip
