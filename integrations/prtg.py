"""PRTG: the notification "execute HTTP action" posts placeholders, under names people choose.

A state may say what it was and is: ``Down ended (now: Up)``.
"""

from __future__ import annotations

import re

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="prtg",
    title="PRTG",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.paessler.com/manuals/prtg/notification_templates_settings",
)

_NOW = re.compile(r"now:\s*([^)]{1,60})", re.IGNORECASE)
_LEFT = re.compile(r"[%\ufffd][a-z_]{2,30}")
"""A variable of PRTG as it is; in a form its first letters may be taken for an encoded byte."""
_STATES = {"up": _read.RESOLVED, "down": _read.FIRING, "warning": _read.FIRING,
           "unusual": _read.FIRING, "paused": _read.INFO, "unknown": _read.INFO,
           "collecting": _read.INFO, "none": _read.INFO, "ok": _read.RESOLVED}  # fmt: skip
_SEVERITIES = {"down": Severity.ERROR, "warning": Severity.WARNING, "unusual": Severity.WARNING,
               "up": Severity.INFO, "ok": Severity.INFO}  # fmt: skip
_NO_LABELS = ("message", "lastmessage", "status", "state", "history", "datetime", "since",
              "lastvalue", "down", "downtime", "uptime", "lastcheck", "lastup",
              "lastdown")  # fmt: skip


def read(request: Request) -> Reading:
    """The one sensor of a notification."""
    sent = _uptime.fields(request)
    body = _read.folded({name.lstrip("%"): value for name, value in sent.items()})
    left = [value for value in body.values() if isinstance(value, str) and _LEFT.fullmatch(value)]
    body = {name: value for name, value in body.items() if value not in left}
    sensor = _read.first(body, "sensor", "sensorname", "shortname", "name", "title")
    device = _read.first(body, "device", "devicename", "server", "host")
    if not sensor and not device and left:
        title = f"Variables were not expanded: {', '.join(left[:3])}"
        return Reading((_read.alert(_read.INFO, "", title, type=AlertType.SERVICE),))
    if not sensor and not device:
        raise Malformed("there is no sensor in it: send %sensor as sensor", "sensor")
    said = _read.first(body, "status", "state", "laststatus")
    told = _read.first(body, "message", "lastmessage", "down", "description")
    status, severity = _state(said)
    place = _read.on(sensor, device)
    first = told.partition("\n")[0]
    own = _read.first(body, "sensorid", "id")
    alert = _read.alert(
        status,
        own or f"{device} {sensor}".strip(),
        f"{place}: {first}" if first else f"{place} is {said}" if said else place,
        type=AlertType.SERVICE,
        word=_read.first(body, "severity"),
        severity=severity,
        description=told,
        resource=device or sensor,
        labels=_read.flat(sent, _NO_LABELS),
        links=(
            ("Source", _read.first(body, "linksensor", "sensorurl", "link", "url", "sensorlink")),
            ("Device", _read.first(body, "linkdevice", "deviceurl")),
        ),
    )
    return Reading((alert,))


def _state(said: str) -> tuple[AlertStatus, Severity | None]:
    lower = said[:200].casefold()
    now = _NOW.search(lower)
    current = now[1] if now else lower
    if "acknowledged" in current:
        return _read.ACKNOWLEDGED, None
    first = current.split(maxsplit=1)[0].strip(",.:()") if current.strip() else ""
    if "ended" in lower and now is None:
        return _read.RESOLVED, Severity.INFO
    return _STATES.get(first) or _read.state(first), _SEVERITIES.get(first)
