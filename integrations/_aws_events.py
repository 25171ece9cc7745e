"""Events of AWS, as EventBridge delivers them: alarms, Health, findings, and state changes.

Shared by the two ways they come: EventBridge itself, and an SNS topic that a rule writes to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from integrations import _aws_findings, _read
from store.model import AlertReading, AlertStatus, AlertType, Severity

ALARM_STATES = {
    "ALARM": _read.FIRING,
    "OK": _read.RESOLVED,
    "INSUFFICIENT_DATA": _read.INFO,
}
"""CloudWatch's three. No data is neither alarm nor all clear."""

_STATES = {
    "failed": _read.FIRING, "failure": _read.FIRING, "timeout": _read.FIRING,
    "timed_out": _read.FIRING, "fault": _read.FIRING, "error": _read.FIRING,
    "terminated_with_errors": _read.FIRING, "aborted": _read.FIRING, "expired": _read.FIRING,
    "non_compliant": _read.FIRING, "set": _read.FIRING, "unhealthy": _read.FIRING,
    "impaired": _read.FIRING, "rejected": _read.FIRING, "rollback": _read.FIRING,
    "warn": _read.FIRING, "notified": _read.FIRING, "partial": _read.FIRING,
    "succeeded": _read.RESOLVED, "success": _read.RESOLVED, "completed": _read.RESOLVED,
    "compliant": _read.RESOLVED, "cleared": _read.RESOLVED, "successful": _read.RESOLVED,
    "ok": _read.RESOLVED, "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
    "passed": _read.RESOLVED,
    "canceled": _read.INFO, "cancelled": _read.INFO, "stopped": _read.INFO, "new": _read.FIRING,
    "archived": _read.INFO, "suppressed": _read.INFO, "superseded": _read.INFO,
    "started": _read.INFO, "pending": _read.INFO, "active": _read.INFO, "open": _read.FIRING,
    "created": _read.INFO, "ended": _read.INFO, "inactive": _read.INFO, "up": _read.INFO,
    "deactivated": _read.INFO, "activated": _read.INFO,
}  # fmt: skip
_LOUD = re.compile(
    r"alert|alarm|warning|unsuccessful|fail|anomal|expir|finding|interruption|error|degraded|abuse",
    re.IGNORECASE,
)
_CI = frozenset(("aws.codebuild", "aws.codepipeline", "aws.codedeploy", "aws.amplify"))
_NAMES = (
    "pipeline", "project-name", "jobName", "job-name", "application", "AutoScalingGroupName",
    "configRuleName", "check-name", "group", "service", "stateMachineArn", "name", "clusterName",
    "cluster-name", "CommonName", "SourceIdentifier", "appId", "instance-id", "EC2InstanceId",
    "clusterArn", "volume", "resourceId", "bucketName", "jobQueue", "alarmName", "resourceArn",
    "document-name", "maintenance-window-id", "stack-name", "channel_arn", "key-id", "directoryId",
    "workspaceId", "ruleName", "crawlerName", "Definition",
)  # fmt: skip
_BEFORE = ("previous", "old", "secondary")
_SUB_NAMES = ("deploymentGroup", "resourceId", "stage", "action", "branchName", "compliance-type")


def readings(event: dict[str, Any], now: int) -> tuple[AlertReading, ...]:
    """The alerts of one event; ``now`` in ms decides whether a Health event has ended."""
    detail = _read.part(event, "detail")
    kind = _read.first(event, "detail-type")
    if alarm := _read.part(event, "alarmData"):
        return (_alarm(event, alarm, _read.first(event, "alarmArn")),)
    arn = next(iter(_read.words(event.get("resources"))), "")
    if kind == "CloudWatch Alarm State Change":
        return (_alarm(event, detail, arn),)
    if kind == "CloudWatch Alarm Configuration Change":
        return (_alarm_edited(event, detail, arn),)
    if "eventTypeCode" in detail:
        return (_health(event, detail, now),)
    if findings := _read.parts(detail.get("findings"), _read.MOST):
        return tuple(_aws_findings.hub(around(event), each) for each in findings)
    if "finding" in kind.casefold():
        return (_aws_findings.finding(around(event), detail, kind),)
    return (_change(event, detail, kind),)


