"""LibreNMS: the API transport posts the fields of its template, all of them text.

``state`` is 0 recovered, 1 alert, 2 acknowledged, 3 worse, 4 better, 5 changed; ``status`` is the
device's, and 1 means up.
"""

from __future__ import annotations

from typing import Any

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="librenms",
    title="LibreNMS",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.librenms.org/Alerting/Transports/#api",
)

_STATES = {
    "0": _read.RESOLVED, "1": _read.FIRING, "2": _read.ACKNOWLEDGED, "3": _read.FIRING,
    "4": _read.FIRING, "5": _read.FIRING, "recovered": _read.RESOLVED,
}  # fmt: skip
_NO_LABELS = ("title", "msg", "message", "notes", "alert_notes", "timestamp", "elapsed", "uptime",
              "uptime_short", "uptime_long", "ping_timestamp", "ping_loss", "ping_min", "ping_max",
              "ping_avg", "state", "severity", "builder", "proc", "sysDescr", "status",
              "description", "transport", "transport_name", "uid", "id")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    sent = _uptime.fields(request)
    body = _read.folded(sent)
    place = _read.first(body, "hostname", "sysname", "display", "device", "host", "ip")
    name = _read.first(body, "name", "rulename")
    title = _read.first(body, "title", "subject") or name
    told = _read.first(body, "msg", "message", "text", "description", "alertnotes")
    left = _read.unexpanded(sent)
    if not title and not told and not place and not left:
        raise Malformed("there is no alert in it", "title")
    if not title and not told and not place:
        return Reading((_note(left, sent),))
    rule = _read.first(body, "ruleid") or name or _read.first(body, "rule")
    device = _read.first(body, "deviceid") or place
    word = _read.raw(body, "severity")
    alert = _read.alert(
        _read.state(_read.first(body, "state"), _STATES),
        f"{rule or title} {device}".strip() if rule or device else _read.first(body, "uid", "id"),
        _read.on(title or told.partition("\n")[0], place),
        type=AlertType.HOST,
        word=word,
        description=told,
        resource=place,
        labels=_read.flat(sent, _NO_LABELS),
        links=(
            ("Runbook", _read.first(body, "proc")),
            ("Source", _read.first(body, "url", "link", "alerturl")),
        ),
        ends=body.get("timestamp"),
    )
    return Reading((alert,))


def _note(left: str, sent: dict[str, Any]) -> AlertReading:
    """A template sent as it is, by the button that tries it."""
    return _read.alert(
        _read.INFO, "", left, type=AlertType.HOST, severity=Severity.INFO, labels=_read.flat(sent)
    )
