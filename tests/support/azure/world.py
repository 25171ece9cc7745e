"""Hundreds of mixed resources of three subscriptions, with something wrong here and there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

SHOP = "11111111-1111-1111-1111-111111111111"
DATA = "22222222-2222-2222-2222-222222222222"
SHUT = "33333333-3333-3333-3333-333333333333"
REGIONS = ("westeurope", "northeurope")


@dataclass(slots=True)
class World:
    """What the stand-in answers with."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    in_sets: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    advice: list[dict[str, Any]] = field(default_factory=list)
    usages: list[dict[str, Any]] = field(default_factory=list)
    costs: list[list[Any]] = field(default_factory=list)
    load: dict[str, dict[str, float]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=lambda: {SHOP: "Enabled", DATA: "Warned",
                                                            SHUT: "Deleted"})  # fmt: skip

    def row(self, id_: str) -> dict[str, Any]:
        """The row of a resource, by the end of its id."""
        return next(each for each in self.rows if each["id"].endswith(id_))


def id_of(sub: str, group: str, type_: str, name: str) -> str:
    """An id as Azure writes them, of mixed case."""
    return f"/subscriptions/{sub}/resourceGroups/{group}/providers/{type_}/{name}"


def made(now: datetime) -> World:
    """A world as it is at an instant."""
    world = World()
    for n in range(60):
        sub, region = (SHOP if n % 3 else DATA), REGIONS[n % 2]
        _machine(world, sub, f"vm-{n:03d}", region, n)
    for n in range(40):
        _store(world, SHOP, n)
    _network(world)
    _cluster(world)
    _odd_ones(world, now)
    _health(world, now)
    _money(world, now)
    world.usages = [
        {"name": {"value": "cores", "localizedValue": "Total Regional vCPUs"},
         "currentValue": 97, "limit": 100, "unit": "Count"},
        {"name": {"value": "availabilitySets", "localizedValue": "Availability Sets"},
         "currentValue": 1, "limit": 2500, "unit": "Count"},
        {"name": {"value": "PublicIPAddresses"}, "currentValue": 1000, "limit": 1000},
        {"name": None, "currentValue": None, "limit": 0},
    ]  # fmt: skip
    world.changes = [_change(now - timedelta(minutes=n), n) for n in (1, 5, 20, 59, 300)]
    return world


def _put(world: World, id_: str, type_: str, sub: str, region: str, **more: Any) -> dict[str, Any]:
    row = {
        "id": id_, "name": id_.rpartition("/")[2], "type": type_.lower(), "tenantId": "t",
        "kind": "", "location": region, "resourceGroup": id_.split("/")[4].lower(),
        "subscriptionId": sub, "managedBy": "", "sku": None, "plan": None, "properties": {},
        "tags": None, "identity": None, "zones": None, "extendedLocation": None, **more,
    }  # fmt: skip
    world.rows.append(row)
    return row


def _machine(world: World, sub: str, name: str, region: str, n: int) -> None:
    vm = id_of(sub, "RG-Shop", "Microsoft.Compute/virtualMachines", name)
    nic = id_of(sub, "RG-Shop", "Microsoft.Network/networkInterfaces", f"{name}-nic")
    disk = id_of(sub, "RG-Shop", "Microsoft.Compute/disks", f"{name}-os")
    code = "PowerState/running" if n % 10 else "PowerState/deallocated"
    _put(
        world, vm, "Microsoft.Compute/virtualMachines", sub, region,
        zones=[str(n % 3 + 1)] if n % 2 else None,
        tags={"team": "shop" if n % 2 else "data", "environment": "prod"},
        properties={
            "vmId": f"00000000-0000-0000-0000-{n:012d}", "provisioningState": "Succeeded",
            "hardwareProfile": {"vmSize": "Standard_D4s_v5" if n % 4 else "Standard_E8-4s_v5"},
            "osProfile": {"computerName": f"{name}-host"},
            "storageProfile": {"osDisk": {"osType": "Linux"},
                               "imageReference": {"offer": "ubuntu", "sku": "24_04"}},
            "timeCreated": "2025-01-02T03:04:05.678Z",
            "extended": {"instanceView": {"powerState": {"code": code}}},
        },
    )  # fmt: skip
    _put(
        world, nic, "Microsoft.Network/networkInterfaces", sub, region,
        properties={
            "provisioningState": "Succeeded", "virtualMachine": {"id": vm},
            "ipConfigurations": [{"properties": {
                "privateIPAddress": f"10.0.{n // 250}.{n % 250}",
                "subnet": {"id": _subnet(sub)},
            }}],
        },
    )  # fmt: skip
    _put(
        world, disk, "Microsoft.Compute/disks", sub, region, managedBy=vm,
        sku={"name": "Premium_LRS", "tier": "Premium"},
        properties={"diskSizeGB": 128, "diskState": "Attached", "provisioningState": "Succeeded"},
    )  # fmt: skip
    _put(world, f"{vm}/extensions/monitor", "Microsoft.Compute/virtualMachines/extensions", sub,
         region)  # fmt: skip


