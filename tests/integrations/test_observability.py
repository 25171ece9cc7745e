"""Readers of observability tools, by bodies written after the tools' own documentation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from integrations import signalfx
from integrations.base import Malformed, Request
from store.model import AlertType, Severity
from tests.integrations.reading import ACKNOWLEDGED, FIRING, INFO, RESOLVED, one, read, states


def datadog(**more: str) -> dict[str, str]:
    """A body of every variable that matters."""
    return {
        "EVENT_TITLE": "[Triggered on {host:web-3}] Queue is long",
        "ALERT_ID": "77", "ALERT_SCOPE": "host:web-3", "ALERT_TRANSITION": "Triggered",
        "ALERT_TYPE": "error", "ALERT_PRIORITY": "P2", "HOSTNAME": "web-3",
        "TAGS": "env:prod,team:shop", "LINK": "https://app.datadoghq.example/event/1", **more,
    }  # fmt: skip


def test_datadog_is_read_by_its_variables_however_they_are_written() -> None:
    found = one("datadog", datadog())
    assert (found.title, found.resource, found.severity_raw) == (
        "Queue is long on web-3",
        "web-3",
        "P2",
    )
    assert found.labels["team"] == "shop" and found.severity is Severity.ERROR
    small = {name.lower().replace("_", "-"): value for name, value in datadog().items()}
    assert one("datadog", small).key == found.key


@pytest.mark.parametrize(
    ("transition", "status"),
    [
        ("Triggered", FIRING), ("Re-Triggered", FIRING), ("Warn", FIRING), ("Re-Warn", FIRING),
        ("No Data", FIRING), ("Re-No Data", FIRING), ("Renotify", FIRING),
        ("Recovered", RESOLVED), ("Something new", FIRING),
    ],
)  # fmt: skip
def test_datadog_has_these_transitions(transition: str, status: Any) -> None:
    due = [FIRING, status]
    assert states("datadog", datadog(), datadog(ALERT_TRANSITION=transition)) == due


def test_datadog_keeps_the_groups_of_a_monitor_apart() -> None:
    other = datadog(ALERT_SCOPE="host:web-4")
    assert one("datadog", other).key != one("datadog", datadog()).key


def test_datadogs_default_body_has_its_state_in_the_title_only() -> None:
    default = {"title": "[Triggered] Queue is long", "body": "…", "id": "1", "event_type": "x"}
    over = {**default, "title": "[Recovered] Queue is long", "id": "2"}
    assert states("datadog", default, over) == [FIRING, RESOLVED]
    assert one("datadog", default).title == "Queue is long"


def newrelic(**more: Any) -> dict[str, Any]:
    """An issue as a workflow posts it."""
    return {
        "id": "i-1", "issueUrl": "https://radar.newrelic.example/i-1", "title": "Errors in shop",
        "priority": "CRITICAL", "impactedEntities": ["shop"], "state": "ACTIVATED",
        "trigger": "STATE_CHANGE", "createdAt": 1_795_313_000_000, "updatedAt": 1_795_313_300_000,
        "alertConditionNames": ["Error rate"], "alertPolicyNames": ["Gold"], **more,
    }  # fmt: skip


def test_new_relics_issue_is_acknowledged_by_a_user_and_closed() -> None:
    seen = newrelic(trigger="USER_ACTION")
    bodies = newrelic(state="CREATED"), newrelic(), seen, newrelic(state="CLOSED")
    assert states("newrelic", *bodies) == [FIRING, FIRING, ACKNOWLEDGED, RESOLVED]
    assert one("newrelic", newrelic(state="CLOSED")).ends_at == 1_795_313_300_000


def test_new_relics_older_incidents_and_deployments() -> None:
    opened = {
        "incident_id": 9, "condition_name": "CPU", "current_state": "open", "severity": "WARNING",
        "targets": [{"name": "web-1", "labels": {"env": "prod"}}], "details": "CPU > 90 %",
    }  # fmt: skip
    seen, over = ({**opened, "current_state": word} for word in ("acknowledged", "closed"))
    assert states("newrelic", opened, seen, over) == [FIRING, ACKNOWLEDGED, RESOLVED]
    assert one("newrelic", opened).resource == "web-1"
    deploy = {"deployment": json.dumps({"revision": "v7", "application_name": "shop",
                                        "created_at": "2026-11-22T02:00:00Z"})}  # fmt: skip
    form = "&".join(f"{name}={value}" for name, value in deploy.items()).encode()
    found = one("newrelic", form, content_type="application/x-www-form-urlencoded")
    assert (found.type, found.status, found.title) == (AlertType.CHANGE, INFO, "Deployed shop v7")


def test_grafana_unified_is_read_alert_by_alert_and_custom_bodies_too() -> None:
    alert = {"status": "firing", "labels": {"alertname": "A", "instance": "h"}, "fingerprint": "f"}
    group = {"alerts": [alert], "state": "ok", "status": "resolved", "title": "x", "orgId": 1}
    over = {**group, "alerts": [{**alert, "status": "resolved"}], "state": "alerting"}
    assert states("grafana", group, over) == [FIRING, RESOLVED]
    assert one("grafana", {"text": "Disk is full"}).title == "Disk is full"
    with pytest.raises(Malformed):
        read("grafana", {"ok": True})


@pytest.mark.parametrize(
    ("state", "status"),
    [("alerting", FIRING), ("no_data", FIRING), ("ok", RESOLVED), ("pending", INFO),
     ("paused", INFO), ("unknown", INFO), ("exploded", INFO)],
)  # fmt: skip
def test_grafana_legacy_has_these_states(state: str, status: Any) -> None:
    rule = {"ruleId": 4, "orgId": 2, "ruleName": "Load", "title": "[Alerting] Load"}
    series = [{"metric": "load", "value": 9, "tags": {"host": "h1"}}]
    begun = {**rule, "state": "alerting", "evalMatches": series}
    assert states("grafana", begun, {**rule, "state": state, "evalMatches": []}) == [FIRING, status]
    assert one("grafana", begun).resource == "h1"


def test_dynatrace_tells_of_problems_merged_and_resolved() -> None:
    problem = {
        "ProblemID": "P-7", "PID": "99_V2", "ProblemTitle": "Failure rate increase",
        "State": "OPEN", "ProblemSeverity": "PERFORMANCE", "ProblemURL": "https://d.example/p",
        "ImpactedEntities": [{"type": "SERVICE", "name": "payment", "entity": "SERVICE-1"}],
        "Tags": "prod, team:pay",
    }  # fmt: skip
    merged, over = ({**problem, "State": word} for word in ("MERGED", "RESOLVED"))
    assert states("dynatrace", problem, merged, over) == [FIRING, INFO, RESOLVED]
    found = one("dynatrace", problem)
    assert (found.severity, found.severity_raw) == (Severity.WARNING, "PERFORMANCE")
    assert found.title == "Failure rate increase on payment" and found.labels["team"] == "pay"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("POLICY_OPEN_WARNING", FIRING), ("POLICY_UPGRADED", FIRING), ("POLICY_CONTINUES_CRITICAL",
        FIRING), ("POLICY_DOWNGRADED", FIRING), ("POLICY_CLOSE_WARNING", RESOLVED),
        ("POLICY_CANCELED_CRITICAL", RESOLVED), ("HEALTH_RULE_VIOLATION_ENDED", RESOLVED),
        ("APPLICATION_DEPLOYMENT", INFO), ("APP_SERVER_RESTART", INFO), ("DEADLOCK", FIRING),
    ],
)  # fmt: skip
def test_appdynamics_has_these_events(kind: str, status: Any) -> None:
    event = {"displayName": "Slow", "eventType": kind, "application": {"name": "Shop"},
             "incident": {"id": 4}, "severity": "WARN"}  # fmt: skip
    found = one("appdynamics", {"latestEvent": event})
    assert (found.status, found.title, found.severity_raw) == (status, "Slow on Shop", "WARN")


@pytest.mark.parametrize(
    ("word", "status"),
    [("anomalous", FIRING), ("ok", RESOLVED), ("manually resolved", RESOLVED),
     ("stopped", RESOLVED)],
)  # fmt: skip
def test_signalfx_has_these_states(word: str, status: Any) -> None:
    body = {"incidentId": "I1", "rule": "CPU", "detector": "d", "severity": "Major",
            "statusExtended": word, "dimensions": {"host": "h1"}}  # fmt: skip
    found = one("signalfx", body)
    assert (found.status, found.severity, found.resource) == (status, Severity.ERROR, "h1")


def test_signalfx_signs_what_it_sends() -> None:
    body = b'{"rule": "CPU"}'
    signed = base64.b64encode(hmac.digest(b"s3cret", body, hashlib.sha256)).decode()
    secrets = {"shared_secret": "s3cret"}
    signalfx.verify(Request(body, headers={"x-sfx-signature": signed}), secrets)
    signalfx.verify(Request(body), {})
    with pytest.raises(Malformed) as refused:
        signalfx.verify(Request(body, headers={"x-sfx-signature": "AAAA"}), secrets)
    assert refused.value.status == 401


def test_sumo_logic_resolves_each_of_its_triggers() -> None:
    monitor = {"Name": "Errors", "Id": "000A", "TriggerType": "Critical", "AlertGroup": "host=h1"}
    over = {**monitor, "TriggerType": "ResolvedCritical"}
    assert states("sumologic", monitor, over) == [FIRING, RESOLVED]
    assert (
        one("sumologic", {**monitor, "AlertGroup": "host=h2"}).key != one("sumologic", monitor).key
    )
    assert one("sumologic", {**monitor, "TriggerType": "ResolvedMissingData"}).status is RESOLVED


def test_kibanas_action_groups_fire_but_for_the_recovered_one() -> None:
    rule = {"rule": {"id": "r", "name": "CPU"}, "alert": {"id": "h1", "actionGroup": "x.fired"}}
    over = {**rule, "alert": {"id": "h1", "actionGroup": "recovered"}}
    assert states("kibana", rule, over) == [FIRING, RESOLVED]
    whole = {**rule, "alert": {"id": "*", "actionGroup": "query matched"}}
    assert (one("kibana", whole).resource, one("kibana", whole).status) == (None, FIRING)


def test_elastics_documents_are_read_flat_or_nested_with_what_people_did() -> None:
    nested = {"kibana": {"alert": {"uuid": "u1", "status": "active", "severity": "high",
              "rule": {"name": "Odd login"}}}, "host": {"name": "h1"}}  # fmt: skip
    flat = {
        "kibana.alert.uuid": "u1",
        "kibana.alert.rule.name": "Odd login",
        "kibana.alert.status": "active",
        "kibana.alert.workflow_status": "acknowledged",
    }
    over = {**flat, "kibana.alert.workflow_status": "closed"}
    assert states("elastic", nested, flat, over) == [FIRING, ACKNOWLEDGED, RESOLVED]
    assert one("elastic", nested).title == "Odd login on h1"
    assert len(read("elastic", {"hits": {"hits": [{"_source": flat}, {"_source": over}]}})) == 2
    assert one("elastic", {"watch_id": "errors", "message": "9 errors"}).title == "errors"


def test_splunk_keeps_the_hosts_of_a_search_apart_and_not_its_runs() -> None:
    body = {"search_name": "sudo", "app": "search", "sid": "1", "result": {"host": "h1"}}
    again, other = {**body, "sid": "2"}, {**body, "result": {"host": "h2"}}
    assert states("splunk", body, again) == [FIRING, FIRING]
    assert one("splunk", other).key != one("splunk", body).key


def test_elastalert_posts_actions_or_what_matched() -> None:
    body = {"event_type": "create", "Id": "1", "Title": "Errors"}
    steps = [{**body, "event_type": word} for word in ("create", "acknowledge", "resolve")]
    assert states("elastalert", *steps) == [FIRING, ACKNOWLEDGED, RESOLVED]
    matched = {"rule_name": "Errors", "host": {"name": "h1"}, "message": "boom", "num_hits": 3}
    assert one("elastalert", matched).title == "Errors on h1"
