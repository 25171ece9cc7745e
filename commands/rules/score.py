"""How well a drill went: pure figures from its pages and its ack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.model import Incident, Page

_WENT = ("sent", "delivered", "unanswered")


def score(incident: Incident, pages: Sequence[Page]) -> dict[str, Any]:
    """Times in milliseconds from the opening.

    ``first_page``: until the first page had been sent (None: none was). ``ack``: until somebody
    answered, ``by`` whom ``place``. ``channels``: of each the pages asked for, sent, known to be
    delivered, refused. ``people``: who was paged, in order. ``silent``: contacts that brought no
    answer, with why: refused, not picked up, no answer.
    """
    opened, answered = incident.opened_at, incident.acknowledged_at
    sent = [p.sent_at for p in pages if p.sent_at is not None and p.state in _WENT]
    return {
        "first_page": min(sent) - opened if sent else None,
        "ack": answered - opened if answered is not None else None,
        "by": incident.holder,
        "place": incident.holder_from,
        "step": incident.step,
        "channels": _channels(pages),
        "people": list(dict.fromkeys(p.person for p in pages)),
        "silent": _silent(incident, pages),
    }


def _channels(pages: Sequence[Page]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for page in pages:
        of = found.setdefault(page.via, {"asked": 0, "sent": 0, "delivered": 0, "refused": 0})
        of["asked"] += 1
        of["sent"] += page.state in _WENT
        of["delivered"] += page.state == "delivered"
        of["refused"] += page.state in ("failed", "uncertain")
    return found


def _silent(incident: Incident, pages: Sequence[Page]) -> list[dict[str, str]]:
    """Each contact once; the one the answer came from, and those dropped by it, are not silent."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for page in pages:
        answered = page.person == incident.holder
        if page.state == "dropped" or (answered and page.via == incident.holder_from):
            continue
        if page.state in ("failed", "uncertain"):
            why = page.error or "refused"
        elif page.state == "unanswered":
            why = "not picked up"
        elif page.state in ("pending", "sending"):
            why = "not sent in time"
        elif answered:
            continue
        else:
            why = "no answer"
        found[page.person, page.via] = {"person": page.person, "via": page.via, "why": why}
    return list(found.values())
