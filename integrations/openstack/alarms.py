"""OpenStack: alarms of Aodh, Monasca and Vitrage, notifications of Masakari and other services.

What services put on the message bus comes with ``event_type`` and, from some relays, as text in
``oslo.message``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import _json, _read
from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

_AODH = {"alarm": _read.FIRING, "ok": _read.RESOLVED, "insufficient_data": _read.INFO,
         "undetermined": _read.INFO}  # fmt: skip
_VITRAGE = {"active": _read.FIRING, "inactive": _read.RESOLVED, "deleted": _read.RESOLVED,
            "n/a": _read.INFO}  # fmt: skip
_VITRAGE_BAD = {"critical": Severity.CRITICAL, "severe": Severity.ERROR,
                "warning": Severity.WARNING, "suboptimal": Severity.WARNING}  # fmt: skip
_BACK = frozenset(("started", "recovered", "finished", "resumed", "up"))
_PLACES = ("host", "hostname", "node", "instance_id", "instance_uuid", "display_name", "name",
           "volume_id", "server_id", "uuid", "id")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alarm or notification of a body."""
    body = _opened(_read.fields(request))
    if "alarm_id" in body or "alarm_name" in body:
        return Reading((_aodh(body),))
    event = _read.first(body, "event_type", "notification")
    if "vitrage_id" in body:
        return Reading((_vitrage("", body),))
    if event.startswith("vitrage") or "vitrage_id" in _read.part(body, "payload"):
        return Reading((_vitrage(event, _read.part(body, "payload")),))
    if notification := _read.part(body, "notification"):
        return Reading((_masakari(notification),))
    if event:
        return Reading(tuple(_notifications(event, body)))
    raise Malformed("there is no alarm and no notification in it", "alarm_id")


def _opened(body: dict[str, Any]) -> dict[str, Any]:
    packed = body.get("oslo.message")
    if isinstance(packed, str):
        return _read.an_object(_json.parse_text(packed), "oslo.message")
    return _read.part(body, "oslo.message") or body


def _aodh(body: dict[str, Any]) -> AlertReading:
    name, own = _read.first(body, "alarm_name"), _read.first(body, "alarm_id")
    data = _read.part(body, "reason_data")
    measured = _read.parts(body.get("metrics"))  # Monasca's
    data = data or (_read.part(measured[0], "dimensions") if measured else {})
    return _read.alert(
        _read.state(_read.first(body, "current", "state"), _AODH),
        own or name,
        name or f"alarm {own}",
        type=AlertType.OPENSTACK,
        word=_read.raw(body, "severity"),
        description=_read.first(body, "reason", "message", "alarm_description"),
        resource=_read.first(data, "resource_id", "instance_id", "host", "hostname", "service"),
        labels={
            **_read.flat(data),
            "alarm_id": own,
            "previous": _read.first(body, "previous"),
        },
    )


def _vitrage(event: str, alarm: dict[str, Any]) -> AlertReading:
    resource = _read.part(alarm, "resource")
    name = _read.first(alarm, "name", "rawtext")
    place = _read.first(resource, "name", "id") or _read.first(alarm, "resource_name", "vitrage_id")
    if not name:
        raise Malformed("the alarm has no name", "payload.name")
    word = _read.raw(alarm, "vitrage_operational_severity", "vitrage_aggregated_severity",
                     "severity")  # fmt: skip
    verb = event.rpartition(".")[2]
    status = _VITRAGE.get(_read.first(alarm, "state").casefold(), _read.FIRING)
    if verb in ("activate", "deactivate", "delete"):
        status = _read.FIRING if verb == "activate" else _read.RESOLVED
    return _read.alert(
        status,
        _read.first(alarm, "vitrage_id", "id") or f"{name} {place}",
        _read.on(name, place),
        type=AlertType.OPENSTACK,
        word=word,
        severity=_VITRAGE_BAD.get(word.casefold()),
        resource=place,
        labels={
            "source": _read.first(alarm, "vitrage_type"),
            "resource_type": _read.first(resource, "vitrage_type")
            or _read.first(alarm, "vitrage_resource_type"),
            "resource_id": _read.first(resource, "id"),
            "project": _read.first(resource, "project_id")
            or _read.first(alarm, "vitrage_resource_project_id"),
        },
        ends=alarm.get("update_timestamp"),
    )


def _masakari(found: dict[str, Any]) -> AlertReading:
    """What its monitors report of a host, a process or a virtual machine."""
    kind, host = _read.first(found, "type"), _read.first(found, "hostname")
    payload = _read.part(found, "payload")
    event = _read.first(payload, "vir_domain_event", "event")
    what = _read.first(payload, "process_name", "instance_uuid")
    if not kind:
        raise Malformed("the notification has no type", "notification.type")
    said = event.casefold().replace("_", " ") or "reported"
    name = f"{kind} {what}" if what else kind
    return _read.alert(
        _read.RESOLVED if event.casefold() in _BACK else _read.FIRING,
        " ".join(part for part in (kind, host, what) if part),
        f"{_read.on(name, host)}: {said}",
        type=AlertType.OPENSTACK,
        severity=Severity.CRITICAL if kind == "COMPUTE_HOST" else None,
        resource=host,
        labels={**_read.flat(payload), "type": kind, "host": host},
    )


def _notifications(event: str, body: dict[str, Any]) -> Iterator[AlertReading]:
    """The end of a change ends what went wrong with it before, and is a change."""
    found = _notification(event, body)
    yield found
    verbs = event.split(".")[-2:]
    if found.status is _read.RESOLVED and verbs[0] in ("create", "update", "delete"):
        yield _read.alert(
            _read.INFO,
            f"{event} {found.resource or ''}".strip(),
            found.title,
            type=AlertType.CHANGE,
            severity=Severity.INFO,
            resource=found.resource or "",
            labels=found.labels,
            starts=body.get("timestamp"),
        )


def _notification(event: str, body: dict[str, Any]) -> AlertReading:
    """``compute.instance.create.error``: the last word and the priority tell."""
    payload = _read.part(body, "payload")
    inner = next(
        (value for name, value in payload.items() if name.endswith("object.data")), payload
    )
    inner = inner if isinstance(inner, dict) else payload
    fault = _read.part(inner, "fault")
    while data := next((fault[name] for name in fault if name.endswith("object.data")), None):
        fault = data if isinstance(data, dict) else {}
    told = _read.first(inner, "message", "exception") or _read.first(
        fault, "exception_message", "exception"
    )
    place = _read.first(inner, *_PLACES) or _read.first(body, "publisher_id").partition(":")[2]
    word = _read.raw(body, "priority")
    stem, _, verb = event.rpartition(".")
    title = f"{event}: {told}" if told else _read.on(event, place)
    return _read.alert(
        _status(verb, word),
        f"{stem or event} {place}".strip(),
        title,
        type=AlertType.OPENSTACK,
        word=word,
        description=told,
        resource=place,
        labels={
            **_read.flat(inner),
            "event_type": event,
            "publisher": _read.first(body, "publisher_id"),
        },
    )


def _status(verb: str, priority: str) -> AlertStatus:
    if verb in ("error", "failed", "failure") or priority in ("ERROR", "CRITICAL"):
        return _read.FIRING
    return _read.RESOLVED if verb in ("end", "success") else _read.INFO
