"""Uptime Kuma: a heartbeat and its monitor, both null in tests and in words about certificates."""

from __future__ import annotations

import re
from typing import Any

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="uptimekuma",
    title="Uptime Kuma",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://github.com/louislam/uptime-kuma/wiki/Notification-Methods",
)

_STATES = {"0": "down", "1": "up", "2": "pending", "3": "maintenance"}
_ASKED = {"create": "down", "trigger": "down", "resolve": "up"}
"""What a template of one's own asks a pager to do."""
_SAID = re.compile(
    r"\[(?P<name>[^\]]{1,200})\] {0,3}\[[^\]\w]{0,10}(?P<state>Up|Down|Pending|Maintenance)\]"
    r"(?P<reason>.{0,2000})",
    re.DOTALL,
)
_EXPIRES = re.compile(r"(?:\[(?P<name>[^\]]{1,200})\])?.{0,300} will expire in \d+ day", re.DOTALL)
_NO_URL = ("", "https://", "http://")
_KEPT = ("type", "hostname", "port", "description", "docker_container", "parent", "pathName")


def read(request: Request) -> Reading:
    """The one monitor of a body; its "test" has none."""
    body = _read.fields(request)
    beat, monitor = _read.part(body, "heartbeat"), _read.part(body, "monitor")
    message = _read.first(body, "msg")
    if not beat and not monitor:
        if not message:
            raise Malformed("there is no heartbeat, monitor or msg in it", "heartbeat")
        return Reading((_message(message, _read.first(body, "title")),))
    number = _read.first(beat, "status")
    asked = _ASKED.get(_read.word(_read.first(body, "event_type")))
    name = _read.first(monitor, "name", "pathName")
    place = _place(monitor)
    alert = _uptime.check(
        asked or (_STATES.get(number, number) if beat else "unknown"),
        _read.first(monitor, "id") or _read.first(beat, "monitorID") or name,
        name,
        reason=_read.first(beat, "msg") or ("" if name else message),
        place=place,
        type=AlertType.HEARTBEAT if _read.first(monitor, "type") == "push" else AlertType.UPTIME,
        description=message,
        labels={
            **{each: _read.first(monitor, each) for each in _KEPT},
            **_tags(monitor.get("tags")),
        },
        links=(("Checked", place),),
    )
    return Reading((alert,))


def _place(monitor: dict[str, Any]) -> str:
    """Monitors that are not of a web page still have the form's ``https://`` as their address."""
    url = _read.first(monitor, "url")
    if url not in _NO_URL:
        return url
    return _read.first(monitor, "hostname", "docker_container", "grpcUrl", "dns_resolve_server")


def _tags(value: Any) -> dict[str, str]:
    return {
        _read.first(each, "name"): _read.first(each, "value") or "true"
        for each in _read.parts(value)
    }


def _message(message: str, title: str = "") -> AlertReading:
    """Certificates and domains about to expire come as words alone, and so does what a template of
    one's own keeps of a heartbeat; other words are a test."""
    for words in (message, title):
        if said := _SAID.search(words[:3000]):
            return _uptime.check(
                said["state"], said["name"], said["name"], reason=said["reason"].strip()
            )
    found = _EXPIRES.match(message[:600])
    if found is None:
        return _read.alert(_read.INFO, "", message, type=AlertType.UPTIME, severity=Severity.INFO)
    name = found["name"] or ""
    kind = "domain" if "domain" in message[:200].casefold() else "certificate"
    return _read.alert(
        _read.FIRING,
        f"{name} {kind}",
        message,
        type=AlertType.UPTIME,
        severity=Severity.WARNING,
        resource=name,
    )
