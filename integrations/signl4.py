"""SIGNL4: alerts in the form its inbound webhook takes, and what its outbound webhooks tell."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="signl4",
    title="SIGNL4",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.signl4.com/integrations/webhook/webhook.html",
)

_STATES = {"new": _read.FIRING, "triggered": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED,
           "confirmed": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
           "1": _read.FIRING, "2": _read.ACKNOWLEDGED, "4": _read.RESOLVED,
           "unhandled": _read.FIRING}  # fmt: skip
_EVENTS = {"200": _read.FIRING, "201": _read.ACKNOWLEDGED, "202": _read.RESOLVED}
_NO_LABELS = ("title", "message", "text", "subject", "body", "xs4status", "xs4externalid")


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    if held := _read.part(body, "alert"):
        return Reading((_told(held, body),))
    plain = _read.folded(body)
    title = _read.first(plain, "title", "subject", "message", "text", "body")
    if not title:
        if "eventType" in body:
            note = f"SIGNL4: event {_read.first(body, 'eventType')}"
            return Reading((_read.alert(_read.INFO, "", note, type=AlertType.CUSTOM),))
        raise Malformed("there is no title in it", "title")
    flat = _read.flat(body)
    alert = _read.alert(
        _read.state(_read.first(plain, "xs4status", "status", "state"), _STATES),
        _read.first(plain, "xs4externalid", "externalid", "id"),
        title,
        type=AlertType.CUSTOM,
        word=_read.first(plain, "severity", "priority", "xs4severity"),
        description=_read.first(plain, "message", "text", "body"),
        resource=_read.first(plain, "host", "device", "xs4service", "service"),
        labels={name: said for name, said in flat.items() if _read.plain(name) not in _NO_LABELS},
        links=(("Source", _read.first(plain, "link", "url")),),
    )
    return Reading((alert,))


def _told(alert: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    event = _read.first(body, "eventType")
    said = _read.first(alert, "statusText", "status", "statusCode")
    status = _EVENTS.get(event) or (_read.state(said, _STATES) if said else _read.INFO)
    return _read.alert(
        status,
        _read.first(alert, "externalId", "id"),
        _read.first(alert, "title", "text") or f"SIGNL4: event {event}",
        type=AlertType.CUSTOM,
        word=_read.first(alert, "severity"),
        description=_read.first(alert, "text"),
        labels={**_read.flat(alert, ("title", "text")), "event": event,
                "team": _read.first(_read.part(body, "team"), "name")},
        ends=body.get("eventRaisedUtc"),
        by=_read.first(_read.part(body, "user"), "mailaddress", "username")
        if status is _read.ACKNOWLEDGED else "",
    )  # fmt: skip
