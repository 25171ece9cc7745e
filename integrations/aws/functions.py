"""Lambda functions and SQS queues."""

from __future__ import annotations

import asyncio
import json
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
    tail,
    text,
    unique,
)  # fmt: skip
from integrations.base import Item
from store.model import DAY, MINUTE, Severity
from store.model.resource import Fault, Health, Resource, Sample

CLOSELY = 100
"""So many functions are asked one by one for their state; of more only those lately changed."""


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """All functions."""
    named = await tagging.of(place, "lambda:function")
    found: dict[str, Thing] = {}
    asked = 0
    async for page in place.pages("lambda", "ListFunctions", MaxItems=50):
        items: list[Item] = []
        for raw in parts(page, "Functions"):
            name = text(raw.get("FunctionName"))
            changed = at(raw.get("LastModified")) or 0
            if not raw.get("State") and (asked < CLOSELY or changed > place.now - DAY):
                asked += 1
                answer = await place.maybe("lambda", "GetFunctionConfiguration", FunctionName=name)
                raw = {**raw, **answer}  # noqa: PLW2901
            one, wrong = function(place, raw, named)
            items += [one, *wrong]
            found[name] = Thing(one.key, "function", name)
        yield items
    place.things("functions").clear()
    place.things("functions").update(found)


def function(
    place: Place, raw: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]
) -> tuple[Resource, list[Fault]]:
    """One function, and whether it can't run."""
    name = text(raw.get("FunctionName"))
    arn = text(raw.get("FunctionArn")) or place.arn("lambda", f"function:{name}")
    state, updated = text(raw.get("State")), text(raw.get("LastUpdateStatus"))
    net = part(raw, "VpcConfig")
    bare = Resource(
        key=arn, kind="function", name=name, region=place.region, account=place.account.id
    )
    faults = _faults(bare, raw, state, updated)
    health = Health.DOWN if state == "Failed" else Health.DEGRADED if faults else Health.OK
    resource = Resource(
        key=arn, kind="function", name=name, state=(state or "active").lower(), health=health,
        why=faults[0].title if faults else "", type=text(raw.get("Runtime")), region=place.region,
        account=place.account.id, tags=dict(named.get(arn, {})),
        size=size(memory_mb=number(raw.get("MemorySize")), timeout=number(raw.get("Timeout"))),
        parents=unique((net.get("VpcId"), place.zone(""))), url=console(arn),
        facts=facts(
            changed=raw.get("LastModified"), handler=raw.get("Handler"),
            role=tail(text(raw.get("Role"))), package=raw.get("PackageType"),
        ),
    )  # fmt: skip
    return resource, faults


def _faults(of: Resource, raw: Mapping[str, Any], state: str, updated: str) -> list[Fault]:
    if state == "Failed":
        why = text(raw.get("StateReason")) or text(raw.get("StateReasonCode"))
        said = f"{of.name}: the function can't run"
        return [fault(of, "FunctionFailed", Severity.ERROR, said, description=why)]
    if updated == "Failed":
        why = text(raw.get("LastUpdateStatusReason")) or text(raw.get("LastUpdateStatusReasonCode"))
        said = f"{of.name}: its last update failed"
        return [fault(of, "FunctionUpdateFailed", Severity.WARNING, said, description=why)]
    return []


async def queues(place: Place) -> AsyncIterator[list[Item]]:
    """All queues with their depth; those that take what others could not deliver are known once
    all were seen."""
    named = await tagging.of(place, "sqs")
    urls: list[str] = []
    async for page in place.pages("sqs", "ListQueues", MaxResults=1000):
        urls += [str(each) for each in page.get("QueueUrls") or ()]
    letters: set[str] = set()
    waiting: dict[str, tuple[Resource, int]] = {}
    found: dict[str, Thing] = {}
    for start in range(0, len(urls), 50):
        answers = await asyncio.gather(*(_attributes(place, each) for each in urls[start:][:50]))
        items: list[Item] = []
        for url, told in zip(urls[start:], answers, strict=False):
            if not told:
                continue
            one = queue(place, url, told, named)
            letters |= set(_letters(told))
            depth = int(number(told.get("ApproximateNumberOfMessages")) or 0)
            items += [one, Sample(one.key, "queue_depth", place.now, float(depth))]
            found[one.name] = Thing(one.key, "queue", one.name)
            if depth:
                waiting[one.key] = (one, depth)
        yield items
    place.things("queues").clear()
    place.things("queues").update(found)
    if place.source.flags["dead_letters"]:
        yield [_dead(*waiting[arn]) for arn in sorted(letters & set(waiting))]


async def _attributes(place: Place, url: str) -> dict[str, Any]:
    answer = await place.maybe("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
    return part(answer, "Attributes")


def queue(
    place: Place, url: str, told: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]
) -> Resource:
    """One queue."""
    arn = text(told.get("QueueArn")) or place.arn("sqs", url.rpartition("/")[2])
    return Resource(
        key=arn, kind="queue", name=tail(arn), state="active",
        type="fifo" if told.get("FifoQueue") == "true" else "standard", region=place.region,
        account=place.account.id, tags=dict(named.get(arn, {})), parents=(place.zone(""),),
        created_at=at(told.get("CreatedTimestamp")), url=console(arn),
        facts=facts(
            retention=f"{int(number(told.get('MessageRetentionPeriod')) or 0) // 86400} d",
            dead_letters=", ".join(tail(each) for each in _letters(told)),
        ),
    )  # fmt: skip


def _letters(told: Mapping[str, Any]) -> list[str]:
    """The ARN of the queue that takes what this one could not deliver."""
    try:
        policy = json.loads(text(told.get("RedrivePolicy")) or "{}")
    except ValueError:
        return []
    arn = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    return [str(arn)] if arn else []


def _dead(one: Resource, depth: int) -> Fault:
    messages = "1 message" if depth == 1 else f"{depth} messages"
    return fault(
        one, "DeadLetters", Severity.WARNING, f"{one.name}: {messages} could not be delivered",
        labels={"queue": one.name}, calm=2 * MINUTE,
    )  # fmt: skip
