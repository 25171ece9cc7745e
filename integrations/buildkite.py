"""Buildkite: builds, jobs, agents. A build that failed but is unfinished says ``failing``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="buildkite",
    title="Buildkite",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://buildkite.com/docs/apis/webhooks/pipelines",
)


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret: sent as it is, or as signature over time stamp and body."""
    known = _sign.secrets(secrets)
    header = request.headers.get("x-buildkite-signature", "")
    if not known or not header:
        _sign.shared(request, known, "x-buildkite-token")
        return ""
    fields = dict(part.strip().partition("=")[::2] for part in header.split(",")[:10])
    stamp = fields.get("timestamp", "")
    _sign.fresh(request, stamp, "x-buildkite-signature")
    return _sign.signed(request, known, "x-buildkite-signature", prefix="signature=",
                        before=f"{stamp}.".encode())  # fmt: skip


def read(request: Request) -> Reading:
    """The build or job of an event; of agents and pings there is only information."""
    body = _read.fields(request)
    event = _read.first(body, "event") or request.headers.get("x-buildkite-event", "")
    build, job = _read.part(body, "build"), _read.part(body, "job")
    if event.startswith("job.") and job:
        return Reading((_run(body, build, job, event),))
    if build and not event.startswith(("agent.", "ping")):
        return Reading((_run(body, build, {}, event),))
    agent = _read.first(_read.part(body, "agent"), "name", "hostname")
    agent = agent or _read.first(body, "blocked_ip")
    title = f"Buildkite: {event.replace('.', ' ').replace('_', ' ') or 'an event'} {agent}".strip()
    return Reading((_ci.note(title, f"{event} {agent}", resource=agent),))


def _run(
    body: dict[str, Any], build: dict[str, Any], job: dict[str, Any], event: str
) -> AlertReading:
    """A job that may fail, and did, is information; ``build.failing`` tells before it is over."""
    pipeline = _read.part(body, "pipeline") or _read.part(build, "pipeline")
    name = _read.first(pipeline, "name", "slug")
    own = _read.first(job, "name", "label", "step_key", "type")
    run = job or build
    said = _read.first(run, "state") or event.rpartition(".")[2]
    soft = job.get("soft_failed") is True
    request = _read.part(build, "pull_request")
    fork = _read.first(request, "repository")
    branch = _read.first(build, "branch")
    if fork and fork != _read.first(pipeline, "repository"):
        branch = f"{fork}:{branch}"
    default = _read.first(pipeline, "default_branch")
    return _ci.run(
        said,
        status=_read.INFO if soft else None,
        title="" if name or own else f"Buildkite: {event.replace('.', ' ')}",
        project=name,
        job=own,
        branch=branch,
        what=(_read.first(pipeline, "id", "slug") or name, f"job {own}" if job else "build"),
        description=_read.first(build, "message"),
        labels={
            "commit": _read.first(build, "commit"),
            "number": _read.first(build, "number"),
            "event": _read.first(build, "source"),
            "actor": _read.first(_read.part(build, "creator"), "name"),
            "exit_status": _read.first(job, "exit_status"),
            "default_branch": str(branch == default).lower() if default else "",
        },
        links=(("Build", _read.first(job, "web_url") or _read.first(build, "web_url")),),
        starts=run.get("started_at") or run.get("created_at"),
        ends=run.get("finished_at"),
    )
