"""Apache SkyWalking: alarms of services, instances, endpoints, and their recovery."""

from __future__ import annotations

from typing import Any

from integrations import _form, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="skywalking",
    title="Apache SkyWalking",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://skywalking.apache.org/docs/main/latest/en/setup/backend/backend-alarm/",
)


def read(request: Request) -> Reading:
    """One alert for each alarm of the list."""
    value = _form.value(request)
    if isinstance(value, dict):
        value = [value]
    return Reading(tuple(_alarm(each, i) for i, each in enumerate(_read.objects(value, "body"))))


def _alarm(alarm: dict[str, Any], at: int) -> AlertReading:
    rule, message = _read.first(alarm, "ruleName"), _read.first(alarm, "alarmMessage")
    place, scope = _read.first(alarm, "name"), _read.first(alarm, "scope")
    if not rule and not message:
        raise Malformed("there is no rule in it", f"[{at}].ruleName")
    tags = _read.tags(alarm.get("tags"))
    over = alarm.get("recoveryTime") or alarm.get("recovered") is True
    key = " ".join(part for part in (rule, scope, _read.first(alarm, "id0") or place,
                                     _read.first(alarm, "id1")) if part)  # fmt: skip
    return _read.alert(
        _read.RESOLVED if over else _read.FIRING,
        key,
        message or _read.on(rule, place),
        type=AlertType.SERVICE if scope.startswith("SERVICE") else AlertType.METRIC,
        word=_read.first(tags, "level", "severity"),
        resource=place,
        labels={"rule": rule, "scope": scope, **tags},
        starts=alarm.get("startTime"),
        ends=alarm.get("recoveryTime"),
    )
