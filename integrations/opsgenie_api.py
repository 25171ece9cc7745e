"""Opsgenie's Alert API as a sender speaks it: create, and what is done to an alert afterwards.

``path`` is what follows ``/v2/alerts/``: ``<identifier>/close``. An alert has two names there, its
alias and an id that Opsgenie makes; the id is made of the alias here, so that both find it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid5

from integrations import _form, _read, _text
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="opsgenie_api",
    title="Opsgenie Alert API",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.opsgenie.com/docs/alert-api",
)

_ALERTS = UUID("8d6cf1b4-1a5c-5e0a-9a39-52b1c0a6e0d2")
_DONE = {
    "close": _read.RESOLVED, "delete": _read.RESOLVED, "acknowledge": _read.ACKNOWLEDGED,
    "unacknowledge": _read.FIRING,
}  # fmt: skip
"""All else changes no state; a note is kept with the incident by who takes it in."""


def alert_id(alias: str) -> str:
    """The id of the alert with this alias."""
    return str(uuid5(_ALERTS, _text.key(alias)))


def read(request: Request) -> Reading:
    """The alert that is created, or what is done to one."""
    if request.path:
        return Reading((_action(request),))
    body = _read.fields(request)
    return Reading((_created(body),))


def _created(body: dict[str, Any]) -> AlertReading:
    message = _read.first(body, "message")
    if not message:
        raise Malformed("Message can not be empty.", "message")
    alias, details = _read.first(body, "alias"), _read.tags(body.get("details"))
    alias = alias or _read.first(body, "entity") + "\n" + message
    return _read.alert(
        _read.FIRING,
        alert_id(alias),
        message,
        type=AlertType.CUSTOM,
        word=_read.first(body, "priority") or "P3",
        description=_read.first(body, "description") or _read.first(body, "note"),
        resource=_read.first(body, "entity"),
        labels={
            **dict.fromkeys(_read.words(body.get("tags"), 50), "true"),
            **details,
            "alias": _read.first(body, "alias"),
            "source": _read.first(body, "source"),
            "user": _read.first(body, "user"),
            **_responders(body),
        },
    )


def _responders(body: dict[str, Any]) -> dict[str, str]:
    """A team is a label, so that routes may look at it; the first one where there are several."""
    found = _read.parts(body.get("responders")) or _read.parts(body.get("teams"))
    names = [_read.first(one, "name", "username", "id") for one in found
             if _read.first(one, "type") in ("team", "")]  # fmt: skip
    return {"team": names[0]} if names else {}


def _action(request: Request) -> AlertReading:
    identifier, _, action = request.path.rpartition("/")
    alias = unquote(identifier)
    kind = request.query.get("identifierType", "id")
    status: AlertStatus = _DONE.get(action, _read.INFO)
    key = alias if kind == "id" and _is_id(alias) else alert_id(alias)
    return _read.alert(
        status,
        key,
        f"Opsgenie alert {alias}: {action}",
        type=AlertType.CUSTOM,
        severity=Severity.INFO,  # it says nothing of that, and what is worse would count
        description=note_of(request),
        labels={"user": _said(request, "user"), "source": _said(request, "source")},
        by=_said(request, "user") if "acknowledge" in action.casefold() else "",
        unacknowledged=action.casefold() == "unacknowledge",
    )


def note_of(request: Request) -> str:
    """The words that came with it."""
    return _said(request, "note")


def _said(request: Request, name: str) -> str:
    if not request.body.strip():
        return request.query.get(name, "")
    value = _form.value(request)
    return _read.first(value, name) if isinstance(value, dict) else ""


def _is_id(word: str) -> bool:
    try:
        UUID(word)
    except ValueError:
        return False
    return True
