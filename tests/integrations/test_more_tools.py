"""Status pages, uptime checks, builds and errors of tools that say it each in a way of its own."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from integrations import heroku
from integrations.base import Malformed, Request
from store.model import AlertType, Severity
from tests.integrations.reading import FIRING, INFO, RESOLVED, one, read, states

FORM = "application/x-www-form-urlencoded"


def uptime(event: str) -> dict[str, Any]:
    check = {"id": 7, "display_name": "Shop", "monitoring_service_type": "HTTP",
             "msp_address": "https://shop.example", "tags": ["eu"]}  # fmt: skip
    alert = {"state": "CRITICAL", "output": "no answer\nafter 30 s", "short_output": "no answer"}
    return {"event": event, "data": {"service": check, "alert": alert}}


def execution(status: str, trigger: str) -> dict[str, Any]:
    job = {"id": "j1", "name": "Nightly", "group": "Backup"}
    return {"trigger": trigger, "status": status, "executionId": 4,
            "execution": {"project": "ops", "status": status, "job": job}}  # fmt: skip


def gate(status: str) -> dict[str, Any]:
    condition = {"metric": "new_coverage", "value": "61", "errorThreshold": "80", "status": status}
    found = {"name": "Ours", "status": status, "conditions": [condition]}
    return {"status": "SUCCESS", "project": {"key": "shop", "name": "Shop"},
            "branch": {"name": "main"}, "qualityGate": found}  # fmt: skip


def scan(severity: str) -> dict[str, Any]:
    report = {"scan_status": "Success", "severity": severity, "summary": {"total": 3}}
    resource = {"tag": "1.2", "scan_overview": {"application/vnd.example": report}}
    return {"type": "SCANNING_COMPLETED", "event_data": {
        "resources": [resource], "repository": {"repo_full_name": "shop/api"}}}  # fmt: skip


def ohdear(kind: str) -> dict[str, Any]:
    site = {"id": 3, "url": "https://shop.example", "sort_url": "shop.example"}
    return {"type": kind, "site": site, "run": {"result_payload": {}}}


def instatus(status: str) -> dict[str, Any]:
    incident = {"id": "i1", "name": "Checkout is slow", "status": status, "impact": "PARTIALOUTAGE",
                "affected_components": [{"name": "Checkout"}]}  # fmt: skip
    return {"page": {"name": "Acme"}, "incident": incident}


def opbeat(action: str) -> dict[str, Any]:
    return {"title": f"E#2 {action}", "action": action, "subject_type": "errorgroup",
            "subject": {"id": "e2", "last_occurrence": {"message": "no stock"}},
            "app": {"name": "shop"}}  # fmt: skip


PROBLEMS: dict[str, list[dict[str, Any]]] = {
    "auvik": [
        {"alertName": "Device offline", "alertStatus": state, "alertSeverityString": "Emergency",
         "correlationId": "c1", "entityName": "sw-1"} for state in (0, 1)
    ],
    "sixtysixuptime": [
        {"monitor_id": "4", "name": "Shop", "type": "website", "target": "https://shop.example",
         "is_ok": up} for up in (0, 1)
    ],
    "solarwinds": [
        {"ActionType": action, "NodeName": "core-1", "AlertID": "156", "Severity": "Critical",
         "AlertMessage": "Neighbour of core-1 is down"} for action in ("Create", "Resolve")
    ],
    "uptimecom": [uptime("alert_raised"), uptime("alert_cleared")],
    "freshstatus": [
        {"id": "5", "title": "Slow", "status": "Open", "affected_services": "Database",
         "event_data": {"event_type": "INCIDENT_OPEN"}},
        {"id": "9", "incident_id": "5", "title": "Slow", "incident_status": "Closed",
         "event_data": {"event_type": "INCIDENT_NOTE_CREATE"}},
    ],
    "opbeat": [opbeat("created"), opbeat("fixed")],
    "errbit": [
        {"problem": {"_id": "p1", "app_name": "shop", "error_class": "KeyError",
                     "message": "no stock", "resolved": over}} for over in (False, True)
    ],
    "rundeck": [execution("failed", "failure"), execution("succeeded", "success")],
    "sonarqube": [gate("ERROR"), gate("OK")],
    "harbor": [scan("High"), scan("None")],
    "solano": [
        {"event": "stop", "status": status, "branch": "main", "profile_name": "default",
         "repository": {"name": "shop", "org_name": "acme"}} for status in ("failed", "passed")
    ],
    "fail2ban": [
        {"ip": "192.0.2.7", "jail": "sshd", "hostname": "web-1", "action": action}
        for action in ("ban", "unban")
    ],
    "serverdensity": [
        {"alert_id": "a", "item_name": "web-1", "item_type": "device", "alert_type": "cpuStats",
         "configured_trigger_value": "90", "fixed": fixed} for fixed in (False, True)
    ],
    "gatus": [
        {"name": "api", "group": "core", "status": status, "errors": "timeout"}
        for status in ("TRIGGERED", "RESOLVED")
    ],
    "ohdear": [ohdear("uptimeCheckFailed"), ohdear("uptimeCheckRecovered")],
    "upptime": [
        {"data": {"message": f"🟥 Shop (https://shop.example) {said}"}}
        for said in ("is **down**", "is back up")
    ],
    "instatus": [instatus("INVESTIGATING"), instatus("RESOLVED")],
    "cachet": [
        {"event": f"incident_{event}", "body": {"id": 3, "name": "Slow", "status": status}}
        for event, status in (("created", 1), ("updated", 4))
    ],
    "gitea": [
        {"action": "completed", "repository": {"full_name": "acme/shop"},
         "workflow_run": {"name": "tests", "conclusion": end, "head_branch": "main"}}
        for end in ("failure", "success")
    ],
    "forgejo": [
        {"action": action, "run": {"workflow_id": "tests.yml", "title": "Fix", "prettyref": "main",
         "repository": {"full_name": "acme/shop"}, "status": "failure"}}
        for action in ("failure", "recover")
    ],
    "heroku": [
        {"resource": "dyno", "data": {"name": "web.1", "state": state, "app": {"name": "shop"}}}
        for state in ("crashed", "up")
    ],
}  # fmt: skip


@pytest.mark.parametrize("tool", PROBLEMS)
def test_a_problem_begins_and_ends_under_one_key(tool: str) -> None:
    assert states(tool, *PROBLEMS[tool]) == [FIRING, RESOLVED]


@pytest.mark.parametrize(
    ("tool", "title", "resource", "word"),
    [
        ("auvik", "Device offline on sw-1", "sw-1", "Emergency"),
        ("solarwinds", "Neighbour of core-1 is down", "core-1", "Critical"),
        ("uptimecom", "Shop: no answer", "https://shop.example", "CRITICAL"),
        ("freshstatus", "Slow", "Database", None),
        ("opbeat", "no stock: E#2 created", "shop", None),
        ("errbit", "KeyError: no stock", "shop", None),
        ("rundeck", "ops: Backup/Nightly failed", "ops", None),
        ("sonarqube", "Shop: Quality gate failed on main", "Shop", None),
        ("harbor", "Scan of shop/api:1.2 found 3 vulnerabilities, High", "shop/api", "High"),
        ("solano", "acme/shop: default failed on main", "acme/shop", None),
        ("fail2ban", "192.0.2.7 banned by sshd", "web-1", None),
        ("serverdensity", "cpuStats on web-1", "web-1", None),
        ("gatus", "core/api: timeout", None, None),
        ("ohdear", "shop.example: uptime check failed", "https://shop.example", None),
        ("upptime", "Shop is down", "https://shop.example", None),
        ("instatus", "Checkout is slow", "Checkout", "PARTIALOUTAGE"),
        ("gitea", "acme/shop: tests failed on main", "acme/shop", None),
        ("heroku", "shop: web.1 is crashed", "shop", None),
    ],
)
def test_what_people_read_first(
    tool: str, title: str, resource: str | None, word: str | None
) -> None:
    alert = one(tool, PROBLEMS[tool][0])
    assert (alert.title, alert.resource, alert.severity_raw) == (title, resource, word)


def test_auviks_and_orions_words_are_weighed_as_they_mean_them() -> None:
    emergency, notice = PROBLEMS["auvik"][0], {**PROBLEMS["solarwinds"][0], "Severity": "Notice"}
    assert one("auvik", emergency).severity is Severity.CRITICAL
    assert one("solarwinds", notice).severity is Severity.INFO


def test_maintenance_of_a_status_page_is_information() -> None:
    planned = {"id": "6", "title": "Upgrade", "status": "Planned",
               "event_data": {"event_type": "MAINTENANCE_PLANNED"}}  # fmt: skip
    assert one("freshstatus", planned).status is INFO
    window = {"maintenance": {"id": "m", "name": "Upgrade", "status": "INPROGRESS"}}
    assert one("instatus", window).status is INFO
    assert one("cachet", {"event": "schedule_created", "body": {"name": "Upgrade"}}).status is INFO


def test_rundecks_older_xml_is_read_as_its_json() -> None:
    body = (
        b'<notification trigger="failure" status="failed" executionId="9"><executions count="1">'
        b'<execution id="9" status="failed" project="ops"><job id="j1"><name>Nightly</name>'
        b"<group>Backup</group></job></execution></executions></notification>"
    )
    alert = one("rundeck", body, content_type="text/xml")
    assert (alert.status, alert.title) == (FIRING, "ops: Backup/Nightly failed")
    assert alert.key == one("rundeck", execution("failed", "failure")).key


def test_an_analysis_that_could_not_be_done_fails() -> None:
    body = {"status": "FAILED", "project": {"key": "shop", "name": "Shop"}}
    alert = one("sonarqube", body)
    assert (alert.status, alert.title) == (FIRING, "Shop: Analysis failed")


def test_sonarqube_names_the_conditions_that_broke_the_gate() -> None:
    assert one("sonarqube", gate("ERROR")).description == "new coverage is 61, limit 80"


def test_a_quota_of_harbor_and_its_cloud_events() -> None:
    repository = {"namespace": "shop", "repo_full_name": "shop/api"}
    plain = {"type": "QUOTA_EXCEED", "event_data": {"repository": repository}}
    cloud = {"type": "harbor.quota.exceeded", "data": {"repository": repository}}
    assert one("harbor", plain) == one("harbor", cloud)
    assert one("harbor", plain).title == "Quota of shop is exceeded"


def test_a_push_to_harbor_is_a_change() -> None:
    pushed = {"type": "PUSH_ARTIFACT", "event_data": {
        "resources": [{"tag": "2"}], "repository": {"repo_full_name": "shop/api"}}}  # fmt: skip
    assert one("harbor", pushed).type is AlertType.CHANGE


def test_a_release_of_heroku_ends_a_failure_and_is_a_change() -> None:
    data = {"status": "succeeded", "version": 9, "app": {"name": "shop"}}
    run, change = read("heroku", {"resource": "release", "data": data})
    failed = one("heroku", {"resource": "release", "data": {**data, "status": "failed"}})
    assert (failed.status, run.status, run.key) == (FIRING, RESOLVED, failed.key)
    assert (change.type, change.title) == (AlertType.CHANGE, "Deployed v9 of shop")


def test_herokus_deploy_hook_is_a_form() -> None:
    body = b"app=shop&head=3eb5f44&release=v9&user=a%40shop.example"
    assert one("heroku", body, content_type=FORM).title == "Deployed v9 of shop 3eb5f44"


def test_heroku_signs_in_base64() -> None:
    body = json.dumps(PROBLEMS["heroku"][0]).encode()
    signature = base64.b64encode(hmac.digest(b"s3cret", body, "sha256")).decode()
    header = {"heroku-webhook-hmac-sha256": signature}
    heroku.verify(Request(body, headers=header), {"secret": "s3cret"})
    with pytest.raises(Malformed):
        heroku.verify(Request(body, headers=header), {"secret": "another"})


def test_pushes_and_comments_are_information() -> None:
    repository = {"full_name": "acme/shop"}
    for tool in ("gitea", "gogs", "forgejo"):
        body = {"ref": "refs/heads/main", "commits": [], "repository": repository}
        assert one(tool, body).title == "acme/shop: push, main"
    event = {"event": {"name": "repo-push", "repo": {"repo_name": "shop"}}}
    assert one("rhodecode", event).status is INFO
    assert one("beanstalk", {"repository": {"name": "shop"}, "commits": []}).status is INFO


def test_a_deployment_of_beanstalk_is_a_change() -> None:
    body = {"environment": "production", "revision": "abc", "repository": "shop"}
    run, change = read("beanstalk", body)
    assert (run.status, change.title) == (RESOLVED, "Deployed shop abc to production")


def test_crashlytics_weighs_an_issue_by_its_impact() -> None:
    issue = {"title": "Crash at checkout", "impact_level": 5, "crashes_count": 54,
             "impacted_devices_count": 16}  # fmt: skip
    alert = one("crashlytics", {"event": "issue_impact_change", "payload": issue})
    assert (alert.severity, alert.description) == (Severity.CRITICAL, "54 crashes on 16 devices")
    assert one("crashlytics", {"event": "verification", "payload_type": "none"}).status is INFO


def test_gatus_tells_its_state_at_the_start_of_a_text() -> None:
    told = {"text": "RESOLVED: core - api - answers again"}
    assert one("gatus", told).status is RESOLVED
    assert one("gatus", {"text": "TRIGGERED: core - api"}).title == "core - api is down"


def test_summaries_and_soft_checks_of_oh_dear() -> None:
    assert one("ohdear", ohdear("uptimeCheckSummary")).status is INFO
    soon = one("ohdear", ohdear("certificateExpiresSoon"))
    assert (soon.status, soon.severity) == (FIRING, Severity.WARNING)
    assert soon.key != one("ohdear", ohdear("uptimeCheckFailed")).key


def test_home_assistant_says_what_its_automation_wrote() -> None:
    assert one("homeassistant", {"topic": "Cellar", "message": "Water"}).title == "Cellar"
    leak = {"entity_id": "binary_sensor.leak", "friendly_name": "Leak", "state": "on"}
    assert states("homeassistant", leak, {**leak, "state": "off"}) == [FIRING, RESOLVED]
