"""Bodies as older versions, published templates and test buttons send them, tool by tool."""

from __future__ import annotations

import json
from typing import Any

import pytest

from store.model import Severity
from tests.integrations.reading import FIRING, INFO, RESOLVED, one, read, states

AN_APPDYNAMICS_TEMPLATE = {
    "description": "Response time on node-7",
    "client": "AppDynamics",
    "event_type": "trigger",
    "incident_key": "node-7 - shop",
    "details": {
        "event_name": "Response time", "summary": "Slower than the baseline",
        "node_name": "node-7", "application_name": "shop",
        "event_type_key": "POLICY_OPEN_CRITICAL", "severity": "ERROR",
    },
}  # fmt: skip


def test_a_template_in_pagerdutys_form_is_read_with_its_details() -> None:
    body = AN_APPDYNAMICS_TEMPLATE
    alert = one("appdynamics", body)
    assert (alert.title, alert.resource, alert.severity_raw) == (
        "Response time on node-7", "node-7", "ERROR",
    )  # fmt: skip
    assert states("appdynamics", body, {**body, "event_type": "resolve"}) == [FIRING, RESOLVED]


def test_an_unexpanded_event_type_of_appdynamics_leaves_the_word_to_the_details() -> None:
    body = {**AN_APPDYNAMICS_TEMPLATE, "event_type": "${sc_event_type}"}
    assert one("appdynamics", body).status is FIRING


def test_a_template_of_appdynamics_sent_as_it_is_still_begins_and_ends() -> None:
    left = {"event_name": "${latestEvent.displayName}", "severity": "${latestEvent.severity}"}
    bodies = [{"event_type": said, "details": left} for said in ("trigger", "resolve")]
    assert states("appdynamics", *bodies) == [FIRING, RESOLVED]
    assert one("appdynamics", bodies[0]).title.startswith("Variables were not expanded: ")


def test_a_priority_stands_before_the_state_in_a_title_of_datadog() -> None:
    alert = one("datadog", {"title": "[P2] [Recovered on {host:web-1}] CPU is high", "id": "7"})
    assert (alert.status, alert.severity_raw, alert.resource) == (RESOLVED, "P2", "web-1")
    assert alert.title == "CPU is high on web-1"


def test_brackets_that_hold_no_state_stay_in_a_title_of_datadog() -> None:
    assert one("datadog", {"title": "[Checkout] CPU is high"}).title == "[Checkout] CPU is high"


def test_datadogs_variables_may_stand_in_objects() -> None:
    body = {"alert": {"id": "9", "title": "Disk is full", "transition": "Warn"}, "org": {"id": "1"}}
    alert = one("datadog", body)
    assert (alert.title, alert.status, alert.severity) == (
        "Disk is full", FIRING, Severity.WARNING,
    )  # fmt: skip


def test_the_groups_of_a_datadog_monitor_are_its_scopes() -> None:
    first = one("datadog", {"title": "CPU", "monitor_id": "4", "scopes": ["srv-1"]})
    second = one("datadog", {"title": "CPU", "monitor_id": "4", "scopes": ["srv-2"]})
    assert (first.resource, second.resource) == ("srv-1", "srv-2")
    assert first.key != second.key


def test_falcosidekicks_cloud_event_holds_the_event() -> None:
    event = {"rule": "Shell in a container", "priority": "Notice", "output": "a shell",
             "output_fields": {"k8s.pod.name": "api-1"}}  # fmt: skip
    alert = one("falco", {"specversion": "1.0", "source": "https://falco.org", "data": event})
    assert (alert.title, alert.resource) == ("Shell in a container on api-1", "api-1")


def test_a_title_of_healthchecks_that_has_the_state_is_the_whole_title() -> None:
    down = {"incident_key": "c1", "event_type": "trigger", "title": "backup is DOWN"}
    up = {**down, "event_type": "resolve", "title": "backup is UP"}
    assert states("healthchecks", down, up) == [FIRING, RESOLVED]
    assert [one("healthchecks", each).title for each in (down, up)] == [
        "backup is DOWN", "backup is UP",
    ]  # fmt: skip


def test_graylogs_test_notification_wakes_nobody() -> None:
    event = {"event_definition_type": "notification-test-v1", "message": "Notification test",
             "event_definition_id": "TEST_NOTIFICATION_ID", "priority": 2}  # fmt: skip
    body = {"event_definition_id": "d1", "event_definition_title": "Test", "event": event}
    assert one("graylog", body).status is INFO


@pytest.mark.parametrize(
    ("event", "found", "status"),
    [
        ("build_success", {"status": "completed", "passed": True}, RESOLVED),
        ("build_failure", {"status": "completed", "failed": True}, FIRING),
        ("build_success", {"status": "success"}, RESOLVED),
        ("build_failure", {}, FIRING),
        ("build_cancelled", {"status": "cancelled", "passed": False}, INFO),
    ],
)
def test_appveyors_event_tells_how_a_completed_build_went(
    event: str, found: dict[str, Any], status: object
) -> None:
    body = {"eventName": event, "eventData": {"projectName": "shop", **found}}
    assert one("appveyor", body).status is status


