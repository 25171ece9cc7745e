"""What the demo and tests look at: three hundred resources of five providers as their connectors
would tell of them, some of them not well, with measures, faults and events."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from store.model import DAY, HOUR, MINUTE, Severity
from store.model.resource import Fault, Happening, Health, Resource, Sample

CLOUD, CLUSTER, AWS, AZURE, GCP = "prod", "prod-1", "aws-main", "azure-eu", "gcp-data"
SOURCES = {
    CLOUD: "openstack", CLUSTER: "kubernetes", AWS: "aws", AZURE: "azure", GCP: "gcp",
}  # fmt: skip
OK, BAD, DOWN = Health.OK, Health.DEGRADED, Health.DOWN


@dataclass
class Estate:
    """Everything, as it is at ``now``; resources by source and part."""

    now: int
    parts: dict[tuple[str, str], list[Resource]] = field(default_factory=dict)
    faults: list[tuple[str, str, Fault]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    happenings: list[tuple[str, Happening]] = field(default_factory=list)

    def add(self, source: str, part: str, *found: Resource) -> None:
        """Some resources of a part."""
        self.parts.setdefault((source, part), []).extend(found)

    def wave(
        self, key: str, metric: str, middle: float, swing: float, *, rise: float = 0.0
    ) -> None:
        """A day of a measure, a point each ten minutes."""
        for i in range(145):
            at = self.now - DAY + i * 10 * MINUTE
            value = middle + swing * math.sin(i / 11 + len(key)) + rise * i / 144
            self.samples.append(Sample(key, metric, at, max(0.0, value)))


def estate(now: int) -> Estate:
    """All five."""
    made = Estate(now)
    for fill in (_openstack, _kubernetes, _aws, _azure, _gcp):
        fill(made)
    return made


# ---- OpenStack -----------------------------------------------------------------------------------


def _os(kind: str, *ids: str) -> str:
    return f"openstack:{CLOUD}:{kind}:{'/'.join(ids)}"


_TENANTS = {"shop": "web", "data": "db", "ci": "web"}


def _openstack(e: Estate) -> None:
    region = _os("region", "RegionOne")
    e.add(CLOUD, "compute", Resource(region, "region", "RegionOne", "available", account=CLOUD))
    for zone in ("eu-west-1a", "eu-west-1b"):
        e.add(CLOUD, "compute", Resource(
            _os("zone", zone), "zone", zone, "available", account=CLOUD, zone=zone,
            parents=(region,),
        ))  # fmt: skip
    for n in range(1, 9):
        _hypervisor(e, n)
    for n in range(64):
        _server(e, n)
    for n in range(24):
        attached = n < 20
        e.add(CLOUD, "volumes", Resource(
            _os("volume", f"v{n:02}"), "volume", f"data-{n:02}",
            "in-use" if attached else "available", size={"disk_gb": 100.0 * (1 + n % 4)},
            region="RegionOne", zone="eu-west-1a", account=CLOUD, group=list(_TENANTS)[n % 3],
            tags={"team": "db"}, parents=(_os("server", f"s{n:02}"),) if attached else (),
        ))  # fmt: skip
    e.add(CLOUD, "volumes", Resource(
        _os("volume", "v-err"), "volume", "shop-import", "error", BAD, "stuck in error for 3 h",
        size={"disk_gb": 500.0}, zone="eu-west-1b", account=CLOUD, group="shop",
        tags={"team": "web"},
    ))  # fmt: skip
    _control(e, region)
    for tenant, team in _TENANTS.items():
        key = _os("project", tenant)
        e.add(CLOUD, "projects", Resource(key, "project", tenant, "enabled", account=CLOUD,
                                          tags={"team": team}))  # fmt: skip
        for what, used, limit in (("cores", 176.0, 200.0), ("ram", 310.0, 512.0),
                                  ("volumes", 18.0, 40.0)):  # fmt: skip
            part = {"shop": 1.0, "data": 0.62, "ci": 0.31}[tenant]
            quota = _os("quota", tenant, what)
            e.add(CLOUD, "quotas", Resource(
                quota, "quota", f"{tenant} {what}", group=tenant, account=CLOUD,
                health=BAD if part * used / limit > 0.85 else OK, parents=(key,),
                why=f"{used * part:.0f} of {limit:.0f} used" if part * used / limit > 0.85 else "",
            ))  # fmt: skip
            e.wave(quota, "used", used * part, 1, rise=4 * part)
            e.wave(quota, "limit", limit, 0)
            e.wave(quota, "quota", 100 * used * part / limit, 0.5, rise=2 * part)


def _hypervisor(e: Estate, n: int) -> None:
    key, down = _os("hypervisor", f"compute-{n}"), n == 7
    zone = "eu-west-1a" if n <= 4 else "eu-west-1b"
    why = "nova-compute does not report any more" if down else ""
    off = n == 5
    e.add(CLOUD, "compute", Resource(
        key, "hypervisor", f"compute-{n}", f"{'disabled' if off else 'enabled'}, "
        f"{'down' if down else 'up'}", DOWN if down else BAD if off else OK,
        why or ("disabled: kernel update" if off else ""), type="QEMU", region="RegionOne",
        zone=zone, account=CLOUD, size={"vcpus": 64, "memory_mb": 262144, "disk_gb": 3500,
                                        "servers": 8},
        addresses=(f"10.10.0.{n}",), parents=(_os("zone", zone),),
        created_at=e.now - (200 + n) * DAY,
    ))  # fmt: skip
    e.wave(key, "vcpus", 64, 0)
    e.wave(key, "vcpus_used", 30 + 4 * n, 3)
    e.wave(key, "memory_size", 262144 * 2**20, 0)
    e.wave(key, "memory_used", (90000 + 16000 * n) * 2**20, 2**30)
    e.wave(key, "cpu", 30 + 5 * n, 12)
    state = DOWN if down else BAD if off else OK
    e.add(CLOUD, "compute", Resource(
        _os("agent", "nova-compute", f"compute-{n}"), "agent", f"nova-compute@compute-{n}",
        "down" if down else "up", state, why, type="nova-compute", zone=zone, account=CLOUD,
        parents=(_os("service", "compute"), key),
    ))  # fmt: skip
    if down:
        e.faults.append((CLOUD, "compute", Fault(
            "ComputeServiceDown:compute-7", "ComputeServiceDown", Severity.CRITICAL,
            "Hypervisor compute-7 is down: 8 servers on it", key,
            "nova-compute on compute-7 does not report; last heard 12 min ago.",
            since=e.now - 12 * MINUTE,
        )))  # fmt: skip


_ROLES = ("db", "web", "cache", "runner", "build")


def _server(e: Estate, n: int) -> None:
    host, role = n % 8 + 1, _ROLES[n % 5]
    tenant = list(_TENANTS)[n % 3]
    lost, broken = host == 7, n == 33
    uuid = f"7c9e6679-7425-40de-944b-e07fc1f9{n:04}"
    key = _os("server", f"s{n:02}")
    health = DOWN if broken else BAD if lost else OK
    why = "No valid host was found" if broken else "its hypervisor does not report" if lost else ""
    size = {"vcpus": float(2 + 2 * (n % 4)), "memory_mb": 8192.0 * (1 + n % 4), "disk_gb": 80.0}
    if role == "db":
        size = {"vcpus": 8.0, "memory_mb": 65536.0, "disk_gb": 2048.0}
    e.add(CLOUD, "servers", Resource(
        key, "server", f"{role}-{n // 5 + 1}", "ERROR" if broken else "ACTIVE", health, why,
        f"m1.{('small', 'medium', 'large')[n % 3]}", "RegionOne",
        "eu-west-1a" if host <= 4 else "eu-west-1b", CLOUD, tenant, size,
        {"team": _TENANTS[tenant], "service": _SERVICE[role], "env": "prod"}, (uuid,),
        (f"10.20.{host}.{n}",), (_os("hypervisor", f"compute-{host}"),),
        e.now - (20 + n) * DAY, "", {"host": f"compute-{host}", "image": "ubuntu-24.04"},
    ))  # fmt: skip
    if n < 20 or lost:
        e.wave(key, "cpu", 20 + 3 * (n % 12), 8, rise=20 if role == "db" else 0)
        e.wave(key, "memory", 40 + 2 * (n % 20), 4)
        if role == "db":
            e.wave(key, "disk", 60 + n, 0.4, rise=12)
    if broken:
        e.faults.append((CLOUD, "servers", Fault(
            f"ServerError:{uuid}", "ServerError", Severity.ERROR,
            f"Server {role}-{n // 5 + 1} is in ERROR: No valid host was found", key,
            since=e.now - 40 * MINUTE,
        )))  # fmt: skip


_SERVICE = {
    "db": "postgres-orders", "web": "checkout", "cache": "sessions", "runner": "ci", "build": "ci",
}  # fmt: skip


def _control(e: Estate, region: str) -> None:
    for plane in ("compute", "volume", "network", "image", "identity"):
        e.add(CLOUD, "compute", Resource(
            _os("service", plane), "service", plane, "up", account=CLOUD, parents=(region,)
        ))  # fmt: skip
        key, slow = _os("endpoint", plane), plane == "network"
        e.add(CLOUD, "endpoints", Resource(
            key, "endpoint", f"{plane} API", "reachable", BAD if slow else OK,
            "answers in 2.4 s" if slow else "", account=CLOUD, parents=(_os("service", plane),),
        ))  # fmt: skip
        e.wave(key, "latency", 2400 if slow else 90, 60 if slow else 25)
    for name, up in (("nova-conductor", True), ("nova-scheduler", True), ("cinder-volume", True),
                     ("cinder-scheduler", True), ("neutron-dhcp-agent", True),
                     ("neutron-l3-agent", False)):  # fmt: skip
        e.add(CLOUD, "compute", Resource(
            _os("agent", name, "ctl-1"), "agent", f"{name}@ctl-1", "up" if up else "down",
            OK if up else DOWN, "" if up else "it does not report any more", type=name,
            account=CLOUD, parents=(_os("service", _PLANES[name.partition("-")[0]]),),
        ))  # fmt: skip
    for n in range(3):
        e.add(CLOUD, "network", Resource(
            _os("load_balancer", str(n)), "load_balancer", f"lb-{n + 1}", "ACTIVE", account=CLOUD,
            group="shop", tags={"team": "web", "service": "checkout"},
            addresses=(f"203.0.113.{n}",),
        ))  # fmt: skip
    for hours, reason, who, what in (
        (1, "server.create", "mei", "web-14"), (2, "server.delete", "ci-bot", "runner-9"),
        (3, "volume.create", "omar", "data-24"), (5, "server.create failed", "ci-bot", "build-7"),
    ):  # fmt: skip
        e.happenings.append((CLOUD, Happening(
            f"{reason}:{what}", e.now - hours * HOUR, reason, f"{who}: {reason} {what}",
            _os("server", "s01"), who, warning="failed" in reason, change=True,
            labels={"account": "shop"},
        )))  # fmt: skip


_PLANES = {"nova": "compute", "cinder": "volume", "neutron": "network"}


# ---- Kubernetes ----------------------------------------------------------------------------------


def _k8s(kind: str, name: str) -> str:
    return f"k8s:{CLUSTER}:{kind}:{name}"


_APPS = (
    ("shop", "cart", 6, "checkout", "web"), ("shop", "checkout", 4, "checkout", "web"),
    ("shop", "catalog", 4, "catalog", "web"), ("shop", "search", 3, "search", "web"),
    ("data", "etl", 2, "etl", "db"), ("data", "warehouse", 3, "warehouse", "db"),
    ("kube-system", "coredns", 2, "", ""), ("monitoring", "prometheus", 2, "", "web"),
)  # fmt: skip


def _kubernetes(e: Estate) -> None:
    cluster = _k8s("cluster", CLUSTER)
    e.add(CLUSTER, "cluster", Resource(cluster, "cluster", CLUSTER, "reachable", type="v1.33.4",
                                       account=CLUSTER))  # fmt: skip
    for n in range(1, 7):
        sick = n == 4
        node = _k8s("node", f"worker-{n}")
        e.add(CLUSTER, "nodes", Resource(
            node, "node", f"worker-{n}", "NotReady" if sick else "Ready", DOWN if sick else OK,
            "kubelet stopped posting its status" if sick else "", "m1.large", account=CLUSTER,
            zone="eu-west-1a", size={"vcpus": 8, "memory_mb": 32768}, addresses=(f"10.30.0.{n}",),
            parents=(cluster, f"7c9e6679-7425-40de-944b-e07fc1f9{n:04}"),
            created_at=e.now - 90 * DAY,
        ))  # fmt: skip
        e.wave(node, "cpu", 35 + 6 * n, 10)
        e.wave(node, "memory", 50 + 4 * n, 5)
        if sick:
            e.faults.append((CLUSTER, "nodes", Fault(
                "NodeNotReady:worker-4", "NodeNotReady", Severity.CRITICAL,
                "Node worker-4 is not ready", node, since=e.now - 9 * MINUTE,
            )))  # fmt: skip
    for namespace in dict.fromkeys(app[0] for app in _APPS):
        e.add(CLUSTER, "namespaces", Resource(
            _k8s("namespace", namespace), "namespace", namespace, "Active", account=CLUSTER,
            parents=(cluster,),
        ))  # fmt: skip
    for app in _APPS:
        _app(e, *app)
    key = _k8s("autoscaler", "shop/cart")
    e.add(CLUSTER, "autoscalers", Resource(
        key, "autoscaler", "cart", "at maximum", BAD, "at its maximum of 6 for 2 h",
        group="shop", account=CLUSTER, size={"replicas": 6}, facts={"min": "2", "max": "6"},
        tags={"team": "web"}, parents=(_k8s("deployment", "shop/cart"),),
    ))  # fmt: skip
    e.faults.append((CLUSTER, "autoscalers", Fault(
        "HPAAtMax:shop/cart", "HPAAtMax", Severity.WARNING, "shop/cart is at its maximum of 6", key,
        labels={"namespace": "shop"}, since=e.now - 2 * HOUR,
    )))  # fmt: skip
    for i, (reason, namespace, count) in enumerate((
        ("BackOff", "shop", 96), ("Unhealthy", "shop", 41), ("FailedScheduling", "data", 12),
        ("NodeNotReady", "", 4), ("FailedMount", "data", 3),
    )):  # fmt: skip
        e.happenings.append((CLUSTER, Happening(
            f"{reason}:{namespace}", e.now - (i + 1) * 7 * MINUTE, reason,
            f"{reason} in {namespace or 'the cluster'}", _AT[namespace],
            count=count, warning=True, labels={"namespace": namespace},
        )))  # fmt: skip


_AT = {
    "shop": _k8s("deployment", "shop/cart"), "data": _k8s("deployment", "data/warehouse"),
    "": _k8s("node", "worker-4"),
}  # fmt: skip


def _app(e: Estate, namespace: str, name: str, want: int, service: str, team: str) -> None:
    crashes, pending = name == "cart", name == "warehouse"
    ready = want - 3 if crashes else want - 1 if pending else want
    key, tags = _k8s("deployment", f"{namespace}/{name}"), {"app": service or name}
    tags |= {"team": team} if team else {}
    why = f"{ready} of {want} replicas are ready" if ready < want else ""
    e.add(CLUSTER, "deployments", Resource(
        key, "deployment", name, "Progressing" if why else "Available", BAD if why else OK, why,
        group=namespace, account=CLUSTER, size={"replicas": want, "ready": ready}, tags=tags,
        parents=(_k8s("namespace", namespace),), created_at=e.now - 60 * DAY,
    ))  # fmt: skip
    for i in range(want):
        bad = i >= ready
        state = "CrashLoopBackOff" if bad and crashes else "Pending" if bad else "Running"
        said = "OOMKilled, exit 137, 14 restarts" if crashes else "0/6 nodes are available"
        pod = _k8s("pod", f"{namespace}/{name}-{i}")
        e.add(CLUSTER, "pods", Resource(
            pod, "pod", f"{name}-7f3c9d-{i}", state, BAD if bad else OK, said if bad else "",
            group=namespace, account=CLUSTER, tags=tags,
            parents=(key, _k8s("node", f"worker-{i % 6 + 1}")), created_at=e.now - 22 * MINUTE,
        ))  # fmt: skip
        if i == 0:
            e.wave(pod, "cpu", 30, 10)
            e.wave(pod, "memory", 60, 5, rise=30 if crashes else 0)
    if why:
        kind = "CrashLoopBackOff" if crashes else "PodPending"
        e.faults.append((CLUSTER, "deployments", Fault(
            f"{kind}:{namespace}/{name}", kind, Severity.ERROR if crashes else Severity.WARNING,
            f"{kind} {namespace}/{name}: {want - ready} of {want} pods", key,
            labels={"namespace": namespace}, since=e.now - 20 * MINUTE,
        )))  # fmt: skip


# ---- the large clouds ----------------------------------------------------------------------------


def _arn(kind: str, name: str, region: str = "eu-west-1") -> str:
    return f"arn:aws:{kind}:{region}:111122223333:{name}"


def _aws(e: Estate) -> None:
    account = "arn:aws:iam::111122223333:root"
    e.add(AWS, "account", Resource(account, "account", "111122223333", "active"))
    for n in range(28):
        key = _arn("ec2", f"instance/i-0abc{n:04}")
        owner = {"team": ("web", "data", "db")[n % 3], "Environment": "prod" if n % 4 else "test"}
        idle = n % 9 == 8
        e.add(AWS, "eu-west-1/servers", Resource(
            key, "server", f"{('api', 'worker', 'report')[n % 3]}-{n + 1}", "running",
            BAD if n == 11 else OK, "instance status check fails" if n == 11 else "",
            ("m5.large", "m5.4xlarge", "r6i.2xlarge")[n % 3], "eu-west-1",
            f"eu-west-1{'abc'[n % 3]}", "111122223333", "",
            {"vcpus": (2, 16, 8)[n % 3], "memory_mb": (8, 64, 64)[n % 3] * 1024},
            owner if n % 7 else {}, (f"i-0abc{n:04}",), (f"172.31.4.{n}",), (account,),
            e.now - (4 + 3 * n) * DAY,
        ))  # fmt: skip
        e.wave(key, "cpu", 2 if idle else 25 + n, 1 if idle else 9)
    kinds = (("bucket", "s3", 14), ("database", "rds", 6), ("volume", "ec2", 22),
             ("function", "lambda", 10), ("load_balancer", "elasticloadbalancing", 4),
             ("queue", "sqs", 5), ("address", "ec2", 5))  # fmt: skip
    e_ = Resource("", "", "")
    for kind, service, many in kinds:
        for n in range(many):
            loose = kind in ("volume", "address") and n >= many - 3
            size = {"disk_gb": 200.0} if kind in ("volume", "database") else {}
            e.add(AWS, f"eu-west-1/{kind}s", Resource(
                _arn(service, f"{kind}/{n}"), kind, f"{kind.replace('_', '-')}-{n + 1}",
                "available" if loose or kind == "database" else "in-use", e_.health, "",
                "db.r6g.large" if kind == "database" else "", "eu-west-1", "", "111122223333", "",
                size, {"team": ("data", "web")[n % 2], "env": "prod"} if n % 5 else {}, (),
                (), () if loose else (account,), e.now - (10 + 9 * n) * DAY,
            ))  # fmt: skip
    key = _arn("rds", "database/0")
    e.wave(key, "connections", 180, 40)
    e.wave(key, "free_storage", 80e9, 1e9, rise=-30e9)


def _azure(e: Estate) -> None:
    sub = "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333"
    e.add(AZURE, "subscription", Resource(sub, "account", "Pixel Works EU", "Enabled"))
    for n in range(12):
        e.add(AZURE, "resources", Resource(
            f"{sub}/resourcegroups/web/providers/microsoft.compute/virtualmachines/win-{n}",
            "server", f"win-{n + 1}", "VM running" if n else "VM deallocated", OK, "",
            "Standard_D4s_v5", "westeurope", "1", sub.rpartition("/")[2], "web",
            {"vcpus": 4, "memory_mb": 16384}, {"Owner": "web", "team": "web"}, parents=(sub,),
            created_at=e.now - 30 * DAY,
        ))  # fmt: skip
    for n in range(6):
        e.add(AZURE, "resources", Resource(
            f"{sub}/resourcegroups/data/providers/microsoft.sql/servers/s/databases/db-{n}",
            "database", f"sql-{n + 1}", "Online", OK, "", "GP_Gen5_4", "westeurope",
            account=sub.rpartition("/")[2], group="data", tags={"team": "data"}, parents=(sub,),
        ))  # fmt: skip


def _gcp(e: Estate) -> None:
    project = "//cloudresourcemanager.googleapis.com/projects/pixel-data"
    e.add(GCP, "project", Resource(project, "project", "pixel-data", "ACTIVE"))
    for n in range(10):
        e.add(GCP, "compute", Resource(
            f"//compute.googleapis.com/projects/pixel-data/zones/europe-west1-b/instances/etl-{n}",
            "server", f"etl-{n + 1}", "RUNNING", OK, "", "n2-standard-8", "europe-west1",
            "europe-west1-b", "pixel-data", "", {"vcpus": 8, "memory_mb": 32768},
            {"team": "data", "service": "etl"}, parents=(project,), created_at=e.now - 15 * DAY,
        ))  # fmt: skip
    for n in range(8):
        e.add(GCP, "storage", Resource(
            f"//storage.googleapis.com/pixel-data-{n}", "bucket", f"pixel-data-{n}", "", OK,
            region="europe-west1", account="pixel-data", tags={"team": "data"}, parents=(project,),
        ))  # fmt: skip


def every(made: Estate) -> Iterator[Resource]:
    """All resources."""
    for found in made.parts.values():
        yield from found
