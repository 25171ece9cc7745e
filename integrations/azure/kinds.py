"""What Azure's types of resources are in our words, and how an id is taken apart."""

from __future__ import annotations

KINDS = {
    "microsoft.compute/virtualmachines": "server",
    "microsoft.compute/virtualmachinescalesets": "autoscaler",
    "microsoft.compute/virtualmachinescalesets/virtualmachines": "server",
    "microsoft.compute/disks": "volume",
    "microsoft.compute/snapshots": "snapshot",
    "microsoft.compute/images": "image",
    "microsoft.compute/galleries/images": "image",
    "microsoft.compute/hostgroups/hosts": "hypervisor",
    "microsoft.hybridcompute/machines": "server",
    "microsoft.containerservice/managedclusters": "cluster",
    "microsoft.containerinstance/containergroups": "pod",
    "microsoft.app/containerapps": "service",
    "microsoft.app/managedenvironments": "cluster",
    "microsoft.containerregistry/registries": "registry",
    "microsoft.sql/servers": "database",
    "microsoft.sql/servers/databases": "database",
    "microsoft.sql/servers/elasticpools": "pool",
    "microsoft.sql/managedinstances": "database",
    "microsoft.sql/managedinstances/databases": "database",
    "microsoft.documentdb/databaseaccounts": "database",
    "microsoft.documentdb/mongoclusters": "database",
    "microsoft.dbforpostgresql/servers": "database",
    "microsoft.dbforpostgresql/flexibleservers": "database",
    "microsoft.dbformysql/servers": "database",
    "microsoft.dbformysql/flexibleservers": "database",
    "microsoft.dbformariadb/servers": "database",
    "microsoft.kusto/clusters": "database",
    "microsoft.synapse/workspaces": "database",
    "microsoft.cache/redis": "cache",
    "microsoft.cache/redisenterprise": "cache",
    "microsoft.storage/storageaccounts": "bucket",
    "microsoft.netapp/netappaccounts/capacitypools/volumes": "volume",
    "microsoft.servicebus/namespaces": "queue",
    "microsoft.eventhub/namespaces": "queue",
    "microsoft.eventgrid/topics": "queue",
    "microsoft.network/virtualnetworks": "network",
    "microsoft.network/virtualnetworks/subnets": "subnet",
    "microsoft.network/networkinterfaces": "port",
    "microsoft.network/publicipaddresses": "address",
    "microsoft.network/loadbalancers": "load_balancer",
    "microsoft.network/applicationgateways": "load_balancer",
    "microsoft.network/frontdoors": "load_balancer",
    "microsoft.cdn/profiles": "load_balancer",
    "microsoft.network/trafficmanagerprofiles": "load_balancer",
    "microsoft.network/natgateways": "gateway",
    "microsoft.network/virtualnetworkgateways": "gateway",
    "microsoft.network/expressroutecircuits": "gateway",
    "microsoft.network/azurefirewalls": "gateway",
    "microsoft.network/bastionhosts": "gateway",
    "microsoft.apimanagement/service": "gateway",
    "microsoft.network/routetables": "router",
    "microsoft.network/privateendpoints": "endpoint",
    "microsoft.network/dnszones": "dns",
    "microsoft.network/privatednszones": "dns",
    "microsoft.web/serverfarms": "pool",
    "microsoft.web/sites": "service",
    "microsoft.web/sites/slots": "service",
    "microsoft.web/staticsites": "service",
    "microsoft.web/certificates": "certificate",
    "microsoft.certificateregistration/certificateorders": "certificate",
    "microsoft.logic/workflows": "function",
    "microsoft.keyvault/vaults": "key",
    "microsoft.keyvault/managedhsms": "key",
    "microsoft.insights/metricalerts": "alarm",
    "microsoft.insights/scheduledqueryrules": "alarm",
}


def kind_of(type_: str, flavour: str = "") -> str:
    """The kind of a type in lower case; ``flavour`` is Azure's ``kind``: a web app that is a
    function app says so there."""
    if type_.startswith("microsoft.web/sites") and "functionapp" in flavour.lower():
        return "function"
    return KINDS.get(type_, "other")


def owner_id(id_: str) -> str:
    """The resource that a part of it belongs to: an address configuration is its interface's, one
    of a machine in a scale set that machine's. Lower case; "" for what is no id."""
    steps = id_.lower().strip("/").split("/")
    if len(steps) < 8 or steps[0] != "subscriptions":
        return ""
    in_set = steps[6:8] and steps[5:7] == ["microsoft.compute", "virtualmachinescalesets"]
    if in_set and len(steps) >= 10 and steps[8] == "virtualmachines":
        return "/" + "/".join(steps[:10])
    return "/" + "/".join(steps[:8])


def above(id_: str) -> str:
    """What a nested resource lies in: a database's server. "" for what lies in nothing."""
    steps = id_.lower().strip("/").split("/")
    return "/" + "/".join(steps[:-2]) if len(steps) >= 10 else ""


def subscription_key(subscription: str) -> str:
    """The key of a subscription."""
    return f"/subscriptions/{subscription.lower()}"


def region_key(subscription: str, region: str) -> str:
    """The key of a region as one subscription has it."""
    return f"azure:{subscription.lower()}:region:{region.lower()}"


def zone_key(subscription: str, region: str, zone: str) -> str:
    """The key of a zone: their numbers mean other buildings in another subscription."""
    return f"azure:{subscription.lower()}:zone:{region.lower()}-{zone}"
