"""Cronicle: a job starts and completes, with the code it ended by."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="cronicle",
    title="Cronicle",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://github.com/jhuckaby/Cronicle/blob/master/docs/Configuration.md",
)

_DONE = frozenset(("job_complete", "job_end", "complete", "job_failure", "job_launch_failure"))


def read(request: Request) -> Reading:
    """The one job of a body."""
    body = _read.fields(request)
    action = _read.word(_read.first(body, "action"))
    title = _read.first(body, "event_title", "title")
    own = _read.first(body, "event") or title
    if not own:
        if text := _read.first(body, "text", "content"):
            return Reading((_ci.note(text, ""),))
        raise Malformed("there is no event in it", "event_title")
    code = _read.first(body, "code")
    if action in _DONE:
        failed = "failure" in action or code.casefold() not in ("0", "", "false")
        said = "failed" if failed else "succeeded"
    else:
        said = "started"
    run = _ci.run(
        said,
        project=title or own,
        what=(own,),
        description=_read.first(body, "description", "text"),
        labels={
            "host": _read.first(body, "hostname"),
            "category": _read.first(body, "category_title", "category"),
            "plugin": _read.first(body, "plugin_title", "plugin"),
            "code": code,
            "job": _read.first(body, "id"),
        },
        links=(
            ("Source", _read.first(body, "job_details_url")),
            ("Schedule", _read.first(body, "edit_event_url")),
        ),
        starts=body.get("time_start"),
        ends=body.get("time_end") if action in _DONE else None,
    )
    return Reading((run,))
