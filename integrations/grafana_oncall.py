"""Grafana OnCall's outgoing webhooks: alert groups fire, are acknowledged, resolved, silenced."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="grafana_oncall",
    title="Grafana OnCall",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://grafana.com/docs/oncall/latest/configure/outgoing-webhooks/",
)

_STATES = {"firing": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED,
           "silenced": _read.ACKNOWLEDGED, "unresolved": _read.FIRING, "new": _read.FIRING,
           "unsilenced": _read.FIRING, "unacknowledged": _read.FIRING}  # fmt: skip
_EVENTS = {"acknowledge": _read.ACKNOWLEDGED, "resolve": _read.RESOLVED,
           "silence": _read.ACKNOWLEDGED, "unsilence": _read.FIRING, "unresolve": _read.FIRING,
           "unacknowledge": _read.FIRING, "alert_group_created": _read.FIRING,
           "escalation": _read.FIRING, "escalation_step": _read.FIRING, "created": _read.FIRING,
           "personal_notification": _read.FIRING, "status_change": _read.FIRING,
           "resolution_note_added": _read.INFO}  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert group of a body."""
    body = _read.fields(request)
    group = _read.part(body, "alert_group")
    if not group and ("alert_uid" in body or "link_to_upstream_details" in body):
        return Reading((_formatted(body),))
    if not group and not _read.first(body, "alert_group_id"):
        raise Malformed("there is no alert group in it", "alert_group")
    return Reading((_group(body, group),))


def _formatted(body: dict[str, Any]) -> AlertReading:
    """What others send to its formatted webhook."""
    labels = _read.tags(body.get("labels"))
    return _read.alert(
        _read.state(_read.first(body, "state", "status")),
        _read.first(body, "alert_uid"),
        _read.first(body, "title", "message") or "An alert without a title",
        type=AlertType.CUSTOM,
        word=_read.first(body, "severity") or _read.first(labels, "severity"),
        description=_read.first(body, "message"),
        resource=_read.first(labels, "instance", "host", "service"),
        labels={**_read.flat(body, ("title", "message", "state", "alert_uid")), **labels},
        links=(("Source", _read.first(body, "link_to_upstream_details")),),
    )


def _group(body: dict[str, Any], group: dict[str, Any]) -> AlertReading:
    """The state of the group counts before the event that was told of."""
    payload, integration = _read.part(body, "alert_payload"), _read.part(body, "integration")
    labels = {**_read.tags(payload.get("commonLabels")), **_read.tags(payload.get("labels")),
              **_read.tags(group.get("labels"))}  # fmt: skip
    said, event = _read.first(group, "state"), _read.first(_read.part(body, "event"), "type")
    title = _read.first(group, "title") or _read.first(payload, "title", "message")
    links = _read.part(group, "permalinks")
    status = _read.state(said, _STATES) if said else _read.state(event, _EVENTS)
    return _read.alert(
        status,
        _read.first(group, "id") or _read.first(body, "alert_group_id"),
        title or "An alert group without a title",
        type=AlertType.CUSTOM,
        word=_read.first(labels, "severity", "priority"),
        severity=Severity.INFO if status is _read.INFO else None,
        description=_read.first(payload, "message", "description"),
        resource=_read.first(labels, "instance", "host", "pod", "service")
        or _read.first(_read.part(body, "service"), "name"),
        labels={**labels, "integration": _read.first(integration, "name"), "event": event,
                "actor": _read.first(_read.part(body, "user"), "username", "email"),
                "team": _read.first(_read.part(group, "team"), "name")},
        links=(("Source", _read.first(links, "web")), ("Slack", _read.first(links, "slack"))),
        by=_read.first(_read.part(body, "user"), "email", "username")
        if event in ("acknowledge", "unacknowledge") else "",
        unacknowledged=event == "unacknowledge",
        starts=group.get("created_at"),
        ends=group.get("resolved_at"),
    )  # fmt: skip
