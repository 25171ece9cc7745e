"""Says something in the thread below a card, once the card itself stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.abilities import Gone, RepliesWithCards
from bot.cards.model import Card, Note, Sent, Span, Surface
from bot.rooms import is_room, told_in_room
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import Transient
from store import anew, outbox, storms
from store.outbox import Row


async def say_below(
    door: Door, surface: Surface, row: Row, draw: Callable[[], Note | None]
) -> Landed | None:
    """Say it where its card stands; None where there is no card or nothing to say any more."""
    noun = row.about or row.incident_id
    parent = await door.reader.read(lambda tx: outbox.parent(tx, noun, row.place))
    if parent is None or parent.state in (outbox.FAILED, outbox.FOLDED):
        return None
    if not parent.message or not parent.channel:
        raise Transient("its card is not posted yet", 0.3)
    note = draw()
    if note is None:
        return None
    if parent.purpose.startswith(storms.REPLY):
        note = _named(note, row.incident_id)
    told = await told_in_room(door, surface, row, note, quietly=not row.about)
    if told is not None:
        return landed(told)
    at = Sent(parent.channel, parent.message, parent.thread or "")
    try:
        said = await surface.say(at, note, nonce=f"s{row.id}", maybe_copy=row.marked)
    except Gone as error:
        await door.system(lambda ctx: anew.taken_away(ctx.tx, ctx.now, parent.id))
        raise Transient("its card was taken away and is posted anew", 1.0) from error
    if said.thread and said.thread != parent.thread:
        thread = said.thread
        await door.system(lambda ctx: outbox.remember_thread(ctx.tx, parent.id, thread))
    return landed(said)


async def card_below(
    door: Door, surface: Surface, row: Row, card: Card
) -> Sent | None:  # fmt: skip
    """Show a card in the thread of its incident's card, or edit it there; None where there is no
    card above it."""
    if row.channel and row.message:
        return await edited(
            door, surface, row, Sent(row.channel, row.message, row.thread or ""), card
        )
    parent = await door.reader.read(lambda tx: outbox.parent(tx, row.incident_id, row.place))
    if parent is None or parent.state in (outbox.FAILED, outbox.FOLDED):
        return None
    if not parent.message or not parent.channel:
        raise Transient("its card is not posted yet", 0.3)
    if not isinstance(surface, RepliesWithCards):
        return None
    nonce = f"v{row.id}"
    channel = row.place.partition(":")[2]
    if await is_room(door, surface, channel):
        quiet = replace(card, quiet=True)
        return await surface.post(channel, quiet, nonce=nonce, maybe_copy=row.marked)
    at = Sent(parent.channel, parent.message, parent.thread or "")
    try:
        made = await surface.reply(at, card, nonce=nonce, maybe_copy=row.marked)
    except Gone as error:
        await door.system(lambda ctx: anew.taken_away(ctx.tx, ctx.now, parent.id))
        raise Transient("its card was taken away and is posted anew", 1.0) from error
    if made.thread and made.thread != parent.thread:
        await door.system(lambda ctx: outbox.remember_thread(ctx.tx, parent.id, made.thread))
    return made


def _named(note: Note, incident: int) -> Note:
    """Below a storm card the words say which of its incidents they are about."""
    first, *rest = note.lines or ((),)
    return replace(note, lines=((Span(f"#{incident} ", bold=True), *first), *rest))


async def edited(door: Door, surface: Surface, row: Row, at: Sent, card: Card) -> Sent:
    """Edit a card; where its whole channel is gone it is posted anew, if there is where."""
    try:
        return await surface.edit(at, card)
    except Gone as error:
        await door.system(lambda ctx: anew.taken_away(ctx.tx, ctx.now, row.id))
        raise Transient("its place was taken away; it is posted anew", 1.0) from error


def landed(sent: Sent) -> Landed:
    """Where a message stands, for the record."""
    return Landed(sent.channel, sent.message, sent.thread, half=sent.half)
