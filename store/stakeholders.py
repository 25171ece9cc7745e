"""Subscriptions to updates, the incidents whose course is told, and what was told of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.model.stakeholder import Subject, Subscription, Told
from store.posting_tables import FOLLOWED, STAKEHOLDER_UPDATES, SUBSCRIPTIONS

_S, _U, _F = SUBSCRIPTIONS.c, STAKEHOLDER_UPDATES.c, FOLLOWED.c

# ---- who gets updates ----------------------------------------------------------------------------


def _subject(tx: Tx, subject: Subject) -> bytes:
    return tx.ring.blind("subscribed to", subject.kind, subject.value.casefold())


def _who(tx: Tx, who: str) -> bytes:
    return tx.ring.blind("subscriber", who.casefold())


def put(tx: Tx, new: Subscription) -> Subscription:
    """Keep a subscription; one of the same to the same is replaced. With its number."""
    there = one(tx, new.subject, new.who)
    if there is not None:
        remove(tx, [there.id])
    number = there.id if there is not None else upkeep.number(tx, "subscriptions")
    s = new.subject
    incident = int(s.value) if s.kind == "incident" else None
    rest = {
        "kind": s.kind, "value": s.value, "who": new.who, "by": new.by, "mail": new.mail,
    }  # fmt: skip
    sealed = tx.ring.seal("subscriptions", number, rest)
    tx.insert(
        SUBSCRIPTIONS,
        [
            (number, _subject(tx, s), _who(tx, new.who), incident, new.confirmed, new.opened,
             new.at, sealed)
        ],
    )  # fmt: skip
    return _subscription(tx, tx.conn.execute(select(SUBSCRIPTIONS).where(_S.id == number)).one())


def _subscription(tx: Tx, row: Any) -> Subscription:
    rest = tx.ring.open("subscriptions", row.id, row.sealed)
    subject = Subject(rest["kind"], rest["value"])
    return Subscription(
        row.id, subject, rest["who"], row.at, rest["by"], rest["mail"], bool(row.opened),
        bool(row.confirmed),
    )  # fmt: skip


def _found(tx: Tx, chosen: Any) -> list[Subscription]:
    return [_subscription(tx, row) for row in tx.conn.execute(chosen.order_by(_S.id))]


def get(tx: Tx, number: int) -> Subscription | None:
    """A subscription by its number, or None."""
    return next(iter(_found(tx, select(SUBSCRIPTIONS).where(_S.id == number))), None)


def one(tx: Tx, subject: Subject, who: str) -> Subscription | None:
    """Somebody's subscription to something, or None."""
    same = (_S.subject == _subject(tx, subject)) & (_S.who == _who(tx, who))
    return next(iter(_found(tx, select(SUBSCRIPTIONS).where(same))), None)


def of(tx: Tx, who: str) -> list[Subscription]:
    """All that somebody is subscribed to."""
    return _found(tx, select(SUBSCRIPTIONS).where(_S.who == _who(tx, who)))


def to(tx: Tx, subjects: Iterable[Subject]) -> list[Subscription]:
    """The confirmed subscriptions to any of some things."""
    hashes = [_subject(tx, s) for s in subjects]
    chosen = select(SUBSCRIPTIONS).where(_S.subject.in_(hashes) & _S.confirmed.is_(True))
    return _found(tx, chosen)


def every(tx: Tx, limit: int = 500) -> list[Subscription]:
    """All subscriptions."""
    return _found(tx, select(SUBSCRIPTIONS).limit(limit))


def confirm(tx: Tx, number: int) -> bool:
    """An address wants it; False where the subscription is gone."""
    mine = update(SUBSCRIPTIONS).where(_S.id == number).values(confirmed=True)
    return bool(tx.conn.execute(mine).rowcount)


def unconfirmed(tx: Tx, who: str) -> list[Subscription]:
    """What an address was asked about and did not answer yet."""
    return [s for s in of(tx, who) if not s.confirmed]


