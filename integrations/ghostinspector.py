"""Ghost Inspector: a test or a suite of a browser fails and passes."""

from __future__ import annotations

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="ghostinspector",
    title="Ghost Inspector",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://ghostinspector.com/docs/integration/webhook/",
)


def read(request: Request) -> Reading:
    """The one result of a body."""
    body = _read.fields(request)
    found = _read.part(body, "data") or _read.part(body, "result") or body
    test, suite = _read.part(found, "test"), _read.part(found, "suite")
    name = _read.first(test, "name") or _read.first(found, "testName", "name")
    own = _read.first(suite, "name") or _read.first(found, "suiteName")
    passing = found.get("passing")
    if not name and not own:
        raise Malformed("there is no test in it", "data.test")
    said = {True: "passed", False: "failed"}.get(passing, "") if isinstance(passing, bool) else ""
    run = _ci.run(
        said or _read.first(found, "status") or "running",
        project=own or name,
        job=name if own else "",
        what=(_read.first(test, "_id") or _read.first(suite, "_id") or own, name),
        description=_read.first(_read.part(found, "error"), "details", "message"),
        labels={"browser": _read.first(found, "browser"),
                "result": _read.first(found, "_id", "id")},
        links=(("Tested", _read.first(found, "startUrl", "url", "endUrl")),
               ("Video", _read.first(_read.part(found, "video"), "url"))),
        starts=found.get("dateExecutionStarted"),
        ends=found.get("dateExecutionFinished"),
    )  # fmt: skip
    return Reading((run,))
