"""Opbeat: groups of errors appear, regress and are marked as fixed; all else is information."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="opbeat",
    title="Opbeat",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://github.com/opbeat",
)

_ACTIONS = {
    "created": _read.FIRING, "regressed": _read.FIRING, "reopened": _read.FIRING,
    "fixed": _read.RESOLVED, "resolved": _read.RESOLVED, "marked_as_fixed": _read.RESOLVED,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one activity of a body."""
    body = _read.fields(request)
    subject, kind = _read.part(body, "subject"), _read.first(body, "subject_type")
    title = _read.first(body, "title", "summary")
    if not title and not subject:
        raise Malformed("there is no activity in it", "title")
    status = _status(kind, body, subject)
    last = _read.part(subject, "last_occurrence")
    message = _read.first(last, "message") or _read.first(subject, "message", "name")
    app = _read.first(_read.part(body, "app"), "name", "short_name")
    word = _read.first(last, "level") or _read.first(subject, "level")
    alert = _read.alert(
        status,
        f"{kind} {_read.first(subject, 'id') or _read.first(body, 'id')}".strip(),
        f"{message}: {title}" if message and kind == "errorgroup" else title or message,
        type=AlertType.LOG,
        word=word,
        severity=Severity.INFO if status is _read.INFO and not word else None,
        description=_read.first(body, "summary"),
        resource=app,
        labels={"app": app, "kind": kind, "action": _read.first(body, "action"),
                "organization": _read.first(_read.part(body, "organization"), "name")},
        links=(("Source", _read.first(subject, "html_url") or _read.first(body, "html_url")),),
        starts=body.get("occurred") or body.get("created"),
        ends=body.get("occurred") or body.get("created"),
    )  # fmt: skip
    return Reading((alert,))


def _status(kind: str, body: dict[str, Any], subject: dict[str, Any]) -> AlertStatus:
    """Only errors have states; the words of the title where the action is not told."""
    if kind != "errorgroup":
        return _read.INFO
    action = _read.word(_read.first(body, "action"))
    if action in _ACTIONS:
        return _ACTIONS[action]
    title = _read.first(body, "title").casefold()
    if "fixed" in title or "resolved" in title or subject.get("resolved_state") == "fixed":
        return _read.RESOLVED
    quiet = any(word in title for word in ("assigned", "commented", "muted"))
    return _read.INFO if quiet else _read.FIRING
