"""Every minute: each open incident is held, is being asked about, or says why not."""

from __future__ import annotations

from commands import lifecycle
from commands.context import Ctx
from commands.door import Door
from store import incidents, timers
from store.db import Tx
from store.model import SECOND, Incident, IncidentStatus, Instant

GRACE = 30 * SECOND
PAGE = 500
WHY = "Nobody was being asked; the self-audit noticed."


async def run(door: Door) -> int:
    """Put New incidents without a timer or a recorded reason back to paging; how many."""
    now, lost, after = door.clock.now(), list[int](), 0
    while True:
        ids, last = await door.reader.read(lambda tx, a=after: unasked(tx, now, a))  # type: ignore[misc]
        lost += ids
        if last is None:
            break
        after = last
    return await door.system(lambda ctx: ask_again(ctx, lost)) if lost else 0


def unasked(tx: Tx, now: Instant, after: int) -> tuple[list[int], int | None]:
    """New incidents above ``after`` that nothing asks about; where to go on, None at the end."""
    found = incidents.without_timer(tx, now - GRACE, after, PAGE)
    lost = [i.id for i in found if not _says_why(i) and (i.silenced_until or 0) <= now]
    return lost, found[-1].id if len(found) == PAGE else None


def _says_why(incident: Incident) -> bool:
    return incident.next is not None and incident.next.kind == "nothing"


def ask_again(ctx: Ctx, ids: list[int]) -> int:
    """Back to paging with those that still have no timer."""
    count = 0
    for incident_id in ids:
        found = incidents.for_change(ctx.tx, incident_id)
        if found is None or found.status is not IncidentStatus.TRIGGERED:
            continue
        if timers.asks(ctx.tx, incident_id):
            continue
        lifecycle.back_to_paging(ctx, found, WHY, kind="self_audit")
        count += 1
    return count
