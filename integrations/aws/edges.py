"""What stands at the edge: certificates, DNS zones, CloudFront; and buckets and stacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from integrations.aws import tagging
from integrations.aws.place import Place, Thing
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
    text,
    unique,
)  # fmt: skip
from integrations.base import Item
from store.model import DAY, Severity
from store.model.resource import Fault, Health, Resource

_URGENT = 7 * DAY


async def certificates(place: Place) -> AsyncIterator[list[Item]]:
    """All ACM certificates, and which end soon."""
    named = await tagging.of(place, "acm:certificate")
    kinds = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1",
             "EC_secp521r1"]  # fmt: skip
    async for page in place.pages(
        "acm", "ListCertificates", MaxItems=1000, Includes={"keyTypes": kinds}
    ):
        items: list[Item] = []
        for raw in parts(page, "CertificateSummaryList"):
            one, wrong = certificate(place, raw, named)
            items += [one, *wrong]
        yield items


def certificate(
    place: Place, raw: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]
) -> tuple[Resource, list[Fault]]:
    """One certificate. AWS renews its own as long as the domain is proved to it."""
    arn, name = text(raw.get("CertificateArn")), text(raw.get("DomainName"))
    state, ends = text(raw.get("Status")), at(raw.get("NotAfter"))
    used = raw.get("InUse")
    bare = Resource(
        key=arn, kind="certificate", name=name or arn, region=place.region, account=place.account.id
    )
    faults = [] if used is False else _ending(place, bare, ends, state)
    health = Health.OK if state in ("ISSUED", "") else Health.UNKNOWN
    if state in ("EXPIRED", "FAILED", "REVOKED", "VALIDATION_TIMED_OUT"):
        health = Health.DOWN
    resource = Resource(
        key=arn, kind="certificate", name=bare.name, state=state.lower(),
        health=Health.DEGRADED if faults and health is Health.OK else health,
        why=faults[0].title if faults else "", type=text(raw.get("Type")).lower(),
        region=place.region, account=place.account.id, tags=dict(named.get(arn, {})),
        parents=(place.zone(""),), created_at=at(raw.get("CreatedAt") or raw.get("ImportedAt")),
        url=console(arn),
        facts=facts(
            ends=raw.get("NotAfter"), in_use="" if used is None else "yes" if used else "no",
            names=", ".join(raw.get("SubjectAlternativeNameSummaries") or ()),
            renewal=raw.get("RenewalEligibility"),
        ),
    )  # fmt: skip
    return resource, faults


def _ending(place: Place, of: Resource, ends: int | None, state: str) -> list[Fault]:
    if ends is None or state not in ("ISSUED", "EXPIRED", ""):
        return []
    left = ends - place.now
    if left > place.source.number("certificate_days") * DAY:
        return []
    if left <= 0:
        said, severity = "has expired", Severity.CRITICAL
    else:
        said = f"expires in {max(left // DAY, 1)} d"
        severity = Severity.CRITICAL if left < _URGENT else Severity.WARNING
    return [fault(of, "CertificateExpires", severity, f"The certificate of {of.name} {said}")]


async def names(place: Place) -> AsyncIterator[list[Item]]:
    """All DNS zones."""
    async for page in place.pages("route53", "ListHostedZones", MaxItems="100"):
        yield [_zone(place, raw) for raw in parts(page, "HostedZones")]


def _zone(place: Place, raw: Mapping[str, Any]) -> Resource:
    ident = text(raw.get("Id")).rpartition("/")[2]
    arn = f"arn:{place.account.partition}:route53:::hostedzone/{ident}"
    config = part(raw, "Config")
    return Resource(
        key=arn, kind="dns", name=text(raw.get("Name")).rstrip("."), account=place.account.id,
        type="private" if config.get("PrivateZone") else "public", ids=(ident,),
        size=size(records=number(raw.get("ResourceRecordSetCount"))), parents=(place.key(),),
        url=console(arn), facts=facts(comment=config.get("Comment")),
    )  # fmt: skip


async def distributions(place: Place) -> AsyncIterator[list[Item]]:
    """All CloudFront distributions."""
    async for page in place.pages("cloudfront", "ListDistributions"):
        yield [
            Resource(
                key=text(raw.get("ARN")), kind="gateway", name=text(raw.get("DomainName")),
                state=text(raw.get("Status")).lower(), type="cloudfront",
                account=place.account.id, ids=unique((raw.get("Id"),)), parents=(place.key(),),
                addresses=unique((
                    raw.get("DomainName"), *(part(raw, "Aliases").get("Items") or ())
                )),
                url=console(text(raw.get("ARN"))),
                facts=facts(enabled="" if raw.get("Enabled") else "no", comment=raw.get("Comment")),
            )
            for raw in parts(part(page, "DistributionList"), "Items")
        ]  # fmt: skip


async def buckets(place: Place) -> AsyncIterator[list[Item]]:
    """All S3 buckets, with the tags that each region's tagging API knows."""
    found: list[dict[str, Any]] = []
    async for page in place.pages("s3", "ListBuckets", MaxBuckets=1000):  # it names regions then
        found += parts(page, "Buckets")
    for start in range(0, len(found), 50):
        raws = found[start : start + 50]
        regions = await asyncio.gather(*(_where(place, raw) for raw in raws))
        found[start : start + 50] = [
            {**raw, "BucketRegion": region} for raw, region in zip(raws, regions, strict=True)
        ]
    regions_of = {each["BucketRegion"] for each in found} & set(place.account.regions)
    named: dict[str, dict[str, str]] = {}
    for region in sorted(regions_of):
        named |= await tagging.of(place.at(region), "s3")
    yield [_bucket(place, raw, named) for raw in found]


