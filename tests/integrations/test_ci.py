"""Builds and deployments: what fires, what resolves it, and what is a change."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from integrations.base import Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity
from tests.integrations.ci_bodies import (
    azure,
    azure_run,
    bot,
    circle,
    city,
    commit_status,
    deployment,
    kite,
    notified,
    pipeline,
    plugin,
    semaphore,
    ship,
    stage,
    travis,
    veyor,
    workflow_run,
)

FIRING, RESOLVED, INFO = AlertStatus.FIRING, AlertStatus.RESOLVED, AlertStatus.INFO


def read(tool: str, body: Any, **headers: str) -> tuple[AlertReading, ...]:
    """What a tool's reader makes of a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(json.dumps(body).encode(), headers=named)
    found: Reading = import_module(f"integrations.{tool}").read(request)
    return found.alerts


def one(tool: str, body: Any, **headers: str) -> AlertReading:
    (alert,) = read(tool, body, **headers)
    return alert


RUNS = [
    ("github", workflow_run("failure"), workflow_run("success"),
     workflow_run(None, status="queued")),
    ("gitlab", pipeline("failed"), pipeline("success"), pipeline("running")),
    ("jenkins", notified("FAILURE"), notified("SUCCESS"), notified(None, "STARTED")),
    ("circleci", circle("failed"), circle("success"), circle("canceled")),
    ("buildkite", kite("failed"), kite("passed"), kite("running", "build.running")),
    ("buildbot", bot(2), bot(0), bot(None)),
    ("azuredevops", azure("failed"), azure("succeeded"), azure("canceled")),
    ("azuredevops", azure_run("completed", "failed"), azure_run("completed", "succeeded"),
     azure_run("inProgress", None)),
    ("bitbucket", commit_status("FAILED"), commit_status("SUCCESSFUL"),
     commit_status("INPROGRESS")),
    ("teamcity", city("FAILURE"), city("SUCCESS"), city("SUCCESS", "BUILD_STARTED")),
    ("teamcity", plugin("failure"), plugin("success"), plugin("running", "buildStarted")),
    ("travis", travis("Still Failing"), travis("Fixed"), travis("Pending")),
    ("appveyor", veyor("failed", "build_failure"), veyor("success"), veyor("cancelled")),
    ("codeship", ship("infrastructure_failure"), ship("success"), ship("testing")),
    ("semaphore", semaphore("failed"), semaphore("passed"), semaphore("", "running")),
    ("gocd", stage("Failed", "Failed"), stage("Passed", "Passed"), stage("Building", "Unknown")),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "bad", "good", "other"), RUNS)
def test_a_failed_run_fires_and_the_next_success_of_its_job_and_branch_resolves_it(
    tool: str, bad: Any, good: Any, other: Any
) -> None:
    failed, passed, waits = one(tool, bad), one(tool, good), one(tool, other)
    assert (failed.status, passed.status, waits.status) == (FIRING, RESOLVED, INFO)
    assert failed.key == passed.key == waits.key
    assert failed.type is AlertType.CI and failed.severity is Severity.ERROR
    assert failed.title.endswith("failed on main") or "still fails" in failed.title
    assert failed.resource and failed.labels["branch"] == "main"
    assert waits.severity is Severity.INFO


@pytest.mark.parametrize(("tool", "here", "there"), [
    ("github", workflow_run("failure"), workflow_run("failure", head_branch="dev")),
    ("github", workflow_run("failure"), workflow_run("failure", workflow_id=4)),
    ("github", workflow_run("failure"),
     workflow_run("failure", head_repository={"full_name": "somebody/api"})),
    ("circleci", circle("failed"),
     circle("failed", "job-completed", job={"name": "test", "status": "failed"})),
    ("buildkite", kite("failed"),
     kite("failed", "job.finished", job={"name": "lint", "state": "failed"})),
    ("travis", travis("Failed"), travis("Failed", type="pull_request", pull_request_number=4)),
    ("gitlab", pipeline("failed"), pipeline("failed", merge_request={
        "iid": 4, "source_project_id": 1, "target_project_id": 2})),
])  # fmt: skip
def test_another_branch_job_or_fork_is_another_problem(tool: str, here: Any, there: Any) -> None:
    assert one(tool, here).key != one(tool, there).key


