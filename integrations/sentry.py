"""Sentry: webhooks of the integration platform (issues, alerts, errors) and of the old plugin.

All that is about one issue has one key. A regression comes as ``unresolved``; an issue's first
sight is years old then, so it is not taken for the start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request, Setting
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="sentry",
    title="Sentry",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(
        Setting("client_secret", "The client secret of the internal integration; its webhooks are "
                "refused then unless they are signed with it.", secret=True),
    ),
    docs="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
)  # fmt: skip

_ISSUE = {
    "created": _read.FIRING, "unresolved": _read.FIRING, "triggered": _read.FIRING,
    "resolved": _read.RESOLVED, "assigned": _read.INFO, "unassigned": _read.INFO,
    "ignored": _read.INFO, "archived": _read.INFO,
}  # fmt: skip
_METRIC = {
    "critical": _read.FIRING, "warning": _read.FIRING, "open": _read.FIRING,
    "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
}  # fmt: skip
_LEVELS = {"sample": Severity.INFO, "log": Severity.INFO}
_OLD = "sentry.interfaces."
_PROJECT = re.compile(r"/projects/[^/]+/([^/]+)/")


SECRETS = ("client_secret", "secret")


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 where a secret is known and the body is not signed with it."""
    known = _sign.secrets(secrets, *SECRETS)
    _sign.signed(request, known, "sentry-hook-signature")


def read(request: Request) -> Reading:
    """The one thing a body tells of."""
    body = _read.fields(request)
    inner, action = _read.part(body, "data"), _read.first(body, "action")
    if issue := _read.part(inner, "issue"):
        return Reading((_issue(issue, inner, action),))
    if metric := _read.part(inner, "metric_alert"):
        return Reading((_metric(metric, inner, action),))
    if event := _read.part(inner, "event") or _read.part(inner, "error"):
        return Reading((_event(event, inner, action),))
    if "event" in body and ("id" in body or "project" in body):
        return Reading((_old(body),))
    if not inner and not action:
        raise Malformed("neither an issue nor an alert nor an event of Sentry", "data")
    return Reading((_else(body, inner, action, request.headers.get("sentry-hook-resource", "")),))


def _issue(issue: dict[str, Any], inner: dict[str, Any], action: str) -> AlertReading:
    project = _read.part(issue, "project")
    title = _read.first(issue, "title") or _headline(issue)
    assignee = _read.first(_read.part(inner, "assignee"), "name")
    return _read.alert(
        _read.state(action or _read.first(issue, "status"), _ISSUE),
        _key(_read.first(issue, "id"), title),
        title or "An issue without a title",
        type=AlertType.LOG,
        word=_read.first(issue, "level"),
        severity=_LEVELS.get(_read.first(issue, "level")),
        description=f"Assigned to {assignee}" if assignee else _read.first(issue, "culprit"),
        resource=_read.first(project, "slug", "name"),
        labels={
            **_read.flat(issue, ("title", "level", "lastSeen", "count", "userCount", "status",
                                 "hasSeen", "isBookmarked", "isSubscribed", "isPublic",
                                 "numComments")),
            "project": _read.first(project, "slug", "name"),
        },
        links=(("Source", _read.first(issue, "web_url", "permalink", "url")),),
    )  # fmt: skip


def _event(event: dict[str, Any], inner: dict[str, Any], action: str) -> AlertReading:
    """An issue alert or an error: each event of the issue comes anew."""
    issue = _read.first(event, "issue_id") or _tail(_read.first(event, "issue_url"))
    tags = _read.tags(event.get("tags"))
    title = _read.first(event, "title") or _headline(event)
    found = _PROJECT.search(_read.first(event, "url"))
    place = found[1] if found else _read.first(event, "project_slug", "project_name")
    level = _read.first(event, "level") or tags.get("level", "")
    return _read.alert(
        _read.state(action, _ISSUE),
        _key(issue, title),
        title or "An event without a title",
        type=AlertType.LOG,
        word=level,
        severity=_LEVELS.get(level),
        description=_read.first(event, "culprit", "location", "message"),
        resource=place or _read.first(event, "project"),
        labels={
            **_read.flat(event, ("event_id", "title", "message", "datetime", "timestamp",
                                 "received", "key_id", "version", "level")),
            **tags,
            "rule": _read.first(inner, "triggered_rule"),
        },
        links=(("Source", _read.first(event, "web_url")),),
    )  # fmt: skip


