"""AppDynamics HTTP request actions: a body written out of its variables.

The event type tells the state; its severity stays ERROR when the violation has ended.
"""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations._shape import Shape, leaves, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="appdynamics",
    title="AppDynamics",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.splunk.com/en/appdynamics-saas/get-started/alert-and-respond/actions/"
    "predefined-templating-variables",
)

_OVER = ("_close", "_canceled", "_cancelled", "ended", "resolved", "_closed")
_BAD = ("_open", "_upgraded", "_downgraded", "_continues", "_started", "violation")
_CHANGES = ("deployment", "restart", "config", "marker", "info")
_SHAPE = Shape(
    type=AlertType.METRIC,
    key=(
        ("incidentkey",), ("incidentid",),
        ("latesteventincidentid",), ("eventincidentid",), ("incident",),
        ("healthrule", "application", "node", "tier"),
        ("healthrulename", "appname", "nodename", "tiername"),
        ("latesteventhealthrulename", "latesteventapplicationname", "latesteventnodename"),
        ("healthruleid", "appid"),
    ),
    title=names("eventname displayname latesteventdisplayname eventdisplayname healthrulename "
                "latesteventhealthrulename healthrule policyname title summary summarymessage "
                "latesteventsummarymessage eventmessage message"),
    severity=names("severity latesteventseverity topseverity eventseverity priority"),
    resource=names("affectedentityname affectedentitiesname latesteventaffectedentitiesname "
                   "nodename latesteventnodename node tiername latesteventtiername tier appname "
                   "applicationname latesteventapplicationname application app"),
    text=names("summary summarymessage latesteventsummarymessage eventsummary message "
               "eventmessage latesteventeventmessage"),
    links=(("Source", names("deeplink latesteventdeeplink deeplinkurl eventdeeplink url")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The event of a body, or the events of its list."""
    body = _read.fields(request)
    body = {**_read.part(body, "details"), **_read.part(body, "custom_details"), **body}
    lists = (body[name] for name in ("events", "fullEventList") if name in body)
    listed = next((each for each in lists if isinstance(each, list)), None)
    events = [{**_without(body), **each} for each in _read.parts(listed, _read.MOST)]
    return Reading(tuple(_alert(each) for each in events or [body]))


def _without(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if not isinstance(value, list)}


def _alert(body: dict[str, Any]) -> AlertReading:
    found = leaves(body)
    kind = _read.first(found, "eventtype", "latesteventeventtype", "eventeventtype", "type",
                       "eventtypekey", "status", "state")  # fmt: skip
    severity = _read.first(found, *_SHAPE.severity)
    return _SHAPE.alert(body, _status(_read.word(kind), severity) if kind or severity else None)


def _status(kind: str, severity: str) -> AlertStatus:
    if any(part in kind for part in _OVER):
        return _read.RESOLVED
    if any(part in kind for part in _BAD):
        return _read.FIRING
    if severity.upper() == "INFO" or any(part in kind for part in _CHANGES):
        return _read.INFO
    return _read.FIRING if not kind else _read.STATES.get(kind, _read.FIRING)
