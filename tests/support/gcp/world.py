"""Hundreds of mixed resources of three projects, with something wrong here and there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SHOP, DATA, BARE = "shop-prod", "data-prod", "bare-project"
NUMBERS = {SHOP: "projects/111", DATA: "projects/222", BARE: "projects/333"}
ORG = "organizations/42"
ZONES = ("europe-west1-b", "europe-west1-c", "us-central1-a")
WWW = "https://www.googleapis.com/compute/v1"


@dataclass(slots=True)
class World:
    """What the stand-in answers with, by project."""

    assets: list[dict[str, Any]] = field(default_factory=list)
    lists: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    databases: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    clusters: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    health: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    recommendations: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    series: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    quotas: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    spend: list[list[Any]] = field(default_factory=list)

    def put(self, project: str, what: str, **item: Any) -> dict[str, Any]:
        """An entry of one of Compute Engine's lists."""
        self.lists.setdefault((project, what), []).append(item)
        return item

    def instance(self, name: str, project: str = SHOP) -> dict[str, Any]:
        """A machine by its name."""
        return next(e for e in self.lists[project, "instances"] if e["name"] == name)


def made(now: datetime) -> World:
    """A world as it is at an instant."""
    world = World()
    for project, number in NUMBERS.items():
        world.assets.append({
            "name": f"//cloudresourcemanager.googleapis.com/projects/{project}",
            "assetType": "cloudresourcemanager.googleapis.com/Project", "project": number,
            "displayName": project.replace("-", " ").title(), "state": "ACTIVE",
            "labels": {"team": "shop"}, "location": "global",
            "additionalAttributes": {"projectId": project},
        })  # fmt: skip
    for n in range(60):
        _machine(world, SHOP if n % 3 else DATA, n, now)
    for n in range(70):
        _other(world, SHOP, n)
    _network(world)
    _odd_ones(world, now)
    _health(world, now)
    _money(world, now)
    for n in (1, 4, 30, 200):
        world.log.append(_entry(now - timedelta(minutes=n), n))
    world.quotas = {
        SHOP: [{"metric": "CPUS", "limit": 100.0, "usage": 95.0},
               {"metric": "STATIC_ADDRESSES", "limit": 8.0, "usage": 8.0},
               {"metric": "DISKS_TOTAL_GB", "limit": 4096.0, "usage": 10.0}, {"metric": None}],
    }  # fmt: skip
    return world


def _machine(world: World, project: str, n: int, now: datetime) -> None:
    zone, name = ZONES[n % 3] if project == SHOP else ZONES[n % 2], f"web-{n:02d}"
    path = f"projects/{project}/zones/{zone}"
    status = "RUNNING" if n % 10 else "TERMINATED"
    world.put(
        project, "instances", id=str(9_000_000_000_000_000_000 + n), name=name, status=status,
        zone=f"{WWW}/{path}", selfLink=f"{WWW}/{path}/instances/{name}",
        machineType=f"{WWW}/{path}/machineTypes/n2-standard-4",
        creationTimestamp="2025-03-04T05:06:07.123-08:00",
        labels={"team": "shop" if n % 2 else "data"}, cpuPlatform="Intel",
        networkInterfaces=[{
            "network": f"{WWW}/projects/{project}/global/networks/vpc",
            "networkIP": f"10.1.0.{n}",
            "accessConfigs": [{"natIP": f"34.1.0.{n}"}] if n % 2 else [],
        }],
        scheduling={"provisioningModel": "STANDARD"},
        metadata={"items": [{"key": "created-by", "value": f"projects/111/zones/{zone}/"
                             "instanceGroupManagers/web"}]} if n == 1 else {},
    )  # fmt: skip
    world.put(
        project, "disks", id=str(8_000_000_000 + n), name=name, status="READY", sizeGb="50",
        selfLink=f"{WWW}/{path}/disks/{name}", type=f"{WWW}/{path}/diskTypes/pd-balanced",
        users=[f"{WWW}/{path}/instances/{name}"], labels={"team": "shop"},
    )  # fmt: skip
    for what, type_ in (("instances", "Instance"), ("disks", "Disk")):
        world.assets.append({
            "name": f"//compute.googleapis.com/{path}/{what}/{name}", "location": zone,
            "assetType": f"compute.googleapis.com/{type_}", "project": NUMBERS[project],
            "displayName": name, "state": status if what == "instances" else "READY",
            "additionalAttributes": {"machineType": "n2-standard-4",
                                     "internalIPs": [f"10.1.0.{n}"]},
        })  # fmt: skip
    series = {
        "metric": {"type": "compute.googleapis.com/instance/cpu/utilization",
                   "labels": {"instance_name": name}},
        "resource": {"type": "gce_instance", "labels": {
            "project_id": project, "zone": zone, "instance_id": str(9 * 10**18 + n)}},
        "metricKind": "GAUGE", "valueType": "DOUBLE",
        "points": [
            {"interval": {"startTime": None, "endTime": (now - timedelta(minutes=5)).isoformat()},
             "value": {"doubleValue": 0.01 * n}},
            {"interval": {"endTime": (now - timedelta(minutes=10)).isoformat()},
             "value": {"doubleValue": 0.99}},
        ],
    }  # fmt: skip
    kind = "compute.googleapis.com/instance/cpu/utilization"
    world.series.setdefault((project, kind), []).append(series)


