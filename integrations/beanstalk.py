"""Beanstalk (the code host): deployments are changes or failures, commits are information."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="beanstalk",
    title="Beanstalk",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.beanstalkapp.com/article/880-webhooks-integration",
)


def read(request: Request) -> Reading:
    """The deployment, or the commits, of a body."""
    body = _read.fields(request)
    trigger = _read.word(_read.first(body, "trigger"))
    inside = _read.part(body, "payload") or body
    if "deploy" in trigger or "environment" in inside or "server_environment" in inside:
        return Reading(_deployed(inside, trigger))
    repository = _read.part(inside, "repository")
    name = _read.first(repository, "name", "title") or _read.first(inside, "repository")
    commits = _read.parts(inside.get("commits"))
    told = _read.first(commits[-1] if commits else inside, "message")
    if not name and not told and not trigger:
        raise Malformed("there is neither a repository nor a deployment in it", "repository")
    what = trigger.replace("_", " ") or "commits"
    title = f"{name or 'Beanstalk'}: {what}"
    note = _ci.note(
        f"{title}, {told}" if told else title,
        f"{name} / {what}",
        resource=name,
        links=(("Repository", _read.first(repository, "url")),),
    )
    return Reading((note,))


def _deployed(body: dict[str, Any], trigger: str) -> tuple[AlertReading, ...]:
    environment = _read.first(body, "environment", "server_environment") or _read.first(
        _read.part(body, "environment"), "name"
    )
    repository = _read.first(body, "repository") or _read.first(
        _read.part(body, "repository"), "name", "title"
    )
    version = _read.first(body, "revision", "environment_revision")
    said = _read.first(body, "status", "state") or ("failed" if "fail" in trigger else "success")
    labels = {"environment": environment, "commit": version,
              "actor": _read.first(body, "author", "author_login"),
              "server": _read.first(body, "server")}  # fmt: skip
    run = _ci.run(
        said,
        project=repository or environment or "A repository",
        job=f"Deployment to {environment}" if environment else "Deployment",
        description=_read.first(body, "comment"),
        labels=labels,
        links=(("Source", _read.first(body, "deployment_url", "source")),),
        ends=body.get("deployed_at"),
    )
    if run.status is not _read.RESOLVED:
        return (run,)
    done = _ci.deployed(repository, version, environment)
    made = _ci.change(
        done,
        f"{repository} / {environment} / {version}",
        resource=repository,
        description=_read.first(body, "comment"),
        labels=labels,
        at=body.get("deployed_at"),
    )
    return (run, made)
