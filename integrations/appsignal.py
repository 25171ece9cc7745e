"""AppSignal: errors, slow actions, triggers of metrics and uptime; a marker is a deployment."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="appsignal",
    title="AppSignal",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.appsignal.com/application/integrations/webhooks.html",
)

_STATES = {"open": _read.FIRING, "opened": _read.FIRING, "warmup": _read.INFO,
           "closed": _read.RESOLVED, "cooldown": _read.INFO, "truncated": _read.RESOLVED,
           "archived": _read.RESOLVED, "resolved": _read.RESOLVED}  # fmt: skip


def read(request: Request) -> Reading:
    """The one thing a body tells of."""
    body = _read.fields(request)
    if marker := _read.part(body, "marker"):
        return Reading((_marker(marker),))
    for name in ("exception", "performance"):
        if found := _read.part(body, name):
            return Reading((_incident(found, slow=name == "performance"),))
    found = _read.part(body, "alert") or _read.part(body, "anomaly") or _read.part(body, "uptime")
    if found or "test" in body:
        return Reading((_trigger(found),))
    raise Malformed("there is neither an error nor a trigger in it", "exception")


def _marker(marker: dict[str, Any]) -> AlertReading:
    site, revision = _read.first(marker, "site"), _read.first(marker, "revision")
    place = _read.first(marker, "environment")
    return _ci.change(
        _ci.deployed(site, revision, place),
        f"{site} / {place} / {revision}",
        resource=site,
        labels={**_read.flat(marker, ("site",)), "site": site},
        links=(("Deployment", _read.first(marker, "url")),),
    )


def _incident(found: dict[str, Any], *, slow: bool) -> AlertReading:
    name, said = _read.first(found, "exception", "name"), _read.first(found, "message")
    action = _read.first(found, "action", "path")
    took = _read.first(found, "duration")
    title = f"{action} took {took} ms" if slow and took else ""
    title = title or ": ".join(part for part in (name, said) if part) or action
    site = _read.first(found, "site")
    number = _read.first(found, "number", "id")
    return _read.alert(
        _read.state(_read.first(found, "state"), _STATES),
        f"{site} {number}" if number else f"{site} {name} {action}".strip(),
        title or "An incident without a name",
        type=AlertType.METRIC if slow else AlertType.LOG,
        word=_read.first(found, "severity"),
        severity=Severity.WARNING if slow and not _read.first(found, "severity") else None,
        description="\n".join(part for part in (said, _read.first(found, "first_backtrace_line"))
                              if part),
        resource=_read.first(found, "hostname") or site,
        labels=_read.flat(found, ("message", "exception", "first_backtrace_line", "duration",
                                  "user")),
        links=(("Source", _read.first(found, "url")),),
    )  # fmt: skip


def _trigger(found: dict[str, Any]) -> AlertReading:
    name = _read.first(found, "name", "trigger_name", "metric_name", "description", "title")
    site = _read.first(found, "site", "app_name", "app")
    said = _read.first(found, "state", "status")
    tags = _read.tags(found.get("tags"))
    return _read.alert(
        _read.state(said, _STATES) if found else _read.INFO,
        _read.first(found, "trigger_id", "alert_id", "id") or f"{site} {name}".strip(),
        name or "A trigger without a name",
        type=AlertType.METRIC,
        word=_read.first(found, "severity"),
        description=_read.first(found, "message", "description"),
        resource=_read.first(tags, "hostname", "host", "namespace") or site,
        labels={**_read.flat(found, ("message", "description", "state")), **tags},
        links=(("Source", _read.first(found, "url", "alert_url")),),
        starts=found.get("opened_at") or found.get("created_at"),
        ends=found.get("closed_at") or found.get("resolved_at"),
    )
