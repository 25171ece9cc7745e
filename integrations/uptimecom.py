"""Uptime.com: an alert of a check is raised and cleared."""

from __future__ import annotations

from typing import Any

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="uptimecom",
    title="Uptime.com",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.uptime.com/hc/en-us/articles/115002560765",
)

_EVENTS = {
    "alert_raised": _read.FIRING, "alert_cleared": _read.RESOLVED, "test": _read.INFO,
    "alert_test": _read.INFO, "contact_test": _read.INFO,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one check of a body, in the form of now or the flat one of before."""
    body = _read.fields(request)
    data = _read.part(body, "data") or body
    service, alert = _read.part(data, "service"), _read.part(data, "alert")
    if not service and not _read.first(data, "service_name", "display_name", "name"):
        raise Malformed("there is no check in it", "data.service")
    return Reading((_alert(body, data, service or data, alert or data),))


def _alert(
    body: dict[str, Any], data: dict[str, Any], service: dict[str, Any], alert: dict[str, Any]
) -> AlertReading:
    told = _read.first(alert, "short_output", "output")
    account = _read.part(data, "account")
    return _uptime.check(
        _read.first(alert, "state"),
        _read.first(service, "id", "service_id") or _read.first(service, "name"),
        _read.first(service, "display_name", "name", "service_name"),
        status=_status(body, data, alert),
        reason=told,
        place=_read.first(service, "msp_address", "address")
        or _read.first(_read.part(data, "device"), "address", "display_name"),
        type=AlertType.HEARTBEAT
        if _read.first(service, "monitoring_service_type") == "HEARTBEAT"
        else AlertType.UPTIME,
        word=_read.first(alert, "state"),
        description=_read.first(alert, "output"),
        labels={
            "check": _read.first(service, "monitoring_service_type"),
            "account": _read.first(account, "name"),
            "locations": ", ".join(_read.words(data.get("locations"))),
            **dict.fromkeys(_read.words(service.get("tags")), "true"),
        },
        links=(
            ("Source", _read.first(_read.part(data, "links"), "alert_details")),
            ("Analysis", _read.first(_read.part(data, "links"), "real_time_analysis")),
        ),
        starts=alert.get("created_at"),
        ends=data.get("date"),
    )


def _status(body: dict[str, Any], data: dict[str, Any], alert: dict[str, Any]) -> AlertStatus:
    """The event; what the alert says of itself where there is none."""
    event = _read.first(body, "event")
    if event:
        return _EVENTS.get(_read.word(event), _read.INFO)
    up = alert.get("is_up", _read.part(data, "global_alert_state").get("state_is_up"))
    if isinstance(up, bool):
        return _read.RESOLVED if up else _read.FIRING
    return _read.state(_read.first(alert, "state"), _uptime.STATES)
