"""incident.io: incidents and alerts are created, change their status, and close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="incidentio",
    title="incident.io",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://api-docs.incident.io/tag/Webhooks",
)

_CATEGORIES = {
    "triage": _read.FIRING, "live": _read.FIRING, "learning": _read.RESOLVED,
    "closed": _read.RESOLVED, "declined": _read.RESOLVED, "merged": _read.RESOLVED,
    "canceled": _read.RESOLVED, "paused": _read.ACKNOWLEDGED, "post_incident": _read.RESOLVED,
}  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the endpoint's secret, as Svix does, where one is set."""
    return _sign.standard(request, _sign.secrets(secrets))


def read(request: Request) -> Reading:
    """The one incident or alert of a body; the event's name is the name of its field."""
    body = _read.fields(request)
    event = _read.first(body, "event_type", "type")
    found = _read.part(body, event) or _read.part(body, "data") or body
    incident = _read.part(found, "incident") or found
    if not event and not _read.first(incident, "name", "title"):
        raise Malformed("there is no event in it", "event_type")
    if "alert" in event or "deduplication_key" in incident:
        return Reading((_alert(incident),))
    if "incident" not in event.rpartition(".")[2] and "incident_status" not in incident:
        title = f"incident.io: {event.rpartition('.')[2].replace('_', ' ')}"
        return Reading((_read.alert(_read.INFO, f"{event} {_read.first(found, 'id')}", title,
                                    type=AlertType.CUSTOM),))  # fmt: skip
    return Reading((_incident(incident, found, event),))


def _incident(incident: dict[str, Any], found: Mapping[str, Any], event: str) -> AlertReading:
    status = _read.part(found, "new_status") or _read.part(incident, "incident_status")
    category = _read.first(status, "category") or _read.first(incident, "status")
    severity = _read.first(_read.part(incident, "severity"), "name")
    reference = _read.first(incident, "reference")
    name = _read.first(incident, "name") or "An incident without a name"
    note = event.endswith(("follow_up_created_v1", "follow_up_updated_v1", "action_created_v1",
                           "action_updated_v1"))  # fmt: skip
    return _read.alert(
        _read.INFO if note else _read.state(category, _CATEGORIES),
        f"incident {_read.first(incident, 'id') or reference}",
        f"{reference}: {name}" if reference else name,
        type=AlertType.CUSTOM,
        word=severity,
        description=_read.first(incident, "summary"),
        labels={
            "event": event,
            "status": _read.first(status, "name"),
            "category": category,
            "type": _read.first(_read.part(incident, "incident_type"), "name"),
        },
        links=(("Incident", _read.first(incident, "permalink")),),
        starts=incident.get("created_at"),
        ends=incident.get("updated_at"),
    )


def _alert(alert: dict[str, Any]) -> AlertReading:
    found = {
        _read.first(_read.part(each, "attribute"), "name"): _read.first(
            _read.part(each, "value"), "label", "literal"
        )
        for each in _read.parts(alert.get("attributes"))
    }
    number = _read.first(alert, "deduplication_key", "id")
    return _read.alert(
        _read.state(_read.first(alert, "status")),
        f"alert {number}",
        _read.first(alert, "title") or "An alert without a title",
        type=AlertType.CUSTOM,
        word=_read.first(found, "Severity", "severity", "Priority", "priority"),
        description=_read.first(alert, "description"),
        resource=_read.first(found, "Service", "service", "Host", "host"),
        labels={name: said for name, said in found.items() if name and said},
        links=(("Source", _read.first(alert, "source_url")),),
        starts=alert.get("created_at"),
        ends=alert.get("resolved_at"),
    )
