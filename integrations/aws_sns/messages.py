"""What an SNS message holds: an alarm, an event, a service's own notice, or plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations import _aws_events, _json, _read
from integrations._aws_events import ALARM_STATES
from integrations.base import Malformed
from store.model import AlertReading, AlertType

_LOUD = re.compile(r"error|fail|bounce|complaint|reject", re.IGNORECASE)


def readings(envelope: dict[str, Any], now: int) -> tuple[AlertReading, ...]:
    """The alerts of one envelope, or of a bare message, as raw delivery posts it."""
    held = _object(envelope.get("Message"))
    named = any(name in envelope for name in ("Type", "TopicArn", "MessageId"))
    wrapped = held is not None or ("Message" in envelope and named)
    message = held if wrapped else envelope
    around = envelope if wrapped else {}
    if message is None:
        return (_plain(around, _read.text(envelope["Message"])),)
    if "AlarmName" in message:
        return (_alarm(message, around),)
    if "detail-type" in message or "alarmData" in message:
        return _aws_events.readings(message, now)
    if records := _read.parts(message.get("Records")):
        return (_record(records[0], around),)
    if "AutoScalingGroupName" in message:
        return (_scaling(message, around),)
    if "Event Message" in message or "Event Source" in message:
        return (_service_event(message, around),)
    return (_other(message, around, wrapped=wrapped),)


def _object(message: Any) -> dict[str, Any] | None:
    """A message that is JSON of an object; with ``MessageStructure: json`` it may be one."""
    if isinstance(message, dict):
        return message or None
    if not isinstance(message, str) or message.lstrip()[:1] != "{":
        return None
    try:
        found = _json.parse_text(message)
    except Malformed:
        return None
    return found if isinstance(found, dict) and found else None


def _around(envelope: Mapping[str, Any]) -> dict[str, str]:
    return {"topic": _read.first(envelope, "TopicArn")}


def _alarm(alarm: dict[str, Any], envelope: Mapping[str, Any]) -> AlertReading:
    name, arn = _read.first(alarm, "AlarmName"), _read.first(alarm, "AlarmArn")
    trigger = _read.part(alarm, "Trigger")
    dimensions, metric = _metric(trigger)
    place = _aws_events.thing(dimensions)
    account = _read.first(alarm, "AWSAccountId")
    texts = (_read.first(alarm, "AlarmDescription"), _read.first(alarm, "NewStateReason"))
    return _read.alert(
        ALARM_STATES.get(_read.first(alarm, "NewStateValue") or "ALARM", _read.INFO),
        arn or f"{account} {_read.first(alarm, 'Region')} {name}",
        _read.on(name or "An alarm without a name", place),
        type=AlertType.CLOUD,
        description="\n".join(each for each in texts if each),
        resource=place,
        labels={
            **_around(envelope),
            "alarm": name,
            "account": account,
            "region": _read.first(alarm, "Region"),
            **metric,
            **dimensions,
        },
        links=(("Source", _aws_events.alarm_link(arn)),),
        ends=alarm.get("StateChangeTime"),
    )


def _metric(trigger: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The dimensions and the metric; of a metric expression those of its first metric."""
    found = trigger
    if "MetricName" not in trigger:
        stats = (
            _read.part(each, "MetricStat", "Metric")
            for each in _read.parts(trigger.get("Metrics"), 20)
        )
        found = next((each for each in stats if each), {})
    pairs = {
        _read.first(each, "name", "Name"): _read.first(each, "value", "Value")
        for each in _read.parts(found.get("Dimensions"), 30)
    }
    named = {"metric": _read.first(found, "MetricName"),
             "namespace": _read.first(found, "Namespace")}  # fmt: skip
    return {name: value for name, value in pairs.items() if name and value}, named


