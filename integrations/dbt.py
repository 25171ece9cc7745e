"""dbt Cloud: a run of a job starts, errs, completes, which it also does when it failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="dbt",
    title="dbt Cloud",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.getdbt.com/docs/deploy/webhooks",
)

_CODES = {"1": "queued", "2": "starting", "3": "running", "10": "success", "20": "errored",
          "30": "cancelled"}  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    return _sign.signed(request, _sign.secrets(secrets), "authorization")


def read(request: Request) -> Reading:
    """The one run of a body."""
    body = _read.fields(request)
    event, run = _read.first(body, "eventType"), _read.part(body, "data")
    job, project = _read.first(run, "jobName", "jobId"), _read.first(run, "projectName")
    if not event or not job:
        if event or "webhookId" in body:
            return Reading((_ci.note(f"dbt: {event or 'test'}", ""),))
        raise Malformed("there is no run in it", "data.jobName")
    said = _read.first(run, "runStatus") or _CODES.get(_read.first(run, "runStatusCode"), "")
    message = _read.first(run, "runStatusMessage")
    found = _ci.run(
        said or event.rpartition(".")[2],
        project=project or "dbt",
        job=job,
        what=(_read.first(run, "projectId") or project, _read.first(run, "jobId") or job),
        description="" if message == "None" else message,
        labels={
            "environment": _read.first(run, "environmentName"),
            "run": _read.first(run, "runId"),
            "reason": _read.first(run, "runReason"),
            "event": event,
        },
        starts=run.get("runStartedAt"),
        ends=run.get("runFinishedAt") or run.get("runErroredAt"),
    )
    return Reading((found,))
