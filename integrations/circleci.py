"""CircleCI: completed workflows and jobs, and the notifications of its first version.

Where the code lies is in ``pipeline.vcs``, or for pipelines of newer triggers in their parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="circleci",
    title="CircleCI",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://circleci.com/docs/outbound-webhooks/",
)

_SHAS = ("revision", "checkout_sha", "commit_sha")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, one of the header's signatures of version 1 must fit."""
    return _sign.signed(request, _sign.secrets(secrets), "circleci-signature", prefix="v1=")


def read(request: Request) -> Reading:
    """The one run of a body."""
    body = _read.fields(request)
    if first := _read.part(body, "payload"):
        return Reading((_first_version(first),))
    kind = _read.first(body, "type") or request.headers.get("circleci-event-type", "")
    if "workflow" not in body and "job" not in body:
        place = _read.first(_read.part(body, "project"), "slug", "name") or "CircleCI"
        return Reading((_ci.note(f"{place}: {kind or 'an event'}", f"{place} / {kind}"),))
    return Reading((_run(body, kind),))


def _run(body: dict[str, Any], kind: str) -> AlertReading:
    """A job is known by its workflow too: several have a job called ``test``."""
    project, pipeline = _read.part(body, "project"), _read.part(body, "pipeline")
    workflow, job = _read.part(body, "workflow"), _read.part(body, "job")
    name = _read.first(workflow, "name") or "Workflow"
    is_job = bool(job) and not kind.startswith("workflow")
    own = _read.first(job, "name")
    run = job if is_job else workflow
    place = _read.first(project, "name") or _read.first(project, "slug")
    vcs, parameters = _read.part(pipeline, "vcs"), _read.part(pipeline, "trigger_parameters")
    git = [vcs, *(_read.part(parameters, each) for each in ("git", "github_app", "gitlab"))]
    branch = next((b for each in git if (b := _read.first(each, "branch", "tag"))), "")
    commit = _read.part(vcs, "commit")
    told = [_read.first(each, "commit_message", "commit_title") for each in git[1:]]
    return _ci.run(
        _read.first(run, "status"),
        project=place,
        job=f"{name} / {own}" if is_job else name,
        branch=branch,
        what=(_read.first(project, "id", "slug") or place, name, own if is_job else ""),
        description=_read.first(commit, "subject") or next((each for each in told if each), ""),
        labels={
            "organization": _read.first(_read.part(body, "organization"), "name"),
            "slug": _read.first(project, "slug"),
            "commit": next((c for each in git if (c := _read.first(each, *_SHAS))), ""),
            "actor": _read.first(_read.part(commit, "author"), "name"),
            "number": _read.first(pipeline, "number"),
            "trigger": _read.first(_read.part(pipeline, "trigger"), "type"),
        },
        links=(("Workflow", _read.first(workflow, "url")),),
        starts=run.get("started_at") or run.get("created_at"),
        ends=run.get("stopped_at") or body.get("happened_at"),
    )  # fmt: skip


def _first_version(build: dict[str, Any]) -> AlertReading:
    owner, name = _read.first(build, "username"), _read.first(build, "reponame")
    place = f"{owner}/{name}" if owner and name else name or _read.first(build, "vcs_url")
    flow = _read.part(build, "workflows")
    job = _read.first(flow, "job_name") or _read.first(build, "job_name") or "build"
    return _ci.run(
        _read.first(build, "outcome", "status"),
        project=place,
        job=job,
        branch=_read.first(build, "branch", "vcs_tag"),
        description=_read.first(build, "subject", "body"),
        labels={
            "commit": _read.first(build, "vcs_revision"),
            "actor": _read.first(build, "committer_name", "author_name"),
            "number": _read.first(build, "build_num"),
        },
        links=(("Build", _read.first(build, "build_url")),),
        starts=build.get("start_time"),
        ends=build.get("stop_time"),
    )