@pytest.mark.parametrize(("tool", "body", "status"), [
    ("jenkins", notified("UNSTABLE"), FIRING),
    ("jenkins", notified("ABORTED"), INFO),
    ("azuredevops", azure("partiallySucceeded"), FIRING),
    ("buildbot", bot(1), RESOLVED),
    ("buildbot", bot(4), FIRING),
    ("buildbot", bot(6), INFO),
    ("buildkite", kite("failed", "job.finished",
                       job={"name": "lint", "state": "failed", "soft_failed": True}), INFO),
    ("buildkite", {"event": "ping", "service": {}}, INFO),
    ("teamcity", city("FAILURE", personal=True), INFO),
    ("teamcity", city("UNKNOWN", "BUILD_INTERRUPTED"), INFO),
    ("teamcity", {"eventType": "AGENT_UNREGISTERED", "payload": {"name": "a-1"}}, INFO),
    ("travis", {"repository": {"name": "api"}, "status": 1}, FIRING),
    ("gocd", {"type": "agent", "data": {"agent_name": "a-1", "agent_state": "Idle"}}, INFO),
    ("bitbucket", {"eventKey": "diagnostics:ping", "test": True}, INFO),
    ("circleci", {"type": "ping"}, INFO),
    ("circleci", {"payload": {"outcome": "failed", "username": "shop", "reponame": "api"}}, FIRING),
    ("azuredevops", {"eventType": "git.push", "message": {"text": "Ana pushed"}}, INFO),
    ("github", {"zen": "Keep it logically awesome.", "hook_id": 4}, INFO),
    ("github", {"state": "pending", "sha": "a", "context": "ci/lint", "name": "shop/api"}, INFO),
    ("github", {"state": "error", "sha": "a", "context": "ci/lint", "name": "shop/api"}, FIRING),
    ("gitlab", {"object_kind": "build", "build_name": "lint", "build_status": "failed",
                "build_allow_failure": True}, INFO),
    ("gitlab", {"object_kind": "build", "build_name": "lint", "build_status": "failed"}, FIRING),
    ("gitlab", {"object_kind": "note", "project": {"name": "api"}}, INFO),
    ("jenkins", {"JOB_NAME": "api", "BUILD_URL": "https://j.example/4", "result": "FAILURE"},
     FIRING),
    ("semaphore", {"event": "build", "project_name": "api", "result": "stopped"}, INFO),
])  # fmt: skip
def test_what_is_neither_failure_nor_success(tool: str, body: Any, status: AlertStatus) -> None:
    assert one(tool, body).status is status


def test_some_of_it_failed_is_a_warning() -> None:
    assert one("jenkins", notified("UNSTABLE")).severity is Severity.WARNING
    assert one("azuredevops", azure("partiallySucceeded")).severity is Severity.WARNING


def test_a_check_that_is_asked_for_again_has_not_failed_again() -> None:
    check = {"name": "lint", "conclusion": "failure", "check_suite": {"head_branch": "main"}}
    body = {"check_run": check, "repository": {"full_name": "shop/api"}}
    assert one("github", {"action": "completed", **body}).status is FIRING
    assert one("github", {"action": "rerequested", **body}).status is INFO


@pytest.mark.parametrize(("action", "status"), [
    ("created", FIRING), ("reintroduced", FIRING), ("reopened", FIRING), ("fixed", RESOLVED),
    ("dismissed", RESOLVED), ("auto_dismissed", RESOLVED), ("assignees_changed", INFO),
])  # fmt: skip
def test_a_dependency_alert_of_github_fires_until_it_is_fixed_or_dismissed(
    action: str, status: AlertStatus
) -> None:
    alert = {
        "number": 4, "state": "open", "html_url": "https://github.com/shop/api/security/4",
        "dependency": {"package": {"name": "lodash", "ecosystem": "npm"}},
        "security_advisory": {"summary": "Prototype pollution", "ghsa_id": "GHSA-1"},
        "security_vulnerability": {"severity": "high"},
    }  # fmt: skip
    body = {"action": action, "alert": alert, "repository": {"full_name": "shop/api"}}
    found = one("github", body)
    assert (found.status, found.type, found.severity_raw) == (status, AlertType.SECURITY, "high")
    assert found.title == "shop/api: lodash: Prototype pollution"
    assert found.key == "shop/api / dependabot 4"


def test_secrets_and_code_scanning_of_github() -> None:
    repo = {"full_name": "shop/api"}
    secret = {"number": 2, "secret_type": "aws_key", "state": "open"}
    found = one("github", {"action": "created", "alert": secret, "repository": repo})
    assert (found.status, found.severity) == (FIRING, Severity.CRITICAL)
    rule = {"id": "js/sql", "severity": "error", "description": "SQL from user input",
            "security_severity_level": "medium"}  # fmt: skip
    code = {"number": 3, "rule": rule, "state": "open", "tool": {"name": "CodeQL"}}
    found = one("github", {"action": "appeared_in_branch", "alert": code, "repository": repo})
    assert (found.status, found.severity_raw, found.severity) == (FIRING, "error", Severity.WARNING)


