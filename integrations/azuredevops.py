"""Azure DevOps' service hooks: builds, pipeline runs with their stages and jobs, releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="azuredevops",
    title="Azure DevOps",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://learn.microsoft.com/azure/devops/service-hooks/events",
)

Part = dict[str, Any]
_DONE = frozenset(("completed", "none", ""))


def read(request: Request) -> Reading:
    """The run of an event; what is no run is information."""
    body = _read.fields(request)
    event, found = _read.first(body, "eventType").casefold(), _read.part(body, "resource")
    if "definition" in found or event.startswith("build."):
        return Reading((_build(body, found),))
    for name in ("job", "stage", "run"):
        if isinstance(found.get(name), dict) and "release" not in event:
            return Reading((_pipeline(body, found, name),))
    if "deployment" in event and ("environment" in found or "deployment" in found):
        return Reading(_release(body, found))
    title = _text(body) or f"Azure DevOps: {event or 'an event'}"
    key = f"{event} {_read.first(found, 'id', 'url') or title}"
    return Reading((_ci.note(title, key, resource=_project(body, found)),))


def _build(body: Part, found: Part) -> AlertReading:
    """Version 1.0 has the result in ``status``, and the branch in the source version."""
    definition = _read.first(_read.part(found, "definition"), "name")
    number = _read.first(found, "buildNumber")
    name = definition or number or "A build"
    version = _read.first(found, "sourceGetVersion").split(":")
    branch = _read.first(found, "sourceBranch") or (version[1] if len(version) > 1 else "")
    return _ci.run(
        _result(found),
        project=_project(body, found) or name,
        job=name,
        branch=_ci.branch(branch),
        what=(_owner(body, found), f"build {name}"),
        description=_text(body),
        labels={
            "number": number,
            "event": _read.first(found, "reason"),
            "actor": _read.first(_read.part(found, "requestedFor"), "displayName")
            or _read.first(_read.part(found, "lastChangedBy"), "displayName"),
        },
        links=_links(found),
        starts=found.get("startTime"),
        ends=found.get("finishTime"),
    )


def _pipeline(body: Part, found: Part, name: str) -> AlertReading:
    part, run = _read.part(found, name), _read.part(found, "run")
    pipeline = _read.part(found, "pipeline") or _read.part(run, "pipeline")
    whole = _read.first(pipeline, "name") or "Pipeline"
    own = "" if name == "run" else _read.first(part, "name", "displayName")
    repositories = _read.parts(found.get("repositories"))
    branch = _read.first(repositories[0], "refName", "branch") if repositories else ""
    return _ci.run(
        _result(part),
        project=_project(body, found) or whole,
        job=f"{whole} / {own}" if own else whole,
        branch=_ci.branch(branch),
        what=(_owner(body, found), f"pipeline {whole}", own),
        description=_text(body),
        labels={"number": _read.first(run, "name"), "pipeline": whole},
        links=_links(part) + _links(run),
        starts=part.get("startTime") or part.get("createdDate"),
        ends=part.get("finishTime") or part.get("finishedDate"),
    )


def _release(body: Part, found: Part) -> tuple[AlertReading, ...]:
    """A stage of a release: its failure fires, its success is a change too. The next release has
    another name, so that is no part of the key."""
    deployment = _read.part(found, "deployment")
    place = _read.part(found, "environment") or _read.part(deployment, "releaseEnvironment")
    releases = (_read.part(holder, "release") for holder in (place, deployment, found))
    release = next((each for each in releases if each), {})
    definition = (_read.part(place, "releaseDefinition")
                  or _read.part(deployment, "releaseDefinition"))  # fmt: skip
    stage, number = _read.first(place, "name"), _read.first(release, "name")
    known = _read.first(definition, "name")
    name = known or number or "Release"
    said = _read.first(place, "status") or _read.first(deployment, "deploymentStatus")
    project, links = _project(body, found) or name, _links(release)
    run = _ci.run(
        said,
        project=project,
        job=f"{name} to {stage}" if stage else name,
        what=(_owner(body, found), f"release {known}", stage),
        description=_text(body),
        labels={"environment": stage, "release": number},
        links=links,
        starts=deployment.get("startedOn"),
        ends=deployment.get("completedOn") or body.get("createdDate"),
    )
    if run.status is not _read.RESOLVED:
        return (run,)
    made = _ci.change(
        _ci.deployed(name if name in number else f"{name} {number}".strip(), "", stage),
        f"{project} / {number} / {stage}",
        resource=project,
        labels={"environment": stage, "release": number},
        links=links,
        at=deployment.get("completedOn") or body.get("createdDate"),
    )
    return (run, made)


def _result(part: Mapping[str, Any]) -> str:
    """The result, once there is one."""
    result = _read.first(part, "result")
    said = _read.first(part, "status", "state")
    return result or said if _read.word(said) in _DONE or not said else said


def _project(body: Part, found: Part) -> str:
    return _read.first(_read.part(found, "project"), "name") or _read.first(
        _read.part(body, "resourceContainers", "project"), "name"
    )


def _owner(body: Part, found: Part) -> str:
    """Builds of two projects may have one name."""
    containers = _read.part(body, "resourceContainers", "project")
    return _project(body, found) or _read.first(containers, "id")


def _links(found: Part) -> tuple[tuple[str, str | None], ...]:
    web = _read.part(found, "_links", "web")
    return (("Run", _read.first(web, "href") or _read.first(found, "url")),)


def _text(body: Part) -> str:
    return _read.first(_read.part(body, "detailedMessage"), "text") or _read.first(
        _read.part(body, "message"), "text"
    )
