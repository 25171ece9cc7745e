"""Mails that were taken in: each once, however often it comes, and what its thread tells of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import DAY, Instant
from store.db import Tx
from store.tables import MAILS

KEPT = 14 * DAY
"""Mail servers try for five days at most (RFC 5321); threads last longer."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox is read: its UIDVALIDITY, the last UID taken in order, those before it that
    are still to be taken, those taken that the mailbox was not told of yet, and when the last
    mail came there."""

    validity: int
    last: int
    pending: tuple[int, ...] = ()
    unmarked: tuple[int, ...] = ()
    at: Instant = 0

    def took(self, uid: int, at: Instant, marked: Iterable[int] = ()) -> Place:
        """The place once this mail is taken as well."""
        left = tuple(other for other in self.unmarked if other not in set(marked))
        pending = tuple(other for other in self.pending if other != uid)
        return Place(
            self.validity, max(self.last, uid), pending, (*left, uid)[-500:], max(self.at, at)
        )

    def has(self, uid: int) -> bool:
        """Whether this mail was taken before."""
        return uid <= self.last and uid not in self.pending


def taken(tx: Tx, source_id: int, digest: str) -> bool:
    """Whether this very mail was taken in for the source before."""
    mine = MAILS.c.mail_hash == _mail(tx, source_id, digest)
    return tx.conn.execute(select(MAILS.c.id).where(mine)).first() is not None


def keep(
    tx: Tx, now: Instant, source_id: int, digest: str, number: str, keys: Sequence[str]
) -> None:
    """Remember a mail and the alerts it told of; ``number`` is its Message-ID."""
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("mails", row_id, {"keys": list(keys[:50])})
    thread = _thread(tx, source_id, number)
    tx.insert(MAILS, [(row_id, _mail(tx, source_id, digest), thread, now, sealed)])


def of_thread(tx: Tx, source_id: int, numbers: Sequence[str]) -> list[tuple[str, ...]]:
    """The keys of the alerts that the mails of these Message-IDs told of, the first named first."""
    hashes = {_thread(tx, source_id, number): place for place, number in enumerate(numbers)}
    if not hashes:
        return []
    rows = tx.conn.execute(select(MAILS).where(MAILS.c.thread_hash.in_(hashes))).all()
    ordered = sorted(rows, key=lambda row: hashes[row.thread_hash])
    return [tuple(tx.ring.open("mails", row.id, row.sealed)["keys"]) for row in ordered]


def forget(tx: Tx, now: Instant) -> None:
    """Drop what is older than is kept."""
    tx.conn.execute(MAILS.delete().where(MAILS.c.at < now - KEPT))


def place(tx: Tx, name: str) -> Place | None:
    """How far a mailbox is read; None for a new one."""
    found = upkeep.meta(tx, f"mailbox {name}")
    if found is None:
        return None
    d: dict[str, Any] = json.loads(found)
    return Place(d["validity"], d["last"], tuple(d["pending"]), tuple(d["unmarked"]), d["at"])


def set_place(tx: Tx, name: str, found: Place) -> None:
    """Remember how far a mailbox is read."""
    d = {
        "validity": found.validity, "last": found.last, "pending": found.pending,
        "unmarked": found.unmarked, "at": found.at,
    }  # fmt: skip
    upkeep.set_meta(tx, f"mailbox {name}", json.dumps(d))


def _mail(tx: Tx, source_id: int, digest: str) -> bytes:
    return tx.ring.blind("mail", str(source_id), digest)


def _thread(tx: Tx, source_id: int, number: str) -> bytes:
    return tx.ring.blind("mail thread", str(source_id), number)
