"""What pages and answers tell of people's addresses: which were answered from, which fail."""

from __future__ import annotations

from commands.context import Ctx
from store import access, contacts, paged
from store.model.chats import chat_of
from store.outbox import Row

LINKED = ("slack", "discord")
"""Here an account may have been linked by its owner instead of written into the definitions."""


def address_of(ctx: Ctx, person: str, via: str) -> str:
    """The address of a person on a channel as it is now; "" where none is known."""
    known = ctx.definitions.people.get(person)
    if known is None:
        return ""
    if via == "email":
        return known.email or ""
    if written := known.contacts.get(via):
        return written
    if via not in LINKED:
        return ""
    if linked := access.account_on(ctx.tx, person, via):
        return linked
    elsewhere = (address for name, address in known.contacts.items() if chat_of(name) == via)
    further = (s for s in access.surfaces_of(ctx.tx, person) if s != via and chat_of(s) == via)
    also = (access.account_on(ctx.tx, person, surface) for surface in further)
    return next((address for address in (*elsewhere, *also) if address), "")


def worked(ctx: Ctx, person: str, via: str, address: str = "") -> None:
    """The person answered by that channel; without an address by the one of the definitions."""
    known = address or address_of(ctx, person, via)
    if known:
        contacts.worked(ctx.tx, ctx.now, person, via, known)


def answered(ctx: Ctx) -> None:
    """The actor answers an incident: from a chat, by a link in a mail or another page, which tells
    that pages are read there. The console and the command line are no contacts."""
    via = chat_of(ctx.actor.surface)
    if ctx.actor.kind == "person":
        worked(ctx, ctx.actor.id, via, ctx.actor.address if via in LINKED else "")


def sent(ctx: Ctx, row: Row) -> None:
    """A page went to a person."""
    if place := _of(ctx, row):
        contacts.sent(ctx.tx, ctx.now, *place)


def delivered(ctx: Ctx, row: Row) -> None:
    """The provider says that it arrived."""
    if place := _of(ctx, row):
        contacts.delivered(ctx.tx, ctx.now, *place)


def failed(ctx: Ctx, row: Row, error: str) -> None:
    """It did not arrive."""
    if paged.is_to_a_person(row):
        paged.note_error(ctx.tx, row, error)
    if place := _of(ctx, row):
        contacts.failed(ctx.tx, ctx.now, *place, error)


def by_pager(row: Row) -> bool:
    """Whether it goes to an address of somebody's, and not into a chat."""
    via = row.place.partition(":")[0]
    return paged.is_to_a_person(row) and via not in (*LINKED, "email")


def _of(ctx: Ctx, row: Row) -> tuple[str, str, str] | None:
    """Person, channel and address of a page: where it went, else where it was to go."""
    if not paged.is_to_a_person(row):
        return None
    person, via = str(row.content["person"]), row.place.partition(":")[0]
    went = row.channel if row.channel and by_pager(row) else ""
    address = went or address_of(ctx, person, via)
    return (person, via, address) if address else None