def test_a_site_of_github_pages_fails_and_is_built_again() -> None:
    repository = {"full_name": "acme/site"}
    failed = {"build": {"status": "errored", "error": {"message": "no such layout"}}}
    bodies = [
        {**each, "repository": repository} for each in (failed, {"build": {"status": "built"}})
    ]
    assert states("github", *bodies) == [FIRING, RESOLVED]
    assert one("github", bodies[0]).description == "no such layout"


def test_a_note_of_code_scanning_is_information_by_severity() -> None:
    alert = {"number": 3, "rule": {"severity": "note", "description": "Unused"}, "state": "open"}
    body = {"action": "created", "alert": alert, "repository": {"full_name": "acme/shop"}}
    assert one("github", body).severity is Severity.INFO


def test_a_rule_of_grafana_without_an_answer_is_named() -> None:
    labels = {"alertname": "DatasourceNoData", "rulename": "Queue depth"}
    body = {"status": "firing", "alerts": [{"status": "firing", "labels": labels,
            "fingerprint": "ab"}]}  # fmt: skip
    assert one("grafana", body).title == "Queue depth: DatasourceNoData"


def sns(message: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:ops",
            "Message": json.dumps(message)}  # fmt: skip


def test_an_alarm_forwarded_without_the_envelopes_fields_is_still_an_alarm() -> None:
    alert = one("aws_sns", {"Message": json.dumps({"AlarmName": "CPU is high"})})
    assert (alert.title, alert.status) == ("CPU is high", FIRING)


def test_the_resource_of_an_alarm_is_a_thing_and_not_how_it_is_stored() -> None:
    dimensions = [{"name": "StorageType", "value": "StandardStorage"},
                  {"name": "BucketName", "value": "invoices"}]  # fmt: skip
    alarm = {"AlarmName": "Size", "NewStateValue": "ALARM",
             "Trigger": {"MetricName": "BucketSizeBytes", "Dimensions": dimensions}}  # fmt: skip
    assert one("aws_sns", sns(alarm)).resource == "invoices"


def test_what_happens_in_a_bucket_is_information() -> None:
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
              "s3": {"bucket": {"name": "invoices"}}}  # fmt: skip
    alert = one("aws_sns", sns({"Records": [record]}))
    assert (alert.status, alert.resource) == (INFO, "invoices")


def test_a_message_for_aws_chatbot_has_its_title_inside() -> None:
    message = {"version": "1.0", "source": "custom", "content": {"title": "Nightly job failed"}}
    assert one("aws_sns", sns(message)).title == "Nightly job failed"


def test_a_prometheus_rule_in_azure_brings_its_labels() -> None:
    essentials = {"alertRule": "KubeJobFailed", "severity": "Sev2", "monitorCondition": "Fired",
                  "monitoringService": "Prometheus", "originAlertId": "o1"}  # fmt: skip
    data = {"essentials": essentials, "alertContext": {"labels": {"job_name": "nightly"}}}
    (alert,) = read("azuremonitor", {"schemaId": "azureMonitorCommonAlertSchema", "data": data})
    assert alert.labels["job_name"] == "nightly"


def test_the_groups_name_stands_for_an_alert_that_has_none() -> None:
    alert = {"status": "firing", "labels": {"disk": "sda"}, "fingerprint": "ab"}
    body = {"status": "firing", "alerts": [alert], "commonLabels": {"alertname": "Disk is full"}}
    assert one("grafana", body).title == "Disk is full"


def test_an_incident_of_gitlab_may_be_a_work_item() -> None:
    project = {"path_with_namespace": "acme/shop"}
    about = {"iid": 2, "title": "Shop is down", "type": "Incident", "severity": "high"}
    bodies = [
        {"object_kind": "work_item", "project": project, "object_attributes": {**about, "state": s}}
        for s in ("opened", "closed")
    ]
    assert states("gitlab", *bodies) == [FIRING, RESOLVED]
    task = {**about, "type": "Task", "state": "opened"}
    assert one("gitlab", {**bodies[0], "object_attributes": task}).status is INFO


@pytest.mark.parametrize("holder", ["metadata", "event", "payload"])
def test_datadogs_variables_may_stand_in_one_object_of_any_name(holder: str) -> None:
    inside = {"EVENT_TITLE": "Latency", "ALERT_TRANSITION": "Recovered", "AGGREG_KEY": "a1"}
    alert = one("datadog", {"id": "5", holder: inside})
    assert (alert.title, alert.status, alert.key) == ("Latency", RESOLVED, "a1")


