"""CodeShip's webhooks: every state of a build, in one object."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="codeship",
    title="CodeShip",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.cloudbees.com/docs/cloudbees-codeship/latest/basic-builds-and-configuration/"
    "webhooks",
)


def read(request: Request) -> Reading:
    """The one build of a body."""
    body = _read.fields(request)
    build = _read.an_object(body.get("build"), "build") if "build" in body else body
    place = _read.first(build, "project_full_name", "project_name") or _read.first(
        build, "project_id"
    )
    return Reading((_ci.run(
        _read.first(build, "status") or "started",
        project=place or "A project without a name",
        branch=_read.first(build, "branch"),
        what=(_read.first(build, "project_id") or place,),
        description=_read.first(build, "message"),
        labels={
            "commit": _read.first(build, "commit_id"),
            "number": _read.first(build, "build_id"),
            "actor": _read.first(build, "committer"),
        },
        links=(
            ("Build", _read.first(build, "build_url")),
            ("Commit", _read.first(build, "commit_url")),
        ),
        starts=build.get("started_at"),
        ends=build.get("finished_at"),
    ),))  # fmt: skip
