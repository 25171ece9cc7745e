"""A row of Resource Graph as a resource; whatever it lacks is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, entries, part, say, text
from integrations.azure import kinds
from store.model.resource import Health, Resource

MOST_PARENTS = 200
_VM = "microsoft.compute/virtualmachines"
_IN_SET = "microsoft.compute/virtualmachinescalesets/virtualmachines"
_VCPUS = re.compile(r"^(?:Standard|Basic)_[A-Z]+(\d+)(?:-(\d+))?", re.IGNORECASE)
_OLD_D = re.compile(r"Standard_DS?\d+(?:_v2)?(?:_Promo)?", re.IGNORECASE)
_OLD_VCPUS = {
    "1": 1,
    "2": 2,
    "3": 4,
    "4": 8,
    "5": 16,
    "11": 2,
    "12": 4,
    "13": 8,
    "14": 16,
    "15": 20,
}
BAD = frozenset(("failed", "suspended", "disabled", "inaccessible", "offline", "emergencymode",
                  "recoverypending", "suspect", "faulted", "disconnected", "error"))  # fmt: skip
_HOSTS = ("fullyQualifiedDomainName", "defaultHostName", "hostName", "fqdn", "documentEndpoint",
          "loginServer", "dnsSettings.fqdn", "privateFQDN", "gatewayUrl",
          "configuration.ingress.fqdn", "osProfile.computerName", "osName", "dnsFqdn",
          "extended.instanceView.computerName", "primaryEndpoints.blob", "vaultUri",
          "serviceBusEndpoint")  # fmt: skip
_CREATED = ("timeCreated", "creationDate", "creationTime", "createdAt", "createDate")
_REFERENCES = (
    "virtualMachine.id", "serverFarmId", "virtualMachineScaleSet.id", "host.id",
    "availabilitySet.id", "elasticPoolId", "managedEnvironmentId", "environmentId",
    "creationData.sourceResourceId", "ipConfiguration.id", "natGateway.id", "hostPool.id",
    "sourceDatabaseId", "primaryDatabaseId",
)  # fmt: skip
"""Where in its properties a resource says what it stands on, hangs on or belongs to."""


def resource(row: Mapping[str, Any], portal: str) -> Resource | None:
    """The resource of a row; None where the row has no id. Its addresses at other resources, and
    what Resource Health says, are not in it."""
    id_ = text(row.get("id"))
    key = id_.lower().rstrip("/")
    if not key:
        return None
    type_ = text(row.get("type")).lower()
    props = part(row, "properties")
    kind = kinds.kind_of(type_, text(row.get("kind")))
    state = state_of(type_, props)
    health, why = health_of(type_, props, state)
    region = text(row.get("location")).lower().replace(" ", "")
    zones = fields.words(row.get("zones"))
    sub = subscription_of(row)
    return Resource(
        key=key,
        kind=kind,
        name=text(row.get("name")) or key.rpartition("/")[2],
        state=state,
        health=health,
        why=why,
        type=sold_as(row, props),
        region=region,
        zone=f"{region}-{zones[0]}" if len(zones) == 1 and region else "",
        account=sub,
        group=text(row.get("resourceGroup")).lower(),
        size=sizes(row, props),
        tags=fields.tags(row.get("tags")),
        ids=strong_ids(id_, key, type_, props),
        addresses=addresses(props),
        parents=tuple(parents(key, row, props, sub, region, zones)),
        created_at=created(row, props),
        url=f"{portal}/#resource{id_}",
        facts=facts(kind, type_, row, props),
    )


def subscription_of(row: Mapping[str, Any]) -> str:
    """The subscription's id, of its own column or out of the id."""
    steps = text(row.get("id")).lower().strip("/").split("/")
    return text(row.get("subscriptionId")).lower() or (steps[1] if len(steps) > 1 else "")


def state_of(type_: str, props: Mapping[str, Any]) -> str:
    """Azure's own word for how it is."""
    power = say(props, "extended.instanceView.powerState.code") or say(
        props, "instanceView.powerState.code"
    )
    if power or type_ in {_VM, _IN_SET}:
        return power.rpartition("/")[2]
    words = ("status", "diskState", "state", "statusOfPrimary", "userVisibleState",
             "powerState.code", "runningStatus")  # fmt: skip
    return next((found for each in words if (found := say(props, each))), "") or say(
        props, "provisioningState"
    )


def health_of(type_: str, props: Mapping[str, Any], state: str) -> tuple[Health, str]:
    """How a row says it is; what was stopped on purpose is well."""
    made = say(props, "provisioningState").lower()
    if state.lower() in BAD and type_ != _VM:
        return Health.DOWN, f"It is {state}."
    if made == "failed":
        said = _agent_says(props)
        return Health.DEGRADED, said or "Its last change failed."
    if type_ == "microsoft.keyvault/vaults" or state or made:
        return Health.OK, ""
    return Health.UNKNOWN, ""


def _agent_says(props: Mapping[str, Any]) -> str:
    for status in entries(dig(props, "extended.instanceView.statuses")):
        if say(status, "level").lower() == "error":
            return fields.one_line(say(status, "displayStatus"), say(status, "message"))
    return ""


def sold_as(row: Mapping[str, Any], props: Mapping[str, Any]) -> str:
    """What it is sold as."""
    named = say(props, "hardwareProfile.vmSize") or say(row, "sku.name")
    return named or say(props, "sku.name") or say(props, "currentServiceObjectiveName")


