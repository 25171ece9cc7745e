"""Instatus: incidents, maintenance and components of a status page."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations._statuspages import COMPONENTS, IMPACTS, STATES
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="instatus",
    title="Instatus",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://instatus.com/help/integrations/webhooks",
)


def read(request: Request) -> Reading:
    """The incident, the maintenance or the component of a body."""
    body = _read.fields(request)
    page = _read.part(body, "page")
    for name in ("incident", "maintenance"):
        if found := _read.part(body, name):
            return Reading((_incident(found, page, maintenance=name == "maintenance"),))
    if component := _read.part(body, "component"):
        update = _read.part(body, "component_update")
        return Reading((_component(component, update, page),))
    raise Malformed("there is no incident and no component in it", "incident")


def _incident(found: dict[str, Any], page: dict[str, Any], *, maintenance: bool) -> AlertReading:
    updates = _read.parts(found.get("incident_updates") or found.get("maintenance_updates"))
    last = updates[0] if updates else {}
    impact = _read.first(found, "impact")
    parts = [_read.first(each, "name") for each in _read.parts(found.get("affected_components"))]
    said = _read.first(found, "status") or _read.first(last, "status")
    return _read.alert(
        _read.INFO if maintenance else _read.state(said, STATES),
        _read.first(found, "id"),
        _read.first(found, "name") or "An incident without a name",
        type=AlertType.UPTIME,
        word=impact,
        severity=Severity.INFO if maintenance else IMPACTS.get(_read.word(impact)),
        description=_read.first(last, "markdown", "body"),
        resource=next((part for part in parts if part), "") or _read.first(page, "name", "url"),
        labels={"page": _read.first(page, "name", "url"), "status": said,
                "components": ", ".join(part for part in parts[:20] if part)},
        links=(("Source", _read.first(found, "url")), ("Page", _read.first(page, "url"))),
        starts=found.get("created_at"),
        ends=found.get("resolved_at"),
    )  # fmt: skip


def _component(
    component: dict[str, Any], update: dict[str, Any], page: dict[str, Any]
) -> AlertReading:
    said = _read.first(update, "new_status") or _read.first(component, "status")
    name = _read.first(component, "name") or "A component"
    return _read.alert(
        _read.state(said, COMPONENTS),
        f"component {_read.first(component, 'id') or name}",
        f"{name} is {_read.word(said).replace('_', ' ') or 'changed'}",
        type=AlertType.UPTIME,
        word=said,
        severity=IMPACTS.get(_read.word(said)),
        resource=name,
        labels={"page": _read.first(page, "name", "url"),
                "old_status": _read.first(update, "old_status")},
        links=(("Page", _read.first(page, "url")),),
        starts=update.get("created_at"),
        ends=update.get("created_at"),
    )  # fmt: skip
