"""PagerDuty, Opsgenie, VictorOps and GoAlert as sources: what they tell of their own incidents."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from integrations import pagerduty
from integrations.base import Malformed, Request
from store.model import Severity
from tests.integrations.reading import ACKNOWLEDGED, FIRING, INFO, RESOLVED, one, read, states


def duty(event: str, **more: Any) -> dict[str, Any]:
    """An event of PagerDuty's webhooks v3."""
    incident = {"id": "PX1", "title": "Shop is slow", "urgency": "high", "status": "triggered",
                "incident_key": "k1", "service": {"summary": "Shop"}}  # fmt: skip
    return {"event": {"event_type": event, "data": {**incident, **more}}}


def test_pagerdutys_events_say_what_became_of_an_incident() -> None:
    words = ("triggered", "acknowledged", "unacknowledged", "reassigned", "resolved", "reopened")
    steps = [duty(f"incident.{word}") for word in words]
    due = [FIRING, ACKNOWLEDGED, FIRING, INFO, RESOLVED, FIRING]
    assert states("pagerduty", *steps) == due
    found = one("pagerduty", duty("incident.triggered", priority={"summary": "P1"}))
    assert (found.severity, found.severity_raw, found.resource) == (
        Severity.CRITICAL, "high", "Shop",
    )  # fmt: skip
    note = {
        "event": {
            "event_type": "incident.annotated",
            "data": {"id": "N1", "incident": {"id": "PX1", "summary": "x"}},
        }
    }
    assert states("pagerduty", steps[0], note) == [FIRING, INFO]
    assert one("pagerduty", {"event": {"event_type": "pagey.ping", "data": {}}}).status is INFO


def test_pagerdutys_older_bundles_hold_several_messages() -> None:
    second = {"event": "incident.acknowledge", "incident": {"id": "PX1", "title": "Shop is slow"}}
    first = {
        "type": "incident.trigger",
        "data": {"incident": {"id": "PX1", "trigger_summary_data": {"subject": "Slow"}}},
    }
    found = read("pagerduty", {"messages": [first, second]})
    assert [each.status for each in found] == [FIRING, ACKNOWLEDGED]
    assert {each.key for each in found} == {"PX1"}
    with pytest.raises(Malformed) as refused:
        read("pagerduty", {"messages": [{}]})
    assert refused.value.where == "messages[0]"


def test_what_pixelview_opened_at_pagerduty_does_not_come_back_as_an_alert() -> None:
    assert read("pagerduty", duty("incident.triggered", incident_key="pixelview-1842")) == []
    assert read("pagerduty", duty("incident.triggered", incident_key="pixelview-page-x")) == []
    mine = {"prefix": "east"}
    assert read("pagerduty", duty("incident.triggered", incident_key="east-7"), settings=mine) == []
    assert read("pagerduty", duty("incident.triggered", incident_key="pixels")) != []


def test_a_source_of_pagerduty_is_checked_where_its_secret_is_known() -> None:
    body = json.dumps(duty("incident.triggered")).encode()
    signed = "v1=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()
    pagerduty.verify_webhook(Request(body), {})
    known = {"webhook_secrets": ["s"]}
    pagerduty.verify_webhook(Request(body, headers={"x-pagerduty-signature": signed}), known)
    with pytest.raises(Malformed):
        pagerduty.verify_webhook(Request(body), known)


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("Create", FIRING), ("Acknowledge", ACKNOWLEDGED), ("UnAcknowledge", FIRING),
        ("Close", RESOLVED), ("Delete", RESOLVED), ("Snooze", INFO), ("Escalate", INFO),
        ("AddNote", INFO), ("TakeOwnership", INFO), ("Our own", INFO),
    ],
)  # fmt: skip
def test_opsgenie_has_these_actions(action: str, status: Any) -> None:
    alert = {"alertId": "1-2", "alias": "disk-h1", "message": "Disk", "entity": "h1",
             "priority": "P2", "details": {"team": "db"}}  # fmt: skip
    found = one("opsgenie", {"action": action, "alert": alert})
    assert (found.key, found.status, found.resource) == ("disk-h1", status, "h1")
    assert (found.severity, found.labels["team"]) == (Severity.ERROR, "db")


def test_opsgenie_numbers_and_bare_alerts_are_read() -> None:
    numbered = {"action": "Create", "alert": {"alias": "a", "message": "m", "priority": 3}}
    assert one("opsgenie", numbered).severity is Severity.WARNING
    created = {"message": "Disk", "alias": "a", "priority": "P1"}
    assert one("opsgenie", created).status is FIRING


@pytest.mark.parametrize(
    ("phase", "kind", "status"),
    [
        ("UNACKED", "CRITICAL", FIRING), ("ACKED", "CRITICAL", ACKNOWLEDGED),
        ("RESOLVED", "RECOVERY", RESOLVED), ("UNACKED", "INFO", INFO), ("", "WARNING", FIRING),
        ("", "ACKNOWLEDGEMENT", ACKNOWLEDGED), ("", "RECOVERY", RESOLVED),
    ],
)  # fmt: skip
def test_victorops_has_phases_and_types(phase: str, kind: str, status: Any) -> None:
    flat = {
        "STATE.ENTITY_ID": "disk/h1",
        "STATE.CURRENT_ALERT_PHASE": phase,
        "ALERT.message_type": kind,
        "ALERT.entity_display_name": "Disk",
        "STATE.HOST": "h1",
    }
    nested = {"STATE": {"ENTITY_ID": "disk/h1", "CURRENT_ALERT_PHASE": phase, "HOST": "h1"},
              "ALERT": {"message_type": kind, "entity_display_name": "Disk"}}  # fmt: skip
    assert states("victorops", flat, nested) == [status, status]
    assert one("victorops", flat).title == "Disk on h1"


def test_victorops_endpoint_bodies_are_read() -> None:
    body = {"message_type": "CRITICAL", "entity_id": "disk/h1", "state_message": "full",
            "host_name": "h1"}  # fmt: skip
    assert states("victorops", body, {**body, "message_type": "RECOVERY"}) == [FIRING, RESOLVED]
    assert one("victorops", body).severity is Severity.CRITICAL


def test_goalert_tells_of_alerts_their_status_and_its_code() -> None:
    alert = {"Type": "Alert", "AlertID": 7, "Summary": "Disk", "ServiceName": "Shop"}
    entries = ("Acknowledged by Ann", "Escalated to step 2", "Note added", "Closed by Ann")
    steps = [{"Type": "AlertStatus", "AlertID": 7, "LogEntry": entry} for entry in entries]
    due = [FIRING, ACKNOWLEDGED, FIRING, INFO, RESOLVED]
    assert states("goalert", alert, *steps) == due
    told = one("goalert", {"Type": "Verification", "Code": "123456"})
    assert "123456" in told.title and told.status is INFO
