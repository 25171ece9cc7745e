"""Zenoss: events by a trigger's webhook or command; severity 0 and the state Closed end one."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, leaves, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="zenoss",
    title="Zenoss",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.zenoss.io/",
)

_SHAPE = Shape(
    type=AlertType.HOST,
    key=(("evid",), ("eventid",), ("id",), ("device", "component", "eventclass")),
    title=names("summary title message eventclass"),
    state=names("eventstate status state"),
    states={
        "new": _read.FIRING, "0": _read.FIRING, "1": _read.ACKNOWLEDGED, "2": _read.INFO,
        "3": _read.RESOLVED, "4": _read.RESOLVED, "5": _read.RESOLVED, "6": _read.INFO,
        "suppressed": _read.INFO, "cleared": _read.RESOLVED, "closed": _read.RESOLVED,
        "aged": _read.RESOLVED, "dropped": _read.INFO,
    },
    severity=names("severity severityname"),
    severities={
        "5": Severity.CRITICAL, "4": Severity.ERROR, "3": Severity.WARNING, "2": Severity.INFO,
        "1": Severity.INFO, "0": Severity.INFO, "clear": Severity.INFO,
    },
    resource=names("device devicetitle devicename host hostname ipaddress"),
    text=names("message details summary"),
    links=(("Source", names("url eventurl detailurl")), ("Device", names("deviceurl"))),
    starts=names("firsttime firstseen"),
    ends=names("lasttime lastseen statechange"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    severity = _read.first(leaves(body), "severity", "severityname").casefold()
    over = _read.RESOLVED if severity in ("0", "clear") else None
    return Reading((_SHAPE.alert(body, over),))
