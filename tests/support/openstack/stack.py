"""What the stand-in has: servers, hosts, volumes and the rest, in the shapes that the services
answer with; and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from store.clock import SystemClock, to_datetime
from store.model import Instant

Fields = dict[str, Any]
REGION = "RegionOne"
SERVICES = ("identity", "compute", "volume", "network", "image", "placement", "load-balancer")
DEMO, ADMIN = "de" * 16, "ad" * 16


def ago(seconds: float = 0.0) -> str:
    """An instant that long ago, as Nova writes it."""
    return _stamp(to_datetime(SystemClock().now()) - timedelta(seconds=seconds))


def instant(text: str) -> Instant:
    """The same as a number."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000000")


def uuid(number: int, kind: int = 1) -> str:
    """A made-up UUID."""
    return f"{kind:08d}-0000-4000-8000-{number:012d}"


@dataclass(slots=True)
class Stack:
    """``ill`` says how a service fails: ``error``, ``hang``, ``closed``, ``busy``, ``keystone`` (it
    can't check tokens), ``calls`` (only what needs a token hangs). ``denied`` are (service, start
    of a path) that are answered with 403. ``volume_bus_hangs``: Cinder's
    API does not hear of its scheduler."""

    page: int = 1000
    newest: str = "2.103"
    ill: dict[str, str] = field(default_factory=dict)
    denied: set[tuple[str, str]] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    regions: tuple[str, ...] = (REGION,)
    services: list[Fields] = field(default_factory=list)
    hypervisors: list[Fields] = field(default_factory=list)
    aggregates: list[Fields] = field(default_factory=list)
    servers: list[Fields] = field(default_factory=list)
    actions: dict[str, list[Fields]] = field(default_factory=dict)
    diagnostics: dict[str, Fields] = field(default_factory=dict)
    volume_services: list[Fields] = field(default_factory=list)
    volumes: list[Fields] = field(default_factory=list)
    snapshots: list[Fields] = field(default_factory=list)
    pools: list[Fields] = field(default_factory=list)
    agents: list[Fields] = field(default_factory=list)
    networks: list[Fields] = field(default_factory=list)
    subnets: list[Fields] = field(default_factory=list)
    routers: list[Fields] = field(default_factory=list)
    ports: list[Fields] = field(default_factory=list)
    floatingips: list[Fields] = field(default_factory=list)
    balancers: list[Fields] = field(default_factory=list)
    lb_pools: list[Fields] = field(default_factory=list)
    members: dict[str, list[Fields]] = field(default_factory=dict)
    images: list[Fields] = field(default_factory=list)
    projects: list[Fields] = field(default_factory=list)
    quotas: dict[tuple[str, str], Fields] = field(default_factory=dict)
    inventories: dict[str, Fields] = field(default_factory=dict)
    usages: dict[str, Fields] = field(default_factory=dict)
    measures: dict[str, list[Any]] = field(default_factory=dict)
    volume_bus_hangs: bool = False
    actions_hang: bool = False

    # ---- what it is filled with ------------------------------------------------------------------

    def service(self, binary: str, host: str, **more: Any) -> Fields:
        """One of Nova's."""
        made = {
            "id": uuid(len(self.services), 9), "binary": binary, "host": host, "state": "up",
            "status": "enabled", "zone": "nova" if binary == "nova-compute" else "internal",
            "updated_at": ago(2), "disabled_reason": None, "forced_down": False, **more,
        }  # fmt: skip
        self.services.append(made)
        return made

    def host(self, name: str, **more: Any) -> Fields:
        """A compute service with its hypervisor."""
        service = self.service("nova-compute", name)
        self.hypervisors.append({
            "id": uuid(len(self.hypervisors), 8), "hypervisor_hostname": f"{name}.example.eu",
            "state": "up", "status": "enabled", "hypervisor_type": "QEMU", "host_ip": "10.0.0.9",
            "service": {"id": service["id"], "host": name, "disabled_reason": None},
            "vcpus": 16, "vcpus_used": 4, "memory_mb": 65536, "memory_mb_used": 8192,
            "local_gb": 900, "local_gb_used": 90, "running_vms": 2, **more,
        })  # fmt: skip
        return service

    def server(self, name: str, host: str = "c1", **more: Any) -> Fields:
        """A server that runs."""
        own = uuid(len(self.servers))
        made = {
            "id": own, "name": name, "status": "ACTIVE", "tenant_id": DEMO, "user_id": "u-ana",
            "created": ago(90_000)[:19] + "Z", "updated": ago(86_400)[:19] + "Z",
            "flavor": {"vcpus": 2, "ram": 4096, "disk": 40, "original_name": "m1.medium"},
            "addresses": {"net1": [{"addr": f"10.9.0.{len(self.servers) + 10}", "version": 4}]},
            "image": {"id": uuid(1, 5)}, "metadata": {"team": "shop"}, "tags": ["env=prod"],
            "OS-EXT-STS:task_state": None, "OS-EXT-STS:power_state": 1,
            "OS-SRV-USG:launched_at": ago(86_400), "OS-EXT-AZ:availability_zone": "nova",
            "OS-EXT-SRV-ATTR:host": host,
            "OS-EXT-SRV-ATTR:hypervisor_hostname": f"{host}.example.eu",
            "locked": False, **more,
        }  # fmt: skip
        self.servers.append(made)
        return made

    def volume(self, name: str, **more: Any) -> Fields:
        """A volume that nothing is wrong with."""
        made = {
            "id": uuid(len(self.volumes), 2), "name": name, "status": "available", "size": 20,
            "created_at": ago(90_000), "updated_at": ago(86_400), "attachments": [],
            "availability_zone": "nova", "volume_type": "ssd", "metadata": {}, "bootable": "false",
            "os-vol-tenant-attr:tenant_id": DEMO, "os-vol-host-attr:host": "st1@ceph#ceph", **more,
        }  # fmt: skip
        self.volumes.append(made)
        return made

    def action(self, server: Fields, action: str, user: str = "u-ana", message: str = "") -> Fields:
        """Somebody did something to a server."""
        done = self.actions.setdefault(server["id"], [])
        made = {
            "action": action, "request_id": f"req-{len(done)}-{server['id']}", "user_id": user,
            "start_time": ago(30), "message": message or None, "project_id": server["tenant_id"],
        }  # fmt: skip
        done.insert(0, made)
        server["updated"] = ago(30)[:19] + "Z"
        return made


