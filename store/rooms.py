"""War rooms on record: one of an incident, its rooms in each chat, and the updates written."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from store import outbox
from store.clock import Instant
from store.db import Tx
from store.model.room import ENDING, LIVE, OPEN, Room, Together, Update, WarRoom
from store.room_tables import ROOMS, UPDATES, WAR_ROOMS
from store.tables import OUTBOX

_ROOM = ("id", "incident_id", "surface", "state", "channel")

# ---- the war room of an incident -----------------------------------------------------------------


def war_room(tx: Tx, incident_id: int) -> WarRoom | None:
    """How an incident is worked on together; None where nobody asked for that yet."""
    found = tx.run("war room", _war_room, b_incident=incident_id).first()
    if found is None:
        return None
    known = tx.ring.open("war_rooms", incident_id, found.sealed)
    return msgspec.convert({**known, "incident_id": incident_id, "rev": found.rev}, WarRoom)


def _war_room() -> Any:
    return select(WAR_ROOMS).where(WAR_ROOMS.c.incident_id == bindparam("b_incident"))


def keep(tx: Tx, war: WarRoom) -> WarRoom:
    """Write a war room, new or changed; with its new rev."""
    new = replace(war, rev=war.rev + 1)
    tx.saw("war room", new.incident_id, lambda: war_room(tx, new.incident_id), new)
    rest = {k: v for k, v in asdict(new).items() if k not in ("incident_id", "rev")}
    sealed = tx.ring.seal("war_rooms", new.incident_id, rest)
    mine = WAR_ROOMS.c.incident_id == new.incident_id
    there = tx.conn.execute(select(WAR_ROOMS.c.rev).where(mine)).first()
    if there is None:
        tx.insert(WAR_ROOMS, [(new.incident_id, new.rev, sealed)])
    else:
        tx.conn.execute(WAR_ROOMS.update().where(mine).values(rev=new.rev, sealed=sealed))
    return new


# ---- its rooms -----------------------------------------------------------------------------------


def add(tx: Tx, room: Room) -> Room:
    """Put a room on record; with its number."""
    made = replace(room, id=tx.ids.next(room.opened_at))
    tx.saw("room", made.id, lambda: None, made)
    tx.insert(ROOMS, [(*(getattr(made, n) for n in _ROOM), _sealed(tx, made))])
    return made


def save(tx: Tx, room: Room) -> Room:
    """Write a changed room."""
    tx.saw("room", room.id, lambda: get(tx, room.id), room)
    changed = {"state": room.state, "channel": room.channel, "sealed": _sealed(tx, room)}
    tx.conn.execute(ROOMS.update().where(ROOMS.c.id == room.id).values(**changed))
    return room


def get(tx: Tx, room_id: int) -> Room | None:
    """One room, or None."""
    found = tx.conn.execute(select(ROOMS).where(ROOMS.c.id == room_id)).first()
    return _room(tx, found) if found is not None else None


def of_incident(tx: Tx, incident_id: int) -> list[Room]:
    """The rooms an incident has and had, in the order they were asked for."""
    return [_room(tx, r) for r in tx.run("rooms of", _of_incident, b_incident=incident_id)]


def _of_incident() -> Any:
    mine = ROOMS.c.incident_id == bindparam("b_incident")
    return select(ROOMS).where(mine).order_by(ROOMS.c.id)


def live_of(tx: Tx, incident_id: int) -> list[Room]:
    """The rooms of an incident in which people work, or soon do."""
    return [room for room in of_incident(tx, incident_id) if room.live]


def links(tx: Tx, incident_id: int) -> tuple[Room, ...]:
    """The open rooms of an incident that everybody may see, and that have an address."""
    there = (r for r in of_incident(tx, incident_id) if r.state == OPEN)
    return tuple(r for r in there if r.url and not (r.private or r.below))


def together(tx: Tx, incident_id: int) -> Together | None:
    """How an incident is worked on; None where nobody asked for that yet."""
    war = war_room(tx, incident_id)
    if war is None:
        return None
    found = tuple(of_incident(tx, incident_id))
    return Together(war, found, tuple(updates(tx, incident_id)))


def live(tx: Tx, limit: int = 200) -> list[Room]:
    """Every room in which people work, the newest first."""
    chosen = select(ROOMS).where(ROOMS.c.state.in_(LIVE)).order_by(ROOMS.c.id.desc())
    return [_room(tx, r) for r in tx.conn.execute(chosen.limit(limit))]


def count_live(tx: Tx) -> int:
    """How many rooms there are in which people work."""
    chosen = select(func.count(func.distinct(ROOMS.c.incident_id)))
    return int(tx.conn.execute(chosen.where(ROOMS.c.state.in_(LIVE))).scalar() or 0)


def by_channel(tx: Tx, surface: str, channel: str) -> int | None:
    """The incident whose room is that channel (or that thread); None for any other."""
    wanted = {"b_surface": surface, "b_channel": channel}
    found: int | None = tx.run("room at", _by_channel, **wanted).scalar()
    return found


def _by_channel() -> Any:
    here = (ROOMS.c.channel == bindparam("b_channel")) & (ROOMS.c.surface == bindparam("b_surface"))
    stands = (ROOMS.c.state == OPEN) | (ROOMS.c.state == ENDING)
    return select(ROOMS.c.incident_id).where(here & stands)


def standing(tx: Tx, surface: str, channel: str, message: str) -> int | None:
    """The incident whose card or thread is a message of a channel, or whose room is there."""
    if message and (found := outbox.at_message(tx, surface, message)):
        return found
    names = filter(None, (channel, message, message and f"{channel}/{message}"))
    return next((n for name in names if (n := by_channel(tx, surface, name))), None)


def let_go(tx: Tx, room: Room) -> None:
    """What stands in a room that is closed is not kept up to date any more."""
    there = (OUTBOX.c.place == room.place) & (OUTBOX.c.kind == outbox.VIEW)
    tx.conn.execute(OUTBOX.delete().where(there))


def to_be_said(tx: Tx, room: Room) -> bool:
    """Whether anything is still to be said or shown in a room."""
    there = OUTBOX.c.place == room.place
    waits = OUTBOX.c.state.in_((outbox.PENDING, outbox.SENDING))
    return tx.conn.execute(select(OUTBOX.c.id).where(there & waits).limit(1)).first() is not None


def _sealed(tx: Tx, room: Room) -> bytes:
    rest = {k: v for k, v in asdict(room).items() if k not in _ROOM}
    return tx.ring.seal("rooms", room.id, rest)


def _room(tx: Tx, r: Any) -> Room:
    known = {name: getattr(r, name) for name in _ROOM}
    return msgspec.convert({**tx.ring.open("rooms", r.id, r.sealed), **known}, Room)


# ---- updates -------------------------------------------------------------------------------------


def tell(tx: Tx, update: Update) -> Update:
    """Keep a status update; with its number."""
    made = replace(update, id=tx.ids.next(update.at))
    rest = {k: v for k, v in asdict(made).items() if k not in ("id", "incident_id", "at")}
    sealed = tx.ring.seal("updates", made.id, rest)
    tx.insert(UPDATES, [(made.id, made.incident_id, made.at, sealed)])
    return made


def updates(tx: Tx, incident_id: int, limit: int = 20) -> list[Update]:
    """The newest updates of an incident, the latest first."""
    found = tx.run("updates of", _updates, b_incident=incident_id, b_limit=limit)
    return [_update(tx, r) for r in found]


def _updates() -> Any:
    mine = select(UPDATES).where(UPDATES.c.incident_id == bindparam("b_incident"))
    return mine.order_by(UPDATES.c.id.desc()).limit(bindparam("b_limit"))


def _update(tx: Tx, r: Any) -> Update:
    known = {"id": r.id, "incident_id": r.incident_id, "at": r.at}
    return msgspec.convert({**tx.ring.open("updates", r.id, r.sealed), **known}, Update)


def since(tx: Tx, after: Instant, limit: int = 50) -> list[Update]:
    """The updates of any incident after an instant, the latest first."""
    chosen = select(UPDATES).where(UPDATES.c.at > after).order_by(UPDATES.c.id.desc())
    return [_update(tx, r) for r in tx.conn.execute(chosen.limit(limit))]