async def _where(place: Place, raw: Mapping[str, Any]) -> str:
    if raw.get("BucketRegion"):
        return str(raw["BucketRegion"])
    answer = await place.maybe("s3", "GetBucketLocation", Bucket=raw.get("Name"))
    said = text(answer.get("LocationConstraint"))
    return {"": place.account.home, "EU": "eu-west-1"}.get(said, said)


def _bucket(
    place: Place, raw: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]
) -> Resource:
    name, region = text(raw.get("Name")), text(raw.get("BucketRegion"))
    arn = f"arn:{place.account.partition}:s3:::{name}"
    place.at(region).things("buckets")[name] = Thing(arn, "bucket", name)
    return Resource(
        key=arn, kind="bucket", name=name, region=region, account=place.account.id,
        tags=dict(named.get(arn, {})), parents=(place.key(region),),
        created_at=at(raw.get("CreationDate")), url=console(arn),
    )  # fmt: skip


async def stacks(place: Place) -> AsyncIterator[list[Item]]:
    """All CloudFormation stacks, and which are stuck."""
    async for page in place.pages("cloudformation", "DescribeStacks"):
        items: list[Item] = []
        for raw in parts(page, "Stacks"):
            one, wrong = stack(place, raw)
            items += [one, *wrong]
        yield items


def stack(place: Place, raw: Mapping[str, Any]) -> tuple[Resource, list[Fault]]:
    """One stack. ``…_FAILED`` needs somebody, ``ROLLBACK_COMPLETE`` is where it was before."""
    arn, name = text(raw.get("StackId")), text(raw.get("StackName"))
    state, drift = text(raw.get("StackStatus")), part(raw, "DriftInformation")
    failed = state.endswith("_FAILED")
    one = Resource(
        key=arn, kind="stack", name=name, state=state.lower().replace("_", " "),
        health=Health.DEGRADED if failed else Health.OK,
        why=text(raw.get("StackStatusReason")) if failed else "", type="cloudformation",
        region=place.region, account=place.account.id, tags=tags(raw.get("Tags")),
        parents=(place.zone(""),), created_at=at(raw.get("CreationTime")), url=console(arn),
        facts=facts(
            changed=raw.get("LastUpdatedTime"), drift=drift.get("StackDriftStatus"),
            description=raw.get("Description"),
        ),
    )  # fmt: skip
    if not failed:
        return one, []
    said = f"Stack {name}: {one.state}"
    return one, [fault(one, "StackFailed", Severity.WARNING, said, description=one.why,
                       since=at(raw.get("LastUpdatedTime")))]  # fmt: skip
