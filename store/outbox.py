"""The outbox: ``view`` rows (a card is stale; the latest state wins), ``say`` rows (in order)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import String, bindparam, case, cast, func, or_, select

from store.clock import Instant
from store.db import Tx
from store.model.chats import chat_of
from store.tables import OUTBOX

VIEW, SAY = "view", "say"
PENDING, SENDING, SENT, UNCERTAIN, FAILED, DROPPED = (
    "pending",
    "sending",
    "sent",
    "uncertain",
    "failed",
    "dropped",
)
DELIVERED, UNANSWERED = "delivered", "unanswered"
"""Sent, and the provider said later that it arrived, or that it rang and nobody took it."""
SHADOW = "shadow"
"""Not sent, because shadow mode sends nothing."""
_TO = "@to"
FOLDED = "folded"
"""A card that is not posted: the storm card of its place speaks for it."""
WENT = (SENT, DELIVERED, UNANSWERED, SHADOW)


@dataclass(frozen=True, slots=True)
class Row:
    """One row to send. ``place`` is ``slack:#ops`` for cards and thread notes, ``email:@ana`` or
    ``slack:@ana`` for pages; ``purpose`` is card, page, repage, details or note, with a ``?`` where
    it is the repeat of a send whose answer was lost; ``content`` what was sealed with it.

    ``about`` is what a card is about that is no incident's own, ``cover:17`` (``incident_id`` is
    0 then, or the incident that words below it are about)."""

    id: int
    kind: str
    purpose: str
    incident_id: int
    place: str
    state: str
    rank: int
    generation: int
    run_id: int | None
    attempts: int
    asked_at: Instant
    due_at: Instant
    channel: str | None
    message: str | None
    thread: str | None
    about: str | None
    content: dict[str, Any]

    @property
    def marked(self) -> bool:
        """Whether this is the repeat of a send whose answer was lost."""
        return self.purpose.endswith("?")


def from_row(tx: Tx, r: Any) -> Row:
    """The row with its content."""
    content = tx.ring.open("outbox", r.id, r.sealed) if r.sealed else {}
    channel = content.pop(_TO, None) or r.channel
    return Row(
        r.id,
        r.kind,
        r.purpose,
        r.incident_id,
        r.place,
        r.state,
        r.rank,
        r.generation,
        r.run_id,
        r.attempts,
        r.asked_at,
        r.due_at,
        channel,
        r.message,
        r.thread,
        r.about,
        content,
    )


def view_row(tx: Tx, now: Instant, incident_id: int, place: str, rank: int) -> tuple[Any, ...]:
    """The values of a new card's row, for ``Tx.insert``."""
    key = f"{incident_id}/{place}"
    return (
        tx.ids.next(now), VIEW, "card", incident_id, place, PENDING, rank, 1, None, 0, now, now,
        None, None, None, None, key, None, None,
    )  # fmt: skip


def say(
    tx: Tx,
    now: Instant,
    purpose: str,
    incident_id: int,
    place: str,
    rank: int,
    content: dict[str, Any],
    *,
    run_id: int | None = None,
    delay: int = 0,
    about: str | None = None,
) -> int:
    """Queue something to say; its id."""
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("outbox", row_id, content)
    tx.insert(
        OUTBOX,
        [
            (
                row_id,
                SAY,
                purpose,
                incident_id,
                place,
                PENDING,
                rank,
                1,
                run_id,
                0,
                now,
                now + delay,
                None,
                None,
                None,
                None,
                None,
                sealed,
                about,
            )
        ],
    )
    tx.wake.add("outbox")
    return row_id


def show(
    tx: Tx,
    now: Instant,
    about: str,
    place: str,
    rank: int,
    content: dict[str, Any],
    purpose: str,
    incident_id: int = 0,
) -> None:
    """Queue a card about something else than an incident; the same card at the same place again is
    drawn anew. ``place`` is ``slack:#ops``, or ``slack:@ana`` for one person; ``incident_id`` is
    the incident that words below it and answers to it are about."""
    key = f"{about}/{place}"
    if tx.conn.execute(select(OUTBOX.c.id).where(OUTBOX.c.view_key == key)).first():
        stale_about(tx, now, about)
        return
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("outbox", row_id, content)
    nothing = (None, None, None, None)
    queued = (row_id, VIEW, purpose, incident_id, place, PENDING, rank, 1, None, 0, now, now)
    tx.insert(OUTBOX, [(*queued, *nothing, key, sealed, about)])
    tx.wake.add("outbox")


