"""SonarQube and SonarCloud: the quality gate of a branch fails and passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="sonarqube",
    title="SonarQube, SonarCloud",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.sonarsource.com/sonarqube-server/latest/project-administration/webhooks/",
)

_GATES = {"error": "failed", "warn": "unstable", "ok": "success", "none": "none"}


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    return _sign.signed(request, _sign.secrets(secrets), "x-sonar-webhook-hmac-sha256")


def read(request: Request) -> Reading:
    """The one analysis of a body; one that could not be done fails."""
    body = _read.fields(request)
    project, gate = _read.part(body, "project"), _read.part(body, "qualityGate")
    name = _read.first(project, "name", "key")
    if not name:
        raise Malformed("there is no project in it", "project")
    branch = _read.part(body, "branch")
    task, said = _read.word(_read.first(body, "status")), _read.first(gate, "status")
    broken = [_line(each) for each in _read.parts(gate.get("conditions"))
              if _read.first(each, "status") in ("ERROR", "WARN")]  # fmt: skip
    analysed = task in ("", "success")
    run = _ci.run(
        _GATES.get(said.casefold(), said or "success") if analysed else task,
        project=name,
        job="Quality gate" if analysed else "Analysis",
        branch=_read.first(branch, "name"),
        what=(_read.first(project, "key"), "quality gate"),
        description="\n".join(broken),
        labels={
            "gate": _read.first(gate, "name"),
            "status": said,
            "commit": _read.first(body, "revision"),
            "branch_type": _read.first(branch, "type"),
            "task": _read.first(body, "taskId"),
        },
        links=(("Project", _read.first(branch, "url") or _read.first(project, "url")),),
        starts=body.get("analysedAt"),
        ends=body.get("analysedAt"),
    )
    return Reading((run,))


def _line(condition: dict[str, Any]) -> str:
    metric = _read.first(condition, "metric").replace("_", " ")
    value, limit = _read.first(condition, "value"), _read.first(condition, "errorThreshold")
    return f"{metric} is {value or 'without a value'}, limit {limit}"
