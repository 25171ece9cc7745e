"""GitHub: workflows, checks, commit statuses, deployments and releases, and security alerts.

An event is known by what is in its body; the header names only those that are none of these. A
run's conclusion counts before its status: runs that are over still come as ``in_progress``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations import _ci, _github_alerts, _read, _sign
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="github",
    title="GitHub",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.github.com/en/webhooks/webhook-events-and-payloads",
)

Body = dict[str, Any]


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    return _sign.signed(request, _sign.secrets(secrets), "x-hub-signature-256", prefix="sha256=")


def read(request: Request) -> Reading:
    """The run, deployment or security alert of an event."""
    body = _read.fields(request)
    repo = _read.first(_read.part(body, "repository"), "full_name", "name")
    for name, reader in _READERS:
        if isinstance(body.get(name), dict):
            return Reading(reader(body, _read.part(body, name), repo))
    if "sha" in body and "context" in body:
        return Reading(_status(body, repo))
    if (alert := _read.part(body, "alert")) and (found := _github_alerts.read(body, alert, repo)):
        return Reading((found,))
    return Reading((_other(request, body, repo),))


def _workflow_run(body: Body, run: Body, repo: str) -> tuple[AlertReading, ...]:
    workflow = _read.part(body, "workflow")
    path = _read.first(workflow, "path") or _read.first(run, "path")
    name = _read.first(run, "name") or _read.first(workflow, "name")
    name = name or path.rpartition("/")[2] or "Workflow"
    known = _read.first(run, "workflow_id") or name
    return (_run(body, run, repo, name, (repo, f"workflow {known}")),)


def _workflow_job(body: Body, job: Body, repo: str) -> tuple[AlertReading, ...]:
    workflow, own = _read.first(job, "workflow_name"), _read.first(job, "name")
    name = f"{workflow} / {own}" if workflow and own else own or workflow
    return (_run(body, job, repo, name, (repo, workflow, f"job {own}")),)


def _check_run(body: Body, check: Body, repo: str) -> tuple[AlertReading, ...]:
    name, suite = _read.first(check, "name"), _read.part(check, "check_suite")
    merged = {**check, "head_branch": check.get("head_branch") or suite.get("head_branch")}
    app = _read.first(_read.part(check, "app"), "slug", "name")
    output = _read.part(check, "output")
    told = _read.first(output, "title", "summary")
    return (_run(body, merged, repo, name, (repo, app, f"check {name}"), told),)


def _check_suite(body: Body, suite: Body, repo: str) -> tuple[AlertReading, ...]:
    app = _read.part(suite, "app")
    name = _read.first(app, "name", "slug") or "Checks"
    known = _read.first(app, "slug", "name")
    return (_run(body, suite, repo, name, (repo, f"suite {known}")),)


def _run(
    body: Body, run: Body, repo: str, name: str, what: tuple[str, ...], told: str = ""
) -> AlertReading:
    branch, action = _branch(run, repo), _read.first(body, "action")
    said = _read.first(run, "conclusion") or _read.first(run, "status") or "requested"
    default = _read.first(_read.part(body, "repository"), "default_branch")
    return _ci.run(
        action if action in _AGAIN else said,
        project=repo,
        job=name,
        branch=branch,
        what=what,
        description=told or _read.first(_read.part(run, "head_commit"), "message"),
        labels={
            "event": _read.first(run, "event"),
            "commit": _read.first(run, "head_sha"),
            "run": _read.first(run, "run_number"),
            "actor": _read.first(_read.part(run, "actor"), "login")
            or _read.first(_read.part(body, "sender"), "login"),
            "default_branch": str(branch == default).lower() if default else "",
        },
        links=(("Run", _read.first(run, "html_url") or _read.first(run, "details_url")),),
        starts=run.get("run_started_at") or run.get("started_at") or run.get("created_at"),
        ends=run.get("completed_at") or run.get("updated_at"),
    )


def _branch(run: Body, repo: str) -> str:
    """A fork's ``main`` is not ours."""
    branch = _read.first(run, "head_branch")
    fork = _read.first(_read.part(run, "head_repository"), "full_name")
    return f"{fork}:{branch}" if fork and fork != repo else branch


def _status(body: Body, repo: str) -> tuple[AlertReading, ...]:
    """A commit may be at the head of several branches: the default one counts first."""
    project = repo or _read.first(body, "name")
    default = _read.first(_read.part(body, "repository"), "default_branch")
    names = [_read.first(each, "name") for each in _read.parts(body.get("branches"))]
    branch = default if default in names else next(iter(names), "")
    return (_ci.run(
        _read.first(body, "state"),
        project=project,
        job=_read.first(body, "context"),
        branch=branch,
        description=_read.first(body, "description"),
        labels={"commit": _read.first(body, "sha")},
        links=(("Run", _read.first(body, "target_url")),),
        starts=body.get("created_at"),
        ends=body.get("updated_at"),
    ),)  # fmt: skip


