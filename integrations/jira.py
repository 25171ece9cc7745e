"""Jira: issues are opened, worked on and done, by its webhooks or a rule's own body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign, _tickets
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus

MANIFEST = Manifest(
    name="jira",
    title="Jira",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://developer.atlassian.com/server/jira/platform/webhooks/",
)


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    return _sign.signed(request, _sign.secrets(secrets), "x-hub-signature", prefix="sha256=")


def read(request: Request) -> Reading:
    """The one issue of a body; comments, sprints and versions are information."""
    body = _read.fields(request)
    issue, event = _read.part(body, "issue"), _read.first(body, "webhookEvent")
    issue = issue or (body if "key" in body and "fields" in body else {})
    if not issue and not event:
        raise Malformed("there is no issue in it", "issue")
    fields = _read.part(issue, "fields")
    key = _read.first(issue, "key", "id")
    summary = _read.first(fields, "summary") or _read.first(issue, "summary")
    said = _read.first(_read.part(fields, "status"), "name") or _read.first(issue, "status")
    project = _read.part(fields, "project")
    link = _read.first(issue, "self").partition("/rest/")[0]
    words = event.removeprefix("jira:").replace("_", " ")
    alert = _tickets.ticket(
        said,
        key,
        f"{key}: {summary}" if summary else f"Jira: {words}",
        tool="Jira",
        status=_status(event, fields, said),
        priority=_read.first(_read.part(fields, "priority"), "name"),
        description=_read.first(fields, "description"),
        resource=_read.first(project, "name", "key") or key.rpartition("-")[0],
        labels={
            "event": words,
            "type": _read.first(_read.part(fields, "issuetype"), "name"),
            "assignee": _read.first(_read.part(fields, "assignee"), "displayName", "name"),
            "labels": ", ".join(_read.words(fields.get("labels"))),
        },
        links=(("Issue", f"{link}/browse/{key}" if link and key else ""),),
        starts=fields.get("created"),
        ends=fields.get("resolutiondate") or fields.get("updated"),
    )
    return Reading((alert,))


def _status(event: str, fields: dict[str, Any], said: str) -> AlertStatus:
    """The category knows what a status of one's own means."""
    if event and not event.startswith("jira:issue_"):
        return _read.INFO
    if event.endswith("deleted"):
        return _read.RESOLVED
    category = _read.part(fields, "status", "statusCategory")
    known = _tickets.STATES.get(_read.word(_read.first(category, "key")))
    return known or _read.state(said or "open", _tickets.STATES)