def console(region: str, path: str) -> str:
    """An address of the AWS console."""
    safe = re.sub(r"[^a-z0-9-]", "", region)
    return f"https://{safe}.console.aws.amazon.com/{path}" if safe else ""


def alarm_link(arn: str) -> str:
    """The alarm of an ARN in the console."""
    pieces = arn.split(":", 6)
    if len(pieces) < 7 or pieces[2] != "cloudwatch":
        return ""
    name = quote(pieces[6], safe="", errors="replace")
    return console(pieces[3], f"cloudwatch/home?region={pieces[3]}#alarmsV2:alarm/{name}")


def around(event: Mapping[str, Any]) -> dict[str, str]:
    """Labels every event has."""
    return {
        "account": _read.first(event, "account", "accountId"),
        "region": _read.first(event, "region"),
        "source": _read.first(event, "source"),
        "event": _read.first(event, "detail-type"),
    }


_NO_PLACES = frozenset(
    ("StorageType", "FilterId", "Currency", "Stage", "Method", "Protocol", "Severity", "path",
     "fstype", "device", "cpu", "Operation", "Resource", "Type", "Class", "Service")
)  # fmt: skip


def thing(dimensions: Mapping[str, str]) -> str:
    """The first dimension that is a thing: how a bucket is stored says not which one it is."""
    things = (value for name, value in dimensions.items() if name not in _NO_PLACES)
    return next(things, "") or next(iter(dimensions.values()), "")


# ---- alarms ------------------------------------------------------------------------------------


def _alarm(event: dict[str, Any], detail: dict[str, Any], arn: str) -> AlertReading:
    state = _read.part(detail, "state")
    configuration = _read.part(detail, "configuration")
    name = _read.first(detail, "alarmName")
    dimensions, metric = _metric(configuration)
    spot = thing(dimensions)
    return _read.alert(
        ALARM_STATES.get(_read.first(state, "value"), _read.INFO),
        arn or f"{_read.first(event, 'account')} {name}".strip(),
        _read.on(name or arn, spot),
        type=AlertType.CLOUD,
        description="\n".join(
            each
            for each in (_read.first(configuration, "description"), _read.first(state, "reason"))
            if each
        ),
        resource=spot,
        labels={**around(event), "alarm": name, **metric, **dimensions},
        links=(("Source", alarm_link(arn)),),
        ends=state.get("timestamp"),
    )


