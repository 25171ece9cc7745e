"""Sumo Logic monitors and scheduled searches: a body written out of its variables."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="sumologic",
    title="Sumo Logic",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.sumologic.com/docs/alerts/monitors/alert-variables/",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("id", "alertgroup"), ("monitorid", "alertgroup"), ("alertid",), ("searchid",),
         ("name", "alertgroup"), ("searchname",)),
    title=names("name alertname monitorname searchname title text description searchdescription"),
    state=names("triggertype alertstatus status state"),
    states={
        "critical": _read.FIRING, "warning": _read.FIRING, "missingdata": _read.FIRING,
        "missing_data": _read.FIRING, "resolvedcritical": _read.RESOLVED,
        "resolvedwarning": _read.RESOLVED, "resolvedmissingdata": _read.RESOLVED,
        "resolved_critical": _read.RESOLVED, "resolved_warning": _read.RESOLVED,
        "resolved_missing_data": _read.RESOLVED, "normal": _read.RESOLVED,
    },
    severity=names("severity priority triggertype alertstatus status"),
    severities={
        "missingdata": Severity.ERROR, "resolvedcritical": Severity.CRITICAL,
        "resolvedwarning": Severity.WARNING, "resolvedmissingdata": Severity.ERROR,
        "normal": Severity.ERROR,
    },
    resource=names("host sourcehost resource alertgroup service source client"),
    text=names("description searchdescription triggercondition query searchquery"),
    links=(("Source", names("alertresponseurl queryurl searchqueryurl sourceurl url")),),
    ends=names("triggertimeend"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
