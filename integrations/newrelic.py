"""New Relic in its three generations: workflows (issues), alert channels (incidents), and the
form posts of 2013, whose JSON is in the field ``alert`` or ``deployment``."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="newrelic",
    title="New Relic",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/",
)

_STATES = {
    "created": _read.FIRING, "activated": _read.FIRING, "open": _read.FIRING,
    "deactivated": _read.RESOLVED, "closed": _read.RESOLVED, "test": _read.INFO,
    "acknowledged": _read.ACKNOWLEDGED,
}  # fmt: skip
_EVENTS = {
    "incident_open": _read.FIRING, "incident_opened": _read.FIRING,
    "violation_open": _read.FIRING, "incident_acknowledged": _read.ACKNOWLEDGED,
    "incident_resolved": _read.RESOLVED, "incident_closed": _read.RESOLVED,
    "violation_close": _read.RESOLVED, "notification": _read.INFO,
}  # fmt: skip
_ISSUES = ("issueUrl", "impactedEntities", "alertConditionNames", "alertPolicyNames", "issueId")
_OVER = ("ended", "closed", "recovered", "resolved", "is back")


def read(request: Request) -> Reading:
    """The one issue, incident, alert or deployment of a body."""
    body = _read.fields(request)
    if any(name in body for name in _ISSUES) or ("id" in body and "state" in body):
        return Reading((_issue(body),))
    if "incident_id" in body or "condition_name" in body or "current_state" in body:
        return Reading((_incident(body),))
    if "deployment_url" in body or "revision" in body or "changelog" in body:
        return Reading((_deployment(body),))
    return Reading((_other(body),))


def _issue(body: dict[str, Any]) -> AlertReading:
    """An acknowledgement is an active issue whose trigger is what a person did."""
    status = _read.state(_read.first(body, "state", "issueState", "status"), _STATES)
    acknowledged = _read.first(body, "trigger", "triggerEvent").casefold() in (
        "user_action", "issue_acknowledged", "acknowledged",
    )  # fmt: skip
    if acknowledged and status is _read.FIRING:
        status = _read.ACKNOWLEDGED
    entities = _read.words(body.get("impactedEntities")) or _read.words(body.get("entitiesNames"))
    conditions = _read.words(body.get("alertConditionNames"))
    title = (
        _read.first(body, "title", "issueTitle", "condition_name", "conditionName")
        or next(iter(_read.words(body.get("title")) or _read.words(body.get("issueTitle"))), "")
        or next(iter(conditions), "")
        or _read.first(body, "details", "description")
        or next(iter(_read.words(body.get("alertPolicyNames"))), "")
    )
    number = _read.first(body, "id", "issueId", "issueUrl")
    return _read.alert(
        status,
        number,
        title or _read.unexpanded(body) or f"New Relic issue {number}".strip(),
        type=AlertType.METRIC,
        word=_read.raw(body, "priority", "severity"),
        description=_read.first(body, "description", "details", "alertConditionDescriptions"),
        resource=next(iter(entities), ""),
        labels={
            **_read.flat(body, ("title", "description", "createdAt", "updatedAt", "state")),
            "condition": ", ".join(conditions),
            "policy": ", ".join(_read.words(body.get("alertPolicyNames"))),
        },
        links=(
            ("Runbook", _read.first(body, "runbookUrl")),
            ("Source", _read.first(body, "issueUrl", "issuePageUrl")),
        ),
        starts=body.get("activatedAt") or body.get("createdAt"),
        ends=body.get("closedAt") or body.get("updatedAt"),
        by=_named(body, "owner") if status is _read.ACKNOWLEDGED else "",
    )


def _incident(body: dict[str, Any]) -> AlertReading:
    event = _read.word(_read.first(body, "event_type"))
    said = _read.first(body, "current_state")
    status = _EVENTS.get(event) or _read.state(said, _STATES, _read.INFO if event else _read.FIRING)
    targets = _read.parts(body.get("targets"))
    target = targets[0] if targets else {}
    name = _read.first(body, "condition_name", "policy_name")
    place = _named(target, "name") or _named(_read.part(body, "metadata"), "entity.name")
    place = place or _read.first(body, "entity_name", "application_name")
    details = _read.first(body, "details", "message")
    return _read.alert(
        status,
        _number(body),
        _read.on(name, place) or details or _read.unexpanded(body) or "An incident without a name",
        type=AlertType.METRIC,
        word=_read.raw(body, "severity", "priority"),
        description=details,
        resource=place,
        labels={
            **_read.flat(body, ("details", "current_state", "duration", "timestamp",
                                "timestamp_utc_string", "event_type")),
            **_read.tags(target.get("labels")),
        },
        links=(
            ("Runbook", _read.first(body, "runbook_url")),
            ("Source", _read.first(body, "incident_url")),
            ("Chart", _read.first(body, "violation_chart_url")),
        ),
        ends=body.get("timestamp"),
        by=_named(body, "owner") if status is _read.ACKNOWLEDGED else "",
    )  # fmt: skip


def _named(holder: dict[str, Any], name: str) -> str:
    """A name; workflows write ``N/A`` where there is none."""
    found = _read.first(holder, name)
    return "" if found.casefold() in ("n/a", "na") else found


def _number(body: dict[str, Any]) -> str:
    """A channel that was moved to workflows knows the issue, and may have -1 for the incident."""
    found = (_read.first(body, name) for name in ("issue_id", "incident_id", "violation_id"))
    return next((each for each in found if each not in ("", "-1")), "")


def _deployment(body: dict[str, Any]) -> AlertReading:
    place = _read.first(body, "application_name", "entity_name")
    what = _read.first(body, "revision", "version", "description", "changelog")
    return _read.alert(
        _read.INFO,
        _read.first(body, "deployment_url") or f"deployment {place} {what}",
        f"Deployed {what}" if not place else f"Deployed {place} {what}",
        type=AlertType.CHANGE,
        description=_read.first(body, "description", "changelog"),
        resource=place,
        labels=_read.flat(body, ("description", "changelog")),
        links=(("Source", _read.first(body, "deployment_url")),),
        starts=body.get("created_at"),
    )


def _other(body: dict[str, Any]) -> AlertReading:
    """The posts of 2013, whose state stands in words only, and templates of one's own."""
    short = _read.first(body, "short_description")
    title = _read.first(body, "title", "message", "name", "text") or short
    title = title or _read.unexpanded(body)
    if not title:
        raise Malformed("there is no issue, incident or alert in it")
    place = _read.first(body, "application_name", "entity", "entity_name", "host", "server_name")
    return _read.alert(
        _old_state(body, short),
        _read.first(body, "alert_url", "id", "issue_id"),
        title,
        type=AlertType.METRIC,
        word=_read.raw(body, "severity", "priority"),
        description=_read.first(body, "long_description", "description", "details"),
        resource=place,
        labels=_read.flat(body, ("title", "message", "long_description", "created_at")),
        links=(("Source", _read.first(body, "alert_url", "url", "link")),),
    )


def _old_state(body: dict[str, Any], short: str) -> AlertStatus:
    if said := _read.first(body, "state", "status", "event_type"):
        return _EVENTS.get(_read.word(said)) or _read.state(said, _STATES)
    over = any(word in short.casefold() for word in _OVER)
    return _read.RESOLVED if over else _read.FIRING
