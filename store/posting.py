"""Digests of channels on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.outbox import VIEW
from store.posting_tables import DIGESTS
from store.tables import OUTBOX

_AT_ONCE = 500


def keep(tx: Tx, now: Instant, place: str, content: dict[str, Any]) -> int:
    """Put a digest of a channel on record; its number."""
    row_id = upkeep.number(tx, "digests")
    tx.insert(DIGESTS, [(row_id, place, now, tx.ring.seal("digests", row_id, content))])
    return row_id


def get(tx: Tx, number: int) -> tuple[str, Instant, dict[str, Any]] | None:
    """The channel, the instant and the content of a digest, or None."""
    row = tx.conn.execute(select(DIGESTS).where(DIGESTS.c.id == number)).first()
    if row is None:
        return None
    return row.place, row.at, tx.ring.open("digests", row.id, row.sealed)


def shown_at(tx: Tx, place: str, incidents: Sequence[int]) -> set[int]:
    """Those of some incidents whose card stands in a channel, or soon will."""
    cards = (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None) & (OUTBOX.c.place == place)
    found: set[int] = set()
    for start in range(0, len(incidents), _AT_ONCE):
        some = incidents[start : start + _AT_ONCE]
        chosen = select(OUTBOX.c.incident_id).where(cards & OUTBOX.c.incident_id.in_(some))
        found.update(tx.conn.execute(chosen).scalars())
    return found


def forget(tx: Tx, before: Instant) -> None:
    """Drop the digests made before an instant."""
    tx.conn.execute(DIGESTS.delete().where(DIGESTS.c.at < before))
