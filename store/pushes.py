"""Browsers that take web pushes for a person, and the key that proves who sends them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from store import access, upkeep
from store.clock import Instant
from store.db import Tx
from store.tables import IDENTITIES, PUSHES

VIA = "webpush"
_KEY = "push key"


@dataclass(frozen=True, slots=True)
class Device:
    """One browser: ``address`` is the JSON of its subscription, ``name`` what its owner reads."""

    id: int
    person: str
    since: Instant
    name: str
    address: str


def private_key(tx: Tx, make: Callable[[], str]) -> str:
    """The private key of this PixelView, made once and kept sealed."""
    kept = upkeep.meta(tx, _KEY)
    if kept:
        found: str = tx.ring.open("meta", _KEY, base64.b64decode(kept))
        return found
    made = make()
    upkeep.set_meta(tx, _KEY, base64.b64encode(tx.ring.seal("meta", _KEY, made)).decode())
    return made


def add(tx: Tx, now: Instant, person: str, endpoint: str, name: str, address: str) -> int:
    """A browser takes pushes for a person from now on, for whom it took them before no more; its
    id."""
    hashed = tx.ring.blind("endpoint", endpoint)
    before = tx.conn.execute(select(PUSHES).where(PUSHES.c.endpoint_hash == hashed)).first()
    if before is not None:
        remove(tx, before.id)
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("pushes", row_id, {"name": name, "address": address})
    tx.insert(PUSHES, [(row_id, person, hashed, now, sealed)])
    access.link_account(tx, now, person, VIA, person, "its own browser")
    return row_id


def remove(tx: Tx, device_id: int) -> Device | None:
    """A browser takes no more pushes; who has none left is not reached by them."""
    row = tx.conn.execute(select(PUSHES).where(PUSHES.c.id == device_id)).first()
    if row is None:
        return None
    tx.conn.execute(PUSHES.delete().where(PUSHES.c.id == device_id))
    if not of_person(tx, row.person):
        mine = (IDENTITIES.c.person == row.person) & (IDENTITIES.c.surface == VIA)
        tx.conn.execute(IDENTITIES.delete().where(mine))
    return _device(tx, row)


def of_person(tx: Tx, person: str) -> list[Device]:
    """The browsers of a person, oldest first."""
    mine = select(PUSHES).where(PUSHES.c.person == person).order_by(PUSHES.c.id)
    return [_device(tx, row) for row in tx.conn.execute(mine)]


def _device(tx: Tx, row: object) -> Device:
    known = tx.ring.open("pushes", row.id, row.sealed)  # type: ignore[attr-defined]
    return Device(row.id, row.person, row.since, known["name"], known["address"])  # type: ignore[attr-defined]
