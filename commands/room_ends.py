"""The end of a war room: what was found is posted, then the chats archive it."""

from __future__ import annotations

from dataclasses import replace

from commands import notices, rooms
from commands.context import Ctx
from commands.threads import say_in_threads
from commands.words import count, duration
from store import rooms as records
from store import timeline
from store.model import Incident, IncidentStatus
from store.model.room import ENDED, ENDING, MAKING, Room, WarRoom

RESOLVED = IncidentStatus.RESOLVED


def end(ctx: Ctx, incident: Incident, summary: str, by: str = "") -> list[Room]:
    """End the rooms of an incident: the summary is posted, then the chats archive them. Those that
    were ended."""
    ended = [room for room in records.live_of(ctx.tx, incident.id) if room.state != ENDING]
    if not ended:
        return []
    war = rooms.war_room(ctx, incident)
    kept = _kept(ctx, incident, war)
    who = ctx.name_of(by) if by else ""
    say = f"{who} ended the war room." if who else "The war room ended by itself."
    ctx.tell(incident.id, rooms.KIND, f"{say} {summary}".strip(), kept, {"room": "ended"})
    say_in_threads(ctx, incident, "room_ended", by=by, text=summary, kept=kept)
    for room in ended:
        state = ENDED if room.state == MAKING else ENDING
        changed = records.save(ctx.tx, replace(room, state=state))
        if state == ENDING:
            rooms.work(ctx, changed)
    declined = bool(by) and incident.status is not RESOLVED
    records.keep(
        ctx.tx, replace(war, next_update=None, ended_at=ctx.now, declined=declined, reminded=0)
    )
    notices.stale(ctx, rooms.about(incident.id))
    ctx.show(incident)
    return ended


def _kept(ctx: Ctx, incident: Incident, war: WarRoom) -> str:
    """``Open 22 min. Lead Ana. 3 updates, 14 notes are on the record.``"""
    since = war.opened_at or incident.opened_at
    lines = [e for e in timeline.of_people(ctx.tx, incident.id) if e.at >= since]
    many = {"update": 0, "note": 0}
    for line in lines:
        if line.kind in many:
            many[line.kind] += 1
    held = {title.casefold(): war.who(role) for role, title in rooms.TITLES.items()}
    roles = ", ".join(f"{title} {ctx.name_of(who)}" for title, who in held.items() if who)
    said = [count(n, kind) for kind, n in many.items() if n]
    parts = [f"Open {duration(ctx.now - since)}", roles[:1].upper() + roles[1:]]
    record = " and ".join(said)
    if record:
        parts.append(f"{record} on the record")
    return f"{'. '.join(filter(None, parts))}."