def _subnet(sub: str) -> str:
    net = id_of(sub, "rg-net", "Microsoft.Network/virtualNetworks", "vnet")
    return f"{net}/subnets/default"


def _store(world: World, sub: str, n: int) -> None:
    server = id_of(sub, "rg-data", "Microsoft.Sql/servers", f"sql{n:02d}")
    if n < 10:
        _put(world, server, "Microsoft.Sql/servers", sub, "westeurope", properties={
            "state": "Ready", "fullyQualifiedDomainName": f"sql{n:02d}.database.windows.net",
        })  # fmt: skip
        _put(world, f"{server}/databases/shop", "Microsoft.Sql/servers/databases", sub,
             "westeurope", sku={"name": "GP_Gen5", "tier": "GeneralPurpose", "capacity": 2},
             properties={"status": "Online", "maxSizeBytes": 34359738368})  # fmt: skip
        return
    kinds = (
        ("Microsoft.Storage/storageAccounts", {"primaryEndpoints": {
            "blob": f"https://store{n}.blob.core.windows.net/"}}),
        ("Microsoft.Web/sites", {"state": "Running",
                                 "defaultHostName": f"app{n}.azurewebsites.net"}),
        ("Microsoft.KeyVault/vaults", {"vaultUri": f"https://kv{n}.vault.azure.net/"}),
        ("Microsoft.DocumentDB/databaseAccounts", {"provisioningState": "Succeeded"}),
        ("Microsoft.DBforPostgreSQL/flexibleServers", {"state": "Ready",
                                                       "storage": {"storageSizeGB": 64}}),
        ("Microsoft.Cache/Redis", {"provisioningState": "Succeeded", "hostName": f"r{n}.redis"}),
        ("Contoso.Custom/things", {"provisioningState": "Succeeded"}),
    )  # fmt: skip
    type_, props = kinds[n % len(kinds)]
    flavour = "functionapp,linux" if type_.endswith("sites") and n % 2 else ""
    _put(world, id_of(sub, "rg-data", type_, f"thing{n}"), type_, sub, "West Europe",
         kind=flavour, properties=props)  # fmt: skip


def _network(world: World) -> None:
    for sub in (SHOP, DATA):
        net = id_of(sub, "rg-net", "Microsoft.Network/virtualNetworks", "vnet")
        _put(world, net, "Microsoft.Network/virtualNetworks", sub, "westeurope", properties={
            "provisioningState": "Succeeded",
            "subnets": [{"id": _subnet(sub), "name": "default",
                         "properties": {"addressPrefix": "10.0.0.0/16"}}, {"name": None}],
        })  # fmt: skip
    nic = id_of(SHOP, "RG-Shop", "Microsoft.Network/networkInterfaces", "vm-001-nic")
    _put(world, id_of(SHOP, "rg-net", "Microsoft.Network/publicIPAddresses", "vm-001-ip"),
         "Microsoft.Network/publicIPAddresses", SHOP, "northeurope", sku={"name": "Standard"},
         properties={"ipAddress": "20.1.2.3", "publicIPAllocationMethod": "Static",
                     "ipConfiguration": {"id": f"{nic}/ipConfigurations/ipconfig1"}})  # fmt: skip
    _put(world, id_of(SHOP, "rg-net", "Microsoft.Network/loadBalancers", "lb"),
         "Microsoft.Network/loadBalancers", SHOP, "northeurope", sku={"name": "Standard"},
         properties={"provisioningState": "Succeeded", "inboundNatRules": [],
                     "backendAddressPools": [{"properties": {"backendIPConfigurations": [
                         {"id": f"{nic}/ipConfigurations/ipconfig1"}]}}]})  # fmt: skip


