"""Airbyte: a connection synced, or did not; its tests and warnings come as text."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="airbyte",
    title="Airbyte",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.airbyte.com/platform/cloud/managing-airbyte-cloud/manage-airbyte-cloud-notifications",
)

_NO_LABELS = ("errorMessage", "success", "startedAt", "finishedAt", "jobId", "durationInSeconds",
              "bytesEmitted", "bytesCommitted")  # fmt: skip


def read(request: Request) -> Reading:
    """The one sync of a body."""
    body = _read.fields(request)
    job = _read.part(body, "data") or body
    connection = _read.part(job, "connection")
    name = _read.first(connection, "name", "id")
    if not name:
        if not (text := _read.first(body, "text")):
            raise Malformed("there is no connection in it", "data.connection")
        return Reading((_ci.note(text, ""),))
    passed = job.get("success")
    run = _ci.run(
        {True: "succeeded", False: "failed"}.get(passed, "synced")
        if isinstance(passed, bool)
        else "synced",
        project=name,
        what=(_read.first(connection, "id") or name,),
        description=_read.first(job, "errorMessage"),
        labels={
            **_read.flat(job, _NO_LABELS),
            **{
                part: _read.first(_read.part(job, part), "name")
                for part in ("workspace", "source", "destination")
            },
        },
        links=(("Source", _read.first(connection, "url")),),
        starts=job.get("startedAt"),
        ends=job.get("finishedAt"),
    )
    return Reading((run,))
