"""Argo CD's notifications: people write the templates, so the catalog's and the names of an
application's own fields are looked for.

A failed sync and bad health fire; a sync that went through and good health end them. An
application that is out of sync is not as it should be, and fires until it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="argocd",
    title="Argo CD",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/",
)

_HEALTH = {"healthy": _read.RESOLVED, "degraded": _read.FIRING, "missing": _read.FIRING}
_SYNC = {"synced": _read.RESOLVED, "outofsync": _read.FIRING, "unknown": _read.FIRING}
_PHASE = {"succeeded": _read.RESOLVED, "failed": _read.FIRING, "error": _read.FIRING}
_COMMIT = {"success": _read.RESOLVED, "failure": _read.FIRING, "error": _read.FIRING}
_TRIGGERS = {
    "deployed": ("Succeeded", _PHASE), "sync-succeeded": ("Succeeded", _PHASE),
    "sync-failed": ("Failed", _PHASE), "sync-running": ("Running", _PHASE),
    "health-degraded": ("Degraded", _HEALTH), "sync-status-unknown": ("Unknown", _SYNC),
}  # fmt: skip
_APP = re.compile(r"/applications/(?:[^/?#]+/)?([^/?#]+)")


def read(request: Request) -> Reading:
    """What is said of one application; a sync that went through is a change too."""
    body = _read.fields(request)
    app = _read.part(body, "app") or _read.part(body, "application") or body
    if "status" in app and "metadata" in app:
        return Reading(_made(_object(app), body))
    attachments = _read.parts(body.get("attachments"))
    return Reading(_made(_attached(attachments[0]) if attachments else _flat(body), body))


def _object(app: dict[str, Any]) -> dict[str, str]:
    """An application as Kubernetes holds it."""
    status, spec = _read.part(app, "status"), _read.part(app, "spec")
    meta, operation = _read.part(app, "metadata"), _read.part(status, "operationState")
    source = _read.part(spec, "source")
    return {
        "name": _read.first(meta, "name"),
        "namespace": _read.first(meta, "namespace"),
        "project": _read.first(spec, "project"),
        "health": _read.first(_read.part(status, "health"), "status"),
        "sync": _read.first(_read.part(status, "sync"), "status"),
        "phase": _read.first(operation, "phase"),
        "message": _read.first(operation, "message"),
        "revision": _read.first(_read.part(status, "sync"), "revision"),
        "repository": _read.first(source, "repoURL"),
        "at": _read.first(operation, "finishedAt"),
    }


def _attached(attachment: dict[str, Any]) -> dict[str, str]:
    """The catalog's message for Slack and its like."""
    fields = {_read.first(each, "title"): _read.first(each, "value")
              for each in _read.parts(attachment.get("fields"))}  # fmt: skip
    return _flat({
        **fields, "app": _read.first(attachment, "title"),
        "url": _read.first(attachment, "title_link"), "message": _read.first(attachment, "text"),
    })  # fmt: skip


def _flat(body: Mapping[str, Any]) -> dict[str, str]:
    """Fields of any spelling, and the commit status of the documentation."""
    found = dict(_read.folded(body))
    for inner in [value for value in body.values() if isinstance(value, dict)][:10]:
        for name, value in _read.folded(inner).items():
            found.setdefault(name, value)
    url = _read.first(found, "targeturl", "appurl", "applicationurl", "url", "link")
    linked, context = _APP.search(url[:500]), _read.first(found, "context")
    names = ("app", "appname", "application", "applicationname")
    name = _read.first(found, *names) or context.rpartition("/")[2]
    name = name or (linked[1] if linked else "") or _read.first(found, "name", "title")
    return {
        "name": name.rpartition("/")[2] or name,
        "namespace": _read.first(found, "namespace", "appnamespace", "destnamespace"),
        "project": _read.first(found, "project", "appproject"),
        "health": _read.first(found, "health", "healthstatus", "apphealth"),
        "sync": _read.first(found, "sync", "syncstatus", "appsyncstatus"),
        "phase": _read.first(found, "phase", "operationphase", "operationstate", "syncphase"),
        "commit": _read.first(found, "state", "status", "result"),
        "trigger": _read.first(found, "trigger", "event", "eventtype", "type"),
        "message": _read.first(found, "message", "text", "description", "error"),
        "revision": _read.first(found, "revision", "syncrevision", "commit", "sha"),
        "repository": _read.first(found, "repository", "repourl", "repo"),
        "url": url,
        "at": _read.first(found, "finishedat", "timestamp"),
    }


def _made(found: Mapping[str, str], body: Mapping[str, Any]) -> tuple[AlertReading, ...]:
    said, status, deployed = _state(found)
    name = found["name"]
    links = (("Application", found.get("url")), ("Repository", found.get("repository")))
    labels = {"app": name, "namespace": found["namespace"], "project": found["project"],
              "health": found["health"], "sync": found["sync"], "phase": found["phase"],
              "revision": found["revision"]}  # fmt: skip
    alert = _read.alert(
        status,
        f"{found['namespace']} / {name}" if found["namespace"] else name,
        _title(name, said, status, found) or _read.unexpanded(body) or "An application of Argo CD",
        type=AlertType.CI,
        severity=Severity.INFO if status is _read.INFO else None,
        description=found["message"],
        resource=name,
        labels=labels,
        links=links,
    )
    if not deployed or not name:
        return (alert,)
    done = _ci.deployed(name, found["revision"], found["namespace"])
    made = _ci.change(done, f"{name} / {found['revision'] or found['at']}", resource=name,
                      labels=labels, links=links, at=found["at"] or None)  # fmt: skip
    return (alert, made)


def _state(found: Mapping[str, str]) -> tuple[str, AlertStatus, bool]:
    """The worst of what is said decides; and whether something went out."""
    word, trigger = found.get("commit", ""), _trigger(found.get("trigger", ""))
    tables = (_COMMIT, _PHASE, _HEALTH, _SYNC)
    own = next((table for table in tables if _plain(word) in table), None)
    said = [
        *([_TRIGGERS[trigger]] if trigger in _TRIGGERS else ()),
        *([(word, own)] if own is not None else ()),
        (found["phase"], _PHASE), (found["health"], _HEALTH), (found["sync"], _SYNC),
    ]  # fmt: skip
    states = [(told, table.get(_plain(told), _read.INFO), table) for told, table in said if told]
    for wanted in (_read.FIRING, _read.INFO, _read.RESOLVED):
        for told, status, _ in states:
            if status is wanted:
                synced = any(table in (_PHASE, _COMMIT) for _, _, table in states)
                return told, status, synced and wanted is _read.RESOLVED
    return word, _read.INFO, False


def _trigger(name: str) -> str:
    return name.casefold().removeprefix("on-")


def _title(name: str, said: str, status: AlertStatus, found: Mapping[str, str]) -> str:
    if not name:
        return ""
    if status is _read.FIRING and _plain(said) in ("failed", "error", "failure"):
        return f"{name} could not be synced"
    words = {"outofsync": "out of sync", "unknown": "in an unknown state",
             "success": "synced", "succeeded": "synced"}  # fmt: skip
    return f"{name} is {words.get(_plain(said), _plain(said) or 'there')}"


def _plain(word: str) -> str:
    return word[:40].strip().casefold().replace(" ", "").replace("_", "").replace("-", "")
