"""Buildbot's HttpStatusPush, and the short form people make of it: results are numbers."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="buildbot",
    title="Buildbot",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.buildbot.net/latest/manual/configuration/reporters/http_status.html",
)

# buildbot.process.results; a build with warnings went through
_RESULTS = ("success", "passed with warnings", "failure", "skipped", "exception", "retry",
            "cancelled")  # fmt: skip


def read(request: Request) -> Reading:
    """The one build of a body."""
    body = _read.fields(request)
    builder = _read.first(body, "buildername", "builder_name")
    builder = builder or _read.first(_read.part(body, "builder"), "name")
    if not builder and not any(name in body for name in ("results", "buildid", "event", "builder")):
        raise Malformed("there is no builder in it", "buildername")
    return Reading((_build(body, builder or "A builder without a name"),))


def _build(body: dict[str, Any], builder: str) -> AlertReading:
    properties = _read.part(body, "properties")
    stamps = _read.parts(
        body.get("sourcestamps") or _read.part(body, "buildset").get("sourcestamps")
    )
    stamp = stamps[0] if stamps else {}
    said, over = _said(body)
    branch = (
        _read.first(body, "branch")
        or _read.first(stamp, "branch")
        or _property(properties, "branch")
    )
    project = _read.first(body, "project") or _read.first(stamp, "project")
    return _ci.run(
        said,
        status=_read.RESOLVED if over else None,
        project=project or builder,
        job=builder,
        branch=branch,
        what=(project, f"builder {builder}"),
        description=_read.first(body, "state_string", "text"),
        labels={
            "builder": builder,
            "number": _read.first(body, "number", "buildid"),
            "worker": _property(properties, "workername"),
            "commit": _read.first(stamp, "revision") or _property(properties, "revision"),
        },
        links=(("Build", _read.first(body, "url", "build_url")),),
        starts=body.get("started_at") or body.get("timestamp"),
        ends=body.get("complete_at") or body.get("timestamp"),
    )  # fmt: skip


def _said(body: dict[str, Any]) -> tuple[str, bool]:
    """The result in words, and whether it went through with warnings."""
    found = body.get("results")
    if body.get("complete") is False or found is None:
        return _read.first(body, "state_string", "event") or "started", False
    number = _read.text(found)
    known = number.isascii() and number.isdecimal() and int(number[:3]) < len(_RESULTS)
    said = _RESULTS[int(number)] if known else number
    return said, said == _RESULTS[1]


def _property(properties: dict[str, Any], name: str) -> str:
    """A property is a pair of its value and where it comes from."""
    found = properties.get(name)
    return _read.text(found[0] if isinstance(found, list) and found else found)
