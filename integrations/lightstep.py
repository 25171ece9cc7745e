"""Lightstep, ServiceNow Cloud Observability: an alert triggers and resolves."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="lightstep",
    title="Lightstep",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.lightstep.com/docs/create-webhook-destinations",
)

_SHAPE = Shape(
    type=AlertType.METRIC,
    key=(("alertid", "group"), ("conditionid",), ("conditioninstanceid",), ("alertinstanceid",),
         ("id",), ("alertname", "group"), ("name", "group")),
    title=names("alertname alerttitle conditionname name title summary message text"),
    state=names("status state alertstatus alertstate action event conditionstatus"),
    states={"no_data": _read.FIRING, "violated": _read.FIRING, "expected": _read.RESOLVED,
            "not_violated": _read.RESOLVED, "test": _read.INFO},
    severity=names("severity statuslevel thresholdtype level priority"),
    resource=names("service servicename groupservice groupbyservice host grouphost project"),
    text=names("description instructions alertdescription message text"),
    links=(("Source", names("url alerturl link alertlink")),
           ("Runbook", names("runbookurl"))),
    starts=names("starttime triggeredat timestamp"),
    ends=names("endtime resolvedat"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
