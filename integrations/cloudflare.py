"""Cloudflare notifications: what ``data`` holds depends on ``alert_type``.

Some kinds say that they are over, by ``alert_event`` or by a health in ``data``; most never do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="cloudflare",
    title="Cloudflare",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://developers.cloudflare.com/notifications/reference/webhook-payload-schema/",
)

_EVENTS = {"alert_state_event_start": _read.FIRING, "alert_state_event_end": _read.RESOLVED}
_HEALTH = (
    "new_health", "new_status", "health", "health_status", "status", "incident_status",
    "alert_state", "state",
)  # fmt: skip
_STATES = {
    "healthy": _read.RESOLVED, "tunnel_status_type_healthy": _read.RESOLVED,
    "tunnel_status_type_degraded": _read.FIRING, "tunnel_status_type_down": _read.FIRING,
    "tunnel_status_type_inactive": _read.INFO, "incident_status_resolved": _read.RESOLVED,
    "incident_status_monitoring": _read.FIRING, "incident_status_identified": _read.FIRING,
    "incident_status_investigating": _read.FIRING, "unhealthy": _read.FIRING,
    "degraded": _read.FIRING, "critical": _read.FIRING, "enabled": _read.RESOLVED,
    "disabled": _read.FIRING, "end": _read.RESOLVED, "start": _read.FIRING,
}  # fmt: skip
_NOTES = frozenset(
    ("maintenance_event_notification", "billing_usage_alert", "pages_event_alert",
     "web_analytics_metrics_update", "weekly_account_overview", "access_custom_certificate_renewed",
     "secondary_dns_all_primaries_recovered", "workers_alert_weekly_summary", "test")
)  # fmt: skip
_ATTACKS = ("dos_attack", "ddos", "firewall", "clickhouse_alert", "waf", "scriptmonitor", "bot_",
            "abuse", "brand_protection", "leaked")  # fmt: skip
_PLACES = (
    "zone_name", "target_zone_name", "target_hostname", "hostname", "domain", "tunnel_name",
    "pool_name", "health_check_name", "origin", "host", "address", "script_name", "project_name",
    "zone", "name", "target_ip", "target_id",
)  # fmt: skip


SECRET_IS_SENT = True


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless the header holds the destination's secret, where one is set."""
    _sign.shared(request, _sign.secrets(secrets), "cf-webhook-auth")


def read(request: Request) -> Reading:
    """The one notification of a body."""
    body = _read.fields(request)
    text, name = _read.first(body, "text"), _read.first(body, "name", "policy_name")
    kind = _read.first(body, "alert_type")
    if not text and not name and not kind:
        raise Malformed("there is no text in it", "text")
    return Reading((_alert(body, kind, text or name or kind, name),))


def _alert(body: dict[str, Any], kind: str, text: str, name: str) -> AlertReading:
    data = _read.part(body, "data")
    place = _place(data)
    own = _read.first(data, "health_check_id", "pool_id", "tunnel_id", "attack_id", "incident_id",
                      "certificate_id", "zone_id")  # fmt: skip
    correlation = _read.first(body, "alert_correlation_id")
    parts = (_read.first(body, "policy_id") or name, kind, own or place)
    word = _read.first(data, "severity", "alert_severity", "incident_impact")
    heading = text.partition("\n")[0]
    return _read.alert(
        _status(body, kind, data, text),
        correlation or " ".join(part for part in parts if part),
        _read.on(heading, place),
        type=AlertType.SECURITY if kind.startswith(_ATTACKS) else AlertType.CLOUD,
        word=word,
        severity=Severity.INFO if not kind and not data else None,
        description=text,
        resource=place,
        labels={
            **_read.flat(data, ("time", "start_time", "end_time", "timestamp")),
            "alert_type": kind,
            "policy": name,
            "account_id": _read.first(body, "account_id"),
        },
        links=(("Source", _read.first(data, "dashboard_link", "dashboard_url", "url", "link")),),
        ends=body.get("ts"),
    )


def _place(data: dict[str, Any]) -> str:
    """The zone, host, pool, tunnel or check; of several zones the first."""
    for each in ("unreachable_zones", "zones", "pools", "affected_zones", "affected_components"):
        for one in _read.parts(data.get(each)):
            if found := _read.first(one, *_PLACES):
                return found
    words: list[str] = []
    for each in ("zones", "hosts", "hostnames", "affected_hostnames"):
        words += _read.words(data.get(each), 1)
    inside = _read.part(data, "pool") or _read.part(data, "tunnel") or _read.part(data, "origin")
    return _read.first(data, *_PLACES) or _read.first(inside, *_PLACES) or next(iter(words), "")


def _status(body: dict[str, Any], kind: str, data: dict[str, Any], text: str) -> AlertStatus:
    if event := _EVENTS.get(_read.word(_read.first(body, "alert_event"))):
        return event
    if kind in _NOTES or (not kind and not data):
        return _read.INFO
    said = _read.word(_read.first(data, *_HEALTH))
    if "test" in text[:60].casefold() and not data:
        return _read.INFO
    return _STATES.get(said, _read.FIRING)
