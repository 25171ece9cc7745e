"""Dynatrace problem notifications: a body written out of its placeholders."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="dynatrace",
    title="Dynatrace",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.dynatrace.com/docs/analyze-explore-automate/notifications-and-alerting/"
    "problem-notifications/webhook-integration",
)

_SHAPE = Shape(
    type=AlertType.METRIC,
    key=(("problemid",), ("pid",), ("problemdetailsjsonid",), ("displayid",)),
    title=names("problemtitle title problemdetailsjsontitle eventname"),
    state=names("state problemstate problemstatus status problemdetailsjsonstatus eventstatus"),
    states={
        "open": _read.FIRING, "resolved": _read.RESOLVED, "merged": _read.INFO,
        "closed": _read.RESOLVED, "active": _read.FIRING,
    },
    severity=names("problemseverity severity severitylevel eventcategory"),
    severities={
        "availability": Severity.CRITICAL, "monitoring_unavailable": Severity.WARNING,
        "error": Severity.ERROR, "performance": Severity.WARNING,
        "resource_contention": Severity.WARNING, "resource": Severity.WARNING,
        "custom_alert": Severity.ERROR, "slowdown": Severity.WARNING,
    },
    resource=names("impactedentitiesname namesofimpactedentities impactedentitynames "
                   "impactedentity affectedentities"),
    text=names("problemdetailstext problemdetailsmarkdown problemdetails details"),
    links=(("Source", names("problemurl url")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one problem of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