@pytest.mark.parametrize(("tool", "failed", "done", "title"), [
    ("github", deployment("failure"), deployment("success"),
     "Deployed shop/api v1.4 to production"),
    ("gitlab",
     {"object_kind": "deployment", "status": "failed", "environment": "production",
      "project": {"path_with_namespace": "shop/api"}, "ref": "v1.4"},
     {"object_kind": "deployment", "status": "success", "environment": "production",
      "project": {"path_with_namespace": "shop/api"}, "ref": "v1.4"},
     "Deployed shop/api v1.4 to production"),
    ("appveyor", veyor("failed", "deployment_failure", environmentName="production"),
     veyor("success", "deployment_success", environmentName="production"),
     "Deployed api 1.0.4 to production"),
    ("semaphore",
     {"event": "deploy", "project_name": "api", "server_name": "production", "result": "failed"},
     {"event": "deploy", "project_name": "api", "server_name": "production", "result": "passed",
      "number": 3, "commit": {"id": "e" * 40}},
     "Deployed api eeeeeee to production"),
    ("azuredevops",
     {"eventType": "ms.vss-release.deployment-completed-event", "resource": {
         "environment": {"name": "production", "status": "rejected", "release": {"name": "R-4"},
                         "releaseDefinition": {"name": "api"}}, "project": {"name": "shop"}}},
     {"eventType": "ms.vss-release.deployment-completed-event", "resource": {
         "environment": {"name": "production", "status": "succeeded", "release": {"name": "R-4"},
                         "releaseDefinition": {"name": "api"}}, "project": {"name": "shop"}}},
     "Deployed api R-4 to production"),
    ("argocd",
     {"app": {"metadata": {"name": "api"}, "status": {
         "operationState": {"phase": "Failed"}, "sync": {"status": "OutOfSync"}}}},
     {"app": {"metadata": {"name": "api"}, "status": {
         "operationState": {"phase": "Succeeded"}, "health": {"status": "Healthy"},
         "sync": {"status": "Synced", "revision": "f" * 40}}}},
     "Deployed api fffffff"),
])  # fmt: skip
def test_a_deployment_that_failed_fires_and_one_that_went_out_is_a_change_too(
    tool: str, failed: Any, done: Any, title: str
) -> None:
    bad = one(tool, failed)
    good, change = read(tool, done)
    assert (bad.status, good.status) == (FIRING, RESOLVED)
    assert bad.key == good.key != change.key
    assert (change.status, change.type, change.title) == (INFO, AlertType.CHANGE, title)


@pytest.mark.parametrize(("tool", "body", "title"), [
    ("github", {"action": "created", "deployment": {"id": 8, "ref": "v1.4", "environment": "prod"},
                "repository": {"full_name": "shop/api"}}, "Deploying shop/api v1.4 to prod"),
    ("github", {"action": "published", "release": {"tag_name": "v2"},
                "repository": {"full_name": "shop/api"}}, "shop/api: release v2 published"),
    ("gitlab", {"object_kind": "feature_flag", "project": {"path_with_namespace": "shop/api"},
                "object_attributes": {"name": "new-cart", "active": True}},
     "shop/api: feature flag new-cart turned on"),
    ("gitlab", {"object_kind": "release", "tag": "v2", "action": "create",
                "project": {"path_with_namespace": "shop/api"}}, "shop/api: release v2 created"),
])  # fmt: skip
def test_releases_and_switches_are_changes(tool: str, body: Any, title: str) -> None:
    found = one(tool, body)
    assert (found.status, found.type, found.title) == (INFO, AlertType.CHANGE, title)


@pytest.mark.parametrize(("body", "status", "title"), [
    ({"app": "api", "health": "Degraded", "sync": "Synced"}, FIRING, "api is degraded"),
    ({"app": "api", "health": "Progressing", "sync": "Synced"}, INFO, "api is progressing"),
    ({"app": "api", "health": "Healthy", "sync": "Synced"}, RESOLVED, "api is healthy"),
    ({"app": "api", "sync": "OutOfSync"}, FIRING, "api is out of sync"),
    ({"appName": "api", "trigger": "on-health-degraded"}, FIRING, "api is degraded"),
    ({"application": "api", "phase": "Error", "message": "hook failed"}, FIRING,
     "api could not be synced"),
    ({"context": "continuous-delivery/api", "state": "pending"}, INFO, "api is pending"),
])  # fmt: skip
def test_argo_cd_says_what_an_application_is(body: Any, status: AlertStatus, title: str) -> None:
    found = one("argocd", body)
    assert (found.status, found.title, found.key, found.resource) == (status, title, "api", "api")


@pytest.mark.parametrize(("body", "status"), [
    ({"object_kind": "alert", "object_attributes": {
        "title": "5xx", "severity": "critical", "status": "triggered"}}, FIRING),
    ({"object_kind": "alert", "object_attributes": {
        "title": "5xx", "severity": "critical", "status": "resolved"}}, RESOLVED),
    ({"object_kind": "issue", "object_attributes": {
        "type": "Incident", "iid": 4, "title": "5xx", "state": "closed"}}, RESOLVED),
    ({"object_kind": "vulnerability", "object_attributes": {
        "title": "5xx", "severity": "high", "state": "detected"}}, FIRING),
])  # fmt: skip
def test_alerts_and_incidents_of_gitlab(body: Any, status: AlertStatus) -> None:
    found = one("gitlab", body)
    assert (found.status, found.title) == (status, "5xx")


def test_travis_posts_json_in_a_form() -> None:
    form = Request(
        b"payload=%7B%22repository%22%3A%7B%22name%22%3A%22api%22%7D%2C%22state%22%3A%22failed%22%7D",
        content_type="application/x-www-form-urlencoded",
    )
    (found,) = import_module("integrations.travis").read(form).alerts
    assert (found.status, found.resource) == (FIRING, "api")
