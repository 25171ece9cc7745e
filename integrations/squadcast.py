"""Squadcast's outgoing webhooks: incidents are triggered, acknowledged, resolved."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="squadcast",
    title="Squadcast",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://developers.squadcast.com/outgoing-webhooks/payload/",
)

_STATES = {"triggered": _read.FIRING, "reassigned": _read.FIRING, "resolved": _read.RESOLVED,
           "acknowledged": _read.ACKNOWLEDGED, "suppressed": _read.INFO}  # fmt: skip


def read(request: Request) -> Reading:
    """The one incident of a body, of either version."""
    body = _read.fields(request)
    found = _read.part(body, "data", "incident") or _read.part(body, "incident") or body
    event = _read.first(body, "event_type", "event").replace(".", "_")
    title = _read.first(found, "message", "title")
    if not title and not event:
        raise Malformed("there is no incident in it", "message")
    said = _read.first(found, "status") or event.rpartition("_")[2]
    tags = {
        name: _read.first(value, "value") if isinstance(value, dict) else _read.text(value)
        for name, value in list(_read.part(found, "tags").items())[:50]
    }
    service = _read.part(found, "service") or _read.part(body, "service")
    alert = _read.alert(
        _read.state(said, _STATES),
        _read.first(found, "id"),
        title or f"Squadcast: {event.replace('_', ' ')}",
        type=AlertType.CUSTOM,
        word=_read.first(tags, "severity", "priority") or _read.first(found, "priority"),
        description=_read.first(found, "description"),
        resource=_read.first(tags, "host", "hostname", "instance") or _read.first(service, "name"),
        labels={**tags, "event": event, "service": _read.first(service, "name"),
                "source": _read.first(_read.part(found, "alert_source"), "type")},
        links=(("Source", _read.first(found, "url", "incident_url", "link")),),
        starts=found.get("created_at"),
        ends=found.get("resolved_at") or found.get("updated_at"),
    )  # fmt: skip
    return Reading((alert,))
