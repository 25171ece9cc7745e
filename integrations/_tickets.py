"""What the bodies of help desks have in common: a ticket is open, worked on, or closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations import _read
from store.model import AlertReading, AlertStatus, AlertType, Severity

STATES: Mapping[str, AlertStatus] = {
    "new": _read.FIRING, "open": _read.FIRING, "to_do": _read.FIRING, "todo": _read.FIRING,
    "reopened": _read.FIRING, "create": _read.FIRING, "created": _read.FIRING,
    "backlog": _read.FIRING, "unresolved": _read.FIRING, "overdue": _read.FIRING,
    "pending": _read.ACKNOWLEDGED, "hold": _read.ACKNOWLEDGED, "on_hold": _read.ACKNOWLEDGED,
    "in_progress": _read.ACKNOWLEDGED, "assigned": _read.ACKNOWLEDGED,
    "acknowledge": _read.ACKNOWLEDGED, "indeterminate": _read.ACKNOWLEDGED,
    "waiting_for_customer": _read.ACKNOWLEDGED, "waiting_on_customer": _read.ACKNOWLEDGED,
    "waiting_on_third_party": _read.ACKNOWLEDGED, "pending_reminder": _read.ACKNOWLEDGED,
    "pending_close": _read.ACKNOWLEDGED, "in_review": _read.ACKNOWLEDGED,
    "solved": _read.RESOLVED, "resolved": _read.RESOLVED, "resolve": _read.RESOLVED,
    "closed": _read.RESOLVED, "done": _read.RESOLVED, "complete": _read.RESOLVED,
    "completed": _read.RESOLVED, "merged": _read.RESOLVED, "cancelled": _read.RESOLVED,
    "deleted": _read.RESOLVED, "removed": _read.RESOLVED,
}  # fmt: skip
"""Words of Zendesk, Jira, Freshdesk and Zammad, and what may be said instead of them."""

PRIORITIES = {
    "urgent": Severity.CRITICAL, "high": Severity.ERROR, "normal": Severity.WARNING,
    "medium": Severity.WARNING, "low": Severity.INFO, "lowest": Severity.INFO,
    "highest": Severity.CRITICAL,
}  # fmt: skip


def ticket(
    said: str,
    number: str,
    title: str,
    *,
    tool: str,
    status: AlertStatus | None = None,
    priority: str = "",
    severity: Severity | None = None,
    description: str = "",
    resource: str = "",
    labels: Mapping[str, str] | None = None,
    links: Iterable[tuple[str, str | None]] = (),
    starts: Any = None,
    ends: Any = None,
) -> AlertReading:
    """One ticket. ``said`` is its state in the tool's word; an unknown one is information."""
    return _read.alert(
        status or _read.state(said, STATES),
        f"ticket {number}" if number else "",
        title or (f"{tool} ticket {number}" if number else f"A ticket of {tool}"),
        type=AlertType.CUSTOM,
        word=priority,
        severity=severity or PRIORITIES.get(_read.word(priority.partition(" ")[2] or priority)),
        description=description,
        resource=resource,
        labels={"ticket": number, "status": said, **(labels or {})},
        links=links,
        starts=starts,
        ends=ends,
    )
