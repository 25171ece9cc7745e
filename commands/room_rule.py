"""War rooms that open and end by themselves, by the severity and the state of their incident."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commands import alarms, notices, rooms
from commands import room_ends as ending
from commands.context import Ctx
from commands.rules import drills
from commands.rules import rooms as rules
from store import incidents, timeline
from store import rooms as records
from store.model import MINUTE, Incident, IncidentStatus, Timer
from store.model.room import LEAD, MAKING, OPEN, Role

RESOLVED = IncidentStatus.RESOLVED


def look(ctx: Ctx, incident: Incident) -> None:
    """Open the war room of an incident that is bad enough, by the rule; once, and unless there are
    too many of them already."""
    if not ctx.rules.rooms.by_themselves or incident.status is RESOLVED:
        return
    if drills.is_drill(incident.policy):
        return
    rule = rooms.rule_of(ctx, incident)
    if not rule.opens_for(incident.severity) or _hidden(ctx, incident):
        return
    known = records.war_room(ctx.tx, incident.id)
    if known is not None and (known.declined or records.live_of(ctx.tx, incident.id)):
        return
    surfaces = rooms.surfaces_of(ctx, incident, rule)
    if not surfaces:
        return
    why = f"It is {incident.severity}, and rooms open by themselves from {rule.opens} on."
    most = ctx.rules.rooms.most
    if records.count_live(ctx.tx) >= most:
        if not _said(ctx, incident, "many"):
            say = f"No war room: {most} stand open, more don't open by themselves."
            ctx.tell(incident.id, rooms.KIND, say, why, {"room": "many"})
        return
    made = rooms.make(ctx, incident, surfaces, rooms.Wanted())
    ctx.tell(
        incident.id,
        rooms.KIND,
        f"A war room is made in {rooms.chats(made)}.",
        why,
        {"room": "asked"},
    )
    ctx.changed(incident.id, incident.rev)


def _hidden(ctx: Ctx, incident: Incident) -> bool:
    """Whether nobody is to be bothered with it now."""
    quiet = max(incident.silenced_until or 0, incident.snoozed_until or 0)
    return quiet > ctx.now or bool(incident.held_by)


def _said(ctx: Ctx, incident: Incident, what: str) -> bool:
    lines = timeline.of_people(ctx.tx, incident.id)
    return any(e.kind == rooms.KIND and e.detail.get("room") == what for e in lines)


def asked(ctx: Ctx, incident: Incident, people: Iterable[str]) -> None:
    """These are asked to take an incident now: it may want a room, and they belong into it."""
    look(ctx, incident)
    if rules.ASKED in rooms.rule_of(ctx, incident).invite:
        rooms.invite(ctx, incident, people)


def taken(ctx: Ctx, incident: Incident) -> None:
    """Somebody has an incident now: they belong into its room, and lead it where nobody does."""
    look(ctx, incident)
    known = records.war_room(ctx.tx, incident.id)
    if known is None or not incident.holder:
        return
    if rules.HOLDER in rooms.rule_of(ctx, incident).invite:
        rooms.invite(ctx, incident, (incident.holder,))
    if not known.who(LEAD) and records.live_of(ctx.tx, incident.id):
        roles = {**known.roles, LEAD: Role(incident.holder, ctx.now)}
        records.keep(ctx.tx, replace(known, roles=roles))
    notices.stale(ctx, rooms.about(incident.id))


def over(ctx: Ctx, incident: Incident) -> None:
    """An incident is resolved: no update is due any more, and its rooms end some time later."""
    known = records.war_room(ctx.tx, incident.id)
    if known is None:
        return
    records.keep(ctx.tx, replace(known, next_update=None, reminded=0))
    after = rooms.rule_of(ctx, incident).archive_after
    if after and records.live_of(ctx.tx, incident.id):
        at = ctx.now + after * MINUTE
        alarms.wake_me(ctx, rooms.OVER, at, incident=incident.id, since=incident.resolved_at)
    notices.stale(ctx, rooms.about(incident.id))


def back(ctx: Ctx, incident: Incident) -> None:
    """An incident is open again: its room goes on, or the rule may make another."""
    known = records.war_room(ctx.tx, incident.id)
    if known is None:
        return
    war = replace(known, declined=False)
    if any(room.state in (MAKING, OPEN) for room in records.live_of(ctx.tx, incident.id)):
        war = rooms.due_in(ctx, war, war.every)
    records.keep(ctx.tx, war)
    notices.stale(ctx, rooms.about(incident.id))


@alarms.alarm(rooms.OVER)
def _time_is_over(ctx: Ctx, timer: Timer) -> None:
    """Nobody ended the rooms of an incident that was resolved long ago."""
    found = incidents.for_change(ctx.tx, int(timer.detail["incident"]))
    if found is None or found.status is not RESOLVED:
        return
    if found.resolved_at == timer.detail["since"]:
        ending.end(ctx, found, found.summary)
