"""The wide view: whatever Resource Explorer and the tagging API know beyond what is described."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

from integrations.aws.place import Place
from integrations.aws.reading import console, parts, tags, text
from integrations.base import Item
from store.model.resource import Health, Resource

_DESCRIBED = re.compile(
    r"ec2:(?:instance|volume|snapshot|vpc|subnet|natgateway|elastic-ip)|rds:(?:db|cluster)"
    r"|elasticloadbalancing:loadbalancer|s3:|lambda:function|sqs:|dynamodb:table"
    r"|ecs:(?:cluster|service)|eks:(?:cluster|nodegroup)|acm:certificate|cloudformation:stack"
    r"|cloudwatch:alarm|route53:hostedzone|cloudfront:distribution|ecr:repository"
    r"|elasticache:(?:cluster|replicationgroup)|autoscaling:autoScalingGroup"
)
_SMALL = re.compile(
    r"ec2:(?:security-group-rule|network-interface|network-acl|dhcp-options|route-table"
    r"|capacity-reservation-fleet)|ecs:(?:task|task-definition|container-instance)"
    r"|rds:(?:snapshot|cluster-snapshot|pg|cluster-pg|og|subgrp|auto-backup)|logs:log-stream"
    r"|elasticloadbalancing:(?:listener|listener-rule|targetgroup)|backup:recovery-point"
    r"|elasticache:(?:parametergroup|subnetgroup|user|usergroup|snapshot)|iam:.*|athena:.*"
    r"|cloudwatch:insight-rule|resource-explorer-2:.*|events:rule|ssm:.*"
)
_KINDS = {
    "kms:key": "key", "es:domain": "database", "redshift:cluster": "database",
    "elasticfilesystem:file-system": "volume", "fsx:file-system": "volume", "ec2:image": "image",
    "ec2:internet-gateway": "gateway", "ec2:transit-gateway": "gateway",
    "ec2:vpn-gateway": "gateway", "ec2:vpn-connection": "gateway", "ec2:customer-gateway":
    "gateway", "kinesis:stream": "queue", "mq:broker": "queue", "kafka:cluster": "queue",
    "memorydb:cluster": "cache", "states:stateMachine": "function", "apigateway:restapis":
    "gateway", "apigateway:apis": "gateway", "ec2:vpc-endpoint": "endpoint",
}  # fmt: skip


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """What is tagged, with its tags; then what Resource Explorer has beside."""
    seen: set[str] = set()
    async for page in place.pages("resourcegroupstaggingapi", "GetResources", ResourcesPerPage=100):
        items: list[Item] = []
        for each in parts(page, "ResourceTagMappingList"):
            arn = text(each.get("ResourceARN"))
            if arn not in seen and (one := other(place, arn, tags(each.get("Tags")))):
                items.append(one)
            seen.add(arn)
        yield items
    async for page in place.pages(
        "resource-explorer-2", "ListResources", MaxResults=500,
        Filters={"FilterString": f"region:{place.region}"},
    ):  # fmt: skip
        items = []
        for each in parts(page, "Resources"):
            arn = text(each.get("Arn"))
            ours = text(each.get("OwningAccountId")) in ("", place.account.id)
            if ours and arn not in seen and (one := other(place, arn, {})):
                items.append(one)
            seen.add(arn)
        yield items


def type_of(arn: str) -> tuple[str, str]:
    """An ARN's type and its name: ``kms:key``, ``1234-…``; empty where it is none."""
    pieces = arn.split(":", 5)
    if len(pieces) < 6 or pieces[0] != "arn":
        return "", ""
    kind, _, name = pieces[5].partition("/") if "/" in pieces[5] else pieces[5].partition(":")
    if ":" in kind:  # elasticloadbalancing's are a path, log groups have both
        kind, _, rest = pieces[5].partition(":")
        name = rest
    if pieces[2] == "apigateway":
        kind, _, name = pieces[5].strip("/").partition("/")
    if not name:
        kind, name = ("", kind) if pieces[2] in ("sns", "sqs", "s3") else (kind, kind)
    return f"{pieces[2]}:{kind}", name


def other(place: Place, arn: str, named: Mapping[str, str]) -> Resource | None:
    """What is described nowhere else; None where it is, or is a small part of something."""
    kind, name = type_of(arn)
    if not kind or _DESCRIBED.fullmatch(kind) or _SMALL.fullmatch(kind):
        return None
    return Resource(
        key=arn, kind=_KINDS.get(kind, "other"), name=named.get("Name") or name or arn,
        health=Health.UNKNOWN, type=kind.rstrip(":"), region=place.region,
        account=place.account.id, tags=dict(named), parents=(place.zone(""),), url=console(arn),
    )  # fmt: skip