def _metric(metric: dict[str, Any], inner: dict[str, Any], action: str) -> AlertReading:
    rule = _read.part(metric, "alert_rule")
    name = _read.first(rule, "name") or _read.first(metric, "title")
    title = name or _read.first(inner, "description_title")
    status = _read.state(action, _METRIC)
    number = _read.first(rule, "id") or _read.first(metric, "id", "identifier")
    projects = _read.words(rule.get("projects")) or _read.words(metric.get("projects"))
    return _read.alert(
        status,
        f"metric alert {number}" if number else "",
        title or "A metric alert without a name",
        type=AlertType.METRIC,
        word=action if status is _read.FIRING else "",
        description=_read.first(inner, "description_text", "description_title"),
        resource=next(iter(projects), ""),
        labels={**_read.flat(rule, ("date_modified",)), "projects": ", ".join(projects)},
        links=(("Source", _read.first(inner, "web_url")),),
        starts=metric.get("date_started"),
        ends=metric.get("date_closed"),
    )


def _old(body: dict[str, Any]) -> AlertReading:
    """The plugin's body: the issue outside, its event inside."""
    event = _read.part(body, "event")
    title = _read.first(event, "title") or _headline(event) or _read.first(body, "message")
    level = _read.first(body, "level") or _read.first(event, "level")
    return _read.alert(
        _read.FIRING,
        _key(_read.first(body, "id"), title),
        title or _read.first(body, "culprit") or "An event without a title",
        type=AlertType.LOG,
        word=level,
        severity=_LEVELS.get(level),
        description=_read.first(body, "culprit", "message"),
        resource=_read.first(body, "project_slug", "project", "project_name"),
        labels={
            **_read.flat(body, ("message", "id", "level")),
            **_read.tags(event.get("tags")),
            "environment": _read.first(event, "environment"),
        },
        links=(("Source", _read.first(body, "url")),),
    )


def _else(body: dict[str, Any], inner: dict[str, Any], action: str, resource: str) -> AlertReading:
    """Comments, installations, and whatever they add: known, and no alert."""
    issue = _read.first(inner, "issue_id", "group_id")
    if "buildId" in inner:
        return _build(inner, action)
    what = " ".join(each for each in (resource or "event", action) if each)
    return _read.alert(
        _read.INFO,
        _key(issue, "") if issue else f"{what} {_read.first(inner, 'id', 'comment_id')}",
        f"Sentry: {what}",
        type=AlertType.LOG,
        description=_read.first(inner, "comment"),
        resource=_read.first(inner, "project_slug"),
        labels={"actor": _read.first(_read.part(body, "actor"), "name")},
    )


def _build(inner: dict[str, Any], action: str) -> AlertReading:
    """The size of a mobile build was analysed, or it was handed out."""
    application, git = _read.part(inner, "appInfo"), _read.part(inner, "gitInfo")
    return _ci.run(
        {"COMPLETED": "succeeded"}.get(said := _read.first(inner, "state"), said),
        project=_read.first(inner, "projectSlug"),
        job=action.removesuffix("_completed").replace("_", " "),
        branch=_read.first(git, "headRef"),
        description=_read.first(inner, "errorMessage", "errorCode"),
        labels={
            "application": _read.first(application, "name", "appId"),
            "version": _read.first(application, "version"),
            "platform": _read.first(inner, "platform"),
        },
    )


def _key(issue: str, title: str) -> str:
    return f"issue {issue}" if issue else title


def _tail(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def _headline(holder: dict[str, Any]) -> str:
    """The last exception, else the message: what Sentry itself makes a title of.

    Before version 9 their names began with ``sentry.interfaces.``.
    """
    exception = _read.part(holder, "exception") or _read.part(holder, _OLD + "Exception")
    values = _read.parts(exception.get("values"))
    last = values[-1] if values else _read.part(holder, "metadata")
    said = ": ".join(each for each in (_read.first(last, "type"), _read.first(last, "value"))
                     if each)  # fmt: skip
    entry = _read.part(holder, "logentry") or _read.part(holder, _OLD + "Message")
    said = said or _read.first(last, "title") or _read.first(entry, "formatted", "message")
    return said or _read.first(holder, "message", "culprit")