def _other(world: World, project: str, n: int) -> None:
    kinds = (
        ("sqladmin.googleapis.com/Instance", "cloudsql.googleapis.com", "instances"),
        ("storage.googleapis.com/Bucket", "storage.googleapis.com", ""),
        ("pubsub.googleapis.com/Subscription", "pubsub.googleapis.com", "subscriptions"),
        ("run.googleapis.com/Service", "run.googleapis.com", "locations/europe-west1/services"),
        ("container.googleapis.com/Cluster", "container.googleapis.com",
         "locations/europe-west1/clusters"),
        ("contoso.googleapis.com/Thing", "contoso.googleapis.com", "things"),
        ("spanner.googleapis.com/Instance", "spanner.googleapis.com", "instances"),
    )  # fmt: skip
    type_, service, path = kinds[n % len(kinds)]
    name = f"thing-{n:02d}"
    full = f"//{service}/{name}" if not path else f"//{service}/projects/{project}/{path}/{name}"
    world.assets.append({
        "name": full, "assetType": type_, "project": NUMBERS[project], "displayName": name,
        "location": ("europe-west1", "EU", "global")[n % 3], "labels": {"team": "data"},
        "createTime": "2025-05-06T07:08:09Z",
    })  # fmt: skip
    if type_.startswith("sqladmin"):
        world.databases.setdefault(project, []).append({
            "name": name, "state": "RUNNABLE", "region": "europe-west1",
            "databaseVersion": "POSTGRES_16", "settings": {"tier": "db-custom-2-8192"},
        })  # fmt: skip
    if type_.startswith("container"):
        world.clusters.setdefault(project, []).append({
            "name": name, "location": "europe-west1", "status": "RUNNING", "nodePools": [
                {"name": "default", "status": "RUNNING"}],
            "selfLink": "https://container.googleapis.com/v1/projects/"
            f"{project}/locations/europe-west1/clusters/{name}",
        })  # fmt: skip


