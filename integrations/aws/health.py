"""AWS Health: what AWS itself says is wrong, or plans; accounts with Business support have it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from integrations.aws.place import Place
from integrations.aws.pointing import by_id
from integrations.aws.reading import at, part, parts, text
from integrations.base import Item
from store.model import Severity
from store.model.resource import Fault, Happening

_SEVERITIES = {"issue": Severity.ERROR, "investigation": Severity.WARNING,
               "scheduledChange": Severity.WARNING}  # fmt: skip
_AT_ONCE = 10


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """What is open or planned now, and the latest notices."""
    async for page in place.pages(
        "health", "DescribeEvents", filter={"eventStatusCodes": ["open", "upcoming"]},
        maxResults=100,
    ):  # fmt: skip
        events = [each for each in parts(page, "events") if _ours(place, each)]
        for start in range(0, len(events), _AT_ONCE):
            some = events[start : start + _AT_ONCE]
            arns = [text(each.get("arn")) for each in some]
            said, whom = await _details(place, arns), await _entities(place, arns)
            items: list[Item] = []
            for each in some:
                arn = text(each.get("arn"))
                items += told(place, each, said.get(arn, ""), whom.get(arn, ()))
            yield items


def _ours(place: Place, event: Mapping[str, Any]) -> bool:
    """What is public is everybody's, of all regions; the rest is said to this account."""
    region = text(event.get("region"))
    mine = not region or region == "global" or region in place.account.regions
    return mine or text(event.get("eventScopeCode")) == "ACCOUNT_SPECIFIC"


async def _details(place: Place, arns: Sequence[str]) -> dict[str, str]:
    answer = await place.maybe("health", "DescribeEventDetails", eventArns=list(arns))
    return {
        text(part(each, "event").get("arn")): str(
            part(each, "eventDescription").get("latestDescription") or ""
        )[:4000]
        for each in parts(answer, "successfulSet")
    }


async def _entities(place: Place, arns: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    async for each in place.items(
        "health", "DescribeAffectedEntities", "entities", filter={"eventArns": list(arns)},
        maxResults=100,
    ):  # fmt: skip
        if text(each.get("statusCode")) not in ("UNIMPAIRED", "RESOLVED"):
            found.setdefault(text(each.get("eventArn")), []).append(text(each.get("entityValue")))
    return found


def told(
    place: Place, event: Mapping[str, Any], said: str, entities: Sequence[str]
) -> list[Item]:  # fmt: skip
    """An event as a fault; a mere notice is something that happened."""
    arn, code = text(event.get("arn")), text(event.get("eventTypeCode"))
    region = text(event.get("region"))
    there = place.at(region) if region in place.account.regions else place
    keys = [by_id(there, each) for each in entities]
    known = [key for key in keys if key]
    about = known[0] if len(known) == 1 else there.zone("") if there is not place else place.key()
    words = code.removeprefix("AWS_").replace("_", " ").lower()
    named = f": {', '.join(entities[:3])}" if entities else ""
    title = f"AWS {text(event.get('service'))}: {words}{named}"
    severity = _SEVERITIES.get(text(event.get("eventTypeCategory")))
    labels = {"service": text(event.get("service")), "region": region, "event": code,
              "account": place.account.id}  # fmt: skip
    begun = at(event.get("startTime"))
    if severity is None:
        return [Happening(f"{arn}/{place.account.id}", begun or place.now, code, f"{title}. {said}",
                          about, "AWS", labels=labels)]  # fmt: skip
    listed = "\n".join(entities[:50])
    return [
        Fault(
            f"{arn}/{place.account.id}", code or "AWSHealth", severity, title, about,
            f"{said}\n{listed}".strip(), labels, since=begun,
        )
    ]  # fmt: skip
