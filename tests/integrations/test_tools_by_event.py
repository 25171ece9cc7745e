"""Tools that tell events of their own: builds, infrastructure, networks, backups, scanners."""

from __future__ import annotations

import hashlib
import hmac
import json
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import pytest

from integrations.base import Malformed, Request
from store.model import AlertType, Severity
from tests.integrations.reading import FIRING, INFO, RESOLVED, one, read, states

FORM = "application/x-www-form-urlencoded"


def test_a_job_of_dbt_that_completed_is_judged_by_its_status() -> None:
    run = {"jobId": "7", "jobName": "nightly", "projectId": "3", "projectName": "shop"}
    said = ("Errored", "Success", "Cancelled")
    bodies = [
        {"eventType": "job.run.completed", "data": {**run, "runStatus": each}} for each in said
    ]
    assert states("dbt", *bodies) == [FIRING, RESOLVED, INFO]
    assert one("dbt", bodies[0]).title == "shop: nightly failed"


def test_a_connection_of_airbyte_fails_and_syncs() -> None:
    job = {"connection": {"id": "c", "name": "orders"}, "errorMessage": "timeout"}
    bodies = [{"data": {**job, "success": each}} for each in (False, True)]
    assert states("airbyte", *bodies) == [FIRING, RESOLVED]
    assert one("airbyte", {"text": "Hello from Airbyte"}).status is INFO


@pytest.mark.parametrize(
    ("action", "code", "status"),
    [
        ("job_start", 0, INFO),
        ("job_complete", 1, FIRING),
        ("job_complete", 0, RESOLVED),
        ("job_launch_failure", 0, FIRING),
    ],
)
def test_cronicle_tells_of_a_job_by_its_code(action: str, code: int, status: object) -> None:
    body = {"action": action, "code": code, "event": "e1", "event_title": "backup"}
    assert (one("cronicle", body).status, one("cronicle", body).key) == (status, "e1 /")


def a_run(trigger: str, **told: str) -> dict[str, Any]:
    return {"workspace_id": "ws-1", "workspace_name": "network", "run_url": "https://tf.example/r",
            "notifications": [{"trigger": trigger, "message": "a run", **told}]}  # fmt: skip


def test_runs_of_terraform_fail_and_are_applied() -> None:
    bodies = [
        a_run("run:errored", run_status="errored"), a_run("run:completed", run_status="applied"),
    ]  # fmt: skip
    assert states("terraform", *bodies) == [FIRING, RESOLVED]
    assert one("terraform", a_run("run:planning", run_status="planning")).status is INFO
    assert one("terraform", a_run("verification")).status is INFO


def test_drift_that_terraform_finds_is_another_problem_than_a_run() -> None:
    drifted = one("terraform", a_run("assessment:drifted"))
    assert (drifted.status, drifted.title) == (FIRING, "network: a run")
    assert drifted.key != one("terraform", a_run("run:errored")).key


def test_a_stack_of_spacelift_fails_and_finishes() -> None:
    body = {"stack": {"id": "net", "name": "Network"}, "run": {"type": "TRACKED"}}
    bodies = [{**body, "state": each} for each in ("FAILED", "FINISHED")]
    assert states("spacelift", *bodies) == [FIRING, RESOLVED]


def a_deployment(kind: str, target: str | None = "production") -> dict[str, Any]:
    payload = {"deployment": {"id": "d1", "name": "site"}, "project": {"id": "p"}, "target": target}
    return {"type": f"deployment.{kind}", "createdAt": 1_790_000_000_000, "payload": payload}


def test_what_goes_live_on_vercel_is_a_change_and_ends_what_failed() -> None:
    failed = one("vercel", a_deployment("error"))
    live, change = read("vercel", a_deployment("succeeded"))
    assert (failed.status, live.status, live.key) == (FIRING, RESOLVED, failed.key)
    assert (change.type, change.title) == (AlertType.CHANGE, "Deployed site to production")
    assert one("vercel", a_deployment("succeeded", None)).status is RESOLVED
    assert one("vercel", {"type": "project.created", "payload": {}}).status is INFO


def test_railway_tells_of_deployments_in_two_forms() -> None:
    old = {"type": "DEPLOY", "status": "CRASHED", "project": {"id": "p", "name": "shop"}}
    assert one("railway", old).status is FIRING
    assert states("railway", old, {**old, "status": "SUCCESS"}) == [FIRING, RESOLVED]
    new = {"type": "Deployment.failed", "resource": {"service": {"id": "s", "name": "api"}}}
    over = {**new, "type": "Deployment.deployed"}
    assert states("railway", new, over) == [FIRING, RESOLVED]


def test_tailscale_tells_problems_and_changes_in_one_list() -> None:
    node = {"nodeID": "n1", "deviceName": "db-1"}
    expired, deleted = read("tailscale", [
        {"type": "nodeKeyExpired", "message": "Key expired", "tailnet": "acme", "data": node},
        {"type": "nodeDeleted", "message": "Node deleted", "tailnet": "acme", "data": node},
    ])  # fmt: skip
    assert (expired.status, expired.title) == (FIRING, "Key expired on db-1")
    assert (deleted.status, deleted.type) == (INFO, AlertType.CHANGE)
    asked = [{"type": each, "data": node} for each in ("nodeNeedsApproval", "nodeApproved")]
    assert states("tailscale", *asked) == [FIRING, RESOLVED]


def a_signed(tool: str, body: bytes) -> dict[str, str]:
    """The header a tool signs a body with, at second 5, with the secret k."""
    before = b"5." if tool == "tailscale" else b"5"
    signed = hmac.digest(b"k", before + body, hashlib.sha256).hex()
    return {f"{'tailscale-webhook' if tool == 'tailscale' else 'x-rootly'}-signature":
            f"t=5,v1={signed}"}  # fmt: skip


