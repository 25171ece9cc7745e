"""What the ticker and the outbox do to the record: due timers, claims, reports of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commands import (
    bridge,
    bundles,
    contacts,
    due,
    groups,
    lifecycle,
    mornings,
    notices,
    pages,
    paging,
    room_work,
    rooms,
    write_back,
)
from commands.automation import events_out
from commands.context import Ctx
from commands.threads import tell_paged
from commands.words import surface_name
from store import (
    audit,
    errands,
    executions,
    held,
    incidents,
    outbox,
    runs,
    storms,
    timeline,
    timers,
    upkeep,
    what_changed,
)
from store.clock import Instant
from store.inventory import resources
from store.model import DAY, MINUTE, IncidentStatus
from store.outbox import Row

RETRIES_OF_A_PAGE = 3
PATIENCE_OF_A_PAGE = 5 * MINUTE
_TWICE = "No answer came, twice: it may or may not have arrived."
DETAILS = 30  # after every card, as long as nobody says anything in that thread


def fire_due(ctx: Ctx, limit: int, ranks: Sequence[int] = timers.RANKS) -> int:
    """Fire what is due, most urgent first; how many there were."""
    found = timers.due(ctx.tx, ctx.now, limit, ranks)
    for timer in found:
        due.fire(ctx, timer)
    return len(found)


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
    """Take a row for sending, on record before the request leaves; pages that were collected for
    one contact are taken together."""
    row = outbox.claim(ctx.tx, row_id, 0)
    return row if row is None else bundles.gathered(ctx, row)


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a message stands now; of words that can be edited, ``version`` says as what. ``half``
    says that it has to be edited before it is what it should be."""

    channel: str
    message: str
    thread: str = ""
    version: int = 0
    half: bool = False


def sent(ctx: Ctx, row: Row, at: Landed, shown: int) -> None:
    """A row was sent. A new card gets its silent first reply; a page is on the timeline. What the
    provider reported meanwhile (that it failed) stands."""
    for one in bundles.whole(ctx, row):
        _sent(ctx, one, at, shown)
    ctx.tx.wake.add("outbox")


def _sent(ctx: Ctx, row: Row, at: Landed, shown: int) -> None:
    if row.kind == outbox.SAY and outbox.state_of(ctx.tx, row.id) == outbox.FAILED:
        return
    first = row.kind == outbox.VIEW and not row.message
    hidden = bool(at.channel) and contacts.by_pager(row)
    where = "" if hidden else at.channel
    outbox.sent(ctx.tx, ctx.now, row, where, at.message, at.thread, shown=shown)
    if hidden:
        outbox.landed_at(ctx.tx, row.id, at.channel)
    if first and not row.about and not row.purpose.startswith(storms.REPLY):
        said = {"what": "details"}
        outbox.say(ctx.tx, ctx.now, "details", row.incident_id, row.place, DETAILS, said)
    if first or row.kind == outbox.SAY:
        contacts.sent(ctx, replace(row, channel=at.channel))
    if row.purpose.startswith("page"):
        _page_sent(ctx, row)
    elif row.purpose.startswith(write_back.WRITE_BACK):
        write_back.told(ctx, row, at.message)
    elif at.version:
        bridge.landed(ctx, row, at.channel, at.message, at.thread, at.version)


def _page_sent(ctx: Ctx, row: Row) -> None:
    found = incidents.get(ctx.tx, row.incident_id)
    if found is None:
        return
    person, via = row.content["person"], row.content["via"]
    copy = " It may be a copy." if row.marked else ""
    say = f"Page to {ctx.name_of(person)} by {surface_name(via)} sent.{copy}"
    if others := bundles.others(row):
        say += f" It names {others} more."
    ctx.tell(found.id, "page_sent", say, row.content.get("why", ""))
    mornings.woken(ctx, person)
    ctx.changed(found.id, found.rev)
    if found.status is not IncidentStatus.TRIGGERED:
        tell_paged(ctx, found, row.id)


def again(
    ctx: Ctx,
    row: Row,
    delay: Instant,
    *,
    uncertain: bool,
    limited: bool = False,
    broken: bool = False,
) -> None:
    """The send failed for now; a page nobody waits for any more is not tried again.

    ``limited`` says that the provider only asked to wait: that is no refusal, for some minutes;
    ``broken`` that it answered with a failure of its own: a card is tried until it is taken.
    """
    for one in bundles.whole(ctx, row):
        personal = one.purpose.startswith(("page", notices.TELL))
        unsure = uncertain and not (broken and one.marked and not personal)
        _again(ctx, one, delay, unsure, limited)
    ctx.tx.wake.add("outbox")


