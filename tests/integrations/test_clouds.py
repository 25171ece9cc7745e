"""EventBridge, AWS Health, Azure Monitor and Google Cloud Monitoring, by their documentation."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from integrations.base import Malformed
from store.model import AlertType, Severity
from tests.integrations.reading import FIRING, INFO, RESOLVED, one, read, states

ARN = "arn:aws:cloudwatch:eu-central-1:1:alarm:Queue"


def event(kind: str, source: str = "aws.x", **detail: Any) -> dict[str, Any]:
    """An event as EventBridge delivers it."""
    return {"detail-type": kind, "source": source, "account": "1", "region": "eu-central-1",
            "time": "2026-11-22T02:08:00Z", "resources": [], "detail": detail}  # fmt: skip


def test_an_alarms_states_share_its_arn_and_its_edits_are_information() -> None:
    def alarm(value: str) -> dict[str, Any]:
        made = event("CloudWatch Alarm State Change", alarmName="Queue", state={"value": value})
        return {**made, "resources": [ARN]}

    steps = [alarm(word) for word in ("ALARM", "INSUFFICIENT_DATA", "OK")]
    assert states("aws_eventbridge", *steps) == [FIRING, INFO, RESOLVED]
    edit = event("CloudWatch Alarm Configuration Change", alarmName="Queue", operation="update")
    assert one("aws_eventbridge", edit).title == "Queue: alarm configuration updated"


def health(**more: Any) -> dict[str, Any]:
    """A Health event; its times are written as mail writes them."""
    detail = {"eventArn": "arn:aws:health:x::event/1", "eventTypeCode": "AWS_EC2_LOST",
              "eventTypeCategory": "issue", "startTime": "Sun, 22 Nov 2026 01:00:00 GMT",
              "affectedEntities": [{"entityValue": "i-0a"}], **more}  # fmt: skip
    return event("AWS Health Event", "aws.health", **detail)


def test_a_health_event_ends_when_it_is_closed_or_its_end_has_passed() -> None:
    over = health(endTime="Sun, 22 Nov 2026 02:00:00 GMT")
    later = health(endTime="Sun, 22 Nov 2026 09:00:00 GMT")
    steps = health(), health(statusCode="closed"), over, later
    assert states("aws_eventbridge", *steps) == [FIRING, RESOLVED, RESOLVED, FIRING]
    found = one("aws_eventbridge", health())
    assert (found.title, found.resource) == ("AWS_EC2_LOST on i-0a", "i-0a")
    assert found.starts_at == 1_795_309_200_000
    planned = one("aws_eventbridge", health(eventTypeCategory="scheduledChange"))
    assert (planned.status, planned.severity) == (FIRING, Severity.WARNING)
    assert one("aws_eventbridge", health(eventTypeCategory="accountNotification")).status is INFO


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (event("CodeBuild Build State Change", **{"build-status": "FAILED"}), FIRING),
        (event("CodeBuild Build State Change", **{"build-status": "IN_PROGRESS"}), INFO),
        (event("CodeBuild Build State Change",
               **{"build-status": "SUCCEEDED", "project-name": "shop"}), RESOLVED),
        (event("CodeBuild Build State Change", **{"build-status": "SUCCEEDED"}), INFO),
        (event("Step Functions Execution Status Change", status="TIMED_OUT"), FIRING),
        (event("Batch Job State Change", status="RUNNABLE"), INFO),
        (event("EC2 Instance State-change Notification", state="terminated"), INFO),
        (event("EC2 Instance Launch Unsuccessful"), FIRING),
        (event("EC2 Instance Launch Successful", AutoScalingGroupName="web"), RESOLVED),
        (event("EC2 Spot Instance Interruption Warning"), FIRING),
        (event("ECS Deployment State Change", eventName="SERVICE_DEPLOYMENT_FAILED"), FIRING),
        (event("ECS Deployment State Change", name="shop",
               eventName="SERVICE_DEPLOYMENT_COMPLETED"), RESOLVED),
        (event("Config Rules Compliance Change",
               newEvaluationResult={"complianceType": "NON_COMPLIANT"}), FIRING),
        (event("Config Rules Compliance Change",
               configRuleName="r", newEvaluationResult={"complianceType": "COMPLIANT"}), RESOLVED),
        (event("ACM Certificate Approaching Expiration", CommonName="a.example"), FIRING),
        (event("Scheduled Event"), INFO),
        (event("AWS API Call via CloudTrail", eventName="RunInstances"), INFO),
    ],
)  # fmt: skip
def test_events_fire_when_something_failed_or_warns(found: Any, status: Any) -> None:
    assert one("aws_eventbridge", found).status is status


def test_the_next_success_of_a_pipeline_resolves_its_failure() -> None:
    kind = "CodePipeline Pipeline Execution State Change"
    steps = [event(kind, "aws.codepipeline", pipeline="shop", state=word)
             for word in ("STARTED", "FAILED", "SUCCEEDED")]  # fmt: skip
    assert states("aws_eventbridge", *steps) == [INFO, FIRING, RESOLVED]
    assert one("aws_eventbridge", steps[0]).type is AlertType.CI


def test_findings_are_security_alerts_with_their_own_severities() -> None:
    finding = {"Id": "f", "Title": "Port is open", "Severity": {"Label": "HIGH"},
               "Resources": [{"Id": "sg-1"}]}  # fmt: skip
    steps = [
        event("Security Hub Findings - Imported", findings=[{**finding, **more}])
        for more in ({}, {"Workflow": {"Status": "SUPPRESSED"}}, {"RecordState": "ARCHIVED"})
    ]
    assert states("aws_eventbridge", *steps) == [FIRING, INFO, RESOLVED]
    guard = event("GuardDuty Finding", id="g", title="Odd login", severity=9.1)
    found = one("aws_eventbridge", guard)
    assert (found.type, found.severity) == (AlertType.SECURITY, Severity.CRITICAL)


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(Malformed):
        read("aws_eventbridge", {"hello": "world"})


# ---- Azure -------------------------------------------------------------------------------------

VM = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1"


def azure(condition: str = "Fired", context: Any = None, **more: Any) -> dict[str, Any]:
    """An alert in the common schema."""
    essentials = {"originAlertId": "o-1", "alertRule": "CPU", "severity": "Sev1",
                  "monitorCondition": condition, "alertTargetIDs": [VM], "signalType": "Metric",
                  "monitoringService": "Platform", **more}  # fmt: skip
    return {"schemaId": "azureMonitorCommonAlertSchema",
            "data": {"essentials": essentials, "alertContext": context or {}}}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "severity"),
    [("Sev0", Severity.CRITICAL), ("Sev1", Severity.ERROR), ("Sev2", Severity.WARNING),
     ("Sev3", Severity.INFO), ("Sev4", Severity.INFO)],
)  # fmt: skip
def test_azures_severities_count_from_zero(word: str, severity: Severity) -> None:
    found = one("azuremonitor", azure(severity=word))
    assert (found.severity, found.severity_raw) == (severity, word)


def test_azures_common_alerts_fire_and_resolve_on_one_resource() -> None:
    assert states("azuremonitor", azure(), azure("Resolved")) == [FIRING, RESOLVED]
    found = one("azuremonitor", azure())
    assert (found.title, found.resource) == ("CPU on web-1", "web-1")
    assert found.labels["resource_group"] == "rg"


def test_azures_health_alerts_have_their_state_inside() -> None:
    steps = [
        azure(context={"properties": {"trackingId": "T", "stage": stage, "title": "Outage"}},
              monitoringService="ServiceHealth", originAlertId=stage)
        for stage in ("Active", "Resolved")
    ]  # fmt: skip
    assert states("azuremonitor", *steps) == [FIRING, RESOLVED]
    steps = [
        azure(context={"properties": {"currentHealthStatus": word}},
              monitoringService="Resource Health", originAlertId=word)
        for word in ("Unavailable", "Available")
    ]  # fmt: skip
    assert states("azuremonitor", *steps) == [FIRING, RESOLVED]


def test_azures_classic_alerts_autoscale_and_budgets() -> None:
    context = {"id": "c-1", "name": "CPU", "resourceName": "web-1", "resourceId": VM}
    steps = [{"status": word, "context": context} for word in ("Activated", "Resolved")]
    assert states("azuremonitor", *steps) == [FIRING, RESOLVED]
    scaled = {"status": "Activated", "operation": "Scale Out", "context": context}
    assert (one("azuremonitor", scaled).status, one("azuremonitor", scaled).type) == (
        INFO, AlertType.CHANGE,
    )  # fmt: skip
    log = {"activityLog": {"operationName": "Delete", "resourceId": VM, "level": "Error"}}
    found = one("azuremonitor", {"data": {"status": "Activated", "context": log}})
    assert (found.resource, found.severity_raw) == ("web-1", "Error")
    budget = {
        "schemaId": "AIP Budget Notification",
        "data": {"BudgetName": "B", "SpendingAmount": "9", "Budget": "10", "Unit": "EUR"},
    }
    assert one("azuremonitor", budget).title == "Budget B: 9 of 10 EUR spent"


# ---- Google Cloud ------------------------------------------------------------------------------


def google(state: str = "open", **more: Any) -> dict[str, Any]:
    """An incident of Cloud Monitoring."""
    incident = {
        "incident_id": "0.mx", "state": state, "policy_name": "Queue", "condition_name": "long",
        "severity": "Warning", "started_at": 1_795_313_000, "ended_at": None,
        "resource": {"type": "gce_instance", "labels": {"instance_id": "77", "zone": "z"}},
        "metric": {"type": "compute.googleapis.com/x"}, "url": "https://console.example/i", **more,
    }  # fmt: skip
    return {"version": "1.2", "incident": incident}


def test_googles_incidents_open_and_close() -> None:
    assert states("googlecloud", google(), google("closed")) == [FIRING, RESOLVED]
    found = one("googlecloud", google())
    assert (found.title, found.resource, found.severity) == ("Queue on 77", "77", Severity.WARNING)
    assert found.starts_at == 1_795_313_000_000
    assert one("googlecloud", google(started_at=0)).starts_at is None
    assert one("googlecloud", google(severity="No severity")).severity is Severity.ERROR
    assert one("googlecloud", {**google(), "version": "test"}).status is INFO


def test_googles_incidents_come_by_pub_sub_as_well() -> None:
    packed = base64.b64encode(json.dumps(google()).encode()).decode()
    body = {"message": {"data": packed, "messageId": "1"}, "subscription": "s"}
    assert states("googlecloud", google(), body) == [FIRING, FIRING]
    with pytest.raises(Malformed) as refused:
        read("googlecloud", {"message": {"data": "%%%"}})
    assert refused.value.where == "message.data"
