"""Solano CI: a session fails, passes, or is on its way."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="solano",
    title="Solano CI",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.solanolabs.com/",
)


def read(request: Request) -> Reading:
    """The one session of a body."""
    body = _read.fields(request)
    event, said = _read.first(body, "event"), _read.first(body, "status")
    repository = _read.part(body, "repository")
    owner, name = _read.first(repository, "org_name"), _read.first(repository, "name")
    if not event and not said:
        raise Malformed("there is no session in it", "event")
    place = f"{owner}/{name}" if owner and name else name
    counts = _read.part(body, "counts")
    told = [f"{each}: {found}" for each in ("passed", "failed", "error")
            if (found := _read.first(counts, each))]  # fmt: skip
    run = _ci.run(
        said or event,
        status=_read.INFO if event == "test" else None,
        project=place,
        job=_read.first(body, "profile_name"),
        branch=_read.first(body, "branch"),
        description=", ".join(told),
        labels={
            "event": event,
            "commit": _read.first(body, "commit_id"),
            "number": _read.first(body, "session"),
            "actor": ", ".join(_read.words(body.get("committers") or body.get("commiters"), 5)),
        },
        links=(("Session", _read.first(body, "url")),),
        ends=body.get("timestamp"),
    )
    return Reading((run,))