def small() -> Stack:
    """Two hosts, three servers, a volume, a network: a cloud that is well."""
    made = Stack()
    made.service("nova-conductor", "ctl")
    made.service("nova-scheduler", "ctl")
    made.host("c1")
    made.host("c2")
    for name, host in (("web-1", "c1"), ("web-2", "c1"), ("db-1", "c2")):
        made.server(name, host)
    made.projects = [{"id": DEMO, "name": "demo", "domain_id": "default", "enabled": True},
                     {"id": ADMIN, "name": "admin", "domain_id": "default", "enabled": True}
                 ]  # fmt: skip
    made.volume_services = [
        {"binary": binary, "host": host, "zone": "nova", "status": "enabled", "state": "up",
         "updated_at": ago(2), "disabled_reason": None}
        for binary, host in (("cinder-scheduler", "ctl"), ("cinder-volume", "st1@ceph"))
    ]  # fmt: skip
    made.volume("data-1", attachments=[{"server_id": made.servers[2]["id"], "device": "/dev/vdb"}])
    made.pools = [{"name": "st1@ceph#ceph", "capabilities": {
        "total_capacity_gb": 1000.0, "free_capacity_gb": 500.0, "provisioned_capacity_gb": 20,
        "volume_backend_name": "ceph", "vendor_name": "Open Source", "storage_protocol": "ceph"}}
    ]  # fmt: skip
    made.networks = [{"id": uuid(1, 3), "name": "net1", "status": "ACTIVE", "project_id": DEMO,
                      "admin_state_up": True}]  # fmt: skip
    made.images = [{"id": uuid(1, 5), "name": "cirros", "status": "active", "owner": DEMO,
                    "disk_format": "qcow2", "size": 2**30, "visibility": "public", "tags": [],
                    "created_at": ago(90_000)[:19] + "Z", "updated_at": ago(90_000)[:19] + "Z"}
                ]  # fmt: skip
    return made
