"""Snyk: issues that are new in a project, and those that are gone from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations import _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="snyk",
    title="Snyk",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis",
)


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    _sign.signed(request, _sign.secrets(secrets), "x-hub-signature", prefix="sha256=")


def read(request: Request) -> Reading:
    """One alert for each issue that came or went; a ping has none."""
    body = _read.fields(request)
    if "newIssues" not in body and "removedIssues" not in body:
        if "webhookId" in body:
            return Reading(())
        raise Malformed("there are no issues in it", "newIssues")
    return Reading(tuple(_issues(body)))


def _issues(body: dict[str, Any]) -> Iterator[AlertReading]:
    for name, status in (("newIssues", _read.FIRING), ("removedIssues", _read.RESOLVED)):
        for each in _read.parts(body.get(name), 500):
            yield _issue(each, status, _read.part(body, "project"), body)


def _issue(
    issue: dict[str, Any], status: AlertStatus, project: dict[str, Any], body: dict[str, Any]
) -> AlertReading:
    found = _read.part(issue, "issueData")
    place, package = _read.first(project, "name", "id"), _read.first(issue, "pkgName")
    what = _read.first(found, "title") or _read.first(issue, "id")
    versions = ", ".join(_read.words(issue.get("pkgVersions"), 5))
    return _read.alert(
        status,
        f"{_read.first(project, 'id') or place} {_read.first(issue, 'id')} {package}".strip(),
        _read.on(f"{what} in {package}" if package else what, place),
        type=AlertType.SECURITY,
        word=_read.raw(found, "severity"),
        description=_read.first(found, "description"),
        resource=place,
        labels={
            "package": package,
            "versions": versions,
            "kind": _read.first(issue, "issueType"),
            "score": _read.first(found, "cvssScore"),
            "organization": _read.first(_read.part(body, "org"), "name"),
            "fixable": _read.first(_read.part(issue, "fixInfo"), "isFixable"),
        },
        links=(
            ("Source", _read.first(found, "url")),
            ("Project", _read.first(project, "browseUrl")),
        ),
    )