def stale_about(tx: Tx, now: Instant, about: str, *, rank: int = 1_000, pace: bool = False) -> None:
    """Every card about it is stale from now on, and as urgent as ``rank`` at least; with ``pace``
    one in a thread is edited no sooner than some seconds after the last time."""
    mine = (OUTBOX.c.about == about) & (OUTBOX.c.kind == VIEW) & (OUTBOX.c.state != FAILED)
    rest = case((OUTBOX.c.place.startswith("discord"), 5_000), else_=3_000)
    soon = OUTBOX.c.purpose.startswith("thread") & (OUTBOX.c.sent_at + rest > now)
    changed = {
        "generation": OUTBOX.c.generation + 1,
        "state": case((OUTBOX.c.state == SENDING, SENDING), else_=PENDING),
        "rank": case((OUTBOX.c.rank < rank, OUTBOX.c.rank), else_=rank),
        "due_at": case((soon, OUTBOX.c.sent_at + rest), else_=now) if pace else now,
    }
    tx.conn.execute(OUTBOX.update().where(mine).values(asked_at=now, **changed))
    tx.wake.add("outbox")


def stale_statement() -> Any:
    """The hot statement: every card of an incident is stale from now on.

    One that is not posted yet stays as urgent as a new card is, one that waits already as urgent
    and as old as it was; what a storm card speaks for stays with it.
    """
    held = (OUTBOX.c.state == SENDING) | (OUTBOX.c.state == FOLDED)
    waits = OUTBOX.c.state == PENDING
    first = OUTBOX.c.message.is_(None) | (waits & (OUTBOX.c.rank < bindparam("b_rank")))
    return (
        OUTBOX.update()
        .where((OUTBOX.c.incident_id == bindparam("b_incident")) & (OUTBOX.c.kind == VIEW))
        .where(OUTBOX.c.about.is_(None))
        .values(
            generation=OUTBOX.c.generation + 1,
            state=case((held, OUTBOX.c.state), else_=PENDING),
            rank=case((first, OUTBOX.c.rank), else_=bindparam("b_rank")),
            asked_at=case((waits, OUTBOX.c.asked_at), else_=bindparam("b_asked")),
        )
    )


def stale(tx: Tx, now: Instant, incident_id: int, rank: int) -> None:
    """Every card of the incident is stale from now on."""
    tx.run("stale", stale_statement, b_incident=incident_id, b_rank=rank, b_asked=now)
    tx.wake.add("outbox")


def places(tx: Tx, incident_id: int) -> list[Row]:
    """The cards of an incident."""
    return [from_row(tx, r) for r in tx.run("places", _places, b_incident=incident_id)]


def _places() -> Any:
    mine = OUTBOX.c.incident_id == bindparam("b_incident")
    return select(OUTBOX).where(mine & (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None))


CARDS = 9
"""Pages are more urgent than any card."""


def pending(tx: Tx, now: Instant, limit: int = 500) -> list[Row]:
    """Rows to send now, without their content: most urgent first, then as they were asked for; so
    many pages at most, and so many others, so that no provider's queue hides the cards.

    What goes into a thread is left out until the card above it stands.
    """
    pages = {"b_from": 0, "b_to": CARDS}
    others = {"b_from": CARDS, "b_to": 1_000}
    found = [r for of in (pages, others) for r in _some(tx, now, limit, of)]
    bare: list[tuple[Any, ...]] = [(*values, {}) for values in found]
    return [Row(*values) for values in bare]


def _some(tx: Tx, now: Instant, limit: int, ranks: dict[str, int]) -> Any:
    return tx.run("pending", _pending, b_now=now, b_limit=limit, **ranks)


def _pending() -> Any:
    return (
        select(*(OUTBOX.c[f.name] for f in fields(Row) if f.name != "content"))
        .where((OUTBOX.c.state == PENDING) & (OUTBOX.c.due_at <= bindparam("b_now")))
        .where((OUTBOX.c.rank >= bindparam("b_from")) & (OUTBOX.c.rank < bindparam("b_to")))
        .where((OUTBOX.c.kind == VIEW) | ~_card_to_come())
        .order_by(OUTBOX.c.rank, OUTBOX.c.id)
        .limit(bindparam("b_limit"))
    )


def _card_to_come() -> Any:
    card = OUTBOX.alias("card")
    noun = func.coalesce(OUTBOX.c.about, cast(OUTBOX.c.incident_id, String))
    key = noun + "/" + OUTBOX.c.place
    waits = card.c.message.is_(None) & ((card.c.state == PENDING) | (card.c.state == SENDING))
    return select(card.c.id).where((card.c.view_key == key) & waits).exists()


def claim(tx: Tx, row_id: int, generation: int) -> Row | None:
    """Mark a row as being sent; None when it is gone, sent or was dropped meanwhile."""
    found = tx.run("claimable", _claimable, b_id=row_id).first()
    if found is None:
        return None
    tx.run("claim", _claim, b_id=row_id)
    return from_row(tx, found)


def _claimable() -> Any:
    chosen = select(OUTBOX).where((OUTBOX.c.id == bindparam("b_id")) & (OUTBOX.c.state == PENDING))
    return chosen.with_for_update(skip_locked=True)


