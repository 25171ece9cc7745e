"""Webhooks of Gogs and what grew out of it, Gitea and Forgejo: they write as GitHub does.

Runs of their Actions and statuses of commits are alerts; a release is a change; all else is
information.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Reading, Request
from store.model import AlertReading

_RECOVERED = {"recover": "success", "recovered": "success", "failure": "failure",
              "success": "success"}  # fmt: skip
_HEADERS = ("x-forgejo-event", "x-gitea-event", "x-gogs-event", "x-github-event")
_SIGNED = ("x-forgejo-signature", "x-gitea-signature", "x-gogs-signature")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    header = next((each for each in _SIGNED if each in request.headers), _SIGNED[1])
    return _sign.signed(request, _sign.secrets(secrets), header)


def read(request: Request, tool: str) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    repo = _read.first(_read.part(body, "repository"), "full_name", "name")
    for name in ("workflow_job", "workflow_run", "run"):
        if run := _read.part(body, name):
            return Reading((_run(body, run, name, repo),))
    if "context" in body and "sha" in body:
        return Reading((_status(body, repo),))
    if release := _read.part(body, "release"):
        return Reading((_release(body, release, repo),))
    return Reading((_other(request, body, repo, tool),))


def _run(body: dict[str, Any], run: dict[str, Any], kind: str, repo: str) -> AlertReading:
    workflow = _read.first(run, "workflow_id", "workflow_name")
    workflow = workflow.rpartition("/")[2].partition("@")[0]
    own = _read.first(run, "name", "display_title", "title")
    name = own if kind == "workflow_job" else workflow or own
    said = _read.first(run, "conclusion") or _read.first(run, "status")
    said = _RECOVERED.get(_read.word(_read.first(body, "action")), said) if kind == "run" else said
    repo = repo or _read.first(_read.part(run, "repository"), "full_name")
    branch = _read.first(run, "head_branch", "prettyref", "ref")
    return _ci.run(
        said,
        project=repo,
        job=name or "Workflow",
        branch=_ci.branch(branch),
        what=(repo, f"{'job' if kind == 'workflow_job' else 'workflow'} {name}"),
        description=_read.first(run, "title", "display_title"),
        labels={
            "commit": _read.first(run, "head_sha", "commit_sha"),
            "run": _read.first(run, "run_number", "index_in_repo"),
            "event": _read.first(run, "event"),
        },
        links=(("Run", _read.first(run, "html_url")),),
        starts=run.get("started_at") or run.get("started") or run.get("created_at"),
        ends=run.get("completed_at") or run.get("stopped"),
    )


def _status(body: dict[str, Any], repo: str) -> AlertReading:
    default = _read.first(_read.part(body, "repository"), "default_branch")
    names = [_read.first(each, "name") for each in _read.parts(body.get("branches"))]
    return _ci.run(
        _read.first(body, "state"),
        project=repo,
        job=_read.first(body, "context"),
        branch=default if default in names else next(iter(names), ""),
        description=_read.first(body, "description"),
        labels={"commit": _read.first(body, "sha")},
        links=(("Run", _read.first(body, "target_url")),),
        starts=body.get("created_at"),
        ends=body.get("updated_at"),
    )


def _release(body: dict[str, Any], release: dict[str, Any], repo: str) -> AlertReading:
    tag, action = _read.first(release, "tag_name", "name"), _read.first(body, "action")
    make = _ci.change if action in ("published", "") else _ci.note
    return make(
        f"{repo}: release {tag} {action or 'published'}",
        f"{repo} / release {tag}",
        resource=repo,
        links=(("Release", _read.first(release, "html_url", "url")),),
    )


def _other(request: Request, body: dict[str, Any], repo: str, tool: str) -> AlertReading:
    event = next((found for each in _HEADERS if (found := request.headers.get(each, ""))), "")
    event = event or ("push" if "commits" in body else "an event")
    words = f"{event.replace('_', ' ')} {_read.first(body, 'action')}".strip()
    told = _read.first(_read.part(body, "issue"), "title") or _read.first(
        _read.part(body, "pull_request"), "title"
    )
    told = told or _ci.branch(_read.first(body, "ref"))
    title = f"{repo or tool}: {words}"
    return _ci.note(f"{title}, {told}" if told else title, f"{repo} / {words}", resource=repo)