def _network(world: World) -> None:
    zone = ZONES[1]
    path = f"projects/{SHOP}/zones/{zone}"
    group = f"{WWW}/{path}/instanceGroups/web"
    world.put(SHOP, "instanceGroupManagers", name="web", targetSize=3, instanceGroup=group,
              selfLink=f"{WWW}/{path}/instanceGroupManagers/web",
              status={"isStable": True})  # fmt: skip
    service = f"{WWW}/projects/{SHOP}/global/backendServices/web-backend"
    neg = f"{WWW}/{path}/networkEndpointGroups/serverless"
    world.put(SHOP, "backendServices", name="web-backend", selfLink=service, protocol="HTTP",
              backends=[{"group": group}, {"group": neg}])  # fmt: skip
    world.put(SHOP, "backendServices", name="nobody", backends=[],
              selfLink=f"{WWW}/projects/{SHOP}/global/backendServices/nobody")  # fmt: skip
    world.put(SHOP, "forwardingRules", name="web-rule", IPAddress="35.0.0.1", portRange="443-443",
              selfLink=f"{WWW}/projects/{SHOP}/global/forwardingRules/web-rule",
              loadBalancingScheme="EXTERNAL_MANAGED", backendService=service)  # fmt: skip
    world.health[group] = [
        {"instance": f"{WWW}/{path}/instances/web-01", "ipAddress": "10.1.0.1",
         "healthState": "HEALTHY"},
        {"instance": f"{WWW}/{path}/instances/web-04", "healthState": "HEALTHY"},
    ]  # fmt: skip


def _odd_ones(world: World, now: datetime) -> None:
    old = (now - timedelta(days=200)).isoformat()
    path = f"projects/{SHOP}/zones/{ZONES[0]}"
    world.put(SHOP, "disks", id="77", name="lost", status="READY", sizeGb="500",
              selfLink=f"{WWW}/{path}/disks/lost", type=f"{WWW}/{path}/diskTypes/pd-ssd",
              lastDetachTimestamp=old)  # fmt: skip
    region = f"projects/{SHOP}/regions/europe-west1"
    for name, status, users in (("free", "RESERVED", None), ("taken", "IN_USE", ["x"])):
        world.put(SHOP, "addresses", name=name, status=status, users=users, address="34.9.9.9",
                  addressType="EXTERNAL", selfLink=f"{WWW}/{region}/addresses/{name}")  # fmt: skip
    world.put(SHOP, "snapshots", name="snap", status="READY", storageBytes=str(100 * 2**30),
              creationTimestamp=old, sourceDisk=f"{WWW}/{path}/disks/lost",
              selfLink=f"{WWW}/projects/{SHOP}/global/snapshots/snap")  # fmt: skip
    world.put(SHOP, "sslCertificates", name="old-cert", type="SELF_MANAGED",
              expireTime=(now - timedelta(days=1)).isoformat(),
              selfLink=f"{WWW}/projects/{SHOP}/global/sslCertificates/old-cert")  # fmt: skip
    for type_ in ("k8s.io/Pod", "apps.k8s.io/Deployment", "serviceusage.googleapis.com/Service",
                  "compute.googleapis.com/Route"):  # fmt: skip
        world.assets.append({"name": f"//noise.googleapis.com/projects/{SHOP}/{type_}",
                             "assetType": type_, "project": NUMBERS[SHOP]})  # fmt: skip
    world.assets.append({
        "name": f"//certificatemanager.googleapis.com/projects/{SHOP}/locations/global/"
        "certificates/shop", "assetType": "certificatemanager.googleapis.com/Certificate",
        "project": NUMBERS[SHOP], "displayName": "shop",
        "additionalAttributes": {"expireTime": (now + timedelta(days=2)).isoformat()},
    })  # fmt: skip
    odd: tuple[Any, ...] = ([], None, {"internalIPs": None}, {"users": "x"}, {"sizeGb": "NaN"})
    for n, more in enumerate(odd):
        world.assets.append({
            "name": f"//odd.googleapis.com/projects/{SHOP}/odd/odd{n}", "assetType": None,
            "project": NUMBERS[SHOP], "displayName": None, "labels": ["none"], "location": None,
            "additionalAttributes": more, "state": 7 if n else None, "tags": [None, {}],
        })  # fmt: skip
    world.put(SHOP, "instances", name=None, selfLink=None)
    world.put(SHOP, "disks", name="half", selfLink=f"{WWW}/{path}/disks/half", users="x",
              labels=None, type=None, sizeGb=None)  # fmt: skip