def _again(ctx: Ctx, row: Row, delay: Instant, uncertain: bool, limited: bool) -> None:
    if row.run_id is not None and _stopped(ctx, row.run_id):
        outbox.end(ctx.tx, row.id, outbox.UNCERTAIN if uncertain else outbox.DROPPED)
        return
    if uncertain and row.marked:
        _end(ctx, row, _TWICE, outbox.UNCERTAIN)
        return
    limited = limited and ctx.now - row.asked_at < PATIENCE_OF_A_PAGE
    tries = row.attempts + (0 if limited else 1)
    personal = row.purpose.startswith(("page", notices.TELL))
    if personal and tries >= RETRIES_OF_A_PAGE and not uncertain:
        _end(ctx, row, "The provider did not take it, three times.", outbox.FAILED)
        return
    if row.purpose.startswith((write_back.WRITE_BACK, events_out.EVENT)) and _too_late(ctx, row):
        _end(ctx, row, "It did not answer for a day.", outbox.FAILED)
        return
    outbox.again(ctx.tx, row.id, ctx.now + delay, uncertain=uncertain, counts=not limited)


def _too_late(ctx: Ctx, row: Row) -> bool:
    return ctx.now - row.asked_at > write_back.PATIENCE


def _stopped(ctx: Ctx, run_id: int) -> bool:
    run = runs.get(ctx.tx, run_id)
    return run is None or run.stopped_at is not None


def end(ctx: Ctx, row: Row, error: str, *, state: str = outbox.FAILED) -> None:
    """The provider said no, and will say no again."""
    for one in bundles.whole(ctx, row):
        _end(ctx, one, error, state)


def _end(ctx: Ctx, row: Row, error: str, state: str) -> None:
    outbox.end(ctx.tx, row.id, state)
    error = ctx.rules.redact(error)
    contacts.failed(ctx, row, error)
    if row.purpose.startswith(errands.ERRAND):
        (room_work if _of_a_room(row) else groups).failed(ctx, row, error)
        return
    if row.about:
        notices.refused(ctx, row)
        return
    if row.purpose.startswith(write_back.WRITE_BACK) and not row.incident_id:
        write_back.failed(ctx, row, error)
        return
    if row.purpose.startswith(events_out.EVENT):
        events_out.failed(ctx, row, error)
        return
    found = incidents.for_change(ctx.tx, row.incident_id)
    if found is None or row.purpose.startswith("repage"):
        return
    if row.purpose.startswith("page") and row.run_id is not None:
        person, via = row.content["person"], row.content["via"]
        if not pages.failed(ctx, found, row.run_id, person, via, error):
            lifecycle.nobody_left(ctx, found)
    elif row.purpose.startswith(write_back.WRITE_BACK):
        write_back.failed(ctx, row, error)
    else:
        if not _told(ctx, row, error):
            ctx.tell(found.id, "send_failed", f"Could not write to {row.place}.", error)
            ctx.changed(found.id, found.rev)
        if row.kind == outbox.VIEW:
            room_work.lost(ctx, found, row.place, error)
        if row.kind == outbox.VIEW and not row.message:
            paging.unheard(ctx, found, f"channel:{row.place}")


def _of_a_room(row: Row) -> bool:
    return (row.about or "").startswith(f"{rooms.ABOUT}:")


def _told(ctx: Ctx, row: Row, error: str) -> bool:
    """Whether the record says so already: a card that can't be written fails at each change."""
    say = f"Could not write to {row.place}."
    lines = timeline.of_incident(ctx.tx, row.incident_id)
    return any(e.kind == "send_failed" and (e.say, e.why) == (say, error) for e in lines)


def recover(ctx: Ctx) -> int:
    """After a crash: what was in the air may have arrived; it is repeated once, marked.

    An edit can't hurt twice and carries no mark. How many rows there were.
    """
    lost = outbox.in_the_air(ctx.tx)
    for row in lost:
        harmless = bool(row.message) or row.purpose.startswith(errands.ERRAND)
        told = row.purpose.startswith(events_out.EVENT)  # it has a mark by which it counts once
        repeated = told or (row.kind == outbox.VIEW and harmless)
        again(ctx, row, 0, uncertain=not repeated)
    return len(lost)


def upkeep_minute(ctx: Ctx) -> None:
    """Every minute: anchor the audit, forget old keys and changes."""
    audit.anchor(ctx.tx, ctx.now)
    upkeep.forget_old(ctx.tx, ctx.now)
    what_changed.forget(ctx.tx, ctx.now)
    resources.forget(ctx.tx, ctx.now)
    held.forget(ctx.tx, ctx.now - DAY)
    executions.forget_outputs(ctx.tx, ctx.now - executions.KEPT_DAYS * DAY)
