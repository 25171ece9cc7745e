"""What people ask of one resource: the last lines of its log, the details."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from integrations.aws.calls import Calls
from integrations.aws.reading import parts, text
from integrations.base import Permanent
from store.model import HOUR, Instant
from store.model.resource import Resource

LINES = 100


async def ask(
    calls: Calls, what: str, resource: Resource, params: Mapping[str, Any], now: Instant
) -> Any:
    """``logs`` of servers (their console) and functions; ``detail`` of groups."""
    said = str(params.get("lines") or "")
    lines = min(int(said), 1000) if said.isdigit() else LINES
    if what == "logs" and resource.kind == "server":
        return _last(await _console(calls, resource), lines)
    if what == "logs" and resource.kind == "function":
        return _last(await _function(calls, resource, now), lines)
    if what == "detail" and resource.kind == "autoscaler":
        return await _activities(calls, resource)
    if what == "detail":
        return dict(resource.facts)
    raise Permanent(f"AWS has no {what} of this kind of thing: {resource.kind.replace('_', ' ')}")


def _last(said: str, lines: int) -> str:
    return "\n".join(said.splitlines()[-lines:])


async def _console(calls: Calls, resource: Resource) -> str:
    ident = resource.key.rpartition("/")[2]
    answer = await calls.ask(
        resource.account, resource.region, "ec2", "GetConsoleOutput", {"InstanceId": ident}
    )
    said = str(answer.get("Output") or "")
    try:  # the SDK decodes it for some, stand-ins send it plain
        return base64.b64decode(said, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return said


async def _function(calls: Calls, resource: Resource, now: Instant) -> str:
    found: list[str] = []
    params = {"logGroupName": f"/aws/lambda/{resource.name}", "startTime": now - HOUR,
              "limit": 1000}  # fmt: skip
    seen = 0
    async for page in calls.pages(
        resource.account, resource.region, "logs", "FilterLogEvents", params
    ):
        found += [str(each.get("message") or "").rstrip() for each in parts(page, "events")]
        found, seen = found[-1000:], seen + 1
        if seen >= 5:
            break
    return "\n".join(found)


async def _activities(calls: Calls, resource: Resource) -> dict[str, str]:
    answer = await calls.ask(
        resource.account, resource.region, "autoscaling", "DescribeScalingActivities",
        {"AutoScalingGroupName": resource.name, "MaxRecords": 10},
    )  # fmt: skip
    return {
        text(each.get("StartTime")): f"{text(each.get('StatusCode'))}: "
        f"{text(each.get('Description'))} {text(each.get('StatusMessage'))}".strip()
        for each in parts(answer, "Activities")
    }
