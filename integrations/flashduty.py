"""Flashduty: its incidents' and alerts' webhooks, and alerts in the form its own API takes."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="flashduty",
    title="Flashduty",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.flashcat.cloud/en/flashduty/incident-webhook",
)

_EVENTS = {
    "i_new": _read.FIRING, "i_reopen": _read.FIRING, "i_ack": _read.ACKNOWLEDGED,
    "i_unack": _read.FIRING, "i_rslv": _read.RESOLVED, "i_close": _read.RESOLVED,
    "a_new": _read.FIRING, "a_update": _read.FIRING, "a_close": _read.RESOLVED,
}  # fmt: skip
_STATES = {"critical": _read.FIRING, "warning": _read.FIRING, "info": _read.FIRING,
           "ok": _read.RESOLVED, "processing": _read.ACKNOWLEDGED, "closed": _read.RESOLVED,
           "triggered": _read.FIRING}  # fmt: skip
_NO_LABELS = ("title", "description", "title_rule", "event_status", "labels")


def read(request: Request) -> Reading:
    """The one incident or alert of a body."""
    body = _read.fields(request)
    found = _read.part(body, "incident") or _read.part(body, "alert") or body
    title = _read.first(found, "title", "title_rule", "description")
    event = _read.first(body, "event_type")
    if not title:
        raise Malformed("there is no incident in it", "incident.title")
    said = _read.first(found, "event_status", "progress", "alert_status")
    status = _EVENTS.get(event)
    if status is None:
        status = _read.INFO if event.startswith(("i_", "a_")) else _read.state(said, _STATES)
    labels = _read.tags(found.get("labels"))
    word = _read.raw(found, "incident_severity", "alert_severity", "severity", "event_status")
    alert = _read.alert(
        status,
        _read.first(found, "incident_id", "alert_key", "alert_id"),
        title,
        type=AlertType.CUSTOM,
        word=word,
        description=_read.first(found, "description"),
        resource=_read.first(labels, "resource", "host", "instance", "service"),
        labels={**_read.flat(found, _NO_LABELS), **labels, "event": event},
        links=(("Source", _read.first(found, "detail_url", "url")),),
        starts=found.get("start_time"),
        ends=found.get("end_time") or found.get("close_time"),
    )
    return Reading((alert,))
