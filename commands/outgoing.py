"""What the ticker and the outbox do to the record: due timers, claims, reports of what was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import paging
from commands.context import Ctx
from store import audit, incidents, outbox, timers, upkeep
from store.clock import Instant
from store.model import SECOND, IncidentStatus
from store.outbox import Row

RETRIES_OF_A_PAGE = 3
DETAILS = 30  # after every card, as long as nobody says anything in that thread


def fire_due(ctx: Ctx, limit: int) -> int:
    """Fire what is due, most urgent first; how many there were."""
    due = timers.due(ctx.tx, ctx.now, limit)
    for timer in due:
        paging.fire(ctx, timer)
    return len(due)


def postpone(ctx: Ctx, delay: int) -> None:
    """The most urgent due timer fails: try it again later so that the others go on."""
    for timer in timers.due(ctx.tx, ctx.now, 1):
        detail = {k: v for k, v in timer.detail.items() if k != "run_id"}
        timers.add(
            ctx.tx,
            ctx.now,
            timer.kind,
            timer.incident_id,
            timer.generation,
            ctx.now + delay,
            timer.rank,
            detail,
            timer.detail.get("run_id"),
        )


def claim(ctx: Ctx, row_id: int) -> Row | None:
    """Take a row for sending, on record before the request leaves."""
    return outbox.claim(ctx.tx, row_id, 0)


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a message stands now."""

    channel: str
    message: str
    thread: str = ""


def sent(ctx: Ctx, row: Row, at: Landed, shown: int) -> None:
    """A row was sent. A new card gets its silent first reply; a page is on the timeline."""
    first = row.kind == outbox.VIEW and not row.message
    outbox.sent(ctx.tx, ctx.now, row, at.channel, at.message, at.thread, shown=shown)
    if first:
        said = {"what": "details"}
        outbox.say(ctx.tx, ctx.now, "details", row.incident_id, row.place, DETAILS, said)
    if row.purpose.startswith("page"):
        _page_sent(ctx, row)
    ctx.tx.wake.add("outbox")


def _page_sent(ctx: Ctx, row: Row) -> None:
    found = incidents.get(ctx.tx, row.incident_id)
    if found is None:
        return
    person, via = row.content["person"], row.content["via"]
    name = ctx.definitions.people[person].name if person in ctx.definitions.people else person
    copy = " It may be a copy." if row.purpose.endswith("?") else ""
    ctx.tell(
        found.id, "page_sent", f"Page to {name} by {via} sent.{copy}", row.content.get("why", "")
    )
    ctx.changed(found.id, found.rev)
    if found.status is not IncidentStatus.TRIGGERED:
        paging.tell_paged(ctx, found)


def again(ctx: Ctx, row: Row, delay: Instant, *, uncertain: bool) -> None:
    """The send failed for now."""
    if uncertain and row.purpose.endswith("?"):
        end(
            ctx,
            row,
            "No answer came, twice: it may or may not have arrived.",
            state=outbox.UNCERTAIN,
        )
        return
    if row.purpose.startswith("page") and row.attempts + 1 >= RETRIES_OF_A_PAGE and not uncertain:
        end(ctx, row, "The provider did not take it, three times.")
        return
    outbox.again(ctx.tx, row.id, ctx.now + delay, uncertain=uncertain)
    ctx.tx.wake.add("outbox")


def end(ctx: Ctx, row: Row, error: str, *, state: str = outbox.FAILED) -> None:
    """The provider said no, and will say no again."""
    outbox.end(ctx.tx, row.id, state)
    found = incidents.get(ctx.tx, row.incident_id)
    if found is None or row.purpose == "repage":
        return
    if row.purpose.startswith("page") and row.run_id is not None:
        paging.failed(ctx, found, row.run_id, row.content["person"], row.content["via"], error)
    else:
        ctx.tell(found.id, "send_failed", f"Could not write to {row.place}.", error)
        ctx.changed(found.id, found.rev)


def upkeep_minute(ctx: Ctx) -> None:
    """Every minute: anchor the audit, forget old keys."""
    audit.anchor(ctx.tx, ctx.now)
    upkeep.forget_old(ctx.tx, ctx.now)


def self_audit(ctx: Ctx) -> int:
    """Promise 2: every open New incident has a next timer, or a recorded reason why not.

    One without is put back to paging; how many there were.
    """
    from sqlalchemy import select

    from commands import lifecycle
    from store.tables import INCIDENTS, TIMERS

    waits = select(TIMERS.c.incident_id).where(TIMERS.c.incident_id.is_not(None))
    lost = (
        ctx.tx.conn.execute(
            select(INCIDENTS.c.id)
            .where(
                (INCIDENTS.c.status == "triggered")
                & INCIDENTS.c.id.not_in(waits)
                & (INCIDENTS.c.updated_at < ctx.now - 30 * SECOND)
            )
            .limit(100)
        )
        .scalars()
        .all()
    )
    count = 0
    for incident_id in lost:
        found = incidents.get(ctx.tx, incident_id)
        if found is not None and (found.next is None or found.next.kind != "nothing"):
            count += 1
            lifecycle.back_to_paging(
                ctx,
                replace(found),
                "Nobody was being asked; the self-audit noticed.",
                kind="self_audit",
            )
    return count