def _scaling(message: dict[str, Any], envelope: Mapping[str, Any]) -> AlertReading:
    group, event = _read.first(message, "AutoScalingGroupName"), _read.first(message, "Event")
    said = event.rpartition(":")[2].replace("_", " ").casefold()
    account = _read.first(message, "AccountId")
    failed = event.endswith("ERROR") or _read.first(message, "StatusCode") == "Failed"
    return _read.alert(
        _read.FIRING if failed else _read.INFO,
        _read.first(message, "AutoScalingGroupARN") or f"{account} {group}",
        f"Auto Scaling group {group}: {said}" if said else f"Auto Scaling group {group}",
        type=AlertType.CLOUD,
        description=_read.first(message, "StatusMessage", "Description", "Cause"),
        resource=group,
        labels={**_around(envelope), **_read.flat(message, ("Cause", "Description"))},
    )


def _record(record: dict[str, Any], envelope: Mapping[str, Any]) -> AlertReading:
    """What happened in a bucket, as S3 tells a topic: information."""
    source, said = _read.first(record, "eventSource"), _read.first(record, "eventName")
    bucket = _read.first(_read.part(record, "s3", "bucket"), "name")
    return _read.alert(
        _read.INFO,
        f"{source} {bucket} {said}",
        _read.on(f"{source}: {said}" if source else said or "An event", bucket),
        type=AlertType.CLOUD,
        resource=bucket,
        labels={**_around(envelope), **_read.flat(record, ("eventTime",))},
        starts=record.get("eventTime"),
    )


def _service_event(message: dict[str, Any], envelope: Mapping[str, Any]) -> AlertReading:
    """RDS, ElastiCache, Redshift and DMS tell of their events in these words."""
    place = _read.first(message, "Source ID", "SourceId")
    said = _read.first(message, "Event Message", "Message")
    return _read.alert(
        _read.FIRING,
        f"{_read.first(message, 'Event Source')} {place} {said[:80]}",
        _read.on(said or "An event", place),
        type=AlertType.CLOUD,
        description=said,
        resource=place,
        labels={**_around(envelope), **_read.flat(message, ("Event Message",))},
        links=(("Source", _read.first(message, "Identifier Link")),),
    )


def _other(message: dict[str, Any], envelope: Mapping[str, Any], *, wrapped: bool) -> AlertReading:
    """A service's own notice, or what a program wrote: by the names most of them use."""
    detail = message if len(message) > 1 else _read.part(message, *message) or message
    detail = {**_read.part(detail, "content"), **detail}  # what AWS Chatbot takes
    said = _read.first(
        detail, "status", "state", "NewStateValue", "alert_status", "Status", "State"
    )
    kind = _read.first(detail, "notificationType", "eventType", "Event", "event", "type")
    subject = _read.first(envelope, "Subject")
    title = subject or _read.first(
        detail, "title", "subject", "summary", "alertname", "alert_name", "name", "message", "text",
        "description", "Message",
    ) or kind or _first_pair(detail)  # fmt: skip
    if not title:
        raise Malformed("nothing in the message can be a title", "Message" if wrapped else "body")
    loud = _read.FIRING if not kind or _LOUD.search(kind) or said else _read.INFO
    return _read.alert(
        _read.state(said) if said else loud,
        _read.first(detail, "id", "key", "fingerprint", "alert_id", "dedup_key"),
        title,
        type=AlertType.CLOUD,
        word=_read.first(detail, "severity", "Severity", "priority", "level"),
        description=_read.first(detail, "description", "message", "text", "body"),
        resource=_read.first(detail, "resource", "host", "instance", "service", "source"),
        labels={**_around(envelope), **_read.flat(detail), **_read.tags(detail.get("labels"))},
        links=(("Source", _read.first(detail, "url", "link")),),
    )


def _first_pair(detail: Mapping[str, Any]) -> str:
    """``{"ElastiCache:FailoverComplete": "cluster-1"}``."""
    pairs = ((name, _read.text(value)) for name, value in list(detail.items())[:5])
    return next((f"{name}: {value}" for name, value in pairs if name and value), "")


def _plain(envelope: Mapping[str, Any], message: str) -> AlertReading:
    """Text for people: the subject is the title, else its first line."""
    title = _read.first(envelope, "Subject") or message.strip().partition("\n")[0]
    if not title:
        raise Malformed("the message is empty", "Message")
    topic = _read.first(envelope, "TopicArn")
    return _read.alert(
        _read.FIRING,
        f"{topic} {title}",
        title,
        type=AlertType.CLOUD,
        description=message,
        labels=_around(envelope),
    )
