"""What the bodies of status pages have in common: incidents that are looked into and resolved."""

from __future__ import annotations

from collections.abc import Mapping

from integrations import _read
from store.model import AlertStatus, Severity

STATES: Mapping[str, AlertStatus] = {
    "investigating": _read.FIRING, "identified": _read.FIRING, "monitoring": _read.FIRING,
    "watching": _read.FIRING, "open": _read.FIRING, "reported": _read.FIRING,
    "resolved": _read.RESOLVED, "fixed": _read.RESOLVED, "closed": _read.RESOLVED,
    "completed": _read.INFO, "scheduled": _read.INFO, "in_progress": _read.INFO,
    "notstartedyet": _read.INFO, "inprogress": _read.INFO, "verifying": _read.INFO,
    "postmortem": _read.RESOLVED, "update": _read.INFO, "deleted": _read.RESOLVED,
}  # fmt: skip
COMPONENTS: Mapping[str, AlertStatus] = {
    "operational": _read.RESOLVED, "up": _read.RESOLVED, "hasissues": _read.FIRING,
    "degradedperformance": _read.FIRING, "degraded": _read.FIRING, "performance_issues":
    _read.FIRING, "partialoutage": _read.FIRING, "partial_outage": _read.FIRING,
    "majoroutage": _read.FIRING, "major_outage": _read.FIRING, "minoroutage": _read.FIRING,
    "down": _read.FIRING, "undermaintenance": _read.INFO, "under_maintenance": _read.INFO,
    "unknown": _read.INFO,
}  # fmt: skip
IMPACTS: Mapping[str, Severity] = {
    "operational": Severity.INFO, "undermaintenance": Severity.INFO, "none": Severity.INFO,
    "degradedperformance": Severity.WARNING, "degraded_performance": Severity.WARNING,
    "minoroutage": Severity.WARNING, "performance_issues": Severity.WARNING,
    "partialoutage": Severity.ERROR, "partial_outage": Severity.ERROR,
    "majoroutage": Severity.CRITICAL, "major_outage": Severity.CRITICAL,
}  # fmt: skip
