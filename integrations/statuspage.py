"""Statuspage (Atlassian): incidents, maintenance and components of a page one subscribes to."""

from __future__ import annotations

from typing import Any

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="statuspage",
    title="Statuspage",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/",
)

_STATES = {
    "investigating": _read.FIRING, "identified": _read.FIRING, "monitoring": _read.FIRING,
    "resolved": _read.RESOLVED, "postmortem": _read.RESOLVED, "scheduled": _read.INFO,
    "in_progress": _read.INFO, "verifying": _read.INFO, "completed": _read.INFO,
}  # fmt: skip
_IMPACTS = {"maintenance": Severity.INFO, "none": Severity.INFO, "minor": Severity.WARNING,
            "major": Severity.ERROR, "critical": Severity.CRITICAL}  # fmt: skip
_COMPONENTS = {"degraded_performance": Severity.WARNING, "partial_outage": Severity.ERROR,
               "major_outage": Severity.CRITICAL}  # fmt: skip


def read(request: Request) -> Reading:
    """The incident or the component of a body."""
    body = _read.fields(request)
    page = _read.first(_read.part(body, "page"), "name")
    if incident := _read.part(body, "incident"):
        return Reading((_incident(incident, page),))
    if component := _read.part(body, "component"):
        return Reading((_component(component, _read.part(body, "component_update"), page),))
    raise Malformed("there is no incident and no component in it", "incident")


def _incident(incident: dict[str, Any], page: str) -> AlertReading:
    impact = _read.raw(incident, "impact")
    updates = _read.parts(incident.get("incident_updates"))
    components = [_read.first(each, "name") for each in _read.parts(incident.get("components"))]
    return _read.alert(
        _read.state(_read.first(incident, "status"), _STATES),
        _read.first(incident, "id"),
        _read.first(incident, "name") or "An incident without a name",
        type=AlertType.UPTIME,
        word=impact,
        severity=_IMPACTS.get(_read.word(impact)),
        description=_read.first(updates[0], "body") if updates else "",
        resource=components[0] if len(components) == 1 else page,
        labels={
            "page": page,
            "impact": impact,
            "components": ", ".join(each for each in components[:20] if each),
        },
        links=(("Source", _read.first(incident, "shortlink")),),
        starts=incident.get("started_at") or incident.get("created_at"),
        ends=incident.get("resolved_at"),
    )


def _component(component: dict[str, Any], update: dict[str, Any], page: str) -> AlertReading:
    said = _read.first(update, "new_status") or _read.first(component, "status")
    name = _read.first(component, "name")
    if not name:
        raise Malformed("the component has no name", "component.name")
    return _uptime.check(
        said,
        _read.first(component, "id") or _read.first(update, "component_id") or name,
        name,
        place=name,
        word=said,
        severity=_COMPONENTS.get(said, Severity.INFO),
        description=_read.first(component, "description"),
        labels={"page": page, "old_status": _read.first(update, "old_status")},
        starts=update.get("created_at") if said in _COMPONENTS else None,
        ends=update.get("created_at"),
    )
