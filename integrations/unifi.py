"""UniFi: alarms of Network and Protect by their webhooks; few of them say that they are over."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="unifi",
    title="UniFi",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.ui.com/hc/en-us/articles/27721287753239-UniFi-Alarm-Manager",
)

_BACK = ("restored", "recovered", "reconnected", "back online", "is online", "resolved", "adopted")
_LOST = ("disconnect", "offline", "lost", "down", "failed", "unreachable")
_NO_LABELS = ("message", "name", "title", "text", "timestamp")


def read(request: Request) -> Reading:
    """The one alarm of a body."""
    body = _read.fields(request)
    if alarm := _read.part(body, "alarm"):
        return Reading((_protect(alarm, body),))
    return Reading((_network(body),))


def _protect(alarm: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    """What a camera or a sensor saw."""
    triggers = _read.parts(alarm.get("triggers"))
    first = triggers[0] if triggers else {}
    kinds = ", ".join(dict.fromkeys(_read.first(each, "key") for each in triggers))
    name = _read.first(alarm, "name") or kinds or "An alarm of UniFi Protect"
    device = _read.first(first, "device")
    return _read.alert(
        _read.FIRING,
        f"{name} {device}".strip(),
        f"{name}: {kinds}" if kinds and kinds not in name else name,
        type=AlertType.SECURITY,
        resource=device,
        labels={"triggers": kinds, "event": _read.first(first, "eventId")},
        links=(("Source", _read.first(alarm, "eventLocalLink")),),
        starts=body.get("timestamp"),
    )


def _network(body: dict[str, Any]) -> AlertReading:
    more = _read.part(body, "parameters") or _read.part(body, "data")
    title = _read.first(body, "message", "title", "name", "text", "msg")
    if not title:
        raise Malformed("there is no message in it", "message")
    place = _read.first(
        more, "UNIFIdeviceName", "UNIFIhost", "deviceName", "UNIFIclientName", "UNIFIclientHostname"
    ) or _read.first(body, "device", "deviceName", "host", "site")
    said = f"{_read.first(body, 'name')} {title}".casefold()
    over = any(each in said for each in _BACK)
    kind = _read.first(body, "name", "key", "alarm_id") or title
    stem = kind.casefold()
    for each in (*_BACK, *_LOST):
        stem = stem.replace(each, "")
    return _read.alert(
        _read.RESOLVED if over else _read.FIRING,
        f"{stem.strip()} {place}".strip(),
        _read.on(title, place),
        type=AlertType.HOST,
        word=_read.first(body, "severity") or _read.first(more, "severity"),
        description=_read.first(body, "message", "text"),
        resource=place,
        labels={**_read.flat(more), **_read.flat(body, _NO_LABELS)},
        starts=body.get("timestamp"),
        ends=body.get("timestamp"),
    )
