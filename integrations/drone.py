"""Drone, and Harness CI as it was: builds fail and pass; users and repositories beside them."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="drone",
    title="Drone",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.drone.io/webhooks/overview/",
)

_SAID = {"killed": "cancelled", "declined": "cancelled"}


def read(request: Request) -> Reading:
    """The one build of a body."""
    body = _read.fields(request)
    build = _read.part(body, "build")
    repo = _read.part(body, "repo") or _read.part(body, "repository")
    event = _read.first(body, "event")
    if not build:
        if not event:
            raise Malformed("there is no build in it", "build")
        place = _read.first(repo, "slug", "full_name")
        title = f"{place or 'Drone'}: {event} {_read.first(body, 'action')}".strip()
        return Reading((_ci.note(title, title, resource=place),))
    return Reading((_build(body, build, repo),))


def _build(body: dict[str, Any], build: dict[str, Any], repo: dict[str, Any]) -> AlertReading:
    owner, name = _read.first(repo, "namespace", "owner"), _read.first(repo, "name")
    place = _read.first(repo, "slug", "full_name") or (f"{owner}/{name}" if owner else name)
    said = _read.first(build, "status")
    number = _read.first(build, "number")
    system = _read.part(body, "system")
    host = _read.first(system, "link") or _read.first(system, "proto")
    link = f"{host}/{place}/{number}" if "://" in host and number else ""
    return _ci.run(
        _SAID.get(said, said),
        project=place,
        job="build",
        branch=_ci.branch(_read.first(build, "target", "branch", "ref")),
        what=(place, "build"),
        description=_read.first(build, "message", "title", "error"),
        labels={
            "number": number,
            "event": _read.first(build, "event"),
            "commit": _read.first(build, "after", "commit"),
            "actor": _read.first(build, "author_login", "author", "sender"),
            "deploy_to": _read.first(build, "deploy_to"),
        },
        links=(("Build", link), ("Commit", _read.first(build, "link"))),
        starts=build.get("started"),
        ends=build.get("finished"),
    )
