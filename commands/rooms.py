"""War rooms: where an incident is worked on together. What is wanted is written down here, in the
transaction that asks for it; the chats are told step by step by the errands of the outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from commands import alarms, notices
from commands.context import Ctx
from commands.rules import rooms as rules
from commands.rules.oncall.duty import duty
from commands.rules.rooms import RoomRule
from commands.threads import say_in_threads
from commands.words import surface_name
from store import errands, outbox, privates, rooms
from store.model import MINUTE, Incident, IncidentStatus
from store.model.room import (
    CHANNEL,
    COMMS,
    ENDING,
    LEAD,
    OPEN,
    SCRIBE,
    Role,
    Room,
    WarRoom,
)

ABOUT = "room"
"""The errands of one room: ``room:<its number>``."""
CARD, NEWS = "warroom", "roomnews"
"""The card in the room (``warroom:<incident>``), and a word to who asked for it."""
OVER = "room over"
UPDATE_DUE = "update due"
KIND = "room"
"""The lines of the timeline."""
TITLES = {LEAD: "Lead", COMMS: "Communications", SCRIBE: "Scribe"}

RESOLVED = IncidentStatus.RESOLVED


def about(incident_id: int) -> str:
    """What the card in an incident's rooms is about."""
    return f"{CARD}:{incident_id}"


def rule_of(ctx: Ctx, incident: Incident) -> RoomRule:
    """What is wanted of an incident's war room."""
    return ctx.rules.rooms.of(incident.route, incident.team)


