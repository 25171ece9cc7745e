"""What is still to be done for a war room outside, one step at a time: each step is on record
before the next, so that a crash between any two repeats one step and makes nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from commands import notices, rooms
from commands.context import Ctx
from commands.rooms import rule_of, values_of
from commands.rules import rooms as rules
from commands.words import surface_name
from store import incidents, outbox
from store import rooms as records
from store.model import Incident, IncidentStatus, Person
from store.model.room import CHANNEL, ENDED, ENDING, FAILED, MAKING, OPEN, THREAD, Room, WarRoom
from store.outbox import Row
from store.tables import OUTBOX

MAKE, INVITE, BOOKMARK, PIN_CARD, PIN_ROLES, CLOSE, WAIT = (
    "make", "invite", "bookmark", "pin the card", "pin the roles", "close", "wait",
)  # fmt: skip
NEW_CARD = 10
"""The card in a room is as urgent as one of a new incident, by its severity."""
ROLES_RANK = 15
_PINS = ((PIN_CARD, ""), (PIN_ROLES, rooms.CARD))
_CAN_T = {
    INVITE: "Nobody could be taken into the war room",
    BOOKMARK: "The links could not be put at the top of the war room",
    PIN_CARD: "The card could not be pinned in the war room",
    PIN_ROLES: "The roles could not be pinned in the war room",
    CLOSE: "The war room could not be archived",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: ``people`` to take in, of all the ``handles`` that are named, the ``card``
    (channel, message, thread) to pin or to make a thread below, the ``dashboard`` to link.
    ``again`` says that it was begun before."""

    what: str
    room: Room
    incident: Incident
    war: WarRoom
    again: bool = False
    handles: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    card: tuple[str, str, str] | None = None
    dashboard: str = ""


def todo(ctx: Ctx, room_id: int) -> Step | None:
    """The next thing to do for a room; None where all is done."""
    room = records.get(ctx.tx, room_id)
    incident = incidents.get(ctx.tx, room.incident_id) if room is not None else None
    if room is None or incident is None or room.state in (ENDED, FAILED):
        return None
    step = Step(WAIT, room, incident, rooms.war_room(ctx, incident))
    if room.state == MAKING:
        return _to_make(ctx, step)
    if room.state == ENDING:
        return step if records.to_be_said(ctx.tx, room) else replace(step, what=CLOSE)
    return _to_fill(ctx, step)


def _to_make(ctx: Ctx, step: Step) -> Step | None:
    """It is on record that it was begun before the chat is asked: the answer may get lost."""
    room, incident = step.room, step.incident
    if incident.status is IncidentStatus.RESOLVED:
        records.save(ctx.tx, replace(room, state=ENDED))
        ctx.tell(incident.id, rooms.KIND, "No war room was made: it is resolved before that.")
        return None
    found: tuple[str, str, str] | None = None
    if room.kind == THREAD:
        cards = [r for r in outbox.places(ctx.tx, incident.id) if _in(r, room.surface)]
        stands = next((r for r in cards if r.message and r.channel), None)
        if stands is None and any(r.state in (outbox.PENDING, outbox.SENDING) for r in cards):
            return step
        found = _at(stands) if stands is not None else None
    begun = records.save(ctx.tx, replace(room, tried=True))
    return replace(step, what=MAKE, room=begun, again=room.tried, card=found)


def _in(row: Row, surface: str) -> bool:
    return row.place.startswith(f"{surface}:") and row.state != outbox.FAILED


def _at(row: Row) -> tuple[str, str, str]:
    return row.channel or "", row.message or "", row.thread or ""


def _to_fill(ctx: Ctx, step: Step) -> Step | None:
    """People, links, pins: whatever is not done yet."""
    room, incident = step.room, step.incident
    new = [h for h in room.wanted if h not in room.invited]
    if new and not room.below:
        known = ctx.definitions.people
        people = tuple(known[h] for h in new if h in known)
        return replace(step, what=INVITE, handles=tuple(new), people=people)
    if BOOKMARK not in room.steps and not room.below:
        rule = rule_of(ctx, incident)
        dashboard = rules.filled(rule.dashboard, values_of(incident)) if rule.dashboard else ""
        return replace(step, what=BOOKMARK, dashboard=dashboard)
    return None if room.below else _to_pin(ctx, step)


def _to_pin(ctx: Ctx, step: Step) -> Step | None:
    """The card first, then the roles below it: they are put up once the card stands."""
    room, incident = step.room, step.incident
    for what, about in _PINS:
        if what in room.steps:
            continue
        card = outbox.parent(ctx.tx, f"{about}:{incident.id}" if about else incident.id, room.place)
        if card is None and about:
            notices.post(ctx, rooms.about(incident.id), [room.place], ROLES_RANK)
            return step
        if card is None or card.state == outbox.FAILED:
            continue
        return replace(step, what=what, card=_at(card)) if card.message else step
    return None


# ---- what became of it ---------------------------------------------------------------------------


