"""GoCD: what notification plugins send of a stage, and a pipeline as its API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="gocd",
    title="GoCD",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://plugin-api.gocd.org/current/notifications/#stage-status-changed",
)

_OVER = ("Failed", "Cancelled", "Unknown")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    return _sign.signed(request, _sign.secrets(secrets), "x-hub-signature", prefix="sha256=")


def read(request: Request) -> Reading:
    """The stage or pipeline of a body; an agent's state is information."""
    body = _read.fields(request)
    found = _read.part(body, "data") or body
    if pipeline := _read.part(found, "pipeline"):
        return Reading((_stage(pipeline, _read.part(pipeline, "stage")),))
    if "stages" in found or "counter" in found:
        return Reading((_pipeline(found),))
    if agent := _read.first(found, "agent_name", "hostname", "host_name"):
        said = _read.first(found, "agent_state", "build_state") or "an event"
        return Reading((_ci.note(f"GoCD: agent {agent} is {said}", agent, resource=agent),))
    if name := _read.first(found, "pipeline_name", "pipeline-name"):
        return Reading((_flat(found, name),))
    raise Malformed("there is no pipeline in it", "pipeline")


def _stage(pipeline: dict[str, Any], stage: dict[str, Any]) -> AlertReading:
    """While it builds, its result is Unknown."""
    name, own = _read.first(pipeline, "name"), _read.first(stage, "name")
    said = _read.first(stage, "result")
    said = said if said not in ("", "Unknown") else _read.first(stage, "state") or "Building"
    causes = _read.parts(pipeline.get("build-cause") or pipeline.get("build_cause"))
    failed = [_read.first(job, "name") for job in _read.parts(stage.get("jobs"), 100)
              if job.get("result") == "Failed"]  # fmt: skip
    return _ci.run(
        said,
        project=name or "A pipeline without a name",
        job=own,
        branch=_branch(causes),
        what=(name, own),
        description=f"Failed: {', '.join(failed)}" if failed else "",
        labels={
            "group": _read.first(pipeline, "group"),
            "number": _read.first(pipeline, "counter"),
            "actor": _read.first(stage, "approved-by", "approved_by"),
            "commit": _revision(causes),
        },
        starts=stage.get("create-time"),
        ends=stage.get("last-transition-time"),
    )


def _pipeline(found: dict[str, Any]) -> AlertReading:
    """It is as bad as its worst stage, and passed once all that were scheduled have."""
    name = _read.first(found, "name")
    stages = _read.parts(found.get("stages"), 200)
    results = {_read.first(each, "name"): _read.first(each, "result", "status") for each in stages}
    bad = [stage for stage, result in results.items() if result == "Failed"]
    said = next((word for word in _OVER if word in results.values()), "")
    cause = _read.part(found, "build_cause")
    revisions = _read.parts(cause.get("material_revisions"))
    return _ci.run(
        said or ("Passed" if "Passed" in results.values() else "Scheduled"),
        project=name or "A pipeline without a name",
        branch=_branch(revisions),
        what=(name,),
        description=f"Failed: {', '.join(bad)}" if bad else _read.first(cause, "trigger_message"),
        labels={
            "number": _read.first(found, "counter"),
            "version": _read.first(found, "label"),
            "commit": _revision(revisions),
        },
    )


def _flat(found: dict[str, Any], name: str) -> AlertReading:
    stage = _read.first(found, "stage_name", "stage-name")
    return _ci.run(
        _read.first(found, "stage_result", "result", "stage_state", "state"),
        project=name,
        job=stage,
        what=(name, stage),
        labels={"number": _read.first(found, "pipeline_counter")},
    )


def _branch(causes: list[dict[str, Any]]) -> str:
    """The branch of the first material that has one, in its configuration or its description."""
    for cause in causes:
        material = _read.part(cause, "material")
        for value in material.values():
            if isinstance(value, dict) and (branch := _read.first(value, "branch")):
                return branch
        told = _read.first(material, "description").partition("Branch:")[2]
        if branch := told.split(",")[0].strip():
            return branch
    return ""


def _revision(causes: list[dict[str, Any]]) -> str:
    found = _read.parts(causes[0].get("modifications"), 1) if causes else []
    return _read.first(found[0], "revision") if found else ""
