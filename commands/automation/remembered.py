"""What fixed it the last time, as a card remembers it."""

from __future__ import annotations

from store import executions
from store.db import Tx
from store.executions import DONE
from store.model import Fixed, Incident

_LOOKED = 10


def fixed(tx: Tx, before: Incident | None) -> Fixed | None:
    """What was run last before an incident was over; nothing is said of a private one."""
    over = before.resolved_at if before is not None else None
    if before is None or over is None or before.private:
        return None
    for one in executions.last(tx, incident=before.id, states=(DONE,), most=_LOOKED):
        if not one.dry and (one.ended_at or one.asked_at) <= over:
            return Fixed(one.action, one.by, one.automation)
    return None
