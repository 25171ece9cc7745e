"""Sysdig Monitor: an alert is active and resolves, for one or several entities."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="sysdig",
    title="Sysdig",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.sysdig.com/en/docs/administration/administration-settings/outbound-"
    "integrations/notifications-management/set-up-notification-channels/configure-a-webhook-channel/",
)

_NUMBERS = (Severity.CRITICAL, Severity.CRITICAL, Severity.WARNING, Severity.WARNING,
            Severity.WARNING, Severity.WARNING, Severity.INFO, Severity.INFO)  # fmt: skip

_PLACES = ("host.hostName", "kubernetes.pod.name", "container.name", "kube_pod_name",
           "host_hostname")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    alert = _read.part(body, "alert")
    if not alert:
        raise Malformed("there is no alert in it", "alert")
    return Reading((_alert(body, alert),))


def _alert(body: dict[str, Any], alert: dict[str, Any]) -> AlertReading:
    entities = _read.parts(body.get("entities"))
    entity = entities[0] if entities else {}
    about = {_read.first(each, "metric"): _read.first(each, "value")
             for each in _read.parts(entity.get("additionalInfo"))}  # fmt: skip
    place = _read.first(about, *_PLACES) or _read.first(entity, "entity")
    name = _read.first(alert, "name", "subject")
    number = _read.first(alert, "severity")
    over = body.get("resolved") is True or _read.first(body, "state") in ("OK", "RESOLVED")
    known = number.isdecimal() and int(number[:2]) < len(_NUMBERS)
    group = _read.first(entity, "entity")
    return _read.alert(
        _read.RESOLVED if over else _read.FIRING,
        f"{_read.first(alert, 'id') or name} {group}".strip(),
        _read.on(name or "An alert without a name", place),
        type=AlertType.METRIC,
        word=_read.first(alert, "severityLabel") or number,
        severity=None if _read.first(alert, "severityLabel") or not known
        else _NUMBERS[int(number)],
        description="\n".join(part for part in (
            _read.first(alert, "description", "body"), _read.first(body, "condition")) if part),
        resource=place,
        labels={**about, "scope": _read.first(alert, "scope"),
                **_read.tags(body.get("labels"))},
        links=(("Event", _read.first(_read.part(body, "event"), "url")),
               ("Alert", _read.first(alert, "editUrl"))),
        starts=body.get("timestamp"),
        ends=body.get("timestamp"),
    )  # fmt: skip
