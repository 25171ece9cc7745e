"""Bitbucket Cloud and Data Center: build statuses of commits; all else is information."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="bitbucket",
    title="Bitbucket",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/",
)


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    return _sign.signed(request, _sign.secrets(secrets), "x-hub-signature", prefix="sha256=")


def read(request: Request) -> Reading:
    """The build of an event."""
    body = _read.fields(request)
    found = _read.part(body, "commit_status") or _read.part(body, "buildStatus")
    repo = _repository(body)
    if found:
        return Reading((_build(found, repo),))
    event = request.headers.get("x-event-key", "") or _read.first(body, "eventKey") or _kind(body)
    title = f"{repo or 'Bitbucket'}: {event.replace(':', ' ').replace('_', ' ')}"
    return Reading((_ci.note(title, f"{repo} / {event}", resource=repo),))


def _build(found: dict[str, Any], repo: str) -> AlertReading:
    """The key is the sender's name for the job; where it holds the run's number too, its name
    is the better one, but that is for the sender to mend."""
    name, key = _read.first(found, "name"), _read.first(found, "key")
    commit = _read.part(found, "commit")
    place = repo or _read.first(_read.part(commit, "repository"), "full_name")
    return _ci.run(
        _read.first(found, "state"),
        project=place,
        job=name or key or "Build",
        branch=_ci.branch(_read.first(found, "refname", "ref")),
        what=(place, key or name),
        description=_read.first(found, "description"),
        labels={"commit": _read.first(commit, "hash"), "type": _read.first(found, "type")},
        links=(("Build", _read.first(found, "url")),),
        starts=found.get("created_on") or found.get("createdDate"),
        ends=found.get("updated_on") or found.get("updatedDate"),
    )


def _repository(body: dict[str, Any]) -> str:
    repository = _read.part(body, "repository") or _read.part(
        body, "pullRequest", "toRef", "repository"
    )
    project = _read.first(_read.part(repository, "project"), "key")
    slug = _read.first(repository, "slug", "name")
    return _read.first(repository, "full_name") or (f"{project}/{slug}" if project else slug)


def _kind(body: dict[str, Any]) -> str:
    known = ("push", "pullrequest", "issue", "comment", "changes", "test")
    return next((name for name in known if name in body), "an event")
