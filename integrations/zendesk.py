"""Zendesk: tickets by a trigger's own body, or by the events of a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign, _tickets
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="zendesk",
    title="Zendesk",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://developer.zendesk.com/documentation/webhooks/",
)

_HEADER = "x-zendesk-webhook-signature"
_WORDS = ("event_type", "ticket_status", "status", "state")
_TITLES = ("title", "ticket_title", "subject", "ticket_subject", "message")
_PLACES = ("organization", "ticket_organization", "organization_name", "group", "group_name")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless time and body are signed with the webhook's secret, where one is set."""
    if not (known := _sign.secrets(secrets)):
        return ""
    stamp = request.headers.get(f"{_HEADER}-timestamp", "")
    _sign.fresh(request, stamp, f"{_HEADER}-timestamp")
    return _sign.signed_base64(request, known, _HEADER, before=stamp.encode("utf-8", "replace"))


def read(request: Request) -> Reading:
    """The one ticket of a body."""
    body = _read.fields(request)
    detail = _read.part(body, "detail")
    if detail and _read.first(body, "type").startswith("zen:"):
        return Reading((_tickets.ticket(**_event(body, detail)),))
    found = {**_read.part(body, "ticket"), **body}
    number = _read.first(found, "id", "ticket_id", "ticket_number")
    title = _read.first(found, *_TITLES)
    if not number and not title:
        raise Malformed("there is no ticket in it", "id")
    alert = _tickets.ticket(
        _read.first(found, *_WORDS) or "open",
        number,
        title,
        tool="Zendesk",
        priority=_read.first(found, "priority", "ticket_priority"),
        description=_read.first(found, "description", "ticket_description", "latest_comment"),
        resource=_read.first(found, *_PLACES),
        labels={"type": _read.first(found, "ticket_type", "type"),
                "requester": _read.first(found, "requester", "requester_name"),
                "tags": ", ".join(_read.words(found.get("tags")))},
        links=(("Ticket", _read.first(found, "link", "url", "ticket_url", "ticket_link")),),
    )  # fmt: skip
    return Reading((alert,))


def _event(body: dict[str, Any], detail: dict[str, Any]) -> dict[str, Any]:
    kind = _read.first(body, "type").rpartition(".")[2]
    said = _read.first(detail, "status") or ("open" if kind == "created" else kind)
    return {
        "said": said.casefold(),
        "number": _read.first(detail, "id"),
        "title": _read.first(detail, "subject", "raw_subject"),
        "tool": "Zendesk",
        "priority": _read.first(detail, "priority"),
        "description": _read.first(detail, "description"),
        "resource": _read.first(detail, "organization_id"),
        "labels": {"event": kind, "tags": ", ".join(_read.words(detail.get("tags")))},
        "starts": detail.get("created_at"),
        "ends": detail.get("updated_at"),
    }
