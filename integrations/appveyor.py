"""AppVeyor: builds and deployments, in the body its webhooks send unless another is written."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="appveyor",
    title="AppVeyor",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.appveyor.com/docs/notifications/#webhook-payload-default",
)


def read(request: Request) -> Reading:
    """The build or deployment of a body."""
    body = _read.fields(request)
    event = _read.first(body, "eventName")
    found = _read.part(body, "eventData") or body
    if not _read.first(found, "projectName", "repositoryName", "status"):
        return Reading((_ci.note(f"AppVeyor: {event or 'an event'}", event or "event"),))
    return Reading(_run(event, found))


def _run(event: str, found: dict[str, Any]) -> tuple[AlertReading, ...]:
    said = _said(event, found)
    place = _read.first(found, "repositoryName") or _read.first(found, "projectName")
    name = _read.first(found, "projectName") or place
    target = _read.first(found, "environmentName", "environment")
    deploys = event.startswith("deployment") or bool(target)
    job = (f"Deployment to {target}" if target else "Deployment") if deploys else "build"
    branch = _read.first(found, "branch")
    pulled = _read.first(found, "pullRequestId", "pullRequestNumber")
    branch = f"#{pulled}" if found.get("isPullRequest") is True and pulled else branch
    version = _read.first(found, "buildVersion")
    links = (("Build", _read.first(found, "deploymentUrl") or _read.first(found, "buildUrl")),)
    labels = {
        "number": version,
        "commit": _read.first(found, "commitId"),
        "actor": _read.first(found, "commitAuthor"),
        "environment": target,
    }
    run = _ci.run(
        said,
        project=place,
        job=job,
        branch=branch,
        what=(name, target if deploys else "build"),
        description=_read.first(found, "commitMessage"),
        labels=labels,
        links=links,
    )
    if not deploys or run.status is not _read.RESOLVED:
        return (run,)
    made = _ci.change(_ci.deployed(name, version, target), f"{name} / {target} / {version}",
                      resource=place, labels=labels, links=links)  # fmt: skip
    return (run, made)


def _said(event: str, found: dict[str, Any]) -> str:
    """A build that is over is ``completed`` in some versions; the event tells how it went."""
    status, ended = _read.first(found, "status"), event.rpartition("_")[2]
    if _ci.state(status) is not _read.INFO or _read.word(status) in ("cancelled", "canceled"):
        return status
    for flag, word in (("passed", "success"), ("failed", "failed")):
        if found.get(flag) is True and _read.word(status) in ("completed", "finished", ""):
            return word
    return ended if _ci.state(ended) is not _read.INFO or not status else status
