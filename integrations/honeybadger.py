"""Honeybadger: errors, uptime, check-ins, alarms and deploys; the event's name is the state."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="honeybadger",
    title="Honeybadger",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.honeybadger.io/guides/integrations/webhook/",
)

_EVENTS = {
    "occurred": _read.FIRING, "rate_exceeded": _read.FIRING, "unresolved": _read.FIRING,
    "volume_spike": _read.FIRING, "down": _read.FIRING, "cert_will_expire": _read.FIRING,
    "check_in_missing": _read.FIRING, "alarm_alert": _read.FIRING,
    "resolved": _read.RESOLVED, "up": _read.RESOLVED, "check_in_reporting": _read.RESOLVED,
    "alarm_ok": _read.RESOLVED,
}  # fmt: skip
"""All others (assigned, commented, deployed, …) change no state."""


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    event = _read.first(body, "event")
    if not event:
        raise Malformed("there is no event in it", "event")
    for name, of in (("fault", _fault), ("site", _site), ("check_in", _check_in),
                     ("alarm", _alarm), ("deploy", _deploy)):  # fmt: skip
        if found := _read.part(body, name):
            return Reading((of(found, body, event),))
    return Reading((_other(body, event),))


def _fault(fault: dict[str, Any], body: dict[str, Any], event: str) -> AlertReading:
    name, said = _read.first(fault, "klass"), _read.first(fault, "message")
    title = ": ".join(each for each in (name, said) if each) or _read.first(body, "message")
    return _read.alert(
        _EVENTS.get(event, _read.INFO),
        f"fault {_read.first(fault, 'id')}",
        title or f"Honeybadger: {event}",
        type=AlertType.LOG,
        description=_read.first(body, "message"),
        resource=_project(body) or _read.first(fault, "project_name", "component"),
        labels={
            **_common(body, event),
            **_read.flat(fault, ("message", "last_notice_at", "notices_count",
                                 "comments_count", "resolved", "ignored")),
        },
        links=(("Source", _read.first(fault, "url")
                or _read.first(_read.part(fault, "links"), "web")),),
    )  # fmt: skip


def _site(site: dict[str, Any], body: dict[str, Any], event: str) -> AlertReading:
    outage = _read.part(body, "outage")
    name = _read.first(site, "name", "url")
    expires = event == "cert_will_expire"
    place = _read.first(site, "url")
    said = "certificate expires soon" if expires else f"is {event}"
    return _read.alert(
        _EVENTS.get(event, _read.INFO),
        f"{'certificate' if expires else 'site'} {_read.first(site, 'id') or name}",
        f"{name} {said}",
        type=AlertType.UPTIME,
        severity=Severity.WARNING if expires else Severity.CRITICAL,
        description=_read.first(outage, "reason") or _read.first(body, "message"),
        resource=place or name,
        labels={**_common(body, event), "status": _read.first(outage, "status")},
        links=(("Source", _read.first(outage, "details_url")), ("Site", place)),
        starts=outage.get("down_at"),
        ends=outage.get("up_at"),
    )


def _check_in(check: dict[str, Any], body: dict[str, Any], event: str) -> AlertReading:
    name = _read.first(check, "name", "slug", "id")
    return _read.alert(
        _EVENTS.get(event, _read.INFO),
        f"check-in {_read.first(check, 'id') or name}",
        f"{name}: {event.replace('_', ' ').replace('check in', 'check-in')}",
        type=AlertType.HEARTBEAT,
        description=_read.first(body, "message"),
        resource=name,
        labels={**_common(body, event), **_read.flat(check, ("state", "reported_at",
                                                             "expected_at", "missed_count"))},
        links=(("Source", _read.first(check, "details_url")),),
    )  # fmt: skip


def _alarm(alarm: dict[str, Any], body: dict[str, Any], event: str) -> AlertReading:
    name = _read.first(alarm, "name", "title")
    return _read.alert(
        _EVENTS.get(event, _read.INFO),
        f"alarm {_read.first(alarm, 'id') or name}",
        name or _read.first(body, "message") or "An alarm without a name",
        type=AlertType.METRIC,
        description=_read.first(alarm, "description", "query") or _read.first(body, "message"),
        resource=_project(body),
        labels={**_common(body, event), **_read.flat(alarm, ("state", "description", "query"))},
        links=(("Source", _read.first(alarm, "url", "details_url")),),
    )


def _deploy(deploy: dict[str, Any], body: dict[str, Any], event: str) -> AlertReading:
    what = _read.first(deploy, "revision", "id")
    return _read.alert(
        _read.INFO,
        f"deploy {_read.first(deploy, 'id') or what}",
        _read.first(body, "message") or f"Deployed {_project(body)} {what}",
        type=AlertType.CHANGE,
        resource=_project(body),
        labels={**_common(body, event), **_read.flat(deploy)},
        links=(("Source", _read.first(deploy, "url")),),
        starts=deploy.get("created_at"),
    )


def _other(body: dict[str, Any], event: str) -> AlertReading:
    return _read.alert(
        _EVENTS.get(event, _read.INFO),
        f"{event} {_read.first(_read.part(body, 'project'), 'id')}",
        _read.first(body, "message") or f"Honeybadger: {event}",
        type=AlertType.LOG,
        resource=_project(body),
        labels=_common(body, event),
    )


def _project(body: dict[str, Any]) -> str:
    return _read.first(_read.part(body, "project"), "name")


def _common(body: dict[str, Any], event: str) -> dict[str, str]:
    return {"event": event, "project": _project(body),
            "actor": _read.first(_read.part(body, "actor"), "name")}  # fmt: skip