def _claim() -> Any:
    tries = {"state": SENDING, "attempts": OUTBOX.c.attempts + 1}
    return OUTBOX.update().where(OUTBOX.c.id == bindparam("b_id")).values(tries)


def sent(
    tx: Tx, now: Instant, row: Row, channel: str, message: str, thread: str, *, shown: int
) -> None:
    """A row was sent; a view that went stale meanwhile stays pending."""
    state, purpose = SENT, row.purpose
    if row.kind == VIEW:
        purpose = purpose.rstrip("?")
        current = tx.run("generation", _generation, b_id=row.id).scalar()
        state = PENDING if current != shown else SENT
    tx.run(
        "sent",
        _sent,
        b_id=row.id,
        b_state=state,
        b_now=now,
        b_channel=channel,
        b_message=message,
        b_thread=thread,
        b_purpose=purpose,
    )


def landed_at(tx: Tx, row_id: int, address: str) -> None:
    """Where a page went that no chat shows: a telephone number and the like is kept sealed."""
    mine = OUTBOX.c.id == row_id
    sealed = tx.conn.execute(select(OUTBOX.c.sealed).where(mine)).scalar()
    content = tx.ring.open("outbox", row_id, bytes(sealed)) if sealed else {}
    again = tx.ring.seal("outbox", row_id, {**content, _TO: address})
    tx.conn.execute(OUTBOX.update().where(mine).values(sealed=again))


def _generation() -> Any:
    return select(OUTBOX.c.generation).where(OUTBOX.c.id == bindparam("b_id"))


def _sent() -> Any:
    return (
        OUTBOX.update()
        .where(OUTBOX.c.id == bindparam("b_id"))
        .values(
            state=bindparam("b_state"),
            sent_at=bindparam("b_now"),
            attempts=0,
            channel=bindparam("b_channel"),
            message=bindparam("b_message"),
            thread=bindparam("b_thread"),
            purpose=bindparam("b_purpose"),
        )
    )


def again(
    tx: Tx, row_id: int, due_at: Instant, *, uncertain: bool = False, counts: bool = True
) -> None:
    """A row will be tried again at ``due_at``; a try that only met a limit does not count."""
    more: dict[str, Any] = {"purpose": OUTBOX.c.purpose + "?"} if uncertain else {}
    if not counts:
        more["attempts"] = OUTBOX.c.attempts - 1
    tx.conn.execute(
        OUTBOX.update().where(OUTBOX.c.id == row_id).values(state=PENDING, due_at=due_at, **more)
    )


def state_of(tx: Tx, row_id: int) -> str | None:
    """The state a row is in, None where it is gone."""
    found: str | None = tx.run("state of", _state_of, b_id=row_id).scalar()
    return found


def _state_of() -> Any:
    return select(OUTBOX.c.state).where(OUTBOX.c.id == bindparam("b_id"))


def end(tx: Tx, row_id: int, state: str) -> None:
    """A row ends: failed (a dead letter), dropped, or as its provider reported later."""
    tx.conn.execute(OUTBOX.update().where(OUTBOX.c.id == row_id).values(state=state))


def in_the_air(tx: Tx) -> list[Row]:
    """Rows that were being sent when the process ended."""
    return [
        from_row(tx, r) for r in tx.conn.execute(select(OUTBOX).where(OUTBOX.c.state == SENDING))
    ]


def at_message(tx: Tx, surface: str, message: str) -> int | None:
    """The incident whose card or thread is that message; 0 where it is about something else: the
    thread of a storm holds the cards of many."""
    rows = tx.conn.execute(
        select(OUTBOX.c.incident_id)
        .where(or_(OUTBOX.c.message == message, OUTBOX.c.thread == message) & _on(surface))
        .order_by((OUTBOX.c.message == message).desc(), OUTBOX.c.incident_id)
        .limit(1)
    )
    found: int | None = rows.scalar()
    return found


def _on(surface: str) -> Any:
    """Rows that stand on a surface; a page to a person may stand in a further workspace."""
    here = OUTBOX.c.place.startswith(surface + ":", autoescape=True)
    if (chat := chat_of(surface)) == surface:
        return here
    there = OUTBOX.c.channel.startswith(f"{surface}/", autoescape=True)
    return here | (OUTBOX.c.place.startswith(f"{chat}:@", autoescape=True) & there)


def parent(tx: Tx, noun: int | str, place: str) -> Row | None:
    """The card under which a thread note goes."""
    found = tx.conn.execute(select(OUTBOX).where(OUTBOX.c.view_key == f"{noun}/{place}")).first()
    return from_row(tx, found) if found else None


def remember_thread(tx: Tx, row_id: int, thread: str) -> None:
    """A card's thread was made by its first message."""
    tx.conn.execute(OUTBOX.update().where(OUTBOX.c.id == row_id).values(thread=thread))
