"""What may be read at a place: in a channel nothing that is private or sensitive, in the private
room of an incident that incident, in a message to a person what that person may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.cards import words
from bot.cards.model import Actions, Card, Head, Sent, State, Surface
from bot.cards.view import own
from commands.door import Door
from commands.people import actor_of
from commands.rules.sight import PRIVATE_NOW
from commands.sight import Sight
from store import rooms
from store.db import Tx
from store.outbox import Row

T = TypeVar("T")


def sight_at(door: Door, tx: Tx, place: str) -> Sight:
    """What is seen at a place: ``slack:#ops``, ``slack:C0ROOM``, ``email:@ana``."""
    via, _, where = place.partition(":")
    if where.startswith("@"):
        return of_person(door, where[1:], via)
    sight = Sight.everybody(door.rules.sensitive)
    number = rooms.by_channel(tx, via, where) if where and not where.startswith("#") else None
    if number is None:
        return sight
    here = [r for r in rooms.of_incident(tx, number) if (r.surface, r.channel) == (via, where)]
    return sight.also(number) if here and all(room.private for room in here) else sight


def of_person(door: Door, handle: str, via: str) -> Sight:
    """What somebody sees; whom nobody knows sees what all see."""
    person = door.definitions().people.get(handle)
    if person is None:
        return Sight.everybody(door.rules.sensitive)
    return door.sight(actor_of(person, via))


async def read_at(door: Door, row: Row, fn: Callable[[Tx], T], *, also: tuple[int, ...] = ()) -> T:
    """A function over one snapshot, as it is seen where a row goes; a page shows whom it asks the
    incidents that it is about (``also``)."""

    def look(tx: Tx) -> T:
        return fn(sight_at(door, tx, row.place).also(*also).behind(tx))

    return await door.reader.read(look)


async def taken_down(surface: Surface, row: Row) -> Sent | None:
    """The card of an incident that became private says so and nothing else; None where it never
    stood."""
    if not (row.channel and row.message):
        return None
    return await surface.edit(Sent(row.channel, row.message, row.thread or ""), private_card())


def private_card() -> Card:
    """``This incident is private now.``, without title, number or buttons."""
    told = (own(PRIVATE_NOW),)
    return Card(
        id=0, rev=1, color=words.NEWS, head=Head("🔒", "PRIVATE", 0, PRIVATE_NOW, ""),
        state=State(told), actions=Actions(()), fold=(), notification=told, quiet=True,
    )  # fmt: skip
