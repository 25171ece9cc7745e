"""Cost Explorer: what was spent a day, by service, region and what was used, and whose it is. Each
question costs a cent: two an account each time, the whole span once, then the last days."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.aws.place import Place
from integrations.aws.reading import number, part, parts, text
from integrations.aws.usage import region_of, usage_of
from integrations.base import Item
from store import clock
from store.model import DAY
from store.model.resource import Cost

AGAIN = 3
"""So many days are read anew each time: AWS changes them afterwards."""
SMALL = 0.01
METRIC = "UnblendedCost"
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d{1,2}|global|NoRegion")


@dataclass(frozen=True, slots=True)
class Line:
    """One group of an answer: its words, and how much."""

    day: str
    words: Mapping[str, str]
    amount: float
    currency: str


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """The days that are not known for good yet."""
    today = place.now // DAY * DAY
    first = today - int(place.source.number("cost_days")) * DAY
    known = int(place.state.get("until") or 0)
    begin = max(first, min(known, today) - AGAIN * DAY) if known else first
    linked = place.source.flags["linked_costs"]
    by = [_dimension("LINKED_ACCOUNT"), _dimension("SERVICE")]
    if not linked:
        by = [_dimension("SERVICE"), _dimension("USAGE_TYPE")]
    lines = await _asked(place, begin, today, by, linked)
    if not lines:
        return
    shares: Mapping[tuple[str, str], Mapping[str, float]] = {}
    if tag := place.source.cost_tag:
        tagged = await _asked(
            place, begin, today, [_dimension("SERVICE"), {"Type": "TAG", "Key": tag}], linked
        )
        shares = shares_of(tagged)
    by_day: dict[str, list[Line]] = defaultdict(list)
    for each in lines:
        by_day[each.day].append(each)
    for day in sorted(by_day):
        told = gathered(cost(place, each) for each in by_day[day])
        yield [each for one in told for each in shared(one, shares, place.source.cost_tag)]
    place.state["until"] = today


def _dimension(key: str) -> dict[str, str]:
    return {"Type": "DIMENSION", "Key": key}


async def _asked(
    place: Place, begin: int, today: int, by: list[dict[str, str]], linked: bool
) -> list[Line]:
    """The lines of all days, grouped so."""
    span = {"Start": _day(begin), "End": _day(today + DAY)}
    asked: dict[str, Any] = {"TimePeriod": span, "Granularity": "DAILY", "Metrics": [METRIC],
                             "GroupBy": by}  # fmt: skip
    if not linked:
        dimension = {"Key": "LINKED_ACCOUNT", "Values": [place.account.id]}
        asked["Filter"] = {"Dimensions": dimension}
    found: list[Line] = []
    async for page in place.pages("ce", "GetCostAndUsage", **asked):
        groups = parts(page, "GroupDefinitions") or by
        for each in parts(page, "ResultsByTime"):
            found += lines_of(each, [text(g.get("Key")) for g in groups])
    return found


def _day(at: int) -> str:
    return f"{clock.to_datetime(at):%Y-%m-%d}"


def lines_of(result: Mapping[str, Any], keys: list[str]) -> Iterator[Line]:
    """The groups of a day; its total where it is not grouped."""
    day = text(part(result, "TimePeriod").get("Start"))[:10]
    groups = parts(result, "Groups")
    for each in groups or [{"Keys": [], "Metrics": part(result, "Total")}]:
        metrics = part(each, "Metrics")
        amount = part(metrics, METRIC) or part(metrics, next(iter(metrics), ""))
        much = number(amount.get("Amount"))
        said = [str(key) for key in each.get("Keys") or ()]
        if much is not None and day:
            yield Line(day, words(said, keys), much, text(amount.get("Unit")) or "USD")


def words(said: list[str], keys: list[str]) -> dict[str, str]:
    """What each key of a group is: as it was asked for, or as it looks where it is another."""
    found: dict[str, str] = {}
    for index, each in enumerate(said):
        name = keys[index] if index < len(keys) else "SERVICE"
        if _ACCOUNT.fullmatch(each):
            name = "LINKED_ACCOUNT"
        elif _REGION.fullmatch(each) and name != "USAGE_TYPE":
            name = "REGION"
        elif "$" in each and name not in ("SERVICE", "USAGE_TYPE"):
            name, each = "TAG", each.partition("$")[2]  # noqa: PLW2901
        found[name] = each
    return found


def cost(place: Place, line: Line) -> Cost:
    """A line of the bill."""
    usage = line.words.get("USAGE_TYPE", "")
    region = line.words.get("REGION", "") or region_of(usage)
    return Cost(
        day=line.day, service=short(line.words.get("SERVICE", "")), amount=line.amount,
        currency=line.currency, account=line.words.get("LINKED_ACCOUNT", "") or place.account.id,
        region="" if region == "NoRegion" else region, usage=usage_of(usage),
    )  # fmt: skip


_SHORT = {"Amazon Elastic Compute Cloud - Compute": "Amazon EC2",
          "Amazon Elastic Load Balancing": "Elastic Load Balancing",
          "Amazon Relational Database Service": "Amazon RDS",
          "Amazon Simple Storage Service": "Amazon S3",
          "Amazon Simple Queue Service": "Amazon SQS",
          "Amazon Simple Notification Service": "Amazon SNS",
          "AmazonCloudWatch": "Amazon CloudWatch",
          "Amazon Elastic Container Service": "Amazon ECS",
          "Amazon Elastic Container Service for Kubernetes": "Amazon EKS",
          "EC2 - Other": "EC2 other"}  # fmt: skip


def short(service: str) -> str:
    """A service as people call it."""
    return _SHORT.get(service) or re.sub(r"^(Amazon|AWS)(?=[A-Z])", r"\1 ", service) or "AWS"


def gathered(costs: Iterable[Cost]) -> list[Cost]:
    """A day's lines, same ones added up; those under a cent are one line for each service."""
    found: dict[tuple[str, ...], Cost] = {}
    for each in costs:
        one = each if abs(each.amount) >= SMALL else replace(each, usage="", region="")
        key = (one.day, one.service, one.account, one.region, one.usage, one.currency)
        have = found.get(key)
        found[key] = one if have is None else replace(have, amount=have.amount + one.amount)
    return [each for each in found.values() if each.amount]


def shares_of(lines: Iterable[Line]) -> dict[tuple[str, str], dict[str, float]]:
    """For each day and service what part of it has which value of the tag."""
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for each in lines:
        key = (each.day, short(each.words.get("SERVICE", "")))
        found[key][each.words.get("TAG", "")] += max(each.amount, 0.0)
    return {
        key: {value: much / total for value, much in by.items() if much}
        for key, by in found.items()
        if (total := sum(by.values()))
    }


def shared(
    one: Cost, shares: Mapping[tuple[str, str], Mapping[str, float]], tag: str
) -> list[Cost]:  # fmt: skip
    """A line by the values of the tag, as its service was on that day; the sum stays."""
    by = shares.get((one.day, one.service), {})
    if not by or one.amount == 0:
        return [one]
    return [
        replace(one, amount=one.amount * much, tags={tag: value} if value else {})
        for value, much in by.items()
    ]
