"""ServiceNow: an incident, event or alert record a business rule or flow posts."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="servicenow",
    title="ServiceNow",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.servicenow.com/docs/",
)

_SHAPE = Shape(
    type=AlertType.CUSTOM,
    key=(("number",), ("incidentnumber",), ("messagekey",), ("sysid",), ("recordnumber",)),
    title=names("shortdescription title summary description recordshortdescription number"),
    state=names("incidentstate state status statename"),
    states={
        "1": _read.FIRING, "2": _read.ACKNOWLEDGED, "3": _read.ACKNOWLEDGED, "6": _read.RESOLVED,
        "7": _read.RESOLVED, "8": _read.RESOLVED, "new": _read.FIRING, "open": _read.FIRING,
        "reopen": _read.FIRING, "flapping": _read.FIRING, "in_progress": _read.ACKNOWLEDGED,
        "on_hold": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
        "closing": _read.RESOLVED, "canceled": _read.RESOLVED, "cancelled": _read.RESOLVED,
    },
    severity=names("priority severity urgency impact"),
    severities={
        "1": Severity.CRITICAL, "2": Severity.ERROR, "3": Severity.WARNING, "4": Severity.INFO,
        "5": Severity.INFO, "1_critical": Severity.CRITICAL, "2_high": Severity.ERROR,
        "3_moderate": Severity.WARNING, "4_low": Severity.INFO, "5_planning": Severity.INFO,
        "1_high": Severity.ERROR, "2_medium": Severity.WARNING, "3_low": Severity.INFO,
    },
    resource=names("cmdbci cmdbcidisplayvalue cmdbciname configurationitem node resource "
                   "businessservice servicename"),
    text=names("description worknotes comments closenotes additionalinfo"),
    links=(("Source", names("url link recordurl")),),
    starts=names("openedat syscreatedon"),
    ends=names("resolvedat closedat sysupdatedon"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one record of a body; in objects for references the value that is displayed."""
    body = _read.fields(request)
    inner = next((each for name in ("result", "record", "incident", "current")
                  if (each := _read.part(body, name))), body)  # fmt: skip
    shown = {name: _shown(value) for name, value in list(inner.items())[:300]}
    return Reading((_SHAPE.alert(shown),))


def _shown(value: object) -> object:
    if isinstance(value, dict) and ("display_value" in value or "value" in value):
        return _read.first(value, "display_value", "value")
    return value
