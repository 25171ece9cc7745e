"""Containers: ECS clusters and services, EKS clusters and node groups, ECR repositories."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from integrations.aws.place import Place
from integrations.aws.reading import (
    at,
    console,
    facts,
    fault,
    number,
    part,
    parts,
    size,
    tags,
    tail,
    text,
    unique,
)  # fmt: skip
from integrations.base import Item
from store.model import MINUTE, Severity
from store.model.resource import Fault, Health, Resource

_STATES = {"ACTIVE": Health.OK, "CREATING": Health.UNKNOWN, "UPDATING": Health.OK,
           "DELETING": Health.OK, "PENDING": Health.UNKNOWN, "FAILED": Health.DOWN,
           "DEGRADED": Health.DEGRADED, "CREATE_FAILED": Health.DOWN,
           "DELETE_FAILED": Health.DEGRADED, "PROVISIONING": Health.UNKNOWN}  # fmt: skip


async def ecs(place: Place) -> AsyncIterator[list[Item]]:
    """All ECS clusters and what runs in them."""
    async for page in place.pages("ecs", "ListClusters", maxResults=100):
        arns = [str(each) for each in page.get("clusterArns") or ()]
        if not arns:
            continue
        told = await place.ask("ecs", "DescribeClusters", clusters=arns, include=["TAGS"])
        for raw in parts(told, "clusters"):
            one = ecs_cluster(place, raw)
            yield [one]
            async for items in _services(place, one):
                yield items


def ecs_cluster(place: Place, raw: Mapping[str, Any]) -> Resource:
    """One ECS cluster."""
    arn, state = text(raw.get("clusterArn")), text(raw.get("status"))
    return Resource(
        key=arn, kind="cluster", name=text(raw.get("clusterName")), state=state.lower(),
        health=_STATES.get(state, Health.UNKNOWN), type="ecs", region=place.region,
        account=place.account.id, tags=tags(raw.get("tags")), parents=(place.zone(""),),
        size=size(
            tasks=number(raw.get("runningTasksCount")),
            services=number(raw.get("activeServicesCount")),
            nodes=number(raw.get("registeredContainerInstancesCount")),
        ),
        url=console(arn),
    )  # fmt: skip


async def _services(place: Place, cluster: Resource) -> AsyncIterator[list[Item]]:
    async for page in place.pages("ecs", "ListServices", cluster=cluster.key, maxResults=100):
        arns = [str(each) for each in page.get("serviceArns") or ()]
        for start in range(0, len(arns), 10):
            told = await place.ask(
                "ecs", "DescribeServices", cluster=cluster.key, services=arns[start : start + 10],
                include=["TAGS"],
            )  # fmt: skip
            items: list[Item] = []
            for raw in parts(told, "services"):
                one, wrong = ecs_service(place, raw, cluster)
                items += [one, *wrong]
            yield items


def ecs_service(
    place: Place, raw: Mapping[str, Any], cluster: Resource
) -> tuple[Resource, list[Fault]]:
    """One service, and its faults."""
    arn, name = text(raw.get("serviceArn")), text(raw.get("serviceName"))
    wanted, running = (int(number(raw.get(n)) or 0) for n in ("desiredCount", "runningCount"))
    bare = Resource(
        key=arn, kind="service", name=name, region=place.region, account=place.account.id
    )
    faults = [*_missing(bare, wanted, running, raw), *_rollout(bare, raw)]
    down = wanted > 0 and running == 0
    health = (Health.DOWN if down else Health.DEGRADED) if faults else Health.OK
    resource = Resource(
        key=arn, kind="service", name=name, state=text(raw.get("status")).lower(), health=health,
        why=faults[0].title if faults else "", type=f"ecs {text(raw.get('launchType'))}".strip(),
        region=place.region, account=place.account.id, group=cluster.name,
        size=size(replicas=wanted, running=running), tags=tags(raw.get("tags")),
        parents=(cluster.key,), created_at=at(raw.get("createdAt")), url=console(arn),
        facts=facts(task=tail(text(raw.get("taskDefinition")))),
    )  # fmt: skip
    return resource, faults


def _missing(of: Resource, wanted: int, running: int, raw: Mapping[str, Any]) -> list[Fault]:
    if running >= wanted or text(raw.get("status")) not in ("ACTIVE", ""):
        return []
    told = [text(each.get("message")) for each in parts(raw, "events")[:3]]
    severity = Severity.CRITICAL if running == 0 else Severity.WARNING
    said = f"{of.name}: {running} of {wanted} tasks run"
    return [
        fault(of, "TasksMissing", severity, said, description="\n".join(told),
              after=5 * MINUTE, calm=2 * MINUTE)
    ]  # fmt: skip


def _rollout(of: Resource, raw: Mapping[str, Any]) -> list[Fault]:
    for each in parts(raw, "deployments"):
        if text(each.get("rolloutState")) == "FAILED":
            said = f"{of.name}: its deployment failed"
            why = text(each.get("rolloutStateReason"))
            return [
                fault(of, "DeploymentFailed", Severity.ERROR, said, description=why,
                      since=at(each.get("updatedAt")))
            ]  # fmt: skip
    return []


async def eks(place: Place) -> AsyncIterator[list[Item]]:
    """All EKS clusters with their node groups."""
    async for page in place.pages("eks", "ListClusters", maxResults=100):
        for name in page.get("clusters") or ():
            raw = part(await place.maybe("eks", "DescribeCluster", name=name), "cluster")
            if not raw:
                continue
            one, wrong = eks_thing(place, raw, "cluster", place.zone(""))
            items: list[Item] = [one, *wrong]
            async for inner in place.pages("eks", "ListNodegroups", clusterName=name):
                for group in inner.get("nodegroups") or ():
                    answer = await place.maybe(
                        "eks", "DescribeNodegroup", clusterName=name, nodegroupName=group
                    )
                    if found := part(answer, "nodegroup"):
                        pool, wrong = eks_thing(place, found, "pool", one.key)
                        items += [pool, *wrong]
            yield items


def eks_thing(
    place: Place, raw: Mapping[str, Any], kind: str, parent: str
) -> tuple[Resource, list[Fault]]:
    """A cluster or a node group, and what EKS says is wrong with it."""
    pool = kind == "pool"
    arn = text(raw.get("nodegroupArn" if pool else "arn"))
    name = text(raw.get("nodegroupName" if pool else "name"))
    state, wanted = text(raw.get("status")), part(raw, "scalingConfig")
    bare = Resource(key=arn, kind=kind, name=name, region=place.region, account=place.account.id)
    issues = parts(part(raw, "health"), "issues")
    faults = [_issue(bare, each) for each in issues]
    health = _STATES.get(state, Health.UNKNOWN)
    if health is Health.DOWN and not faults:
        faults = [fault(bare, "ClusterFailed", Severity.CRITICAL, f"{name}: {state.lower()}")]
    elif faults and health in (Health.OK, Health.UNKNOWN):
        health = Health.DEGRADED
    resource = Resource(
        key=arn, kind=kind, name=name, state=state.lower(), health=health,
        why=faults[0].title if faults else "", type=", ".join(raw.get("instanceTypes") or ())
        if pool else "eks", region=place.region, account=place.account.id,
        group=text(raw.get("clusterName")), tags=tags(raw.get("tags")),
        size=size(replicas=number(wanted.get("desiredSize"))),
        ids=unique((raw.get("endpoint"),)), parents=(parent,),
        created_at=at(raw.get("createdAt")), url=console(arn),
        facts=facts(version=raw.get("version"), release=raw.get("releaseVersion")),
    )  # fmt: skip
    return resource, faults


def _issue(of: Resource, raw: Mapping[str, Any]) -> Fault:
    code = text(raw.get("code")) or "HealthIssue"
    about = ", ".join(str(each) for each in (raw.get("resourceIds") or ())[:20])
    return fault(
        of, code, Severity.ERROR, f"{of.name}: {text(raw.get('message')) or code}",
        description=about, after=MINUTE, calm=2 * MINUTE,
    )  # fmt: skip


async def registries(place: Place) -> AsyncIterator[list[Item]]:
    """All image repositories."""
    async for page in place.pages("ecr", "DescribeRepositories", maxResults=1000):
        yield [
            Resource(
                key=text(raw.get("repositoryArn")), kind="registry",
                name=text(raw.get("repositoryName")), type="ecr", region=place.region,
                account=place.account.id, created_at=at(raw.get("createdAt")),
                addresses=unique((raw.get("repositoryUri"),)), parents=(place.zone(""),),
                url=console(text(raw.get("repositoryArn"))),
                facts=facts(tags=raw.get("imageTagMutability")),
            )
            for raw in parts(page, "repositories")
        ]  # fmt: skip
