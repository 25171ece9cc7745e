"""What senders of PagerDuty and Opsgenie say in those tools' own API."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from integrations import opsgenie_api, pagerduty_events
from integrations.base import Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity
from tests.integrations.test_fuzz import WORDS, is_sound, outcome

ODD: tuple[Any, ...] = (None, True, 0, -1, 10**30, "", [], {}, [None], {"a": {}}, *WORDS)


def event(**more: Any) -> dict[str, Any]:
    """A trigger of version 2 with everything it may have."""
    payload = {
        "summary": "Disk full", "source": "db-1", "severity": "warning",
        "timestamp": "2026-05-01T10:00:00Z", "component": "postgres", "group": "prod",
        "class": "disk", "custom_details": {"free": "0 %", "load": 3, "deep": {"a": 1}},
    }  # fmt: skip
    return {
        "routing_key": "k", "event_action": "trigger", "dedup_key": "disk", "payload": payload,
        "client": "Nagios", "client_url": "https://n.example/1",
        "links": [{"href": "https://w.example/disk", "text": "Runbook"}],
        "images": [{"src": "https://g.example/1.png", "href": "https://g.example", "alt": "Load"}],
        **more,
    }  # fmt: skip


def alert() -> dict[str, Any]:
    """An alert of Opsgenie with everything it may have."""
    return {
        "message": "Queue is long", "alias": "queue", "description": "900 wait", "priority": "P2",
        "entity": "mq-1", "source": "cron", "tags": ["prod", "mq"], "details": {"depth": 900},
        "responders": [{"name": "db", "type": "team"}, {"username": "a@b.example", "type": "user"}],
        "user": "Ana", "note": "again",
    }  # fmt: skip


def read(reader: Any, body: Any, path: str = "", query: dict[str, str] | None = None) -> Any:
    (found,) = reader.read(Request(json.dumps(body).encode(), path=path, query=query or {})).alerts
    return found


@pytest.mark.parametrize(("action", "status"), [
    ("trigger", AlertStatus.FIRING), ("acknowledge", AlertStatus.ACKNOWLEDGED),
    ("resolve", AlertStatus.RESOLVED),
])  # fmt: skip
def test_the_actions_of_pagerduty_are_states_of_one_alert(action: str, status: AlertStatus) -> None:
    found: AlertReading = read(pagerduty_events, event(event_action=action))
    assert (found.status, found.key, found.title) == (status, "disk", "Disk full")
    assert (found.severity, found.severity_raw) == (Severity.WARNING, "warning")
    assert found.resource == "db-1"
    assert found.labels["component"] == "postgres" and found.labels["load"] == "3"
    assert [link.name for link in found.links] == ["Runbook", "Source", "Load"]
    assert "free: 0 %" in found.description


def test_a_trigger_without_a_key_has_the_same_one_each_time() -> None:
    bare = event(dedup_key="")
    first, second = read(pagerduty_events, bare), read(pagerduty_events, bare)
    assert first.key == second.key != read(pagerduty_events, event()).key


def test_a_change_event_is_a_change() -> None:
    body = {"payload": {"summary": "Deployed 411", "source": "ci", "custom_details": {"env": "p"}}}
    for path in ("change", ""):
        found: AlertReading = read(pagerduty_events, body, path)
        assert (found.type, found.status) == (AlertType.CHANGE, AlertStatus.INFO)
        assert (found.title, found.resource, found.labels) == ("Deployed 411", "ci", {"env": "p"})


def test_an_alert_of_opsgenie_is_found_by_its_alias_and_by_its_id() -> None:
    made: AlertReading = read(opsgenie_api, alert())
    assert (made.status, made.severity_raw, made.resource) == (AlertStatus.FIRING, "P2", "mq-1")
    assert made.labels["depth"] == "900" and made.labels["prod"] == "true"
    assert made.labels["team"] == "db"
    alias = {"identifierType": "alias"}
    assert read(opsgenie_api, {}, "queue/close", alias).key == made.key
    assert read(opsgenie_api, {}, f"{made.key}/close").key == made.key
    assert read(opsgenie_api, {}, "other/close", alias).key != made.key


@pytest.mark.parametrize(("action", "status"), [
    ("close", AlertStatus.RESOLVED), ("delete", AlertStatus.RESOLVED),
    ("acknowledge", AlertStatus.ACKNOWLEDGED), ("unacknowledge", AlertStatus.FIRING),
    ("notes", AlertStatus.INFO), ("assign", AlertStatus.INFO), ("tags", AlertStatus.INFO),
])  # fmt: skip
def test_what_is_done_to_an_alert_of_opsgenie(action: str, status: AlertStatus) -> None:
    said = {"user": "Ana", "note": "on it"}
    found: AlertReading = read(opsgenie_api, said, f"a/{action}", {"identifierType": "alias"})
    assert (found.status, found.description, found.labels["user"]) == (status, "on it", "Ana")


@pytest.mark.parametrize("reader", [pagerduty_events, opsgenie_api])
def test_bent_events_are_read_or_refused(reader: Any) -> None:
    dice = random.Random(7)

    def bent(value: Any) -> Any:
        if dice.random() < 0.1:
            return dice.choice(ODD)
        if isinstance(value, dict):
            return {k: bent(v) for k, v in value.items() if dice.random() > 0.05}
        return [bent(each) for each in value] if isinstance(value, list) else value

    first = {"event_type": "trigger", "description": "x", "details": {"host": "a"},
             "contexts": [{"type": "link", "href": "https://a.example"}]}  # fmt: skip
    bodies = (event(), first) if reader is pagerduty_events else (alert(),)
    for _ in range(400):
        body = json.dumps(bent(dice.choice(bodies))).encode()
        for path in ("", "change", "\ud800/close"):
            found = outcome(reader, Request(body, path=path))
            for one in found.alerts if isinstance(found, Reading) else ():
                is_sound(one)