def _cluster(world: World) -> None:
    group = "MC_rg_aks"
    _put(world, id_of(SHOP, "rg-aks", "Microsoft.ContainerService/managedClusters", "aks"),
         "Microsoft.ContainerService/managedClusters", SHOP, "westeurope",
         properties={"provisioningState": "Succeeded", "powerState": {"code": "Running"},
                     "kubernetesVersion": "1.33", "nodeResourceGroup": group, "fqdn": "aks.io",
                     "agentPoolProfiles": [{"name": "np", "count": 3}]})  # fmt: skip
    pool = id_of(SHOP, group, "Microsoft.Compute/virtualMachineScaleSets", "aks-np-vmss")
    _put(world, pool, "Microsoft.Compute/virtualMachineScaleSets", SHOP, "westeurope",
         sku={"name": "Standard_D2s_v5", "capacity": 3},
         properties={"provisioningState": "Succeeded"})  # fmt: skip
    for n in range(3):
        world.in_sets.append({
            "id": f"{pool}/virtualMachines/{n}", "name": f"aks-np-vmss_{n}",
            "type": "microsoft.compute/virtualmachinescalesets/virtualmachines",
            "location": "westeurope", "resourceGroup": group.lower(), "subscriptionId": SHOP,
            "sku": {"name": "Standard_D2s_v5"}, "tags": None, "zones": ["1"],
            "properties": {"vmId": f"99999999-0000-0000-0000-{n:012d}",
                           "instanceView": {"powerState": {"code": "PowerState/running"}},
                           "osProfile": {"computerName": f"aks-np-vmss00000{n}"}},
        })  # fmt: skip


def _odd_ones(world: World, now: datetime) -> None:
    old = (now - timedelta(days=200)).isoformat()
    soon = (now + timedelta(days=10)).isoformat()
    _put(world, id_of(SHOP, "rg-old", "Microsoft.Compute/disks", "lost"),
         "Microsoft.Compute/disks", SHOP, "westeurope", sku={"name": "Premium_LRS"},
         properties={"diskSizeGB": 1024, "diskState": "Unattached",
                     "LastOwnershipUpdateTime": old})  # fmt: skip
    _put(world, id_of(SHOP, "rg-old", "Microsoft.Network/publicIPAddresses", "free-ip"),
         "Microsoft.Network/publicIPAddresses", SHOP, "westeurope", sku={"name": "Standard"},
         properties={"ipAddress": "20.9.9.9", "publicIPAllocationMethod": "Static"})  # fmt: skip
    _put(
        world,
        id_of(SHOP, "rg-old", "Microsoft.Compute/snapshots", "snap"),
        "Microsoft.Compute/snapshots",
        SHOP,
        "westeurope",
        sku={"name": "Standard_LRS"},
        properties={
            "diskSizeGB": 100,
            "timeCreated": old,
            "creationData": {
                "sourceResourceId": id_of(SHOP, "rg-old", "Microsoft.Compute/disks", "lost")
            },
        },
    )
    _put(world, id_of(SHOP, "rg-web", "Microsoft.Web/serverfarms", "idle-plan"),
         "Microsoft.Web/serverfarms", SHOP, "westeurope",
         sku={"name": "P1v3", "tier": "PremiumV3", "capacity": 2},
         properties={"status": "Ready", "numberOfSites": 0})  # fmt: skip
    _put(world, id_of(SHOP, "rg-web", "Microsoft.Web/certificates", "shop.example"),
         "Microsoft.Web/certificates", SHOP, "westeurope",
         properties={"expirationDate": soon, "hostNames": ["shop.example"]})  # fmt: skip
    failed = id_of(SHOP, "rg-web", "Microsoft.Compute/virtualMachines", "half-made")
    _put(world, failed, "Microsoft.Compute/virtualMachines", SHOP, "westeurope", properties={
        "provisioningState": "Failed", "extended": {"instanceView": {
            "powerState": {"code": "PowerState/stopped"}, "statuses": [{
                "level": "Error", "displayStatus": "Provisioning failed",
                "message": "No capacity"}],
        }}})  # fmt: skip
    server = id_of(SHOP, "rg-data", "Microsoft.Sql/servers", "sql00")
    _put(world, f"{server}/databases/broken", "Microsoft.Sql/servers/databases", SHOP,
         "westeurope", properties={"status": "Suspect"})  # fmt: skip
    for n in range(5):  # rows that lack what the others have
        world.rows.append({
            "id": id_of(SHOP, "rg-odd", "Contoso.Odd/things", f"odd{n}"), "name": None,
            "type": "contoso.odd/things", "location": None, "resourceGroup": None,
            "subscriptionId": SHOP, "managedBy": None, "kind": None, "sku": "flat",
            "properties": ([], None, "text", {"provisioningState": None}, {"sku": {"name": 7}})[n],
            "tags": ["no", "mapping"], "zones": "1",
        })  # fmt: skip


