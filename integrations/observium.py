"""Observium: alerts by its webhook and script transports, under the names of its variables."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="observium",
    title="Observium",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.observium.org/alerting_transports/",
)

_SHAPE = Shape(
    type=AlertType.HOST,
    key=(("alertid",), ("alerttableid",), ("devicehostname", "entityname", "alertmessage")),
    title=names("alertmessage title alerttitle message entityname"),
    state=names("alertstate alertstatus state status"),
    states={
        "alert": _read.FIRING, "alert_reminder": _read.FIRING, "recover": _read.RESOLVED,
        "recovered": _read.RESOLVED, "syslog": _read.FIRING, "delayed": _read.INFO,
        "suppressed": _read.INFO, "1": _read.RESOLVED, "0": _read.FIRING,
    },
    severity=names("alertseverity severity"),
    severities={"notification": Severity.INFO},
    resource=names("devicehostname devicesysname device hostname host"),
    text=names("conditions metrics entitydescription description alertmessage"),
    links=(("Source", names("alerturl url")), ("Device", names("deviceurl"))),
    starts=names("alerttimestamp alertunixtime timestamp"),
    ends=names("alerttimestamp alertunixtime timestamp"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
