"""Tools that tell who acknowledged an alert, and who took that back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations import grafana_oncall, opsgenie, opsgenie_api, pagerduty, victorops
from integrations.base import Request
from store.model import AlertReading, AlertStatus

ACKED, FIRING = AlertStatus.ACKNOWLEDGED, AlertStatus.FIRING


def read(module: Any, body: dict[str, Any], path: str = "") -> AlertReading:
    found: AlertReading
    [found] = module.read(Request(json.dumps(body).encode(), path=path)).alerts
    return found


def pd(kind: str) -> dict[str, Any]:
    agent = {"type": "user_reference", "summary": "Ana Petrova", "id": "P1"}
    data = {"type": "incident", "id": "Q1", "title": "Disk full", "status": "acknowledged"}
    return {"event": {"event_type": f"incident.{kind}", "agent": agent, "data": data}}


def og(action: str) -> dict[str, Any]:
    alert = {"alertId": "a", "message": "Disk full", "username": "ana@example.eu"}
    return {"action": action, "alert": alert}


def oncall(kind: str, state: str) -> dict[str, Any]:
    user = {"username": "ana", "email": "ana@example.eu"}
    return {"event": {"type": kind}, "user": user, "alert_group": {"id": "g", "state": state}}


@pytest.mark.parametrize(
    ("module", "taken", "back", "noted"),
    [
        (pagerduty, pd("acknowledged"), pd("unacknowledged"), pd("annotated")),
        (opsgenie, og("Acknowledge"), og("UnAcknowledge"), og("AddNote")),
        (
            grafana_oncall, oncall("acknowledge", "acknowledged"),
            oncall("unacknowledge", "firing"), oncall("silence", "silenced"),
        ),
    ],
)  # fmt: skip
def test_who_did_it_is_told(module: Any, taken: Any, back: Any, noted: Any) -> None:
    ack, unack, other = read(module, taken), read(module, back), read(module, noted)
    assert (ack.status, ack.unacknowledged) == (ACKED, False)
    assert ack.by in ("Ana Petrova", "ana@example.eu")
    assert (unack.status, unack.unacknowledged, unack.by) == (FIRING, True, ack.by)
    assert (other.by, other.unacknowledged) == ("", False)


def test_victorops_tells_who_acknowledged() -> None:
    body = {
        "STATE.INCIDENT_NAME": "1", "STATE.ENTITY_ID": "db", "STATE.SERVICE": "Disk",
        "STATE.ACK_USER": "ana", "STATE.CURRENT_ALERT_PHASE": "ACKED",
    }  # fmt: skip
    found = read(victorops, body)
    assert (found.status, found.by) == (ACKED, "ana")


def test_an_action_of_opsgenies_api_makes_nothing_worse() -> None:
    taken = read(opsgenie_api, {"user": "ana"}, "a1/acknowledge")
    back = read(opsgenie_api, {"user": "ana"}, "a1/unacknowledge")
    assert (taken.status, taken.by, str(taken.severity)) == (ACKED, "ana", "info")
    assert (back.status, back.by, back.unacknowledged) == (FIRING, "ana", True)
