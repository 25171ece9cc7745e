"""Every minute: each open incident is held, is being asked about, or says why not; and who holds
one is asked some day whether they still do."""

from __future__ import annotations

from collections.abc import Callable

from commands import leases, lifecycle
from commands.context import Ctx
from commands.door import Door
from store import incidents, timers
from store.db import Tx
from store.model import SECOND, Incident, IncidentStatus, Instant

GRACE = 30 * SECOND
PAGE = 500
WHY = "Nobody was being asked; the self-audit noticed."

_Look = Callable[[Tx, int], tuple[list[int], int | None]]


async def run(door: Door) -> int:
    """Put New incidents without a timer or a recorded reason back to paging, and give acks without
    a lease one; how many went back."""
    now, leased = door.clock.now(), [str(s) for s in door.rules.ack_lease]
    lost = await _all(door, lambda tx, after: unasked(tx, now, after))
    acks = await _all(door, lambda tx, after: unwatched(tx, leased, now, after)) if leased else []
    if acks:
        await door.system(lambda ctx: watch(ctx, acks))
    return await door.system(lambda ctx: ask_again(ctx, lost)) if lost else 0


async def _all(door: Door, look: _Look) -> list[int]:
    """Every page of what a look finds."""
    found, after = list[int](), 0
    while True:
        ids, last = await door.reader.read(lambda tx, a=after: look(tx, a))  # type: ignore[misc]
        found += ids
        if last is None:
            return found
        after = last


def unasked(tx: Tx, now: Instant, after: int) -> tuple[list[int], int | None]:
    """New incidents above ``after`` that nothing asks about; where to go on, None at the end."""
    found = incidents.without_timer(tx, now - GRACE, after, PAGE)
    lost = [i.id for i in found if not _says_why(i) and (i.silenced_until or 0) <= now]
    return lost, found[-1].id if len(found) == PAGE else None


def _says_why(incident: Incident) -> bool:
    return incident.next is not None and incident.next.kind == "nothing"


def unwatched(
    tx: Tx, severities: list[str], now: Instant, after: int
) -> tuple[list[int], int | None]:
    """Acknowledged incidents above ``after`` whose ack never ends; where to go on."""
    found = incidents.unwatched(tx, severities, now - GRACE, after, PAGE)
    return [i.id for i in found], found[-1].id if len(found) == PAGE else None


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


def watch(ctx: Ctx, ids: list[int]) -> None:
    """The quiet time of these acks starts: the lease was switched on after them."""
    for incident_id in ids:
        found = incidents.for_change(ctx.tx, incident_id)
        if found is None or found.status is not IncidentStatus.ACKNOWLEDGED or found.assignee:
            continue
        watched = leases.begin(ctx, found)
        if watched != found:
            ctx.save(lifecycle.with_waits(watched))
