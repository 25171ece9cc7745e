"""Tools whose alerts have states: pagers and hubs, metrics and logs, help desks."""

from __future__ import annotations

from typing import Any

import pytest

from store.model import Severity
from tests.integrations.reading import ACKNOWLEDGED, FIRING, INFO, RESOLVED, one, read, states


def test_an_alert_of_alerta_is_its_event_of_a_resource() -> None:
    body = {"event": "DiskFull", "resource": "db-1", "environment": "Production",
            "severity": "major", "service": ["shop"], "text": "97 %"}  # fmt: skip
    said = ("open", "ack", "closed")
    assert states("alerta", *({**body, "status": each} for each in said)) == [
        FIRING, ACKNOWLEDGED, RESOLVED,
    ]  # fmt: skip
    alert = one("alerta", body)
    assert (alert.title, alert.resource, alert.labels["service"]) == (
        "DiskFull on db-1", "db-1", "shop",
    )  # fmt: skip
    assert one("alerta", {**body, "severity": "normal", "status": "open"}).status is RESOLVED


def test_an_alert_of_alerta_may_stand_in_the_address() -> None:
    query = {"event": "DiskFull", "resource": "db-1", "severity": "critical", "token": "t"}
    (alert,) = read("alerta", b"", query=query)
    assert (alert.status, alert.severity) == (FIRING, Severity.CRITICAL)


def test_cloudamqp_sends_an_alarm_again_when_it_is_resolved() -> None:
    body = {"message": "Queue is long", "metadata": {"type": "queue", "queue": "orders"}}
    assert states("cloudamqp", body, {**body, "resolved": True}) == [FIRING, RESOLVED]


def test_an_alert_of_openobserve_has_its_names_without_its_time() -> None:
    body = {"alert_name": "Errors", "org_name": "acme", "stream_name": "web", "alert_count": "9"}
    first, second = ({**body, "alert_start_time": each} for each in ("2026-01-01", "2026-01-02"))
    assert states("openobserve", first, second) == [FIRING, FIRING]
    assert one("openobserve", first).title == "Errors on web"


def test_an_alert_of_parseable_may_be_one_sentence() -> None:
    told = (b"Server errors triggered on web", b"Server errors resolved on web")
    found = [read("parseable", each, content_type="text/plain")[0] for each in told]
    assert [each.status for each in found] == [FIRING, RESOLVED]
    assert found[0].key == found[1].key
    body = {"alert": "Server errors", "stream": "web", "status": "triggered", "severity": "high"}
    assert one("parseable", body).key == found[0].key


def test_scalyr_resolves_by_its_id() -> None:
    body = {"id": "9", "title": "Too many errors", "trigger": "count > 5"}
    assert states("scalyr", body, {**body, "state": "resolved"}) == [FIRING, RESOLVED]


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("ALERT_OPENED", FIRING),
        ("ALERT_SEVERITY_UPDATE", FIRING),
        ("ALERT_SNOOZED", INFO),
        ("ALERT_RESOLVED", RESOLVED),
    ],
)
def test_wavefront_says_why_it_speaks(reason: str, status: object) -> None:
    body = {"alertId": "1", "name": "Latency", "severity": "SEVERE", "reason": reason}
    alert = one("wavefront", body)
    assert (alert.status, alert.severity) == (status, Severity.CRITICAL)


def test_moogsoft_counts_severities_up() -> None:
    body = {"incident_id": 5, "description": "Shop is slow", "severity": 5, "status": "Open"}
    assert one("moogsoft", body).severity is Severity.CRITICAL
    assert states("moogsoft", body, {**body, "status": "Resolved"}) == [FIRING, RESOLVED]


def test_pagertree_tells_an_alert_by_its_event() -> None:
    alert = {"id": "alt_1", "title": "Shop is down", "status": "open", "urgency": "high"}
    said = ("created", "acknowledged", "resolved")
    bodies = [{"type": f"alert.{each}", "data": alert} for each in said]
    assert states("pagertree", *bodies) == [FIRING, ACKNOWLEDGED, RESOLVED]
    assert one("pagertree", {"type": "handoff.created", "data": {}}).status is INFO


def test_an_alert_of_keep_has_a_fingerprint() -> None:
    body = {"fingerprint": "f", "name": "CPU", "severity": "critical", "host": "web-1"}
    said = ("firing", "acknowledged", "suppressed", "resolved")
    assert states("keep", *({**body, "status": each} for each in said)) == [
        FIRING, ACKNOWLEDGED, INFO, RESOLVED,
    ]  # fmt: skip


def test_an_alert_of_mackerel_is_open_until_it_is_not() -> None:
    alert = {"id": "a", "monitorName": "cpu", "status": "critical", "isOpen": True,
             "metricLabel": "CPU %", "metricValue": 97, "monitorOperator": ">",
             "criticalThreshold": 90}  # fmt: skip
    body = {"event": "alert", "host": {"name": "web-1"}, "alert": alert}
    over = {**body, "alert": {**alert, "isOpen": False, "status": "ok"}}
    assert states("mackerel", body, over) == [FIRING, RESOLVED]
    assert one("mackerel", body).description == "CPU % 97 > 90"
    assert one("mackerel", {"event": "sample", "message": "Hello"}).status is INFO


