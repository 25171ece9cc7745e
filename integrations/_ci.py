"""What builds and deployments have in common, whoever runs them.

A failed run fires; the next success of the same job and branch resolves it, whatever its number.
Runs that wait, run, or were stopped by a person are information. What was deployed or switched
is a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations import _read
from store.model import AlertReading, AlertStatus, AlertType, Severity

_WORDS = {
    _read.FIRING: (
        "failure failed fail failing error errored broken still_failing timed_out timedout timeout"
        " startup_failure infrastructure_failure infrastructure_fail unstable exception rejected"
        " partiallysucceeded partially_succeeded failedtostart crashed degraded soft_failed"
        " unauthorized aborted_by_error succeededwithissues danger"
    ),
    _read.RESOLVED: (
        "success successful succeeded pass passed passing fixed ok resolve resolved healthy green"
        " no_tests complete_ok good"
    ),
}
STATES: Mapping[str, AlertStatus] = {
    word: status for status, words in _WORDS.items() for word in words.split()
}
_SOME = frozenset(
    ("unstable", "partiallysucceeded", "partially_succeeded", "succeededwithissues", "soft_failed")
)
"""It went through, but not all of it."""
_VERBS = {"timed_out": "timed out", "timedout": "timed out", "unstable": "is unstable",
          "partiallysucceeded": "succeeded in part", "succeededwithissues": "succeeded in part",
          "partially_succeeded": "succeeded in part", "still_failing": "still fails",
          "rejected": "was rejected", "degraded": "is degraded"}  # fmt: skip


def state(said: str) -> AlertStatus:
    """What a word for a run means; all but plain failure and success is information."""
    return STATES.get(_read.word(said), _read.INFO)


def run(
    said: str,
    *,
    project: str,
    job: str = "",
    branch: str = "",
    what: Iterable[str] = (),
    status: AlertStatus | None = None,
    title: str = "",
    description: str = "",
    labels: Mapping[str, str] | None = None,
    links: Iterable[tuple[str, str | None]] = (),
    starts: Any = None,
    ends: Any = None,
) -> AlertReading:
    """One run of a job. ``said`` is its state in the tool's word, ``what`` the key's own parts
    where names of project and job are not those it is known by."""
    found = status or state(said)
    severity = Severity.ERROR
    if found is _read.INFO:
        severity = Severity.INFO
    elif _read.word(said) in _SOME:
        severity = Severity.WARNING
    return _read.alert(
        found,
        " / ".join((*filter(None, tuple(what) or (project, job)), branch)),
        title or heading(said, found, project, job, branch),
        type=AlertType.CI,
        severity=severity,
        description=description,
        resource=project,
        labels={"project": project, "job": job, "branch": branch, **(labels or {})},
        links=links,
        starts=starts,
        ends=ends,
    )


def heading(said: str, status: AlertStatus, project: str, job: str, branch: str) -> str:
    """``shop/api: Tests failed on main``."""
    name = f"{project}: {job}" if project and job and job != project else job or project or "A run"
    word = _read.word(said)
    if status is _read.FIRING:
        verb = _VERBS.get(word, "failed")
    else:
        verb = "passed" if status is _read.RESOLVED else f"is {word.replace('_', ' ') or 'there'}"
    return f"{name} {verb} on {branch}" if branch else f"{name} {verb}"


def change(
    title: str,
    key: str,
    *,
    resource: str = "",
    description: str = "",
    labels: Mapping[str, str] | None = None,
    links: Iterable[tuple[str, str | None]] = (),
    at: Any = None,
) -> AlertReading:
    """Something was deployed, released or switched: it opens nothing and is remembered."""
    return _read.alert(
        _read.INFO,
        key,
        title,
        type=AlertType.CHANGE,
        severity=Severity.INFO,
        description=description,
        resource=resource,
        labels=labels,
        links=links,
        starts=at,
    )


def note(title: str, key: str, *, resource: str = "", type: AlertType = AlertType.CI,
         links: Iterable[tuple[str, str | None]] = ()) -> AlertReading:  # fmt: skip
    """An event that is no run: a test, a comment, somebody's push."""
    return _read.alert(
        _read.INFO, key, title, type=type, severity=Severity.INFO, resource=resource, links=links
    )


def deployed(project: str, version: str, environment: str, verb: str = "Deployed") -> str:
    """``Deployed shop/api 3f2a91c to production``; ``verb`` may be Deploying."""
    short = version[:7] if len(version) == 40 and version.isalnum() else version
    what = " ".join(part for part in (project, short) if part) or "A new version"
    return f"{verb} {what} to {environment}" if environment else f"{verb} {what}"


def branch(ref: str) -> str:
    """``refs/heads/main`` is ``main``."""
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
