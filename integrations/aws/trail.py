"""CloudTrail: who changed what, as far as it was not told yet."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from integrations.aws.place import Place
from integrations.aws.pointing import by_type
from integrations.aws.reading import at, part, parts, text
from integrations.base import Item
from store import clock
from store.model import HOUR, MINUTE
from store.model.resource import Happening

PAGES = 10
MANY = 50
"""So many resources of one call are told of."""
LATE = 20 * MINUTE
"""CloudTrail tells an event up to a quarter of an hour after it happened."""
_AROUND = frozenset(
    ("VPC", "Subnet", "SecurityGroup", "NetworkInterface", "Ami", "KeyPair", "Role", "Key")
)
"""Types that many calls name only beside what they are about."""
_DULL = re.compile(
    r"AssumeRole.*|GetSessionToken|GetFederationToken|ConsoleLogin|CheckMfa|Decrypt|Encrypt"
    r"|GenerateDataKey.*|CreateGrant|RetireGrant|CreateLogStream|PutLogEvents|PutMetricData"
    r"|UpdateInstanceInformation|PutInventory|PutConfigEvents|PutEvaluations|Submit\w+StateChange"
    r"|DiscoverPollEndpoint|SendHeartbeat|RecordLifecycleActionHeartbeat|StartQuery\w*|Publish"
    r"|OpenDataChannel|OpenControlChannel|UpdateInstanceCustomHealthStatus|PutComplianceItems"
    r"|SharedSnapshot\w*|CreateNetworkInterface|DeleteNetworkInterface|BatchGetImage"
    r"|(?:Get|List|Describe|Head|Search|Lookup)[A-Z]\w*"
)


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """Calls that changed something, the newest first."""
    known = place.state.get("told") or {}
    since = place.now - LATE if known else place.now - HOUR
    since = max(min(int(place.state.get("until") or since) - LATE, since), place.now - 6 * HOUR)
    told: dict[str, int] = {name: when for name, when in known.items() if when > since - LATE}
    number = 0
    async for page in place.pages(
        "cloudtrail", "LookupEvents", StartTime=clock.to_datetime(since),
        EndTime=clock.to_datetime(place.now), MaxResults=50,
        LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
    ):  # fmt: skip
        items: list[Item] = []
        for raw in parts(page, "Events"):
            for one in happened(place, raw):
                if one.key not in told:
                    told[one.key] = one.at
                    items.append(one)
        yield items
        number += 1
        if number >= PAGES:
            place.note(f"more than {PAGES * 50} changes since the last look: the oldest left out")
            break
    place.state["told"] = dict(sorted(told.items(), key=lambda each: -each[1])[:2000])
    place.state["until"] = place.now


def happened(place: Place, raw: Mapping[str, Any]) -> list[Happening]:
    """One call, told of each resource it was about; nothing for those that nobody would ask for."""
    name, ident = text(raw.get("EventName")), text(raw.get("EventId"))
    if not ident or _DULL.fullmatch(name) or text(raw.get("ReadOnly")) == "true":
        return []
    full = _full(raw.get("CloudTrailEvent"))
    failed, asked = text(full.get("errorCode")), part(full, "requestParameters")
    labels = {
        "service": text(raw.get("EventSource")).removesuffix(".amazonaws.com"),
        "account": place.account.id, "region": text(full.get("awsRegion")) or place.region,
        "address": text(full.get("sourceIPAddress")), "type": text(asked.get("instanceType")),
    }  # fmt: skip
    labels = {name: value for name, value in labels.items() if value}
    found = []
    for index, (kind, what) in enumerate(abouts(name, raw)):
        said = f"{name} {what}".strip() + (f" ({labels['type']})" if "type" in labels else "")
        said += f" failed: {failed}" if failed else ""
        found.append(
            Happening(
                key=f"cloudtrail:{ident}" + (f":{index}" if index else ""),
                at=at(raw.get("EventTime")) or place.now, reason=name, text=said,
                resource=by_type(place, kind, what),
                who=author(full) or text(raw.get("Username")), warning=bool(failed),
                change=not failed, labels=labels,
            )
        )  # fmt: skip
    return found


def abouts(name: str, raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a call was about, by type and name: what it is called after, then whatever is not just
    where it happened."""
    named = [
        (text(each.get("ResourceType")), text(each.get("ResourceName")))
        for each in parts(raw, "Resources")
    ]
    named = [each for each in dict.fromkeys(named) if each[1]]
    after = [each for each in named if (word := each[0].rpartition(":")[2]) and word in name]
    own = [each for each in named if each[0].rpartition(":")[2] not in _AROUND]
    return (after or own[:1] or named[:1] or [("", "")])[:MANY]


def _full(value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value) if isinstance(value, str) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def author(full: Mapping[str, Any]) -> str:
    """Who called: a user, a session and its role, or a service of AWS."""
    who = part(full, "userIdentity")
    if service := text(who.get("invokedBy")):
        return service.removesuffix(".amazonaws.com")
    pieces = text(who.get("arn")).split("/")
    if text(who.get("type")) == "AssumedRole" and len(pieces) >= 3:
        return f"{pieces[-1]} ({pieces[-2]})"
    return text(who.get("userName")) or (pieces[-1] if len(pieces) > 1 else "") or (
        "root" if text(who.get("type")) == "Root" else ""
    )  # fmt: skip