def incident(tool: str, **said: Any) -> dict[str, Any]:
    """One incident as a pager's webhook holds it."""
    if tool == "zenduty":
        found = {"title": "Down", "unique_id": "u", "status": said["status"]}
        return {"payload": {"incident": found}}
    if tool == "rootly":
        event = {"type": f"incident.{said['status']}"}
        return {"event": event, "data": {"id": "u", "title": "Down", "status": said["status"]}}
    if tool == "firehydrant":
        found = {"id": "u", "name": "Down", "current_milestone": said["status"]}
        return {"event": {"resource_type": "incident"}, "data": {"incident": found}}
    if tool == "flashduty":
        return {"event_type": said["status"], "incident": {"incident_id": "u", "title": "Down"}}
    return {"eventType": said["status"], "alert": {"id": "u", "title": "Down"}}


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("zenduty", (1, 2, 3)),
        ("rootly", ("started", "mitigated", "resolved")),
        ("firehydrant", ("started", "acknowledged", "resolved")),
        ("flashduty", ("i_new", "i_ack", "i_rslv")),
        ("signl4", (200, 201, 202)),
    ],
)
def test_pagers_tell_an_incident_until_it_is_over(tool: str, said: tuple[Any, ...]) -> None:
    bodies = [incident(tool, status=each) for each in said]
    assert states(tool, *bodies) == [FIRING, ACKNOWLEDGED, RESOLVED]
    assert one(tool, bodies[0]).title == "Down"


def test_what_a_pager_tells_beside_its_states_is_information() -> None:
    assert one("flashduty", incident("flashduty", status="i_comment")).status is INFO
    assert one("rootly", {"event": {"type": "pulse.created"}, "data": {}}).status is INFO
    assert one("firehydrant", {"event": {"resource_type": "change"}, "data": {}}).status is INFO
    noted = {"payload": {"event_type": "note_added", "incident": {"title": "Down"}}}
    assert one("zenduty", noted).status is INFO


def test_flashduty_and_signl4_are_sent_alerts_too() -> None:
    body = {"alert_key": "k", "title_rule": "Disk", "labels": {"host": "db-1"}}
    said = ("Critical", "Ok")
    assert states("flashduty", *({**body, "event_status": each} for each in said)) == [
        FIRING, RESOLVED,
    ]  # fmt: skip
    sent = {"Title": "Disk", "X-S4-ExternalID": "k"}
    said = ("new", "resolved")
    assert states("signl4", *({**sent, "X-S4-Status": each} for each in said)) == [FIRING, RESOLVED]


def test_an_alert_of_bigpanda_is_a_check_of_a_host() -> None:
    body = {"host": "db-1", "check": "Disk"}
    said = ("critical", "acknowledged", "ok")
    assert states("bigpanda", *({**body, "status": each} for each in said)) == [
        FIRING, ACKNOWLEDGED, RESOLVED,
    ]  # fmt: skip
    both = read("bigpanda", {"app_key": "a", "alerts": [{**body, "status": "ok"}, {"host": "x"}]})
    assert [each.resource for each in both] == ["db-1", "x"]


def test_an_event_of_zenoss_is_over_when_it_is_clear() -> None:
    body = {"evid": "e", "summary": "Link down", "device": "sw-1", "severity": 5}
    assert states("zenoss", body, {**body, "severity": 0}) == [FIRING, RESOLVED]
    assert one("zenoss", {**body, "status": "Acknowledged"}).status is ACKNOWLEDGED
    assert one("zenoss", body).severity is Severity.CRITICAL


def test_an_alert_of_nobl9_is_back_to_normal() -> None:
    body = {"alert_policy_name": "Burning fast", "slo_name": "latency", "severity": "High"}
    assert states("nobl9", body, {**body, "back_to_normal": True}) == [FIRING, RESOLVED]
    assert one("nobl9", body).title == "Burning fast on latency"


def test_observium_names_its_variables_in_capitals() -> None:
    body = {"ALERT_ID": "4", "ALERT_MESSAGE": "Port is down", "DEVICE_HOSTNAME": "sw-1"}
    said = ("ALERT", "RECOVER")
    assert states("observium", *({**body, "ALERT_STATE": each} for each in said)) == [
        FIRING, RESOLVED,
    ]  # fmt: skip


def test_an_incident_of_servicenow_has_a_number_and_a_state() -> None:
    body = {"number": "INC1", "short_description": "Shop is down", "priority": "1 - Critical",
            "cmdb_ci": {"display_value": "web-1", "value": "sys"}}  # fmt: skip
    assert states("servicenow", *({**body, "state": each} for each in ("1", "2", "6"))) == [
        FIRING, ACKNOWLEDGED, RESOLVED,
    ]  # fmt: skip
    alert = one("servicenow", body)
    assert (alert.title, alert.severity) == ("Shop is down on web-1", Severity.CRITICAL)


