"""What the threads of an incident's cards, and those who were paged, get to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from commands import posting
from commands.context import Ctx
from store import outbox, paged, unsaid
from store.model import Incident, IncidentStatus
from store.outbox import Row

REPAGE_RANK, THREAD_RANK, NOTE_RANK = 17, 16, 18
STEP = "step"
MIRRORS = ("pagerduty",)
"""Systems that hold an incident of their own for each of ours."""


def say_in_threads(ctx: Ctx, incident: Incident, what: str, **content: object) -> None:
    """Queue a message for the thread of every card of the incident but the one at ``not_in``."""
    skip = content.get("not_in")
    posting.about_to_say(ctx, incident, what)
    rank = NOTE_RANK if what == "note" else THREAD_RANK
    for place in readers(ctx, incident.id, what):
        said = {"what": what, **content}
        if place == skip or (what == STEP and _joined(ctx, incident, place, said)):
            continue
        outbox.say(ctx.tx, ctx.now, "note", incident.id, place, rank, said)


def readers(ctx: Ctx, incident_id: int, what: str) -> Iterator[str]:
    """Where that is read below cards of an incident: not where a storm's card speaks for it, nor
    where rules keep it out."""
    for row in outbox.places(ctx.tx, incident_id):
        if row.state not in (outbox.FOLDED, outbox.FAILED) and posting.tells(ctx, row.place, what):
            yield row.place


def _joined(ctx: Ctx, incident: Incident, place: str, said: dict[str, Any]) -> bool:
    """Steps that follow each other before the first could be said are said together: who was asked
    meanwhile, and all who are asked now."""
    waits = unsaid.last(ctx.tx, incident.id, place)
    if waits is None or waits.content.get("what") != STEP:
        return False
    asked = [*waits.content.get("people", ()), *said["people"]]
    gone = [*waits.content.get("before", ()), *said["before"]]
    now = [p for p in dict.fromkeys(asked) if p in incident.asking]
    before = [p for p in dict.fromkeys((*gone, *asked)) if p not in now]
    unsaid.reword(ctx.tx, waits, {**said, "people": now, "before": before})
    return True


def tell_paged(ctx: Ctx, incident: Incident, only: int | None = None) -> None:
    """Those who were paged get one silent edit of their page, not a new ping; where pages can't be
    edited the channel is told what became of it, and at each place it is news once, where the
    person wants to hear it.

    ``only`` is the one page that landed late.
    """
    pages = paged.sent_pages(ctx.tx, incident.id)
    last = {row.place: row.id for row in pages}
    known = _mirrored(ctx, pages)
    for row in pages:
        if (only is not None and row.id != only) or row.place in known:
            continue
        person = ctx.definitions.people.get(row.content["person"])
        news = row.id == last[row.place] and (person is None or person.told_when_over)
        if row.place.startswith("email:") and not (news and _mails(ctx, incident, row)):
            continue
        at = {"channel": row.channel, "message": row.message, "thread": row.thread or ""}
        said = {"what": "repage", "news": news, **at, **_bundle(ctx, row)}
        outbox.say(ctx.tx, ctx.now, "repage", incident.id, row.place, REPAGE_RANK, said)


def _mails(ctx: Ctx, incident: Incident, row: Row) -> bool:
    """Whether a mail says what became of it: once a page, and not to who did it."""
    who = incident.resolved_by if incident.status is IncidentStatus.RESOLVED else incident.holder
    if incident.status is IncidentStatus.TRIGGERED or row.content["person"] == who:
        return False
    return not paged.followed_up(ctx.tx, incident.id, row)


def _bundle(ctx: Ctx, row: Row) -> dict[str, object]:
    """The incidents of a page that is about several."""
    found = list(dict.fromkeys(r.incident_id for r in paged.together(ctx.tx, row)))
    return {"bundle": found} if len(found) > 1 else {}


def _mirrored(ctx: Ctx, pages: Sequence[Row]) -> set[str]:
    """Where it is known already, because it was done there: telling it would only be an echo."""
    via = ctx.actor.surface
    there = {row.place for row in pages if row.place.startswith(f"{via}:")}
    mine = f"{via}:@{ctx.actor.id}"
    if via not in MIRRORS or not there:
        return set()
    return {mine} if mine in there else there if len(there) == 1 else set()