def test_a_detection_of_crowdstrike_may_be_nested() -> None:
    body = {"event_type": "DetectionSummaryEvent", "severity": "Medium",
            "detection": {"name": "Odd library"}, "host": {"hostname": "ws-7"}}  # fmt: skip
    alert = one("crowdstrike", body)
    assert (alert.title, alert.resource, alert.severity_raw) == (
        "Odd library on ws-7", "ws-7", "Medium",
    )  # fmt: skip


def test_a_status_page_of_better_stack_tells_those_who_follow_it() -> None:
    def told(status: str, **more: str) -> dict[str, Any]:
        updates = [{"body": "We look into it", "status": status}]
        incident = {"id": "9", "name": "Checkout is slow", "incident_updates": updates, **more}
        return {"event_type": "incident", "page": {"id": "1"}, "incident": incident}

    bodies = told("downtime"), told("resolved", resolved_at="2026-01-02T00:00:00Z")
    assert states("betterstack", *bodies) == [FIRING, RESOLVED]
    assert one("betterstack", bodies[0]).title == "Checkout is slow"
    planned = {"page": {"id": "1"}, "maintenance": {"id": "3", "name": "Upgrade"}}
    assert one("betteruptime", planned).status is INFO


@pytest.mark.parametrize(
    ("source", "kind", "detail", "ends"),
    [
        ("aws.glue", "Glue Crawler State Change",
         {"crawlerName": "orders", "state": "Failed"}, {"state": "Succeeded"}),
        ("aws.ssm", "Configuration Compliance State Change",
         {"resource-id": "i-1", "compliance-type": "Patch", "compliance-status": "non_compliant"},
         {"compliance-status": "compliant"}),
        ("aws.sagemaker", "SageMaker Training Job State Change",
         {"TrainingJobName": "churn", "TrainingJobStatus": "Failed", "SecondaryStatus": "Failed"},
         {"TrainingJobStatus": "Completed"}),
        ("aws.ssm", "EC2 Automation Execution Status-change Notification",
         {"Definition": "restart", "ExecutionId": "e1", "Status": "Failed"},
         {"ExecutionId": "e2", "Status": "Success"}),
    ],
)  # fmt: skip
def test_states_of_aws_under_the_names_services_give_them(
    source: str, kind: str, detail: dict[str, Any], ends: dict[str, Any]
) -> None:
    event = {"source": source, "detail-type": kind, "account": "1", "region": "eu-west-1",
             "resources": ["arn:aws:x:eu-west-1:1:training-job/churn"]}  # fmt: skip
    bodies = [{**event, "detail": found} for found in (detail, {**detail, **ends})]
    assert states("aws_eventbridge", *bodies) == [FIRING, RESOLVED]


def test_a_build_that_fails_already_is_told_by_its_event() -> None:
    body = {"build": {"number": 4, "branch": "main"}, "pipeline": {"name": "Shop"}}
    alert = one("buildkite", {**body, "event": "build.failing"})
    assert (alert.status, alert.title) == (FIRING, "Shop failed on main")
    assert one("buildkite", {**body, "event": "build.scheduled"}).status is INFO


def test_a_template_of_honeycombs_variables_is_read() -> None:
    def written(status: str) -> dict[str, Any]:
        alert = {"InstanceID": "i1", "Status": status, "Summary": "p99 over 2 s"}
        return {"ID": "t1", "Name": "Checkout latency", "Severity": "critical", "Alert": alert}

    assert states("honeycomb", written("TRIGGERED"), written("OK")) == [FIRING, RESOLVED]
    alert = one("honeycomb", written("TRIGGERED"))
    assert (alert.title, alert.severity_raw, alert.description) == (
        "Checkout latency", "critical", "p99 over 2 s",
    )  # fmt: skip


def test_a_watch_is_called_by_its_title() -> None:
    body = {"watch_id": "error-rate", "title": "Error rate is high", "status": "firing"}
    alert = one("elastic", body)
    assert (alert.title, alert.key) == ("Error rate is high", "error-rate")


def test_a_smart_detector_of_azure_names_its_rule_by_a_path() -> None:
    rule = "/subscriptions/1/providers/microsoft.alertsmanagement/smartdetectoralertrules/failures"
    essentials = {"severity": "Sev3", "signalType": "Log", "monitorService": "Smart Detector",
                  "targetResource": "/subscriptions/1/components/shop", "alertRule": rule,
                  "sourceCreatedId": "c1"}  # fmt: skip
    bodies = [
        {"properties": {"essentials": {**essentials, "monitorCondition": said}}}
        for said in ("Fired", "Resolved")
    ]
    assert states("azuremonitor", *bodies) == [FIRING, RESOLVED]
    assert one("azuremonitor", bodies[0]).title == "failures on shop"


def test_the_custom_properties_of_an_azure_rule_are_labels() -> None:
    data = {"essentials": {"alertRule": "CPU", "monitorCondition": "Fired"},
            "customProperties": {"team": "shop"}}  # fmt: skip
    assert one("azuremonitor", {"data": data}).labels["team"] == "shop"