def test_a_test_of_catchpoint_improves() -> None:
    body = {"TestId": "3", "TestName": "Shop", "AlertTypeId": "7"}
    said = ("Critical", "Improved")
    assert states("catchpoint", *({**body, "AlertLevel": each} for each in said)) == [
        FIRING, RESOLVED,
    ]  # fmt: skip


# ---- templates and rules of tools that have states ---------------------------------------------


def test_variables_of_prtg_sent_as_they_are_say_so() -> None:
    alert = one("prtg", {"name": "%name", "status": "%status", "sensorid": "%sensorid"})
    assert (alert.status, alert.resource) == (INFO, None)
    assert alert.title.startswith("Variables were not expanded: %")


def test_a_title_of_new_relic_may_be_a_list() -> None:
    body = {"issueId": "i", "title": ["Slow"], "alertConditionNames": ["c"], "state": "CREATED"}
    assert one("newrelic", body).title == "Slow"


def test_a_rule_of_raygun_triggers_and_is_resolved() -> None:
    body = {"event": "alert", "alert": {"id": "a", "name": "Slow pages"},
            "application": {"name": "shop"}}  # fmt: skip
    bodies = [{**body, "eventType": f"Alert{each}"} for each in ("Triggered", "Resolved")]
    assert states("raygun", *bodies) == [FIRING, RESOLVED]
    assert one("raygun", bodies[0]).title == "Slow pages on shop"


def test_a_status_of_sumo_logic_is_how_bad_it_is() -> None:
    alert = one("sumologic", {"AlertName": "Errors", "AlertStatus": "Critical"})
    assert (alert.severity, alert.severity_raw) == (Severity.CRITICAL, "Critical")


def test_what_is_sent_to_oncalls_formatted_webhook_is_read() -> None:
    body = {"alert_uid": "u", "title": "Disk", "labels": {"host": "db-1"}}
    bodies = [{**body, "state": each} for each in ("alerting", "ok")]
    assert states("grafana_oncall", *bodies) == [FIRING, RESOLVED]
    assert one("grafana_oncall", bodies[0]).resource == "db-1"


def test_an_agent_of_thousandeyes_is_told_under_two_names() -> None:
    agent = {"agentId": 4, "agentName": "Oslo", "hostname": "te-1", "ruleName": "Clock is off",
             "agentRuleId": 9}  # fmt: skip
    bodies = [
        {"eventType": f"AGENT_ALERT_NOTIFICATION_{each}", "agentAlert": agent}
        for each in ("TRIGGER", "CLEAR")
    ]
    assert states("thousandeyes", *bodies) == [FIRING, RESOLVED]
    alert = one("thousandeyes", bodies[0])
    assert (alert.title, alert.resource) == ("ThousandEyes agent Oslo: Clock is off", "te-1")


def test_an_alarm_of_monasca_is_about_the_host_it_measured() -> None:
    body = {"alarm_id": "a", "alarm_name": "CPU", "message": "97 %",
            "metrics": [{"name": "cpu", "dimensions": {"hostname": "n-1"}}]}  # fmt: skip
    said = ("ALARM", "UNDETERMINED", "OK")
    assert states("openstack", *({**body, "state": each} for each in said)) == [
        FIRING, INFO, RESOLVED,
    ]  # fmt: skip
    assert one("openstack", body).resource == "n-1"


def test_an_alarm_of_vitrage_may_come_without_its_notification() -> None:
    body = {"vitrage_id": "v", "name": "Memory", "state": "Active",
            "vitrage_operational_severity": "CRITICAL"}  # fmt: skip
    assert states("openstack", body, {**body, "state": "Inactive"}) == [FIRING, RESOLVED]


def test_a_message_without_words_is_information_and_no_error() -> None:
    for body in ({"text": None}, {"attachments": [{"title": None, "color": "danger"}]}):
        assert one("slack_like", body).status is INFO


def test_a_channel_of_new_relic_that_was_moved_to_workflows_has_the_issue_as_its_key() -> None:
    body = {"incident_id": -1, "event_type": "INCIDENT", "condition_name": "Slow",
            "targets": [{"name": "N/A"}], "owner": "NA"}  # fmt: skip
    first = {**body, "issue_id": "a", "current_state": "open"}
    assert states("newrelic", first, {**first, "current_state": "closed"}) == [FIRING, RESOLVED]
    assert one("newrelic", first).key != one("newrelic", {**first, "issue_id": "b"}).key
    assert (one("newrelic", first).title, one("newrelic", first).resource) == ("Slow", None)


def test_a_mobile_build_that_sentry_could_not_read_fails() -> None:
    build = {"buildId": "7", "projectSlug": "app"}
    bodies = [
        {"action": "size_analysis_completed", "data": {**build, "state": each}}
        for each in ("FAILED", "COMPLETED")
    ]
    assert states("sentry", *bodies) == [FIRING, RESOLVED]
    assert one("sentry", bodies[0]).title == "app: size analysis failed"
    fixed = {"action": "root_cause_completed", "data": {"run_id": 1, "group_id": 55}}
    assert (one("sentry", fixed).status, one("sentry", fixed).key) == (INFO, "issue 55")
