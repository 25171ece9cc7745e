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
LATE = 20 * MINUTE
"""CloudTrail tells an event up to a quarter of an hour after it happened."""
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
            one = happened(place, raw)
            if one is not None and one.key not in told:
                told[one.key] = one.at
                items.append(one)
        yield items
        number += 1
        if number >= PAGES:
            place.note(f"more than {PAGES * 50} changes since the last look: the oldest left out")
            break
    place.state["told"] = dict(sorted(told.items(), key=lambda each: -each[1])[:2000])
    place.state["until"] = place.now


def happened(place: Place, raw: Mapping[str, Any]) -> Happening | None:
    """One call; None for those that nobody would ask about."""
    name, ident = text(raw.get("EventName")), text(raw.get("EventId"))
    if not ident or _DULL.fullmatch(name) or text(raw.get("ReadOnly")) == "true":
        return None
    full = _full(raw.get("CloudTrailEvent"))
    failed = text(full.get("errorCode"))
    who = author(full) or text(raw.get("Username"))
    named = [
        (text(each.get("ResourceType")), text(each.get("ResourceName")))
        for each in parts(raw, "Resources")
    ]
    about = next((key for kind, each in named if (key := by_type(place, kind, each))), "")
    what = ", ".join(dict.fromkeys(each for _, each in named[:3] if each))
    said = f"{name} {what}".strip() + (f" failed: {failed}" if failed else "")
    labels = {
        "service": text(raw.get("EventSource")).removesuffix(".amazonaws.com"),
        "account": place.account.id, "region": text(full.get("awsRegion")) or place.region,
        "address": text(full.get("sourceIPAddress")),
    }  # fmt: skip
    return Happening(
        key=f"cloudtrail:{ident}", at=at(raw.get("EventTime")) or place.now, reason=name, text=said,
        resource=about, who=who, warning=bool(failed), change=not failed,
        labels={name: value for name, value in labels.items() if value},
    )  # fmt: skip


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