def values_of(incident: Incident) -> dict[str, object]:
    """What patterns are filled in with."""
    return {
        "id": incident.id, "title": incident.title, "severity": str(incident.severity),
        "team": incident.team, "service": incident.service or incident.resource,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A room as somebody asks for it: whatever is left out is as the rule says."""

    by: str = ""
    name: str = ""
    private: bool | None = None
    where: str = ""
    surfaces: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


# ---- opening -------------------------------------------------------------------------------------


def war_room(ctx: Ctx, incident: Incident) -> WarRoom:
    """How an incident is worked on together, as it is known or as it would begin."""
    known = rooms.war_room(ctx.tx, incident.id)
    return known or WarRoom(incident.id, opened_at=ctx.now)


def make(ctx: Ctx, incident: Incident, surfaces: Sequence[str], wanted: Wanted) -> list[Room]:
    """Rooms in these chats, where there are none yet; those that will be made."""
    rule = rule_of(ctx, incident)
    there = {room.surface for room in rooms.live_of(ctx.tx, incident.id)}
    new = [surface for surface in surfaces if surface not in there]
    war = _begun(ctx, incident, rule, wanted, anew=not there)
    private = war.private if there or wanted.private is None else wanted.private
    private = private or incident.private
    values = values_of(incident)
    name = rules.channel_name(rule.name, values)
    if wanted.name:
        name = rules.slug(wanted.name)[: rules.LONGEST].strip("-") or name
    who = invited_by(ctx, incident, rule, (*wanted.people, *filter(None, (wanted.by,))))
    if incident.private:
        privates.show_to(ctx.tx, incident.id, who)
    made = []
    for surface in new:
        room = Room(
            0, incident.id, surface, kind=wanted.where or rule.where, name=name, private=private,
            opened_at=ctx.now, wanted=who, by=wanted.by,
        )  # fmt: skip
        made.append(rooms.add(ctx.tx, room))
        work(ctx, made[-1])
    return made


def _begun(ctx: Ctx, incident: Incident, rule: RoomRule, wanted: Wanted, *, anew: bool) -> WarRoom:
    """The war room of an incident begins, or begins again, with who leads it."""
    war = war_room(ctx, incident)
    if not anew:
        return war
    every = rule.every(incident.severity)
    lead = incident.holder or wanted.by
    roles = dict(war.roles)
    if lead and not war.who(LEAD) and lead in ctx.definitions.people:
        roles[LEAD] = Role(lead, ctx.now)
    private = rule.private if wanted.private is None else wanted.private
    call = war.call or (rules.filled(rule.call, values_of(incident)) if rule.call else "")
    war = replace(
        war, opened_at=ctx.now, by=wanted.by, roles=roles, every=every, call=call, private=private,
        ended_at=None, declined=False,
    )  # fmt: skip
    return rooms.keep(ctx.tx, due_in(ctx, war, every))


def due_in(ctx: Ctx, war: WarRoom, minutes: int) -> WarRoom:
    """The next status update is due in so many minutes, with its reminder; 0: none is. Not saved
    yet."""
    at = ctx.now + minutes * MINUTE if minutes else None
    if at is not None:
        alarms.wake_me(ctx, UPDATE_DUE, at, incident=war.incident_id, due=at)
    return replace(war, next_update=at, reminded=0)


def invited_by(
    ctx: Ctx, incident: Incident, rule: RoomRule, named: Iterable[str]
) -> tuple[str, ...]:
    """The handles of those whom a rule invites, and of those who are named."""
    known = ctx.definitions
    team = known.teams.get(incident.team or "")
    found: list[str] = []
    for one in (*rule.invite, *named):
        match one:
            case rules.HOLDER:
                found += [incident.holder or ""]
            case rules.ASSIGNEE:
                found += [incident.assignee or ""]
            case rules.ASKED:
                found += incident.asking
            case rules.ONCALL:
                found += [on.person for on in duty(known, team, ctx.now)]
            case rules.LEADS:
                found += [team.lead or ""] if team is not None else []
            case rules.MEMBERS:
                found += team.members if team is not None else ()
            case _:
                found += of_name(ctx, one)
    return tuple(dict.fromkeys(h for h in found if h in known.people))


def of_name(ctx: Ctx, name: str) -> list[str]:
    """A person, or those on call of a team that is named (its lead where nobody is)."""
    known, bare = ctx.definitions, name.removeprefix("@")
    if bare in known.people:
        return [bare]
    team = known.teams.get(bare.removeprefix("team:"))
    on = [on.person for on in duty(known, team, ctx.now)]
    return on or ([team.lead] if team is not None and team.lead else [])


def invite(ctx: Ctx, incident: Incident, handles: Iterable[str], by: str = "") -> list[str]:
    """Have people taken into an incident's rooms; those who were not asked in before."""
    new: dict[str, None] = {}
    handles = tuple(handles)
    if incident.private:
        privates.show_to(ctx.tx, incident.id, handles)
    for room in rooms.live_of(ctx.tx, incident.id):
        more = [h for h in dict.fromkeys(handles) if h not in room.wanted]
        if more and room.state != ENDING:
            changed = replace(room, wanted=(*room.wanted, *more), by=by or room.by)
            work(ctx, rooms.save(ctx.tx, changed))
            new.update(dict.fromkeys(more))
    return list(new)


def work(ctx: Ctx, room: Room) -> None:
    """The chat is told what is still to be done for a room."""
    errands.ask(ctx.tx, ctx.now, f"{ABOUT}:{room.id}", f"{room.surface}:", {"room": room.id})


def surfaces_of(ctx: Ctx, incident: Incident, rule: RoomRule) -> tuple[str, ...]:
    """The chats in which an incident gets its rooms: by the rule, else where its cards are."""
    cards = {row.place.partition(":")[0] for row in outbox.places(ctx.tx, incident.id)}
    return chosen(rule, ctx.rules.rooms.chats, cards)


def chosen(rule: RoomRule, chats: Sequence[str], cards: Collection[str]) -> tuple[str, ...]:
    """Of the chats that are connected those a rule names, else those with the incident's card."""
    if rule.surfaces:
        return tuple(chat for chat in rule.surfaces if chat in chats)
    return tuple(chat for chat in chats if chat in cards) or tuple(chats[:1])


# ---- words ---------------------------------------------------------------------------------------


def say(ctx: Ctx, incident: Incident, what: str, **content: Any) -> int:
    """Say something in the rooms of an incident that stand open; in how many."""
    there = [r for r in rooms.live_of(ctx.tx, incident.id) if r.state == OPEN]
    notices.say(ctx, about(incident.id), [r.place for r in there], {"what": what, **content})
    return len(there)


def called(room: Room) -> str:
    """``#inc-1842-disk in Slack``."""
    name = f"#{room.name}" if room.kind == CHANNEL else "A thread"
    return f"{name} in {surface_name(room.surface)}"


def link_of(room: Room) -> str:
    """``#inc-1842-disk in Slack``, with its address."""
    return f"{called(room)}: {room.url}".rstrip(": ")


def chats(made: Iterable[Room]) -> str:
    """``Slack and Discord``."""
    return " and ".join(dict.fromkeys(surface_name(room.surface) for room in made))


def trouble(ctx: Ctx, incident: Incident, room: Room, say: str, why: str = "") -> None:
    """Something about a room did not work: the timeline says it, and whoever asked is told; where
    a rule asked, those in the incident's threads."""
    ctx.tell(incident.id, KIND, say, why, {"room": "trouble"})
    ctx.changed(incident.id, incident.rev)
    words = f"{say} {why}".strip()
    if room.by and notices.tell(ctx, f"{NEWS}:{room.id}:{ctx.now}", room.by, incident=incident.id):
        return
    if room.state == OPEN:
        notices.say(ctx, about(incident.id), [room.place], {"what": "trouble", "text": words})
    else:
        say_in_threads(ctx, incident, "room_trouble", text=words)
