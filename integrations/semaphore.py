"""Semaphore: pipelines of 2.0, and builds and deploys of Classic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="semaphore",
    title="Semaphore",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.semaphoreci.com/reference/webhooks",
)


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    known = _sign.secrets(secrets)
    return _sign.signed(request, known, "x-semaphore-signature-256", prefix="sha256=")


def read(request: Request) -> Reading:
    """The pipeline, build or deploy of a body."""
    body = _read.fields(request)
    if pipeline := _read.part(body, "pipeline"):
        return Reading((_pipeline(body, pipeline),))
    if "result" not in body and "project_name" not in body:
        raise Malformed("there is no pipeline and no build in it", "pipeline")
    return Reading(_classic(body))


def _pipeline(body: dict[str, Any], pipeline: dict[str, Any]) -> AlertReading:
    """It has a result once its state is ``done``."""
    place = _read.first(_read.part(body, "project"), "name")
    repository, revision = _read.part(body, "repository"), _read.part(body, "revision")
    name = _read.first(pipeline, "name")
    file = _read.first(pipeline, "yaml_file_name")
    request = _read.part(revision, "pull_request")
    number = _read.first(request, "number")
    branch = f"#{number}" if number else _read.first(_read.part(revision, "branch"), "name")
    branch = branch or _read.first(_read.part(revision, "tag"), "name")
    failed = [_read.first(each, "name") for each in _read.parts(body.get("blocks"), 100)
              if each.get("result") == "failed"]  # fmt: skip
    done = _read.first(pipeline, "state") in ("done", "")
    host = _read.first(_read.part(body, "organization"), "name")
    workflow = _read.first(_read.part(body, "workflow"), "id")
    url = f"https://{host}.semaphoreci.com/workflows/{workflow}" if host and workflow else ""
    return _ci.run(
        _read.first(pipeline, "result") if done else _read.first(pipeline, "state"),
        project=place or _read.first(repository, "slug") or "A project without a name",
        job=name or file,
        branch=_ci.branch(branch or _read.first(revision, "reference")),
        what=(_read.first(_read.part(body, "project"), "id") or place, file or name),
        description=_read.first(pipeline, "error_description")
        or (f"Failed: {', '.join(failed)}" if failed else "")
        or _read.first(revision, "commit_message"),
        labels={
            "commit": _read.first(revision, "commit_sha"),
            "repository": _read.first(repository, "slug"),
            "actor": _read.first(_read.part(revision, "sender"), "login"),
        },
        links=(("Workflow", url), ("Repository", _read.first(repository, "url"))),
        starts=pipeline.get("created_at"),
        ends=pipeline.get("done_at"),
    )


def _classic(body: dict[str, Any]) -> tuple[AlertReading, ...]:
    place, target = _read.first(body, "project_name"), _read.first(body, "server_name")
    number, commit = _read.first(body, "build_number"), _read.part(body, "commit")
    deploys = _read.first(body, "event") == "deploy"
    url = _read.first(body, "html_url" if deploys else "build_url", "build_url", "build_html_url")
    labels = {
        "commit": _read.first(commit, "id"),
        "number": number,
        "environment": target,
        "actor": _read.first(commit, "author_name"),
    }
    run = _ci.run(
        _read.first(body, "result") or "started",
        project=place,
        job=(f"Deployment to {target}" if target else "Deployment") if deploys else "",
        branch=_read.first(body, "branch_name"),
        what=(_read.first(body, "project_hash_id") or place, f"deploy {target}" if deploys else ""),
        description=_read.first(commit, "message"),
        labels=labels,
        links=(("Build", url),),
        starts=body.get("started_at") or body.get("created_at"),
        ends=body.get("finished_at"),
    )
    if not deploys or run.status is not _read.RESOLVED:
        return (run,)
    done = _ci.deployed(place, _read.first(commit, "id") or number, target)
    made = _ci.change(done, f"{place} / {target} / {_read.first(body, 'number') or url}",
                      resource=place, labels=labels, links=(("Deploy", url),),
                      at=body.get("finished_at"))  # fmt: skip
    return (run, made)
