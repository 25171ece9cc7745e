"""The war room on an incident's page: who does what, where it is, and what was told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.cards import room as cards
from bot.cards import words
from bot.cards.address import http
from bot.cards.room import Work
from bot.cards.scene import Scene
from bot.web import render
from bot.web.render import Deed, Reader
from commands.words import surface_name
from store.model import Definitions, IncidentDetail
from store.model.room import CHANNEL, OPEN, ROLES, Room

_UPDATES = 5


@dataclass(frozen=True, slots=True)
class Told:
    """One update: when, by whom, what."""

    at: int
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """What stands in it. ``roles`` are (role, who), ``places`` (name, address, what of it)."""

    roles: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str, str], ...]
    call: str
    next: int | None
    late: bool
    updates: tuple[Told, ...]
    more: int
    deeds: tuple[Deed, ...]


def box(
    detail: IncidentDetail, known: Definitions, reader: Reader, handle: str
) -> Box | None:  # fmt: skip
    """The box of an incident's war room; None where nobody asked for one."""
    found = detail.together
    if found is None:
        return None
    war, there = found.war, tuple(r for r in found.rooms if r.state == OPEN)
    work = Work(detail.incident, war, there, len(found.updates))
    card = cards.card(work, Scene(known, reader.base, reader.now))
    names = cards.names_of(work, Scene(known, reader.base, reader.now))
    presses = (*card.actions.buttons, *card.actions.more)
    deeds = [d for press in presses if (d := render.deed(press))]
    kept = [d for d in deeds if there or d.verb not in ("invite", "end-room")]
    return Box(
        tuple(
            (cards.SHORT[r], words.clean(names(war.who(r))) if war.who(r) else "") for r in ROLES
        ),
        tuple(_place(room, handle) for room in found.rooms if room.live or room.state == "ended"),
        http(war.call) or "",
        war.next_update,
        war.reminded > 0,
        tuple(
            Told(u.at, words.clean(known.name_of(u.by)), u.text) for u in found.updates[:_UPDATES]
        ),
        max(0, len(found.updates) - _UPDATES),
        tuple(kept),
    )


def _place(room: Room, handle: str) -> tuple[str, str, str]:
    """Name and address; a private room is named to those alone who are in it."""
    where = surface_name(room.surface)
    mine = not room.private or handle in room.wanted
    name = f"#{room.name}" if room.kind == CHANNEL else "a thread"
    text = f"{words.clean(name)} in {where}" if mine else f"A private room in {where}"
    address = (http(room.url) or "") if mine and room.state == OPEN else ""
    said = {"making": "being made", "ending": "being archived", "ended": "archived"}
    return text, address, said.get(room.state, "private" if room.private else "")


def as_facts(detail: IncidentDetail) -> dict[str, Any] | None:
    """The war room for programs, with instants as the API names them; private rooms without name
    and address. None where nobody asked for one."""
    found = detail.together
    if found is None:
        return None
    war = found.war
    return {
        "roles": {role: war.who(role) or None for role in ROLES},
        "call": war.call or None,
        "private": war.private,
        "next_update_at": war.next_update,
        "ended_at": war.ended_at,
        "rooms": [
            {
                "surface": r.surface,
                "kind": r.kind,
                "state": r.state,
                "private": r.private,
                "name": None if r.private else r.name,
                "url": None if r.private else r.url or None,
            }
            for r in found.rooms
        ],
        "updates": [{"at": u.at, "by": u.by, "text": u.text} for u in found.updates],
    }
