"""What of a part was not told any more: looked for page by page, so that no look is long."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from sqlalchemy import select

from store.db import Tx
from store.inventory.resources import part_hash
from store.tables import RESOURCES

AT_ONCE = 2_000


def untold(
    tx: Tx, source: str, part: str, kept: Container[bytes], after: int = 0
) -> tuple[list[int], int | None]:
    """The numbers of resources of a part whose names' hashes are not ``kept``, of the next page
    after a number; and the last number looked at, None after the last page."""
    mine = (RESOURCES.c.source == source) & (RESOURCES.c.part_hash == part_hash(tx, source, part))
    asked: Any = select(RESOURCES.c.id, RESOURCES.c.key_hash)
    asked = asked.where(mine & RESOURCES.c.gone_at.is_(None) & (RESOURCES.c.id > after))
    rows = tx.conn.execute(asked.order_by(RESOURCES.c.id).limit(AT_ONCE)).all()
    last = rows[-1].id if len(rows) == AT_ONCE else None
    return [row.id for row in rows if row.key_hash not in kept], last