def sizes(row: Mapping[str, Any], props: Mapping[str, Any]) -> dict[str, float]:
    """What can be counted. A machine's processors stand in the name of its size."""
    max_bytes = fields.number(props.get("maxSizeBytes")) or 0
    pools = entries(props.get("agentPoolProfiles"))
    return fields.sizes(
        vcpus=_vcpus(say(props, "hardwareProfile.vmSize")),
        disk_gb=props.get("diskSizeGB") or dig(props, "storage.storageSizeGB")
        or max_bytes / 2**30,
        replicas=dig(row, "sku.capacity")
        or sum(fields.number(pool.get("count")) or 0 for pool in pools),
    )  # fmt: skip


def _vcpus(size: str) -> float | None:
    """``Standard_E8-4s_v5`` has 4 of 8; the first two generations of D were only numbered."""
    found = _VCPUS.match(size)
    if found is None:
        return None
    if _OLD_D.fullmatch(size):
        return _OLD_VCPUS.get(found[1])
    return fields.number(found[2] or found[1])


def strong_ids(id_: str, key: str, type_: str, props: Mapping[str, Any]) -> tuple[str, ...]:
    """Other names that are its alone; a cluster calls its nodes' machines ``azure://`` and id."""
    found = [say(props, "vmId").lower()]
    if type_ in {_VM, _IN_SET}:
        found += [f"azure://{key}", f"azure://{id_}" if id_ != key else ""]
    return tuple(dict.fromkeys(each for each in found if each))


def addresses(props: Mapping[str, Any]) -> tuple[str, ...]:
    """Its addresses and host names."""
    found = [say(props, "ipAddress")]
    for where in ("ipConfigurations", "frontendIPConfigurations"):
        found += [say(each, "properties.privateIPAddress") for each in entries(props.get(where))]
    hosts = (say(props, path) for path in _HOSTS)
    found += [each.partition("://")[2].partition("/")[0].partition(":")[0] or each
              for each in hosts if each]  # fmt: skip
    found += fields.words(props.get("hostNames"))
    return tuple(dict.fromkeys(each.lower() for each in found if each))[:50]


def parents(
    key: str, row: Mapping[str, Any], props: Mapping[str, Any], sub: str, region: str,
    zones: tuple[str, ...],
) -> Iterator[str]:  # fmt: skip
    """What it loses when they fail, nearest first."""
    found = dict.fromkeys([text(row.get("managedBy")).lower(), kinds.above(key)])
    found |= dict.fromkeys(
        say(props, path).lower() if path != "ipConfiguration.id"
        else kinds.owner_id(say(props, path)) for path in _REFERENCES
    )  # fmt: skip
    found |= dict.fromkeys(text(each).lower() for each in words_of(row.get("managedByExtended")))
    found |= dict.fromkeys(_backends(props))
    found |= dict.fromkeys(_networks(props))
    named = [each for each in found if each.startswith("/subscriptions/") and each != key]
    yield from named[:MOST_PARENTS]
    if len(zones) == 1 and region:
        yield kinds.zone_key(sub, region, zones[0])
    elif region and region != "global":
        yield kinds.region_key(sub, region)
    else:
        yield kinds.subscription_key(sub)


def words_of(value: Any) -> tuple[str, ...]:
    """The texts of a list; of anything else none."""
    return fields.words(value) if isinstance(value, list) else ()


def _backends(props: Mapping[str, Any]) -> Iterator[str]:
    """Who answers behind a load balancer."""
    for pool in entries(props.get("backendAddressPools")):
        for each in entries(dig(pool, "properties.backendIPConfigurations")):
            yield kinds.owner_id(say(each, "id"))


def _networks(props: Mapping[str, Any]) -> Iterator[str]:
    for each in entries(props.get("ipConfigurations")):
        if subnet := say(each, "properties.subnet.id").lower():
            yield subnet


def created(row: Mapping[str, Any], props: Mapping[str, Any]) -> int | None:
    """When it was made, where it says so."""
    times = (dig(props, each) for each in _CREATED)
    found = (fields.instant(each) for each in (*times, dig(row, "systemData.createdAt")))
    return next((each for each in found if each), None)


def facts(
    kind: str, type_: str, row: Mapping[str, Any], props: Mapping[str, Any]
) -> dict[str, str]:
    """What is worth reading beside."""
    image = part(props, "storageProfile.imageReference")
    return fields.facts(
        type=type_ if kind == "other" else "",
        os=say(props, "storageProfile.osDisk.osType"),
        image=" ".join(filter(None, (say(image, "offer"), say(image, "sku")))),
        priority=say(props, "priority") if say(props, "priority") != "Regular" else "",
        version=say(props, "kubernetesVersion") or say(props, "version"),
        node_resource_group=say(props, "nodeResourceGroup"),
        expires=say(props, "expirationDate") or say(props, "expirationTime"),
        allocation=say(props, "publicIPAllocationMethod"),
        tier=say(row, "sku.tier"),
        sites=say(props, "numberOfSites"),
        provisioning=say(props, "provisioningState")
        if say(props, "provisioningState").lower() not in {"", "succeeded"}
        else "",
    )


def subnets(row: Mapping[str, Any], network: Resource) -> Iterator[Resource]:
    """The subnets of a virtual network: they have no rows of their own."""
    for each in entries(dig(row, "properties.subnets")):
        if key := say(each, "id").lower():
            prefix = say(each, "properties.addressPrefix")
            yield Resource(
                key=key, kind="subnet", name=say(each, "name") or key.rpartition("/")[2],
                state=say(each, "properties.provisioningState"), region=network.region,
                account=network.account, group=network.group, tags=network.tags,
                parents=(network.key,), facts=fields.facts(range=prefix),
            )  # fmt: skip