def _metric(configuration: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    for each in _read.parts(configuration.get("metrics"), 20):
        metric = _read.part(each, "metricStat", "metric")
        if metric:
            names = {"metric": _read.first(metric, "name"),
                     "namespace": _read.first(metric, "namespace")}  # fmt: skip
            return _read.tags(metric.get("dimensions")), names
    return {}, {}


def _alarm_edited(event: dict[str, Any], detail: dict[str, Any], arn: str) -> AlertReading:
    name = _read.first(detail, "alarmName")
    return _read.alert(
        _read.INFO,
        f"configuration of {arn or name}",
        f"{name}: alarm configuration {_read.first(detail, 'operation') or 'change'}d",
        type=AlertType.CHANGE,
        labels=around(event),
        links=(("Source", alarm_link(arn)),),
        starts=event.get("time"),
    )


# ---- Health ---------------------------------------------------------------------------------

_CATEGORIES = {
    "issue": Severity.ERROR, "investigation": Severity.ERROR, "scheduledChange": Severity.WARNING,
    "accountNotification": Severity.INFO,
}  # fmt: skip


def _health(event: dict[str, Any], detail: dict[str, Any], now: int) -> AlertReading:
    code = _read.first(detail, "eventTypeCode")
    category = _read.first(detail, "eventTypeCategory")
    entities = [
        _read.first(each, "entityValue") for each in _read.parts(detail.get("affectedEntities"))
    ]
    place = next((each for each in entities if each), "")
    ended = _mail_time(detail.get("endTime"))
    closed = _read.first(detail, "statusCode").casefold() == "closed"
    over = closed or (ended is not None and ended <= now and category != "scheduledChange")
    status = _read.INFO if category == "accountNotification" else _read.FIRING
    texts = _read.parts(detail.get("eventDescription"))
    arn = _read.first(detail, "eventArn")
    link = "https://health.console.aws.amazon.com/health/home#/account/dashboard/open-issues"
    return _read.alert(
        _read.RESOLVED if over else status,
        arn or f"{_read.first(event, 'account')} {code} {place}",
        _read.on(code, place.rpartition("/")[2]),
        type=AlertType.CLOUD,
        word=category,
        severity=_CATEGORIES.get(category),
        description=next((_read.first(each, "latestDescription") for each in texts), ""),
        resource=place,
        labels={
            **around(event),
            "service": _read.first(detail, "service"),
            "scope": _read.first(detail, "eventScopeCode"),
            "status": _read.first(detail, "statusCode"),
            "entities": ", ".join(each for each in entities[:20] if each),
        },
        links=(("Source", link),),
        starts=_mail_time(detail.get("startTime")),
        ends=ended if over else None,
    )


def _mail_time(value: Any) -> int | None:
    """Health writes times as mail does: ``Sat, 05 Jun 2016 15:10:09 GMT``."""
    try:
        when = parsedate_to_datetime(_read.text(value)[:60])
        return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


# ---- anything else -----------------------------------------------------------------------------


def _change(event: dict[str, Any], detail: dict[str, Any], kind: str) -> AlertReading:
    """A job, a deployment, an instance: what failed fires, its next success resolves."""
    source = _read.first(event, "source")
    status, said = _change_state(detail, kind)
    place = _tail(_read.first(detail, *_NAMES)) or _tail(
        next(iter(_read.words(event.get("resources"))), "")
    )
    second = _tail(_read.first(detail, *_SUB_NAMES))
    subject = " ".join(dict.fromkeys(each for each in (place, second) if each))
    if status is _read.RESOLVED and not subject:
        status = _read.INFO  # whose success it is can't be told
    common = around(event)
    title = f"{kind or source}: {subject}" if subject else kind or source
    thing = kind.partition(" Unsuccessful")[0].partition(" Successful")[0]
    return _read.alert(
        status,
        " ".join((source, common["account"], common["region"], thing, subject)).strip(),
        f"{title} ({said})" if said else title,
        type=AlertType.CI if source in _CI else AlertType.CLOUD,
        word=_read.first(detail, "severity"),
        severity=Severity.WARNING if "Warning" in kind and "severity" not in detail else None,
        description=_read.first(
            detail, "message", "StatusMessage", "Message", "stoppedReason", "cause", "Cause",
            "reason", "additional-information", "description",
        ),
        resource=place,
        labels={**common, **_read.flat(detail, ("message", "Message"))},
        ends=event.get("time"),
    )  # fmt: skip


def _change_state(detail: dict[str, Any], kind: str) -> tuple[AlertStatus, str]:
    result = _read.part(detail, "newEvaluationResult")
    said = _read.first(
        detail,
        "state",
        "status",
        "StatusCode",
        "build-status",
        "result",
        "alarm_state",
        "jobStatus",
    ) or _read.first(result, "complianceType")

    said = said or _read.first(_read.part(detail, "state"), "value", "name") or _ends_so(detail)
    event = _read.first(detail, "eventName")
    if not said and event:
        said = event.rpartition("_")[2]
    loud = _read.FIRING if _LOUD.search(kind) else _read.INFO
    if " Successful" in kind:
        return _read.RESOLVED, said
    if not said:
        return loud, ""
    found = _STATES.get(_read.word(said))
    return found or loud, said


def _ends_so(detail: Mapping[str, Any]) -> str:
    """``TrainingJobStatus``, ``compliance-status``: the first that is not one of before."""
    named = ((_read.plain(name), _read.text(said)) for name, said in list(detail.items())[:50])
    return next(
        (said for name, said in named
         if said and name.endswith("status") and not name.startswith(_BEFORE)), ""
    )  # fmt: skip


def _tail(name: str) -> str:
    """The last part of an ARN; other names as they are."""
    return re.split(r"[:/]", name)[-1] if name.startswith("arn:") else name