@pytest.mark.parametrize("tool", ["tailscale", "rootly"])
def test_a_signature_with_a_time_is_checked(tool: str) -> None:
    verify, body = import_module(f"integrations.{tool}").verify, b'{"a":1}'
    verify(Request(body, headers=a_signed(tool, body)), {"secret": "k"})
    verify(Request(body), {})
    with pytest.raises(Malformed):
        verify(Request(body + b" ", headers=a_signed(tool, body)), {"secret": "k"})


def test_meraki_says_in_its_body_that_it_is_meraki() -> None:
    verify = import_module("integrations.meraki").verify
    verify(Request(b'{"sharedSecret":"k"}'), {"secret": "k"})
    with pytest.raises(Malformed):
        verify(Request(b'{"sharedSecret":"j"}'), {"secret": "k"})


def test_a_device_of_meraki_goes_down_and_comes_up() -> None:
    body = {"deviceName": "ap-3", "deviceSerial": "Q2", "networkName": "Oslo",
            "alertLevel": "critical"}  # fmt: skip
    down = {**body, "alertTypeId": "stopped_reporting", "alertType": "APs went down"}
    up = {**body, "alertTypeId": "started_reporting", "alertType": "APs came up"}
    assert states("meraki", down, up) == [FIRING, RESOLVED]
    assert one("meraki", down).title == "APs went down on ap-3"
    changed = {**body, "alertTypeId": "settings_changed", "alertType": "Settings changed"}
    assert one("meraki", changed).status is INFO


def test_unifi_tells_what_is_lost_and_what_is_back() -> None:
    body = {"parameters": {"UNIFIdeviceName": "ap-3"}}
    lost = {**body, "name": "Device Offline", "message": "ap-3 is offline"}
    back = {**body, "name": "Device Back Online", "message": "ap-3 is back online"}
    assert states("unifi", lost, back) == [FIRING, RESOLVED]
    seen = {"alarm": {"name": "Door", "triggers": [{"key": "motion", "device": "AA"}]}}
    assert one("unifi", seen).title == "Door: motion"


def test_a_health_check_of_sonarr_is_restored() -> None:
    body = {"type": "IndexerCheck", "message": "No indexers", "level": "error",
            "instanceName": "Sonarr"}  # fmt: skip
    bodies = [{**body, "eventType": each} for each in ("Health", "HealthRestored")]
    assert states("servarr", *bodies) == [FIRING, RESOLVED]
    assert one("servarr", bodies[0]).severity_raw == "error"
    grabbed = {"eventType": "Grab", "series": {"title": "A show"}}
    assert (one("servarr", grabbed).status, one("servarr", grabbed).title) == (INFO, "Grab A show")


def test_what_diun_and_docker_hub_tell_is_a_change() -> None:
    found = one("diun", {"status": "new", "image": "docker.io/acme/shop:2", "digest": "sha256:1"})
    assert (found.status, found.title) == (INFO, "Image docker.io/acme/shop:2 is new")
    pushed = {"push_data": {"tag": "2", "pusher": "sam", "pushed_at": 1_790_000_000},
              "repository": {"repo_name": "acme/shop"}}  # fmt: skip
    assert one("dockerhub", pushed).title == "sam pushed acme/shop:2"


def a_backup(said: str) -> dict[str, Any]:
    return {"Data": {"MainOperation": "Backup", "ParsedResult": said, "Errors": ["disk full"]},
            "Extra": {"backup-name": "home", "machine-name": "nas"}}  # fmt: skip


def test_a_backup_of_duplicati_fails_and_goes_well() -> None:
    assert states("duplicati", a_backup("Fatal"), a_backup("Success")) == [FIRING, RESOLVED]
    warned = one("duplicati", a_backup("Warning"))
    assert (warned.status, warned.severity) == (FIRING, Severity.WARNING)
    assert warned.title == "Backup of home ended with warning on nas"


def test_a_report_of_duplicati_may_be_text_or_json_in_a_form() -> None:
    told = "Duplicati Backup report for home (a, b)\n\nFailed: no space left\nDetails: x"
    (failed,) = read("duplicati", urlencode({"message": told}).encode(), content_type=FORM)
    assert (failed.status, failed.description) == (FIRING, "no space left")
    packed = urlencode({"message": json.dumps(a_backup("Success"))}).encode()
    (well,) = read("duplicati", packed, content_type=FORM)
    assert well.status is RESOLVED


def test_snyk_tells_issues_that_came_and_that_went() -> None:
    issue = {"id": "SNYK-1", "pkgName": "left-pad",
             "issueData": {"title": "Injection", "severity": "high"}}  # fmt: skip
    body = {"project": {"id": "p", "name": "acme/shop"}, "newIssues": [issue]}
    came = one("snyk", body)
    went = one("snyk", {**body, "newIssues": [], "removedIssues": [issue]})
    assert (came.status, went.status, went.key) == (FIRING, RESOLVED, came.key)
    assert (came.title, came.severity_raw) == ("Injection in left-pad on acme/shop", "high")
    assert read("snyk", {"webhookId": "w"}) == []


def test_events_of_vector_come_alone_in_a_list_or_a_line_each() -> None:
    event = {"message": "disk is full", "host": "db-1", "level": "error", "timestamp": 1}
    other = {**event, "host": "db-2"}
    lines = json.dumps(event).encode() + b"\n" + json.dumps(other).encode()
    assert one("vector", event).title == "disk is full on db-1"
    assert [each.resource for each in read("vector", [event, other, event])] == ["db-1", "db-2"]
    assert [each.resource for each in read("vector", lines)] == ["db-1", "db-2"]
