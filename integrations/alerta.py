"""Alerta's own form of an alert: what its clients send, its forwarder, and its query webhook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="alerta",
    title="Alerta",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.alerta.io/api/reference.html#create-an-alert",
)

_STATES = {
    "open": _read.FIRING, "unack": _read.FIRING, "ack": _read.ACKNOWLEDGED,
    "assign": _read.ACKNOWLEDGED, "closed": _read.RESOLVED, "close": _read.RESOLVED,
    "expired": _read.RESOLVED, "shelved": _read.INFO, "shelve": _read.INFO, "blackout": _read.INFO,
}  # fmt: skip
_OVER = frozenset(("ok", "normal", "cleared"))
_SEVERITIES = {"security": Severity.CRITICAL, "indeterminate": Severity.WARNING,
               "trace": Severity.INFO}  # fmt: skip
_NO_LABELS = ("resource", "event", "text", "status", "severity", "id", "href", "createTime",
              "receiveTime", "lastReceiveTime", "updateTime", "rawData", "previousSeverity",
              "api-key", "repeat", "duplicateCount", "timeout", "trendIndication")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body or an address, or those of a list."""
    body = _uptime.fields(request)
    return Reading(tuple(_alerts(body)))


def _alerts(body: dict[str, Any]) -> Iterator[AlertReading]:
    if isinstance(body.get("alerts"), list):
        for each in _read.objects(body["alerts"], "alerts"):
            yield _alert(each)
    else:
        yield _alert(_read.part(body, "alert") or body)


def _alert(alert: dict[str, Any]) -> AlertReading:
    event, place = _read.first(alert, "event"), _read.first(alert, "resource")
    if not event and not place:
        raise Malformed("there is no event and no resource in it", "event")
    word, group = _read.raw(alert, "severity"), _read.first(alert, "group")
    own = (_read.first(alert, "environment"), place, event)
    services = _read.words(alert.get("service"))
    attributes = _read.part(alert, "attributes")
    return _read.alert(
        _status(alert, word),
        " ".join(part for part in own if part),
        _read.on(event, place),
        type=AlertType.LOG if group.casefold() in ("syslog", "log") else AlertType.CUSTOM,
        word=word,
        severity=_SEVERITIES.get(word.casefold()),
        description=_read.first(alert, "text"),
        resource=place,
        labels={
            **_read.flat(attributes),
            **_read.tags(alert.get("tags")),
            **_read.flat(alert, _NO_LABELS),
            "service": ", ".join(services),
        },
        links=(
            ("Runbook", _read.first(attributes, "runBookUrl", "runbook")),
            ("Source", _read.first(alert, "href") or _read.first(attributes, "moreInfo")),
        ),
        starts=alert.get("createTime"),
        ends=alert.get("updateTime") or alert.get("lastReceiveTime"),
    )


def _status(alert: dict[str, Any], severity: str) -> AlertStatus:
    """A severity that is none ends an alert, whatever its status was before."""
    if severity.casefold() in _OVER:
        return _read.RESOLVED
    said = _read.first(alert, "status", "action")
    return _read.state(said, _STATES) if said.casefold() != "unknown" else _read.FIRING
