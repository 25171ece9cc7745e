"""Bodies of builds and deployments as their tools write them, cut to what is read."""

from __future__ import annotations

from typing import Any


def workflow_run(conclusion: str | None, **more: Any) -> dict[str, Any]:
    run = {"id": 7, "name": "Tests", "workflow_id": 3, "head_branch": "main", "status": "completed",
           "conclusion": conclusion, "html_url": "https://github.com/shop/api/runs/7",
           "run_started_at": "2026-05-01T10:00:00Z", "head_sha": "a" * 40, **more}  # fmt: skip
    repo = {"full_name": "shop/api", "default_branch": "main"}
    return {"action": "completed", "workflow_run": run, "repository": repo}


def pipeline(status: str, **more: Any) -> dict[str, Any]:
    return {
        "object_kind": "pipeline",
        "object_attributes": {"id": 4, "ref": "main", "status": status, "source": "push"},
        "project": {"path_with_namespace": "shop/api", "web_url": "https://gitlab.example/shop/api",
                    "default_branch": "main"},
        **more,
    }  # fmt: skip


def notified(status: str | None, phase: str = "COMPLETED") -> dict[str, Any]:
    said = {"status": status} if status else {}
    build = {"number": 4, "phase": phase, "scm": {"branch": "origin/main"}, **said,
             "full_url": "https://jenkins.example/job/api/4/"}  # fmt: skip
    return {"name": "api", "url": "job/api/", "build": build}


def circle(status: str, kind: str = "workflow-completed", **more: Any) -> dict[str, Any]:
    return {
        "type": kind, "project": {"id": "p1", "name": "api", "slug": "gh/shop/api"},
        "workflow": {"name": "build", "status": status, "url": "https://app.circleci.com/w/1"},
        "pipeline": {"number": 12, "vcs": {"branch": "main", "revision": "b" * 40}}, **more,
    }  # fmt: skip


def kite(state: str, event: str = "build.finished", **more: Any) -> dict[str, Any]:
    return {"event": event, "build": {"state": state, "branch": "main", "number": 4},
            "pipeline": {"id": "p1", "name": "api", "default_branch": "main"}, **more}  # fmt: skip


def bot(results: int | None, **more: Any) -> dict[str, Any]:
    return {"event": "finished", "buildername": "linux", "project": "api", "branch": "main",
            "results": results, **more}  # fmt: skip


def azure(result: str, **more: Any) -> dict[str, Any]:
    return {
        "eventType": "build.complete",
        "resource": {"id": 2, "buildNumber": "20260501.1", "result": result, "status": "completed",
                     "definition": {"name": "api-ci"}, "sourceBranch": "refs/heads/main",
                     "project": {"name": "shop"}, **more},
    }  # fmt: skip


def azure_run(state: str, result: str | None) -> dict[str, Any]:
    run = {"id": 5, "name": "20260501.2", "state": state, "result": result,
           "pipeline": {"name": "api-deploy"}}  # fmt: skip
    return {"eventType": "ms.vss-pipelines.run-state-changed-event",
            "resource": {"run": run, "pipeline": {"name": "api-deploy"},
                         "repositories": [{"refName": "refs/heads/main"}]},
            "resourceContainers": {"project": {"id": "b3"}}}  # fmt: skip


def commit_status(state: str) -> dict[str, Any]:
    found = {"key": "UNIT", "name": "Unit tests", "state": state, "refname": "main",
             "url": "https://builds.example/4"}  # fmt: skip
    return {"repository": {"full_name": "shop/api"}, "commit_status": found}


def city(status: str, event: str = "BUILD_FINISHED", **more: Any) -> dict[str, Any]:
    kind = {"id": "Shop_Api", "name": "Compile", "projectName": "Shop"}
    return {"eventType": event, "payload": {
        "id": 9, "buildTypeId": "Shop_Api", "number": "31", "status": status, "state": "finished",
        "branchName": "refs/heads/main", "webUrl": "https://tc.example/9", "buildType": kind,
        "startDate": "20260501T100000+0000", **more}}  # fmt: skip


def plugin(result: str, kind: str = "buildFinished") -> dict[str, Any]:
    return {"build": {"buildResult": result, "notifyType": kind, "buildName": "Compile",
                      "projectName": "Shop", "buildTypeId": "Shop_Api",
                      "branchName": "main"}}  # fmt: skip


def travis(message: str, **more: Any) -> dict[str, Any]:
    repo = {"name": "api", "owner_name": "shop"}
    return {"repository": repo, "status_message": message, "branch": "main", **more}


def veyor(status: str, event: str = "build_success", **more: Any) -> dict[str, Any]:
    return {"eventName": event, "eventData": {
        "status": status, "projectName": "api", "repositoryName": "shop/api", "branch": "main",
        "buildVersion": "1.0.4", **more}}  # fmt: skip


def ship(status: str) -> dict[str, Any]:
    return {"build": {"status": status, "project_id": 9, "project_name": "shop/api",
                      "branch": "main"}}  # fmt: skip


def semaphore(result: str, state: str = "done") -> dict[str, Any]:
    return {
        "organization": {"name": "shop"}, "project": {"id": "p1", "name": "api"},
        "revision": {"branch": {"name": "main"}, "commit_sha": "c" * 40},
        "workflow": {"id": "w1"}, "blocks": [{"name": "Tests", "result": result}],
        "pipeline": {"name": "Build", "state": state, "result": result,
                     "yaml_file_name": "semaphore.yml"},
    }  # fmt: skip


def stage(state: str, result: str) -> dict[str, Any]:
    git = {"git-configuration": {"branch": "main", "url": "https://git.example/api"}}
    return {"pipeline": {"name": "api", "counter": "4", "build-cause": [{"material": git}],
                         "stage": {"name": "test", "state": state, "result": result}}}  # fmt: skip


def deployment(state: str) -> dict[str, Any]:
    return {
        "action": "created",
        "deployment_status": {"state": state, "environment": "production",
                              "created_at": "2026-05-01T10:00:00Z"},
        "deployment": {"id": 8, "ref": "v1.4", "sha": "d" * 40, "environment": "production"},
        "repository": {"full_name": "shop/api"}, "workflow_run": {"id": 1}, "check_run": {"id": 2},
    }  # fmt: skip