def _health(world: World, now: datetime) -> None:
    at = (now - timedelta(minutes=7)).isoformat()
    for row in world.rows:
        if row["type"] == "microsoft.compute/virtualmachines":
            world.statuses[row["id"]] = {
                "availabilityState": "Available", "title": "Available", "reasonType": "",
                "summary": "There aren't any known problems.", "occuredTime": at,
            }  # fmt: skip
    vm = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-001")
    world.statuses[vm] = {
        "availabilityState": "Unavailable", "title": "Unplanned reboot", "occuredTime": at,
        "summary": "The host had a hardware fault.", "reasonType": "Unplanned",
        "detailedStatus": "It is moved to another host.", "resolutionETA": None,
        "recommendedActions": [{"action": "Wait", "actionUrl": None}],
    }  # fmt: skip
    stopped = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-010")
    world.statuses[stopped] |= {"availabilityState": "Unavailable", "reasonType": "User Initiated"}
    slow = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-002")
    world.statuses[slow] |= {"availabilityState": "Degraded", "reasonType": "Unplanned"}
    odd = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-004")
    world.statuses[odd] = {"availabilityState": "Wobbling"}
    world.events = [
        {"name": "BC_1-FXZ", "properties": {
            "eventType": "ServiceIssue", "status": "Active", "title": "Network latency",
            "summary": "<p>Packets are lost.</p>", "level": "Warning", "eventLevel": "Error",
            "impactStartTime": at, "impact": [{"impactedService": "Virtual Machines",
                "impactedRegions": [
                    {"impactedRegion": "West Europe", "status": "Active"},
                    {"impactedRegion": "North Europe", "status": "Resolved"},
                    {"impactedRegion": "Brazil South", "status": "Active"}]}]}},
        {"name": "OLD-1", "properties": {"eventType": "ServiceIssue", "status": "Resolved"}},
        {"name": "PM-1", "properties": {
            "eventType": "PlannedMaintenance", "status": "Active", "title": "Host update",
            "impactStartTime": (now + timedelta(days=3)).isoformat()}},
    ]  # fmt: skip


def _money(world: World, now: datetime) -> None:
    vm = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-003")
    disk = id_of(SHOP, "rg-old", "Microsoft.Compute/disks", "lost")
    texts = ("Right-size or shutdown underutilized virtual machines",
             "Review disks that are not attached to a VM")  # fmt: skip
    for n, (target, text, more) in enumerate((
        (vm, texts[0], {"recommendationType": "SkuChange", "savingsCurrency": "EUR",
                        "annualSavingsAmount": "1200.00", "savingsAmount": "100.00",
                        "currentSku": "Standard_D4s_v5", "targetSku": "Standard_D2s_v5"}),
        (disk, texts[1], {"savingsCurrency": "EUR", "savingsAmount": 120.5}),
    )):  # fmt: skip
        world.advice.append({
            "id": f"{target}/providers/Microsoft.Advisor/recommendations/guid{n}",
            "properties": {
                "category": "Cost", "impact": "High", "impactedValue": target.rpartition("/")[2],
                "shortDescription": {"problem": text, "solution": text},
                "resourceMetadata": {"resourceId": target.lower()}, "extendedProperties": more,
                "suppressionIds": None,
            },
        })  # fmt: skip
    world.advice.append({"id": f"{vm}/providers/Microsoft.Advisor/recommendations/put-aside",
                         "properties": {"category": "Cost", "suppressionIds": ["x"]}})  # fmt: skip
    world.advice.append(
        {
            "id": f"{vm}/providers/Microsoft.Advisor/recommendations/other",
            "properties": {"category": "Security", "extendedProperties": None},
        }
    )
    for day in range(40):
        at = now - timedelta(days=day)
        number = int(at.strftime("%Y%m%d"))
        world.costs += [
            [4.5, number, vm.lower(), "Virtual Machines", "EUR"],
            [0.25, number, disk.lower(), "Storage", "EUR"],
            [1.0, number, "", "Unassigned", "EUR"],
        ]
    for n, row in enumerate(each for each in world.rows if "virtualmachines" in each["type"]):
        world.load[row["id"].lower()] = {"percentage cpu": 5.0 + n % 90,
                                         "available memory percentage": 40.0,
                                         "network in total": 3000.0}  # fmt: skip


def _change(at: datetime, n: int) -> dict[str, Any]:
    vm = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", f"vm-{n:03d}")
    return {
        "id": f"{vm}/providers/Microsoft.Resources/changes/change{n}", "name": f"change{n}",
        "type": "microsoft.resources/changes", "subscriptionId": SHOP,
        "properties": {
            "targetResourceId": vm, "changeType": "Update", "targetResourceType": "x",
            "changeAttributes": {
                "timestamp": at.astimezone(UTC).isoformat(), "changedBy": "ana@example.com",
                "changedByType": "User", "clientType": "Azure Portal", "changesCount": 1,
                "operation": "Microsoft.Compute/virtualMachines/write",
            },
            "changes": {
                "properties.hardwareProfile.vmSize": {
                    "previousValue": "Standard_D2s_v5", "newValue": "Standard_D4s_v5",
                    "changeCategory": "User", "propertyChangeType": "Update"},
                "properties.provisioningState": {"changeCategory": "System"},
            },
        },
    }  # fmt: skip
