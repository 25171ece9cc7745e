"""Bodies of Freshdesk's and Freshservice's automations: fields of a ticket under their names."""

from __future__ import annotations

from integrations import _read, _tickets
from integrations.base import Malformed, Reading, Request

_STATUSES = {"2": "open", "3": "pending", "4": "resolved", "5": "closed",
             "6": "waiting on customer", "7": "waiting on third party"}  # fmt: skip
_PRIORITIES = {"1": "low", "2": "medium", "3": "high", "4": "urgent"}


def read(request: Request, tool: str) -> Reading:
    """The one ticket of a body."""
    body = _read.fields(request)
    inside = _read.part(body, "freshdesk_webhook") or _read.part(body, "freshservice_webhook")
    inside = inside or _read.part(body, "ticket") or body
    found = {name.removeprefix("ticket_"): value for name, value in inside.items()}
    number, title = _read.first(found, "id"), _read.first(found, "subject", "title")
    if not number and not title:
        raise Malformed("there is no ticket in it", "freshdesk_webhook")
    said, priority = _read.first(found, "status"), _read.first(found, "priority")
    alert = _tickets.ticket(
        _STATUSES.get(said, said) or "open",
        number,
        title,
        tool=tool,
        priority=priority,
        severity=_tickets.PRIORITIES.get(_PRIORITIES.get(priority, "")),
        description=_read.first(found, "description"),
        resource=_read.first(found, "company_name", "department_name", "group_name"),
        labels={
            "source": _read.first(found, "source"),
            "requester": _read.first(found, "requester_name"),
            "agent": _read.first(found, "agent_name"),
            "group": _read.first(found, "group_name"),
        },
        links=(("Ticket", _read.first(found, "url", "public_url")),),
        starts=found.get("created_at"),
        ends=found.get("updated_at"),
    )
    return Reading((alert,))
