"""A page as the house writes it, for tests of one pager alone."""

from __future__ import annotations

from typing import Any

from integrations.base import PageMessage


def message(**more: Any) -> PageMessage:
    """The page of incident 1842."""
    words: dict[str, Any] = {
        "key": "77",
        "subject": "🔴 #1842 Disk 94 % full on db-3 · paging you · next Omar in 5 min",
        "text": "CRITICAL #1842 Disk 94 % full on db-3\n/var/lib/postgresql is at 94.2 % of 2.0 TB",
        "short": "CRIT 1842 Disk 94% full on db-3",
        "spoken": "Critical. Incident 1 8 4 2.",
        "incident": 1842,
        "severity": "critical",
        "url": "https://pv.example.eu/i/1842",
        "acknowledge": "https://pv.example.eu/l/ack-token",
        "escalate": "https://pv.example.eu/l/escalate-token",
    }
    return PageMessage(**{**words, **more})
