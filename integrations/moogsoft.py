"""Moogsoft: outbound webhooks of incidents and alerts, their fields chosen by who sets one up."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="moogsoft",
    title="Moogsoft",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.moogsoft.com/moogsoft-cloud/en/webhooks.html",
)

_SHAPE = Shape(
    type=AlertType.CUSTOM,
    key=(("incidentid",), ("situationid",), ("alertid",), ("id",), ("dedupekey",)),
    title=names("description summary title name incidentdescription alertdescription"),
    state=names("status state internalstatus"),
    states={
        "open": _read.FIRING, "opened": _read.FIRING, "assigned": _read.FIRING,
        "unassigned": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED,
        "in_progress": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
        "clear": _read.RESOLVED, "superseded": _read.RESOLVED,
    },
    severity=names("severity maxseverity"),
    severities={
        "5": Severity.CRITICAL, "4": Severity.ERROR, "3": Severity.WARNING, "2": Severity.WARNING,
        "1": Severity.WARNING, "0": Severity.INFO, "indeterminate": Severity.WARNING,
    },
    resource=names("source host sources affectedsources service services"),
    text=names("message details description"),
    links=(("Source", names("url link incidenturl")),),
    starts=names("firsteventtime createdat"),
    ends=names("lasteventtime updatedat"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one incident or alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
