"""What a provider says later of a page it took: it arrived, nobody picked up, it was refused."""

from __future__ import annotations

from collections.abc import Collection

from commands import contacts, outgoing
from commands.context import Ctx
from commands.words import surface_name
from integrations.base import Delivered
from store import incidents, outbox, paged
from store.db import Tx
from store.outbox import Row

_STATES = (outbox.DELIVERED, outbox.UNANSWERED)


def report(ctx: Ctx, channels: Collection[str], event: Delivered) -> bool:
    """Take a report in, once; False where no page of these channels is meant."""
    row = find(ctx.tx, channels, event.key, event.provider_id)
    if row is None:
        return False
    if event.state == outbox.FAILED:
        _failed(ctx, row, event.error or "The provider could not deliver it.")
    elif event.state in _STATES:
        for one in paged.together(ctx.tx, row):
            _arrived(ctx, one, event)
    return True


def find(tx: Tx, channels: Collection[str], key: str, provider_id: str = "") -> Row | None:
    """The page with that key (its row), or that a provider knows by its id."""
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 20 else None
    row = paged.get(tx, number) if number is not None else None
    if row is None and provider_id:
        row = paged.by_provider(tx, provider_id, channels)
    return row if row is not None and row.place.partition(":")[0] in channels else None


def _failed(ctx: Ctx, row: Row, error: str) -> None:
    """A failed delivery is a provider's no: the next rule runs."""
    if row.state not in (outbox.FAILED, outbox.DROPPED, outbox.UNANSWERED):
        outgoing.end(ctx, row, error)


def _arrived(ctx: Ctx, row: Row, event: Delivered) -> None:
    """On the record; one whose answer we lost is no longer uncertain and not repeated."""
    if row.state == outbox.PENDING and row.marked and event.provider_id:
        to = contacts.address_of(ctx, row.content["person"], row.place.partition(":")[0])
        landed = outgoing.Landed(to, event.provider_id)
        outgoing.sent(ctx, row, landed, row.generation)
    elif row.state not in (outbox.SENT, outbox.SENDING, outbox.UNCERTAIN):
        return
    if row.state != outbox.SENDING:
        outbox.end(ctx.tx, row.id, event.state)
    if event.state == outbox.DELIVERED:
        contacts.delivered(ctx, row)
    found = incidents.get(ctx.tx, row.incident_id)
    if found is None:
        return
    say = _words(row.place.partition(":")[0], ctx.name_of(row.content["person"]), event.state)
    detail = {"page": row.id, "state": event.state}
    ctx.tell(found.id, f"page_{event.state}", say, event.error, detail)
    ctx.changed(found.id, found.rev)


def _words(channel: str, who: str, state: str) -> str:
    if channel == "voice":
        return f"{who} {'did not pick' if state == outbox.UNANSWERED else 'picked'} up the call."
    if channel == "sms":
        return f"SMS to {who} {'was' if state == outbox.DELIVERED else 'was not'} delivered."
    arrived = "arrived" if state == outbox.DELIVERED else "was not taken"
    return f"The page to {who} by {surface_name(channel)} {arrived}."
