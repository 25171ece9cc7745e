"""Wavefront (Operations for Applications): alert targets post why they speak as ``reason``."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="wavefront",
    title="Wavefront",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.wavefront.com/alert_target_customizing.html",
)

_SHAPE = Shape(
    type=AlertType.METRIC,
    key=(("alertid",), ("id",), ("name",)),
    title=names("name alertname subject title condition"),
    state=names("reason trigger status state"),
    states={
        "alert_opened": _read.FIRING, "alert_updated": _read.FIRING,
        "alert_severity_update": _read.FIRING, "alert_no_data": _read.FIRING,
        "alert_retriggered": _read.FIRING, "alert_resolved": _read.RESOLVED,
        "alert_no_data_resolved": _read.RESOLVED, "alert_snoozed": _read.INFO,
        "alert_maintenance": _read.INFO, "alert_entered_maintenance": _read.INFO,
        "alert_no_data_maintenance": _read.INFO, "alert_leave_maintenance": _read.INFO,
        "alert_test": _read.INFO,
    },
    severity=names("severity"),
    severities={"severe": Severity.CRITICAL, "warn": Severity.WARNING, "smoke": Severity.WARNING},
    resource=names("hostsfailing sourcesfailing failinghosts failingsources host source "
                   "failingalertseriestags hostsused"),
    text=names("additionalinformation errormessage hostsfailingmessage condition"),
    links=(("Source", names("url incidenturl alerturl")),),
    starts=names("startedtime createdtime"),
    ends=names("endedtime"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
