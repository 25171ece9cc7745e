"""Which signed deliveries were taken in, and what they were answered: kept for a day, beside the
idempotency keys of commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from store.clock import DAY, Instant
from store.db import Tx
from store.tables import IDEMPOTENCY


def answered(tx: Tx, now: Instant, key: str) -> Any | None:
    """What a delivery was answered within a day; changes nothing."""
    hashed = tx.ring.blind("delivery", key)
    wanted = (IDEMPOTENCY.c.key == hashed) & (IDEMPOTENCY.c.at >= now - DAY)
    row = tx.conn.execute(select(IDEMPOTENCY).where(wanted)).first()
    return None if row is None else tx.ring.open("idempotency", hashed.hex(), row.sealed)


def keep(tx: Tx, now: Instant, answers: Mapping[str, Any]) -> None:
    """Remember what deliveries were answered; the first answer stays."""
    hashed = [(tx.ring.blind("delivery", key), answer) for key, answer in answers.items()]
    nothing = tx.ring.blind("delivery", "")
    tx.insert_new(
        IDEMPOTENCY,
        [(own, nothing, now, tx.ring.seal("idempotency", own.hex(), said)) for own, said in hashed],
    )
