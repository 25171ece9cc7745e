"""The question to a holder whether they still work on it: what its card is about, and when that is
drawn anew."""

from __future__ import annotations

from commands import notices
from commands.context import Ctx
from store import timers
from store.model import Incident, Instant

ABOUT = "checkin"
ASKS_AGAIN, CHECK_IN = "asks_again", "check_in"
"""The kinds of what comes next: the question, and the end of the wait for its answer."""


def about(incident_id: int, asked_at: Instant) -> str:
    """What the card is about: the incident, and when it was asked."""
    return f"{ABOUT}:{incident_id}:{asked_at}"


def redraw(ctx: Ctx, incident: Incident) -> None:
    """A question that waits for its answer is drawn anew; to be called before its timer goes."""
    if incident.next is None or incident.next.kind != CHECK_IN:
        return
    waits = timers.first(ctx.tx, incident.id, timers.NO_ANSWER)
    if waits is not None:
        notices.stale(ctx, about(incident.id, waits.detail["since"]))
