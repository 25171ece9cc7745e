"""Jenkins: the Notification plugin, the Outbound Webhook plugin, and bodies people write in a
pipeline, where the names of Jenkins' own variables are looked for."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="jenkins",
    title="Jenkins",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://plugins.jenkins.io/notification/",
)

_JOBS = ("jobname", "job", "fulldisplayname", "projectname", "fullname", "displayname", "project",
         "name", "buildname", "pipeline")  # fmt: skip
_SAID = ("result", "buildresult", "currentresult", "buildstatus", "status", "state", "outcome",
         "event", "phase")  # fmt: skip
_URLS = ("fullurl", "buildurl", "runurl", "joburl", "url", "absoluteurl", "link")
_BRANCHES = ("branch", "branchname", "gitbranch", "ref")


def read(request: Request) -> Reading:
    """The one run of a body."""
    body = _read.fields(request)
    build = _read.part(body, "build")
    if "phase" in build or "number" in build:
        return Reading((_notified(body, build),))
    return Reading((_written(body),))


def _notified(body: dict[str, Any], build: dict[str, Any]) -> AlertReading:
    """A phase without a status is a run that is not over."""
    scm, tests = _read.part(build, "scm"), _read.part(build, "test_summary")
    name = _read.first(body, "display_name") if not _read.first(body, "name") else ""
    name = _read.first(body, "name") or name or _job_of(_read.first(body, "url"))
    branch = _plain(_read.first(scm, "branch"))
    failed = [_read.first(each, "name") or _read.text(each)
              for each in _read.parts(tests.get("failed_tests"), 10)]  # fmt: skip
    told = f"Failed: {', '.join(failed)}" if failed else ""
    return _ci.run(
        _read.first(build, "status") or _read.first(build, "phase"),
        project=name or "A job without a name",
        branch=branch,
        description=_read.first(build, "notes") or _read.unexpanded(body) or told,
        labels={
            "number": _read.first(build, "number"),
            "phase": _read.first(build, "phase"),
            "commit": _read.first(scm, "commit"),
            "culprits": ", ".join(_read.words(scm.get("culprits"))),
            **{f"parameter_{k}": v for k, v in _read.flat(_read.part(build, "parameters")).items()},
        },
        links=(("Build", _read.first(build, "full_url", "url")),),
        starts=build.get("timestamp"),
    )  # fmt: skip


def _written(body: dict[str, Any]) -> AlertReading:
    """Of what is in the body and in the objects inside of it, the outer first."""
    found = _read.folded(body)
    for inner in [value for value in body.values() if isinstance(value, dict)][:10]:
        for name, value in _read.folded(inner).items():
            found.setdefault(name, value)
    title = _read.first(found, "title", "subject", "message", "text", "summary")
    job = _read.first(found, *_JOBS)
    said = next((word for name in _SAID if (word := _read.text(found.get(name)))), "")
    where = _read.unexpanded(body) or _read.unexpanded(_read.part(body, "body"))
    number = _read.first(found, "buildnumber", "number", "buildid")
    return _ci.run(
        said,
        project=job,
        branch=_plain(_read.first(found, *_BRANCHES)),
        what=(job or title or "unnamed",),
        title=title if title and (not job or job.casefold() in title.casefold()) else
        ("" if job else where),
        description=_read.first(found, "description", "details", "cause"),
        labels={"number": number, "commit": _read.first(found, "commit", "gitcommit"),
                "node": _read.first(found, "nodename", "executor")},
        links=(("Build", _read.first(found, *_URLS)),),
        starts=found.get("starttime") or found.get("timestamp"),
    )  # fmt: skip


def _job_of(url: str) -> str:
    """``job/shop/job/main/`` is ``shop/main``."""
    return "/".join(part for part in url.split("/") if part and part != "job")


def _plain(branch: str) -> str:
    return _ci.branch(branch).removeprefix("origin/")
