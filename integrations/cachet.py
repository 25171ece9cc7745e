"""Cachet: incidents and components of a status page, by name or by the numbers it knows them by."""

from __future__ import annotations

from integrations import _read
from integrations._statuspages import COMPONENTS, STATES
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType

MANIFEST = Manifest(
    name="cachet",
    title="Cachet",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.cachethq.io/",
)

_INCIDENTS = {"0": "scheduled", "1": "investigating", "2": "identified", "3": "watching",
              "4": "fixed"}  # fmt: skip
_COMPONENTS = {"0": "unknown", "1": "operational", "2": "performance issues", "3": "partial outage",
               "4": "major outage", "5": "unknown", "6": "under maintenance"}  # fmt: skip


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    event = _read.first(body, "event", "type")
    found = _read.part(body, "body") or _read.part(body, "data") or body
    inside = next((part for name in ("incident", "component", "schedule", "attributes")
                   if (part := _read.part(found, name))), found)  # fmt: skip
    inside = {**inside, **_read.part(inside, "attributes")}
    name = _read.first(inside, "name", "title")
    if not name and not event:
        raise Malformed("there is neither an incident nor a component in it", "body")
    about = inside.get("status")
    said = _read.first(about, "human", "value", "name") if isinstance(about, dict) else ""
    said = said or _read.first(inside, "human_status", "status_name", "status")
    is_component = "component" in event or "component" in found
    said = (_COMPONENTS if is_component else _INCIDENTS).get(said, said)
    kind = "component" if is_component else "incident"
    alert = _read.alert(
        _status(event, said, component=is_component),
        f"{kind} {_read.first(inside, 'id') or _read.first(found, 'id') or name}",
        f"{name}: {said}" if is_component and said else name or f"Cachet: {event}",
        type=AlertType.UPTIME,
        word=said if is_component else "",
        description=_read.first(inside, "message", "description"),
        resource=name if is_component else _read.first(inside, "component_name"),
        labels={"event": event, "status": said},
        links=(("Source", _read.first(inside, "permalink", "link", "url")),),
        starts=inside.get("occurred_at") or inside.get("created_at"),
        ends=inside.get("updated_at"),
    )
    return Reading((alert,))


def _status(event: str, said: str, *, component: bool) -> AlertStatus:
    plain = event.casefold()
    if "schedule" in plain or "subscriber" in plain or "test" in plain:
        return _read.INFO
    if "deleted" in plain or "removed" in plain:
        return _read.RESOLVED
    return _read.state(said, COMPONENTS if component else STATES)