def _deployment(body: Body, deployment: Body, repo: str) -> tuple[AlertReading, ...]:
    if "deployment_callback_url" in body:  # a protection rule that waits for an answer
        return (_ci.note(f"{repo}: a deployment waits", f"{repo} / waits", resource=repo),)
    place = _read.first(deployment, "environment", "original_environment")
    started = _ci.deployed(repo, _read.first(deployment, "ref", "sha"), place, "Deploying")
    return (_change(deployment, started, repo, place, deployment.get("created_at")),)


def _change(deployment: Body, title: str, repo: str, place: str, at: Any) -> AlertReading:
    return _ci.change(
        title,
        f"{repo} / deployment {_read.first(deployment, 'id') or place}",
        resource=repo,
        description=_read.first(deployment, "description"),
        labels={
            "environment": place,
            "ref": _read.first(deployment, "ref"),
            "commit": _read.first(deployment, "sha"),
            "actor": _read.first(_read.part(deployment, "creator"), "login"),
        },
        links=(("Deployment", _read.first(deployment, "html_url", "target_url")),),
        at=at,
    )


def _deployment_status(body: Body, found: Body, repo: str) -> tuple[AlertReading, ...]:
    """A failure fires; a success ends it, and is what changed."""
    deployment = _read.part(body, "deployment")
    place = _read.first(found, "environment") or _read.first(deployment, "environment")
    said, url = _read.first(found, "state"), _read.first(found, "log_url", "target_url")
    run = _ci.run(
        said,
        project=repo,
        job=f"Deployment to {place}" if place else "Deployment",
        description=_read.first(found, "description"),
        labels={
            "environment": place,
            "ref": _read.first(deployment, "ref"),
            "commit": _read.first(deployment, "sha"),
        },
        links=(("Log", url), ("Environment", _read.first(found, "environment_url"))),
        starts=found.get("created_at"),
        ends=found.get("updated_at"),
    )
    if run.status is not _read.RESOLVED:
        return (run,)
    done = _ci.deployed(repo, _read.first(deployment, "ref", "sha"), place)
    linked = {**deployment, "html_url": url}
    return (run, _change(linked, done, repo, place, found.get("created_at")))


def _pages(body: Body, build: Body, repo: str) -> tuple[AlertReading, ...]:
    """Pages: ``built``, or ``errored`` with what was wrong."""
    said = _read.first(build, "status")
    run = _ci.run(
        "success" if said == "built" else said,
        project=repo,
        job="Pages",
        description=_read.first(_read.part(build, "error"), "message"),
        labels={"commit": _read.first(build, "commit"),
                "actor": _read.first(_read.part(build, "pusher"), "login")},
        starts=build.get("created_at"),
        ends=build.get("updated_at"),
    )  # fmt: skip
    return (run,)


def _release(body: Body, release: Body, repo: str) -> tuple[AlertReading, ...]:
    name = _read.first(release, "tag_name", "name")
    action = _read.first(body, "action") or "published"
    make = _ci.change if action in ("published", "released", "prereleased") else _ci.note
    url = (("Release", _read.first(release, "html_url")),)
    return (make(f"{repo}: release {name} {action}", f"{repo} / release {name}", resource=repo,
                 links=url),)  # fmt: skip


def _other(request: Request, body: Body, repo: str) -> AlertReading:
    """A ping, a push, a comment: information."""
    event = request.headers.get("x-github-event", "") or ("ping" if "zen" in body else "")
    event = event or ("push" if "commits" in body else "an event")
    words = f"{event.replace('_', ' ')} {_read.first(body, 'action')}".strip()
    place = repo or _read.first(_read.part(body, "organization"), "login") or "GitHub"
    told = _read.first(body, "zen", "ref")
    title = f"{place}: {words}, {told}" if told else f"{place}: {words}"
    return _ci.note(title, f"{place} / {words}", resource=repo)


_READERS: tuple[tuple[str, Callable[[Body, Body, str], tuple[AlertReading, ...]]], ...] = (
    ("workflow_job", _workflow_job), ("deployment_status", _deployment_status),
    ("deployment", _deployment), ("workflow_run", _workflow_run), ("check_run", _check_run),
    ("check_suite", _check_suite), ("release", _release), ("build", _pages),
)  # fmt: skip
"""A deployment's events hold the run they came from too, so they are looked for before it."""
_AGAIN = frozenset(("rerequested", "requested_action"))
"""Somebody asked for another run; the conclusion is that of the last one."""
