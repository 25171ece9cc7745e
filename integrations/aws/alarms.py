"""CloudWatch alarms: each is a resource, and those in ALARM are faults of what they watch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from integrations.aws import tagging
from integrations.aws.place import Place
from integrations.aws.pointing import by_dimensions
from integrations.aws.reading import at, console, facts, parts, text, unique
from integrations.base import Item
from store.model import Link, Severity
from store.model.resource import Fault, Health, Resource

_HEALTH = {"OK": Health.OK, "ALARM": Health.DEGRADED, "INSUFFICIENT_DATA": Health.UNKNOWN}
IGNORE = ("pixelview", "ignore")
"""The tag of an alarm that is to stay one between AWS and itself."""


async def read(place: Place) -> AsyncIterator[list[Item]]:
    """All alarms but those that only steer the scaling of something."""
    named = await tagging.of(place, "cloudwatch:alarm")
    async for page in place.pages(
        "cloudwatch", "DescribeAlarms", MaxRecords=100, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    ):
        items: list[Item] = []
        for raw in (*parts(page, "MetricAlarms"), *parts(page, "CompositeAlarms")):
            tags = named.get(text(raw.get("AlarmArn")), {})
            if not steers(raw) and tags.get(IGNORE[0]) != IGNORE[1]:
                one, wrong = alarm(place, raw, tags)
                items += [one, *wrong]
        yield items


def steers(raw: Mapping[str, Any]) -> bool:
    """Whether an alarm is there to scale something up and down, and is in ALARM every day."""
    actions = [str(each) for each in raw.get("AlarmActions") or ()]
    scaling = [each for each in actions if ":autoscaling:" in each or ":applicationautoscaling:"
               in each]  # fmt: skip
    named = text(raw.get("AlarmName")).startswith("TargetTracking-")
    return named or (bool(actions) and len(scaling) == len(actions))


def alarm(
    place: Place, raw: Mapping[str, Any], tags: Mapping[str, str]
) -> tuple[Resource, list[Fault]]:
    """One alarm. One whose actions are off says nothing to anybody, and is no fault."""
    arn, name = text(raw.get("AlarmArn")), text(raw.get("AlarmName"))
    state, dims = text(raw.get("StateValue")), dimensions(raw)
    about = by_dimensions(place, dims)
    one = Resource(
        key=arn, kind="alarm", name=name, state=state.lower(),
        health=_HEALTH.get(state, Health.UNKNOWN), why=text(raw.get("StateReason")),
        type="composite" if raw.get("AlarmRule") else text(raw.get("MetricName")),
        region=place.region, account=place.account.id, tags=dict(tags),
        parents=unique((about, place.zone(""))), created_at=None, url=console(arn),
        facts=facts(
            description=raw.get("AlarmDescription"), rule=raw.get("AlarmRule") or _rule(raw),
            muted="" if raw.get("ActionsEnabled", True) else "its actions are off",
        ),
    )  # fmt: skip
    if state != "ALARM" or raw.get("ActionsEnabled") is False:
        return one, []
    return one, [_fault(place, one, raw, about, dims)]


def _fault(
    place: Place, one: Resource, raw: Mapping[str, Any], about: str, dims: Mapping[str, str]
) -> Fault:
    labels = {
        "alarm": one.name, "metric": text(raw.get("MetricName")), "account": one.account,
        "namespace": text(raw.get("Namespace")), "region": one.region, **dims,
    }  # fmt: skip
    said = f"{text(raw.get('AlarmDescription'))}\n{one.why}".strip()
    return Fault(
        key=f"{one.key}/Alarm", kind="CloudWatchAlarm", title=one.name,
        severity=severity(place, one.name, one.tags), resource=about or one.key, description=said,
        labels={name: value for name, value in labels.items() if value},
        links=(Link("Alarm", one.url),) if one.url else (),
        since=at(raw.get("StateTransitionedTimestamp") or raw.get("StateUpdatedTimestamp")),
    )  # fmt: skip


def dimensions(raw: Mapping[str, Any]) -> dict[str, str]:
    """The dimensions of an alarm's metric, or of the first of its metrics that has some."""
    found = parts(raw, "Dimensions")
    for each in parts(raw, "Metrics"):
        found = found or parts((each.get("MetricStat") or {}).get("Metric"), "Dimensions")
    return {text(each.get("Name")): text(each.get("Value")) for each in found}


def severity(place: Place, name: str, tags: Mapping[str, str]) -> Severity:
    """By the alarm's tag, by its name, by the setting."""
    said = next((v for k, v in tags.items() if k.lower() == "severity"), "").lower()
    if said in [each.value for each in Severity]:
        return Severity(said)
    for pattern, found in place.source.alarm_severities.items():
        if fnmatchcase(name.lower(), pattern.lower()):
            return Severity(found)
    return Severity(place.source.alarm_severity)


def _rule(raw: Mapping[str, Any]) -> str:
    signs = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": "≥",
             "LessThanThreshold": "<", "LessThanOrEqualToThreshold": "≤"}  # fmt: skip
    sign = signs.get(text(raw.get("ComparisonOperator")))
    if not sign or raw.get("Threshold") is None:
        return ""
    minutes = int(raw.get("Period") or 60) * int(raw.get("EvaluationPeriods") or 1) // 60
    stat = text(raw.get("Statistic") or raw.get("ExtendedStatistic"))
    return f"{stat} {text(raw.get('MetricName'))} {sign} {raw['Threshold']:g} for {minutes} min"