def remove(tx: Tx, numbers: Iterable[int]) -> None:
    """End subscriptions."""
    tx.conn.execute(SUBSCRIPTIONS.delete().where(_S.id.in_(list(numbers))))


def forget(tx: Tx, asked_before: Instant) -> None:
    """Drop what an address was asked about before an instant and never confirmed."""
    old = _S.confirmed.is_(False) & (_S.at < asked_before)
    tx.conn.execute(SUBSCRIPTIONS.delete().where(old))


# ---- whose course is told ------------------------------------------------------------------------


def follow(tx: Tx, incident: int) -> None:
    """The course of an incident is told from now on, to its end."""
    tx.insert_new(FOLLOWED, [(incident, None, False)])
    tx.conn.execute(update(FOLLOWED).where(_F.incident_id == incident).values(over=False))


def followed(tx: Tx) -> list[int]:
    """The incidents whose end is to be told."""
    chosen = select(_F.incident_id).where(_F.over.is_(False)).order_by(_F.incident_id)
    return list(tx.conn.execute(chosen).scalars())


def lately_over(tx: Tx, since: Instant) -> list[int]:
    """The incidents whose end was told since an instant."""
    chosen = select(_F.incident_id).where(_F.over.is_(True) & (_F.last_at >= since))
    return list(tx.conn.execute(chosen.order_by(_F.incident_id)).scalars())


def begins(tx: Tx, limit: int = 2_000) -> list[Subscription]:
    """The confirmed subscriptions that hear when something begins."""
    chosen = select(SUBSCRIPTIONS).where(_S.opened.is_(True) & _S.confirmed.is_(True))
    return _found(tx, chosen.limit(limit))


def last_told(tx: Tx, incident: int) -> Instant | None:
    """When something of an incident went out last."""
    chosen = select(_F.last_at).where(_F.incident_id == incident)
    found: int | None = tx.conn.execute(chosen).scalar()
    return found


def went_out(tx: Tx, incident: int, now: Instant) -> None:
    """Something of an incident goes out now."""
    tx.conn.execute(update(FOLLOWED).where(_F.incident_id == incident).values(last_at=now))


def ended(tx: Tx, incident: int) -> None:
    """The end of an incident was told, or need not be."""
    tx.conn.execute(update(FOLLOWED).where(_F.incident_id == incident).values(over=True))


# ---- what was told -------------------------------------------------------------------------------


def keep(tx: Tx, new: Told) -> int:
    """Put an update on record; its number."""
    number = upkeep.number(tx, "stakeholder_updates")
    rest = {
        "kind": new.kind, "text": new.text, "by": new.by, "names": new.names,
        "titles": new.titles, "parts": list(new.parts),
    }  # fmt: skip
    sealed = tx.ring.seal("stakeholder_updates", number, rest)
    tx.insert(STAKEHOLDER_UPDATES, [(number, new.incident, new.at, new.sent_at, sealed)])
    return number


def _told(tx: Tx, row: Any) -> Told:
    rest = tx.ring.open("stakeholder_updates", row.id, row.sealed)
    return Told(
        row.id, row.incident_id, row.at, rest["kind"], rest["text"], rest["by"], row.sent_at,
        rest["names"], rest["titles"], tuple(rest["parts"]),
    )  # fmt: skip


def update_of(tx: Tx, number: int) -> Told | None:
    """An update by its number, or None."""
    row = tx.conn.execute(select(STAKEHOLDER_UPDATES).where(_U.id == number)).first()
    return _told(tx, row) if row is not None else None


def updates(tx: Tx, incident: int) -> list[Told]:
    """What was told of an incident, and what waits, in order."""
    chosen = select(STAKEHOLDER_UPDATES).where(_U.incident_id == incident).order_by(_U.id)
    return [_told(tx, row) for row in tx.conn.execute(chosen)]


def sent(tx: Tx, numbers: Iterable[int], now: Instant) -> None:
    """Updates went out."""
    mine = update(STAKEHOLDER_UPDATES).where(_U.id.in_(list(numbers)))
    tx.conn.execute(mine.values(sent_at=now))
