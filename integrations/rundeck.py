"""Rundeck and PagerDuty Process Automation: executions of jobs, as JSON or the older XML."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read, _xml
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="rundeck",
    title="Rundeck",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.rundeck.com/docs/manual/notifications/webhooks.html",
)

_SAID = {"aborted": "aborted", "timedout": "timed_out", "failed-with-retry": "failing",
         "succeeded": "success"}  # fmt: skip


def read(request: Request) -> Reading:
    """The one execution of a notification."""
    if _xml.is_xml(request):
        found = _read.an_object(_xml.value(request.body))
        body = _read.part(found, "notification") or found
        inside = body.get("executions")
        inside = inside.get("execution", inside) if isinstance(inside, dict) else inside
        executions = _read.parts(inside, 1)
        return Reading((_run(body, executions[0] if executions else body),))
    body = _read.fields(request)
    execution = _read.part(body, "execution") or body
    return Reading((_run(body, execution),))


def _run(body: dict[str, Any], execution: dict[str, Any]) -> AlertReading:
    job = _read.part(execution, "job")
    name = _read.first(job, "name") or _read.first(execution, "description")
    said = _read.first(body, "status") or _read.first(execution, "status")
    if not name and not said:
        raise Malformed("there is no execution in it", "execution")
    project = _read.first(execution, "project") or _read.first(job, "project")
    group = _read.first(job, "group")
    trigger = _read.first(body, "trigger")
    late = trigger == "avgduration"
    title = f"{name} runs longer than on average" if late else ""
    return _ci.run(
        _SAID.get(said, said) or trigger,
        project=project,
        job=f"{group}/{name}" if group else name,
        what=(project, _read.first(job, "id") or name),
        title=f"{project}: {title}" if title and project else title,
        description=_read.first(job, "description"),
        labels={
            "trigger": trigger,
            "execution": _read.first(body, "executionId") or _read.first(execution, "id"),
            "actor": _read.first(execution, "user"),
            "arguments": _read.first(execution, "argstring"),
            **_read.flat(_read.part(job, "options")),
        },
        links=(
            ("Execution", _read.first(execution, "permalink", "href")),
            ("Job", _read.first(job, "permalink")),
        ),
        starts=_when(execution, "date-started"),
        ends=_when(execution, "date-ended"),
    )


def _when(execution: dict[str, Any], name: str) -> str:
    """``{"unixtime": …, "date": …}``, or the date alone."""
    found = execution.get(name)
    return _read.first(found, "date", "unixtime") if isinstance(found, dict) else _read.text(found)