def _health(world: World, now: datetime) -> None:
    world.instance("web-02")["status"] = "REPAIRING"
    world.instance("web-05")["status"] = "STAGING"
    world.instance("web-08")["status"] = "A_NEW_WORD"
    world.databases[SHOP][0]["state"] = "FAILED"
    world.databases[SHOP][1] |= {"state": "SUSPENDED", "suspensionReason": ["BILLING_ISSUE"]}
    world.databases[SHOP][2]["state"] = "MAINTENANCE"
    world.clusters[SHOP][0] |= {"status": "DEGRADED", "conditions": [{"message": "etcd slow"}]}
    world.clusters[SHOP][1]["nodePools"][0]["status"] = "ERROR"
    world.events = {SHOP: [
        {"name": f"projects/{SHOP}/locations/global/events/ev1", "state": "ACTIVE",
         "category": "INCIDENT", "relevance": "IMPACTED", "title": "Packets are lost",
         "startTime": (now - timedelta(minutes=30)).isoformat(),
         "eventImpacts": [{"product": {"productName": "Google Compute Engine"},
                           "location": {"locationName": "europe-west1"}}],
         "updates": [{"description": "We look into it."}, {"description": "It gets better."}]},
        {"name": "x/ev2", "state": "CLOSED"},
        {"name": "x/ev3", "state": "ACTIVE", "relevance": "NOT_IMPACTED"},
    ]}  # fmt: skip


def _money(world: World, now: datetime) -> None:
    cost = {"units": "-52", "nanos": -500_000_000, "currencyCode": "EUR"}
    path = f"//compute.googleapis.com/projects/{SHOP}/zones/{ZONES[1]}"
    machine = ("google.compute.instance.IdleResourceRecommender", "STOP_VM", "instances/web-01")
    disk = ("google.compute.disk.IdleResourceRecommender", "DELETE_DISK", "disks/lost")
    for recommender, kind, what in (machine, disk):
        base = f"projects/111/locations/{ZONES[1]}/recommenders/{recommender}/recommendations"
        world.recommendations[SHOP, ZONES[1], recommender] = [
            {"name": f"{base}/good", "description": "Save cost.", "recommenderSubtype": kind,
             "priority": "P4", "stateInfo": {"state": "ACTIVE"}, "etag": "x",
             "lastRefreshTime": now.isoformat(),
             "primaryImpact": {"category": "COST", "costProjection": {
                 "cost": cost, "duration": "2592000s"}},
             "content": {"operationGroups": [{"operations": [
                 {"action": "replace", "resource": f"{path}/{what}"}]}]}},
            {"name": f"{base}/dismissed", "stateInfo": {"state": "DISMISSED"}},
            {"name": f"{base}/dearer", "stateInfo": {"state": "ACTIVE"}, "primaryImpact": {
                "costProjection": {"cost": {"units": "9"}, "duration": "2592000s"}}},
            {"name": None, "primaryImpact": None},
        ]  # fmt: skip
    for day in range(40):
        at = (now - timedelta(days=day)).strftime("%Y-%m-%d")
        world.spend += [
            [at, "Compute Engine", SHOP, "europe-west1", "N2 Instance Core", "EUR", "shop", "12.5"],
            [at, "Cloud Storage", DATA, None, "Standard Storage", "EUR", None, "1.25e0"],
            [at, None, None, None, None, "EUR", None, None],
        ]  # fmt: skip


def _entry(at: datetime, n: int) -> dict[str, Any]:
    return {
        "insertId": f"entry{n}", "timestamp": at.isoformat(), "severity": "NOTICE",
        "logName": f"projects/{SHOP}/logs/cloudaudit.googleapis.com%2Factivity",
        "operation": {"id": f"op{n}", "first": True} if n != 4 else {"id": "op", "last": True},
        "resource": {"type": "gce_instance", "labels": {"instance_id": "1"}},
        "protoPayload": {
            "methodName": "v1.compute.instances.setMachineType",
            "serviceName": "compute.googleapis.com", "status": {},
            "resourceName": f"projects/{SHOP}/zones/{ZONES[1]}/instances/web-01",
            "authenticationInfo": {"principalEmail": "ana@example.com"},
        },
    }  # fmt: skip