def made(ctx: Ctx, room_id: int, channel: str, name: str, url: str, *, below: bool) -> None:
    """The room is there: the card is put up in it, or below the card the roles."""
    room = records.get(ctx.tx, room_id)
    incident = incidents.for_change(ctx.tx, room.incident_id) if room is not None else None
    if room is None or incident is None or room.channel is not None:
        return
    state = OPEN if room.state == MAKING else ENDING
    room = replace(room, channel=channel, name=name, url=url, below=below, state=state)
    records.save(ctx.tx, room)
    if not below:
        rank = NEW_CARD + incident.severity.rank
        card = outbox.view_row(ctx.tx, ctx.now, incident.id, room.place, rank)
        ctx.tx.insert(OUTBOX, [card])
    else:
        notices.post(ctx, rooms.about(incident.id), [room.place], ROLES_RANK)
    notices.stale(ctx, rooms.about(incident.id))
    say = f"{rooms.called(room)} is the war room."
    ctx.tell(incident.id, rooms.KIND, say, "", {"room": "made", "url": room.url})
    ctx.show(incident)


def invited(ctx: Ctx, room_id: int, asked: Sequence[str], missing: Mapping[str, str]) -> None:
    """The chat was asked to take these people in; ``missing`` says why some can't be."""
    room = records.get(ctx.tx, room_id)
    incident = incidents.get(ctx.tx, room.incident_id) if room is not None else None
    if room is None or incident is None:
        return
    known = dict.fromkeys((*room.invited, *asked))
    gone = dict.fromkeys((*room.missing, *missing))
    room = replace(room, invited=tuple(known), missing=tuple(gone))
    records.save(ctx.tx, room)
    came = [ctx.name_of(h) for h in asked if h not in missing]
    if came:
        say = f"Asked into the war room in {surface_name(room.surface)}: {', '.join(came)}."
        ctx.tell(incident.id, rooms.KIND, say, "", {"room": "invited"})
    if missing:
        names = " and ".join(f"{ctx.name_of(h)} ({why})" for h, why in missing.items())
        say = f"Not in the war room in {surface_name(room.surface)}: {names}."
        rooms.trouble(ctx, incident, room, say)


def done(ctx: Ctx, room_id: int, what: str, error: str = "") -> None:
    """A step is over; ``error`` says why it could not be done: the room is of use without it."""
    room = records.get(ctx.tx, room_id)
    incident = incidents.get(ctx.tx, room.incident_id) if room is not None else None
    if room is None or incident is None:
        return
    room = replace(room, steps=tuple(dict.fromkeys((*room.steps, what))))
    if what == INVITE:
        room = replace(room, invited=room.wanted)
    if what == CLOSE:
        room = replace(room, state=ENDED)
        records.let_go(ctx.tx, room)
    records.save(ctx.tx, room)
    if error:
        say = f"{_CAN_T[what]} in {surface_name(room.surface)}."
        rooms.trouble(ctx, incident, room, say, error)
    elif what == CLOSE:
        say = f"{rooms.called(room)} is archived." if not room.below else "The thread is free."
        ctx.tell(incident.id, rooms.KIND, say, "", {"room": "archived"})
        ctx.changed(incident.id, incident.rev)


def failed(ctx: Ctx, row: Row, error: str) -> None:
    """A room can't be made: the incident's thread is the room, unless it has to be private."""
    room = records.get(ctx.tx, int(row.content.get("room") or 0))
    incident = incidents.for_change(ctx.tx, room.incident_id) if room is not None else None
    if room is None or incident is None:
        return
    if room.state != MAKING:
        if room.state == ENDING:
            done(ctx, room.id, CLOSE, error)
        return
    where = surface_name(room.surface)
    if room.kind == CHANNEL and not room.private:
        again = replace(room, kind=THREAD, tried=False, trouble=error)
        rooms.work(ctx, records.save(ctx.tx, again))
        say = f"No channel could be made in {where}, so the thread of its card is the war room."
        rooms.trouble(ctx, incident, again, say, error)
        return
    gone = records.save(ctx.tx, replace(room, state=FAILED, trouble=error))
    what = "private war room" if room.private else "war room"
    rooms.trouble(ctx, incident, gone, f"No {what} could be made in {where}.", error)
    notices.stale(ctx, rooms.about(incident.id))


def lost(ctx: Ctx, incident: Incident, place: str, error: str) -> None:
    """The card in a room can't be written any more: people archived or deleted the channel, or
    took the bot out of it. It is no room any more, and another can be made."""
    for room in records.live_of(ctx.tx, incident.id):
        if room.place == place and room.state == OPEN and not room.below:
            records.let_go(ctx.tx, room)
            gone = records.save(ctx.tx, replace(room, state=FAILED, trouble=error))
            where = surface_name(room.surface)
            say = f"The war room in {where} can't be written in any more."
            rooms.trouble(ctx, incident, gone, say, error)
            notices.stale(ctx, rooms.about(incident.id))
            ctx.show(incident)
